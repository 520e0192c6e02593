"""Applying a plan: wave by wave, concurrently inside a wave, each change settled on its own.

One failure does not stop the rest; what depends on it is skipped with the reason. A stop lets writes in flight end
within a bound and records what it had to cut off as unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import anyio

from reconciler.core import assembly, diff, ownership, record, source_map
from reconciler.core.record import Attempt
from reconciler.errors import AmbiguousError, Conflicted, ProviderError
from reconciler.model import moment
from reconciler.model.change import Action, Change
from reconciler.model.desired import DesiredState
from reconciler.model.event import Result
from reconciler.model.identity import Key, OpId, RemoteId
from reconciler.model.outcome import Condition, Fate, Intent, Settlement, Written
from reconciler.model.plan import Plan
from reconciler.model.resource import Applied, Observed
from reconciler.report.results import ChangeResult
from reconciler.runtime.journal import Journal, begin
from reconciler.runtime.parts import Parts
from reconciler.runtime.settling import circumstances, settle
from reconciler.runtime.together import single

SETTLE_SECONDS_MAX = 3.0
"""Time to write the result of a change that was cut off."""
NOT_BEGUN = "not begun: a stop was asked for"
CUT_OFF = "cut off by a stop before the platform answered; the next pass looks before acting"


@dataclass(slots=True)
class Application:
    """One plan being applied. Not reusable."""

    parts: Parts
    plan: Plan
    desired: DesiredState
    stop: anyio.Event
    resumable: Mapping[Key, Intent]
    conditions: Mapping[Key, Condition]
    closed: Callable[[], str]
    """Why nothing more may be begun now: a freeze window that came up meanwhile, a platform in trouble, the pass's own
    deadline. Empty while it may."""
    outcomes: dict[Key, ChangeResult] = field(default_factory=dict)
    needs: Mapping[Key, frozenset[Key]] = field(default_factory=dict)
    begun: dict[Key, Journal] = field(default_factory=dict)
    """Of flows that another change's job made as stubs."""

    async def run(self) -> Mapping[Key, ChangeResult]:
        """Apply everything that executes; returns one outcome per change of the plan's waves."""
        changes = {change.key: change for change in self.plan.changes}
        self.needs = assembly.needs(changes, self.parts.hints(self.plan.changes))
        limiter = anyio.CapacityLimiter(self.parts.timing.concurrency)
        try:
            async with anyio.create_task_group() as watched:
                watched.start_soon(self._cut_off_after_stop, watched.cancel_scope, name="stop watch")
                for wave in self.plan.waves:
                    async with anyio.create_task_group() as tasks:
                        for key in wave:
                            tasks.start_soon(self._one, changes[key], limiter, name=f"apply {key}")
                watched.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            raise single(group) from group
        for key in (key for wave in self.plan.waves for key in wave if key not in self.outcomes):
            self.outcomes[key] = ChangeResult(change=changes[key], result=None, message=NOT_BEGUN)
        return self.outcomes

    async def _cut_off_after_stop(self, scope: anyio.CancelScope) -> None:
        await self.stop.wait()
        await self.parts.clock.sleep(self.parts.timing.stop_grace_seconds)
        scope.cancel()

    async def _one(self, change: Change, limiter: anyio.CapacityLimiter) -> None:
        async with limiter:
            if self.stop.is_set():
                return
            if closed := self.closed():
                self.outcomes[change.key] = ChangeResult(change=change, result=None, message=f"not begun: {closed}")
                return
            self.parts.progress.started(change)
            begun = self.parts.clock.monotonic()
            outcome = await self._skip_or_attempt(change)
            outcome = replace(outcome, change=change, seconds=self.parts.clock.monotonic() - begun)
            self.outcomes[change.key] = outcome
            self.parts.progress.finished(change, str(outcome.result), outcome.seconds, outcome.message)

    async def _skip_or_attempt(self, change: Change) -> ChangeResult:
        failed = self._failed_need(change)
        if failed is not None:
            return await self._skip(change, f"skipped: it needs {failed}, which was not applied")
        if not change.action.writes_platform:
            attempt = Attempt(op_id=OpId(self.parts.ids.new()))
            await self._settle(record.recorded(change, attempt, circumstances(self.parts, self.desired)))
            return ChangeResult(change=change, result=Result.APPLIED, version_after=change.version_before)
        return await self._write(change)

    async def _skip(self, change: Change, message: str) -> ChangeResult:
        """Nothing is attempted, so it is recorded once and not in every pass that finds it so."""
        known = self.conditions.get(change.key)
        if known is None or known.text != record.condition_of(Result.BLOCKED, message):
            attempt = Attempt(op_id=OpId(self.parts.ids.new()))
            await self._not_applied(change, Result.BLOCKED, message, attempt, closes=False)
        return ChangeResult(change=change, result=Result.BLOCKED, message=message)

    def _failed_need(self, change: Change) -> Key | None:
        for need in sorted(self.needs.get(change.key, ())):
            outcome = self.outcomes.get(need)
            if outcome is not None and outcome.result is not Result.APPLIED:
                return need
        return None

    async def _write(self, change: Change) -> ChangeResult:
        earlier, begun = self.resumable.get(change.key), self.parts.clock.monotonic()
        if stub := self.begun.get(change.key):
            try:
                change, earlier = await self._over_stub(change, stub.intent)
            except ProviderError as error:
                unknown = AmbiguousError(f"What became of its stub cannot be told yet: {error}")
                return await self._failed(change, unknown, Attempt(op_id=stub.op_id), stub)
        journal = await self._begin(change, earlier)
        with self.parts.platform.collect_request_ids() as request_ids:

            def attempt() -> Attempt:
                latency = round((self.parts.clock.monotonic() - begun) * 1000)
                return Attempt(op_id=journal.op_id, request_ids=tuple(request_ids), latency_ms=latency)

            try:
                written = await self.parts.remotes[change.key.kind].write(change, journal)
            except ProviderError as error:
                return await self._failed(change, error, attempt(), journal)
            except anyio.get_cancelled_exc_class():
                self.outcomes[change.key] = ChangeResult(change=change, result=Result.UNKNOWN, message=CUT_OFF)
                with anyio.move_on_after(SETTLE_SECONDS_MAX, shield=True):
                    await self._not_applied(change, Result.UNKNOWN, CUT_OFF, attempt(), closes=False)
                raise
            completes = ownership.completes_a_creation(change.applied, journal.intent)
            return await self._applied(change, written, attempt(), completes=completes)

    async def _begin(self, change: Change, earlier: Intent | None) -> Journal:
        """The intent, and one for each flow that the write makes as a stub, before anything leaves."""
        journal = await begin(self.parts, change, earlier, revision=self.plan.revision)
        for other in (one for one in self.plan.changes if one.key in change.stubs):
            earlier = self.resumable.get(other.key)
            self.begun[other.key] = await begin(self.parts, other, earlier, revision=self.plan.revision)
        journal.stubs = tuple(self.begun[key] for key in change.stubs)
        return journal

    async def _over_stub(self, change: Change, intent: Intent) -> tuple[Change, Intent]:
        """What another change's job left of this one: decided as the next pass would, had this one ended here."""
        remote = self.parts.remotes[change.key.kind]
        found = await remote.recover(intent)
        if found.fate is not Fate.NOT_APPLIED:
            raise AmbiguousError(found.message)
        if found.made is None:
            return change, intent
        have = await remote.read(found.made)
        if not isinstance(have, Observed):
            raise AmbiguousError(f"{change.key}: its stub {found.made} cannot be read any more.")
        return replace(change, action=Action.UPDATE, observed=have), replace(intent, id=found.made)

    async def _applied(self, change: Change, written: Written, attempt: Attempt, *, completes: bool) -> ChangeResult:
        told = replace(change, action=Action.CREATE) if completes else change
        await self._settle(record.applied(told, written, attempt, circumstances(self.parts, self.desired)))
        return ChangeResult(change=change, result=Result.APPLIED, message=written.note, version_after=written.version)

    async def _failed(self, change: Change, error: ProviderError, attempt: Attempt, journal: Journal) -> ChangeResult:
        """Sort a failure: unknown keeps the intent, somebody in the way is blocked, the rest failed."""
        result = Result.BLOCKED if isinstance(error, Conflicted) else Result.FAILED
        message, remember = source_map.told(str(error), change.desired), None
        if isinstance(error, AmbiguousError):
            result = Result.UNKNOWN
        elif not journal.sent_nothing:
            try:
                remember = await self._left_behind(change, journal.intent)
            except ProviderError as unreadable:
                result = Result.UNKNOWN  # the intent alone tells later what of it is ours
                message = f"{error} What that left cannot be read now; the next pass looks. {unreadable.message}"
        if journal.leaves_earlier_open:  # this attempt is an entry of its own
            attempt = replace(attempt, op_id=OpId(self.parts.ids.new()))
        closes = result is not Result.UNKNOWN and not journal.leaves_earlier_open
        await self._not_applied(change, result, message, attempt, closes=closes, remember=remember)
        return ChangeResult(change=change, result=result, message=message)

    async def _left_behind(self, change: Change, intent: Intent) -> Applied | None:
        """What a write that failed half way left, so that the next pass takes it neither for drift nor for done."""
        id = intent.id or intent.data.get("id")
        takes_over = change.applied is None and intent.action is not Action.CREATE
        if id is None or change.action is Action.DELETE or takes_over:
            return None
        have = await self.parts.remotes[change.key.kind].read(RemoteId(str(id)))
        if not isinstance(have, Observed):
            return None
        now = moment.text(self.parts.clock.now())
        if change.applied is None:
            return ownership.half_made(have, intent, at=now)
        kind = change.key.kind
        traits = ownership.Traits(compare=self.parts.compare[kind], halfway=self.parts.halfway.get(kind, diff.never))
        return ownership.left_behind(traits, have, change.applied, intent, at=now)

    async def _not_applied(
        self,
        change: Change,
        result: Result,
        message: str,
        attempt: Attempt,
        *,
        closes: bool,
        remember: Applied | None = None,
    ) -> None:
        now = circumstances(self.parts, self.desired)
        settlement = record.not_applied(change, result, message, attempt, now, closes=closes)
        settlement = replace(settlement, remember=remember)
        known = self.conditions.get(change.key)
        if known is not None and record.is_same_condition(known.text, settlement.condition):
            settlement = replace(settlement, events=(), condition=known.text)  # one event per state, not per retry
        await self._settle(settlement)

    async def _settle(self, settlement: Settlement) -> None:
        await settle(self.parts, settlement, self.desired)
