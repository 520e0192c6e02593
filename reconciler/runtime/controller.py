"""The service: looks at git and at the platform again and again, one pass at a time.

A hint (file event, timer, signal, request) carries no facts; it only makes the loop look. Without a new commit, git is
asked and the platform is not; it is listed on a new commit, each interval, and after a failure with growing delay.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream

from reconciler.errors import ReconcilerError, Stopped
from reconciler.model import moment
from reconciler.model.event import Result
from reconciler.runtime import one_pass
from reconciler.runtime.parts import Loader, Mode, Parts, PassResult, Request, Trigger
from reconciler.runtime.standing import Standing
from reconciler.runtime.telling import Teller
from reconciler.runtime.together import unless_stopped, within
from reconciler.source.watch import Mailbox

STOP, ASKED, HANGUP, RESUMED = "stop", "asked", "SIGHUP", "resumed"
"""Reasons to look, beside those of `source.watch`."""
LIST_AT_ONCE = frozenset({HANGUP, RESUMED})
"""Reasons for which a person expects the platform to be looked at too, though git did not move."""
JITTER = 0.10
RETRY_SECONDS_FIRST = 5.0
RETRY_SECONDS_MIN = 1.0
RETRY_SECONDS_MAX = 300.0
"""Unless the interval is shorter: a failure never makes the platform looked at less often."""
UNREADABLE, FAILED = "source.unreadable", "pass.failed"
REGULAR = Request(mode=Mode.APPLY, trigger=Trigger.SERVICE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A pass somebody waits for, with the way to hand the result back."""

    request: Request
    answer: Callable[[PassResult | ReconcilerError], None]


@dataclass(slots=True)
class Controller:
    """Owns the loop. `head` returns the current revision cheaply; `load` the desired state of it."""

    parts: Parts
    head: Callable[[], Awaitable[str]]
    load: Loader
    interval_seconds: float
    stop: anyio.Event
    mailbox: Mailbox
    asked: MemoryObjectReceiveStream[Asked]
    on_pass: Callable[[PassResult | None, float], None]
    """Metrics: the result, None for a failed pass, and its seconds."""
    deep_interval_seconds: float | None = None
    """How often to look at the content of everything; None for never."""
    teller: Teller = field(default_factory=Teller)
    standing: Standing = field(default_factory=Standing)
    _next_pass: float = 0.0
    _next_deep: float = math.inf
    _tried: str = ""
    """The revision of the latest pass, whatever came of it."""
    _failures: int = 0

    async def run(self) -> None:
        """Turn until `stop` is set. Looking ends at once then, writes in flight within the stop grace."""
        self.standing.started_at = moment.text(self.parts.clock.now())
        self._next_pass = self.parts.clock.monotonic()
        self._deep_later()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._stop_watch, name="stop watch")
            while not self.stop.is_set():
                await self._turn()
                due = min(self._next_pass, self._next_deep)
                await within(self.parts.clock, due - self.parts.clock.monotonic(), self._hint)
            tasks.cancel_scope.cancel()

    async def _stop_watch(self) -> None:
        await self.stop.wait()
        self.standing.stopping = True
        self.mailbox.poke(STOP)

    async def _hint(self) -> None:
        if await anext(self.mailbox) & LIST_AT_ONCE:
            self._next_pass = self.parts.clock.monotonic()

    async def _turn(self) -> None:
        self.standing.turns += 1
        self.standing.busy_since_monotonic = self.parts.clock.monotonic()
        try:
            if not await self._serve_asked():
                await self._look()
        except Stopped:
            pass
        finally:
            self.standing.busy_since_monotonic = None
            self.standing.last_error = self.teller.last_error

    async def _serve_asked(self) -> bool:
        """Run what a command asked for through the control socket; it takes its turn like any pass."""
        try:
            asked = self.asked.receive_nowait()
        except anyio.WouldBlock:
            return False
        self.mailbox.poke(ASKED)
        try:
            result = await self._pass(asked.request)
        except ReconcilerError as error:
            asked.answer(error)
        else:
            asked.answer(result)
        return True

    async def _look(self) -> None:
        """Look at git; make a pass when it moved since the last one, or when one is due."""
        head = await self._revision()
        deep = self.parts.clock.monotonic() >= self._next_deep
        if head == self._tried and self.parts.clock.monotonic() < self._next_pass and not deep:
            return
        if deep:
            self._deep_later()  # whatever comes of this one: an audit that fails must not keep drift from being mended
        self._tried = head
        begun = self.parts.clock.monotonic()
        try:
            result = await self._pass(replace(REGULAR, deep=deep))
        except Stopped:
            raise
        except ReconcilerError as error:
            self.teller.failed(FAILED, error)
            self.on_pass(None, self.parts.clock.monotonic() - begun)
            self._retry_later()
            return
        self.teller.works(FAILED)
        if any(end.result in (Result.FAILED, Result.UNKNOWN) for end in result.outcomes.values()):
            self._retry_later()
        else:
            self._failures = 0
            self._next_pass = self.parts.clock.monotonic() + self.interval_seconds * self._spread()

    async def _revision(self) -> str:
        """What git has now; the revision tried last when it cannot be asked, so that nothing is taken for new."""
        try:
            head = await unless_stopped(self.stop, self.head)
        except Stopped:
            raise
        except ReconcilerError as error:
            self.teller.failed(UNREADABLE, error)
            return self._tried
        self.teller.works(UNREADABLE)
        return head

    async def _pass(self, request: Request) -> PassResult:
        """One pass; those that may write are counted and told."""
        begun, spent = self.parts.clock.monotonic(), self.parts.platform.spent
        result = await one_pass.run(self.parts, self.load, request, self.stop)
        if request.mode is Mode.APPLY:
            now = self.parts.clock.monotonic()
            if not request.names:
                self.standing.last_pass_monotonic = now
            self.on_pass(result, now - begun)
            self.teller.completed(result, seconds=now - begun, requests=self.parts.platform.spent - spent)
        return result

    def _deep_later(self) -> None:
        if self.deep_interval_seconds is not None:
            self._next_deep = self.parts.clock.monotonic() + self.deep_interval_seconds * self._spread()

    def _spread(self) -> float:
        return 1.0 + JITTER * (2.0 * self.parts.rng.random() - 1.0)

    def _retry_later(self) -> None:
        """Growing delay with full jitter, so that many processes do not come back in step."""
        self._failures += 1
        longest = min(RETRY_SECONDS_MAX, self.interval_seconds)
        doublings = min(self._failures - 1, 10)  # enough to reach the longest, and a float holds it
        delay = min(longest, RETRY_SECONDS_FIRST * 2.0**doublings) * self.parts.rng.random()
        self._next_pass = self.parts.clock.monotonic() + max(RETRY_SECONDS_MIN, delay)
