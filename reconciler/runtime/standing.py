"""How the running service stands, for health pages and `status`; and the sign of life that long work gives."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.model.change import Change
from reconciler.ports import Clock
from reconciler.runtime.telling import Teller


@dataclass(slots=True)
class Standing:
    """Monotonic times are the clock's; None means never, or not now."""

    started_at: str = ""
    turns: int = 0
    busy_since_monotonic: float | None = None
    """The latest sign of life of the turn under way; None between turns, when there is nothing to do."""
    last_pass_monotonic: float | None = None
    last_error: str = ""
    stopping: bool = False


@dataclass(frozen=True, slots=True)
class Pulse:
    """`ports.Progress` of the service: a step of a pass is a sign of life, the end of a change a line in the log."""

    standing: Standing
    teller: Teller
    clock: Clock

    def phase(self, name: str) -> None:
        del name
        self._beat()

    def started(self, change: Change) -> None:
        del change
        self._beat()

    def finished(self, change: Change, result: str, seconds: float, message: str = "") -> None:
        self._beat()
        self.teller.change(change, result, seconds, message)

    def _beat(self) -> None:
        if self.standing.busy_since_monotonic is not None:
            self.standing.busy_since_monotonic = self.clock.monotonic()
