"""How a pass goes, while it goes: for a person at a terminal, on stderr.

Off a terminal nobody watches and the log's events say it better, so there it is silent. One line at the bottom is
redrawn in place; a change that ended leaves a line behind.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from reconciler.model.change import Change
from reconciler.model.event import Result
from reconciler.model.identity import Key
from reconciler.report import wording
from reconciler.report.text import Paint, plain

_REDRAW_SECONDS = 0.1
_CLEAR = "\r\x1b[2K"
_NAMES_SHOWN = 3


class NoProgress:
    """Nobody watches."""

    def phase(self, name: str) -> None:
        pass

    def started(self, change: Change) -> None:
        pass

    def finished(self, change: Change, result: str, seconds: float, message: str = "") -> None:
        pass


class TerminalProgress:
    """`width` is the terminal's, so that the line at the bottom never wraps; `monotonic` gives seconds.

    `close` takes the line away; call it before anything else is printed.
    """

    def __init__(
        self, stream: TextIO, monotonic: Callable[[], float], *, width: int = 80, paint: Paint = plain
    ) -> None:
        self._stream, self._monotonic, self._width, self._paint = stream, monotonic, width, paint
        self._phase = ""
        self._running: dict[Key, Change] = {}
        self._done = 0
        self._drawn_at = float("-inf")

    def phase(self, name: str) -> None:
        self._phase = name
        self._draw(at_once=True)

    def started(self, change: Change) -> None:
        self._running[change.key] = change
        self._draw()

    def finished(self, change: Change, result: str, seconds: float, message: str = "") -> None:
        self._running.pop(change.key, None)
        self._done += 1
        if result != Result.APPLIED or change.action.writes_platform:
            self._leave(change, result, seconds, message)
        self._draw()

    def close(self) -> None:
        self._phase = ""
        self._running.clear()
        self._write(_CLEAR)

    def _leave(self, change: Change, result: str, seconds: float, message: str) -> None:
        well = result == Result.APPLIED
        symbol = wording.SYMBOLS[change.action] if well else wording.BLOCKED
        why = f": {wording.printable(message)}" if message else ""
        line = f"{symbol} {wording.action(change)} {wording.name(change)}: {result} in {seconds:.1f} s{why}"
        self._write(f"{_CLEAR}{line if well else self._paint(line, 'blocked')}\n")
        self._drawn_at = float("-inf")

    def _draw(self, *, at_once: bool = False) -> None:
        now = self._monotonic()
        if not self._phase or (not at_once and now - self._drawn_at < _REDRAW_SECONDS):
            return
        self._drawn_at = now
        self._write(f"{_CLEAR}{self._paint(self._line()[: self._width - 1], 'quiet')}")

    def _line(self) -> str:
        line = f"… {wording.printable(self._phase)}"
        if self._done:
            line += f", {self._done} done"
        names = [wording.name(change) for change in self._running.values()]
        if names:
            more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
            line += f": {', '.join(names[:_NAMES_SHOWN])}{more}"
        return line

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            pass  # a terminal that went away must not stop a pass
