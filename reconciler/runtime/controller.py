"""The service: looks at git and at the platform again and again, one pass at a time.

A hint (file event, timer, signal, request) carries no facts; it only makes the loop look. Without a new commit, git is
asked and the platform is not; it is listed on a new commit, each interval, and after a failure with growing delay.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio
import structlog
from anyio.streams.memory import MemoryObjectReceiveStream

from reconciler.errors import DesiredStateError, ReconcilerError
from reconciler.model import moment
from reconciler.model.event import Result
from reconciler.runtime import one_pass
from reconciler.runtime.parts import Loader, Mode, Parts, PassResult, Request, Trigger
from reconciler.source.watch import Mailbox

log = structlog.get_logger("reconciler")

STOP, ASKED, HANGUP, RESUMED = "stop", "asked", "SIGHUP", "resumed"
"""Reasons to look, beside those of `source.watch`."""
LIST_AT_ONCE = frozenset({HANGUP, RESUMED})
"""Reasons for which a person expects the platform to be looked at too, though git did not move."""
JITTER = 0.10
RETRY_SECONDS_FIRST = 5.0
RETRY_SECONDS_MAX = 300.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A pass somebody waits for, with the way to hand the result back."""

    request: Request
    answer: Callable[[PassResult | ReconcilerError], None]


@dataclass(slots=True)
class Standing:
    """What the health endpoints and `status` tell about the running service."""

    started_at: str = ""
    turns: int = 0
    last_turn_monotonic: float = 0.0
    last_pass_at: str = ""
    last_pass_monotonic: float | None = None
    last_revision: str = ""
    last_error: str = ""
    stopping: bool = False
    consecutive_failures: int = 0


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
    standing: Standing = field(default_factory=Standing)
    _next_pass: float = 0.0
    _seen: str = ""
    _told: object = None

    async def run(self) -> None:
        """Turn until `stop` is set. A pass in flight ends within the stop grace."""
        self.standing.started_at = moment.text(self.parts.clock.now())
        self._next_pass = self.parts.clock.monotonic()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._stop_watch, name="stop watch")
            while not self.stop.is_set():
                await self._turn()
                with anyio.move_on_after(max(0.01, self._next_pass - self.parts.clock.monotonic())):
                    if await anext(self.mailbox) & LIST_AT_ONCE:
                        self._next_pass = self.parts.clock.monotonic()
            tasks.cancel_scope.cancel()

    async def _stop_watch(self) -> None:
        await self.stop.wait()
        self.standing.stopping = True
        self.mailbox.poke(STOP)

    async def _turn(self) -> None:
        self.standing.turns += 1
        self.standing.last_turn_monotonic = self.parts.clock.monotonic()
        if await self._serve_asked():
            return
        try:
            head = await self.head()
        except ReconcilerError as error:
            self._tell_failure("source.unreadable", error)
            head = self._seen
        due = self.parts.clock.monotonic() >= self._next_pass
        if head != self._seen or due:
            await self._pass(head)

    async def _serve_asked(self) -> bool:
        """Run what a command asked for through the control socket; it takes its turn like any pass."""
        try:
            asked = self.asked.receive_nowait()
        except anyio.WouldBlock:
            return False
        try:
            result = await one_pass.run(self.parts, self.load, asked.request, self.stop)
        except ReconcilerError as error:
            asked.answer(error)
        else:
            asked.answer(result)
        self.mailbox.poke(ASKED)
        return True

    async def _pass(self, head: str) -> None:
        request = Request(mode=Mode.APPLY, trigger=Trigger.SERVICE)
        begun = self.parts.clock.monotonic()
        try:
            result = await one_pass.run(self.parts, self.load, request, self.stop)
        except ReconcilerError as error:
            self._seen = head if isinstance(error, DesiredStateError) else self._seen
            self._tell_failure("pass.failed", error)
            self.on_pass(None, self.parts.clock.monotonic() - begun)
            self._retry_later()
            return
        seconds = self.parts.clock.monotonic() - begun
        self._seen = head
        self.standing.last_error = ""
        self.standing.last_pass_at = moment.text(self.parts.clock.now())
        self.standing.last_pass_monotonic = self.parts.clock.monotonic()
        self.standing.last_revision = result.plan.revision
        self.on_pass(result, seconds)
        self._tell_pass(result, seconds)
        if any(o.result in (Result.FAILED, Result.UNKNOWN) for o in result.outcomes.values()):
            self._retry_later()
        else:
            self.standing.consecutive_failures = 0
            spread = 1.0 + JITTER * (2.0 * self.parts.rng.random() - 1.0)
            self._next_pass = self.parts.clock.monotonic() + self.interval_seconds * spread

    def _retry_later(self) -> None:
        """Growing delay with full jitter, never beyond the interval's own maximum."""
        self.standing.consecutive_failures += 1
        ceiling = min(RETRY_SECONDS_MAX, RETRY_SECONDS_FIRST * 2.0 ** (self.standing.consecutive_failures - 1))
        self._next_pass = self.parts.clock.monotonic() + max(1.0, ceiling * self.parts.rng.random())

    def _tell_failure(self, event: str, error: ReconcilerError) -> None:
        """One log line per new error, not per retry."""
        text = str(error)
        if text != self.standing.last_error:
            log.error(event, error=text, kind=type(error).__name__)
        self.standing.last_error = text

    def _tell_pass(self, result: PassResult, seconds: float) -> None:
        """One summary per pass that did or found something new; nothing when nothing happened."""
        counts = result.plan.counts
        found = (result.plan.revision, counts, result.frozen, result.verdict) if not result.outcomes else None
        quiet = not result.outcomes and not counts.blocked and not result.stood_in_the_way
        if quiet or (found is not None and found == self._told):
            self._told = None if quiet else self._told
            return
        self._told = found
        log.info(
            "pass.completed",
            revision=result.plan.revision,
            added=counts.add,
            changed=counts.change,
            destroyed=counts.destroy,
            adopted=counts.adopt,
            blocked=counts.blocked,
            failed=sum(o.result in (Result.FAILED, Result.UNKNOWN) for o in result.outcomes.values()),
            guard=result.frozen or " ".join(result.verdict.reasons),
            requests=result.plan.forecast.spent,
            seconds=round(seconds, 3),
        )
