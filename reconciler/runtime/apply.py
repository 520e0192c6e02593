"""Applying a plan: wave by wave, concurrently inside a wave, each change settled on its own.

One failure does not stop the rest; what depends on it is skipped with the reason. A stop lets writes in flight end
within a bound and records what it had to cut off as unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import anyio

from reconciler.core import assembly, diff, ownership, record
from reconciler.core.record import Attempt
from reconciler.errors import AmbiguousError, Conflicted, ProviderError
from reconciler.model import moment
from reconciler.model.change import Action, Change
from reconciler.model.desired import DesiredState
from reconciler.model.event import Result
from reconciler.model.identity import Key, OpId, RemoteId
from reconciler.model.outcome import PLANNED, Condition, Intent, Settlement, Written
from reconciler.model.plan import Plan
from reconciler.model.resource import Applied, Observed
from reconciler.report.results import ChangeResult
from reconciler.runtime.parts import Parts
from reconciler.runtime.settling import circumstances, settle
from reconciler.runtime.together import single

SETTLE_SECONDS_MAX = 3.0
"""Time to write the result of a change that was cut off."""


@dataclass(slots=True)
class Journal:
    """The intent of one change, committed before every request that may change something."""

    parts: Parts
    intent: Intent

    @property
    def op_id(self) -> OpId:
        return self.intent.op_id

    async def stage(self, stage: str, **data: object) -> None:
        self.intent = replace(
            self.intent,
            stage=stage,
            data={**self.intent.data, **data},
            last_send_at=moment.text(self.parts.clock.now()),
        )
        await self.parts.ledger.intend(self.intent)


@dataclass(slots=True)
class Application:
    """One plan being applied. Not reusable."""

    parts: Parts
    plan: Plan
    desired: DesiredState
    stop: anyio.Event
    resumable: Mapping[Key, Intent]
    conditions: Mapping[Key, Condition]
    outcomes: dict[Key, ChangeResult] = field(default_factory=dict)
    needs: Mapping[Key, frozenset[Key]] = field(default_factory=dict)

    async def run(self) -> Mapping[Key, ChangeResult]:
        """Apply everything that executes; returns one outcome per executed or skipped change."""
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
        return self.outcomes

    async def _cut_off_after_stop(self, scope: anyio.CancelScope) -> None:
        await self.stop.wait()
        await self.parts.clock.sleep(self.parts.timing.stop_grace_seconds)
        scope.cancel()

    async def _one(self, change: Change, limiter: anyio.CapacityLimiter) -> None:
        async with limiter:
            if self.stop.is_set():
                self.outcomes[change.key] = ChangeResult(
                    change=change, result=None, message="not begun: a stop was asked for"
                )
                return
            self.parts.progress.started(change)
            begun = self.parts.clock.monotonic()
            outcome = await self._skip_or_attempt(change)
            outcome = replace(outcome, seconds=self.parts.clock.monotonic() - begun)
            self.outcomes[change.key] = outcome
            self.parts.progress.finished(change, outcome.result or "skipped", outcome.seconds, outcome.message)

    async def _skip_or_attempt(self, change: Change) -> ChangeResult:
        failed = self._failed_need(change)
        if failed is not None:
            message = f"skipped: it needs {failed}, which was not applied"
            attempt = Attempt(op_id=OpId(self.parts.ids.new()))
            await self._not_applied(change, Result.BLOCKED, message, attempt, closes=True)
            return ChangeResult(change=change, result=Result.BLOCKED, message=message)
        if not change.action.writes_platform:
            attempt = Attempt(op_id=OpId(self.parts.ids.new()))
            await self._settle(record.recorded(change, attempt, circumstances(self.parts, self.desired)))
            return ChangeResult(change=change, result=Result.APPLIED, version_after=change.version_before)
        return await self._write(change)

    def _failed_need(self, change: Change) -> Key | None:
        for need in sorted(self.needs.get(change.key, ())):
            outcome = self.outcomes.get(need)
            if outcome is not None and outcome.result is not Result.APPLIED:
                return need
        return None

    async def _write(self, change: Change) -> ChangeResult:
        journal = Journal(self.parts, await self._open_intent(change))
        begun = self.parts.clock.monotonic()
        with self.parts.platform.collect_request_ids() as request_ids:

            def attempt() -> Attempt:
                latency = round((self.parts.clock.monotonic() - begun) * 1000)
                return Attempt(op_id=journal.op_id, request_ids=tuple(request_ids), latency_ms=latency)

            try:
                written = await self.parts.remotes[change.key.kind].write(change, journal)
            except ProviderError as error:
                return await self._failed(change, error, attempt(), journal.intent)
            except anyio.get_cancelled_exc_class():
                with anyio.move_on_after(SETTLE_SECONDS_MAX, shield=True):
                    message = "cut off by a stop before the platform answered; the next pass looks before acting"
                    await self._not_applied(change, Result.UNKNOWN, message, attempt(), closes=False)
                    self.outcomes[change.key] = ChangeResult(change=change, result=Result.UNKNOWN, message=message)
                raise
            with anyio.CancelScope(shield=True):  # it happened: nothing may keep us from writing that down
                outcome = await self._applied(change, written, attempt())
        return outcome

    async def _open_intent(self, change: Change) -> Intent:
        """A fresh intent, or one that goes on with what an earlier process left, under its old op id.

        The earlier one stays in the ledger until the first request announces itself: it is what proves that the half
        done work is ours.
        """
        want = change.desired
        earlier = self.resumable.get(change.key)
        completes = earlier is not None and earlier.action is Action.CREATE and change.applied is None
        intent = Intent(
            op_id=earlier.op_id if earlier is not None else OpId(self.parts.ids.new()),
            key=change.key,
            action=Action.CREATE if completes else change.action,
            digest=want.digest if want is not None else "",
            spec=want.spec if want is not None else {},
            revision=self.plan.revision,
            started_at=moment.text(self.parts.clock.now()),
            data={"id": change.id} if completes and change.id is not None else {},
            id=change.id,
            version_before=change.version_before,
            cause=change.cause,
            declared_by=want.declared_by if want is not None else "",
        )
        if earlier is None or earlier.stage == PLANNED:
            await self.parts.ledger.intend(intent)
        return intent

    async def _applied(self, change: Change, written: Written, attempt: Attempt) -> ChangeResult:
        await self._settle(record.applied(change, written, attempt, circumstances(self.parts, self.desired)))
        return ChangeResult(change=change, result=Result.APPLIED, message=written.note, version_after=written.version)

    async def _failed(self, change: Change, error: ProviderError, attempt: Attempt, intent: Intent) -> ChangeResult:
        """Sort a failure: unknown keeps the intent, somebody in the way is blocked, the rest failed."""
        result = Result.BLOCKED if isinstance(error, Conflicted) else Result.FAILED
        message, remember = str(error), None
        if isinstance(error, AmbiguousError):
            result = Result.UNKNOWN
        elif intent.stage != PLANNED:
            try:
                remember = await self._left_behind(change, intent)
            except ProviderError as unreadable:
                result = Result.UNKNOWN  # the intent alone tells later what of it is ours
                message = f"{error} What that left cannot be read now; the next pass looks. {unreadable.message}"
        earlier = self.resumable.get(change.key)
        goes_on = intent.stage == PLANNED and earlier is not None and earlier.stage != PLANNED
        if goes_on:  # nothing was sent: the earlier intent stays open, and this attempt is an entry of its own
            attempt = replace(attempt, op_id=OpId(self.parts.ids.new()))
        closes = result is not Result.UNKNOWN and not goes_on
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
        if known is not None and known.text == settlement.condition:
            settlement = replace(settlement, events=())  # told before: one event per state, not per retry
        await self._settle(settlement)

    async def _settle(self, settlement: Settlement) -> None:
        await settle(self.parts, settlement, self.desired)
