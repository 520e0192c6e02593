"""Open intents: writes that an earlier process, or an earlier pass, began and never saw the end of.

Looked at before anything is planned. What happened is recorded, what did not is planned again, what cannot be told
yet keeps its object waiting; nothing is sent twice before looking.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from reconciler.core import record
from reconciler.errors import ProviderError
from reconciler.model import moment
from reconciler.model.desired import DesiredState
from reconciler.model.identity import Key
from reconciler.model.outcome import PLANNED, Fate, Intent, Recovery
from reconciler.model.plan import Plan
from reconciler.runtime.parts import Mode, Parts, Request, Trigger
from reconciler.runtime.settling import circumstances, settle


@dataclass(slots=True)
class Interrupted:
    """What recovery leaves for the planner."""

    resumable: dict[Key, Intent] = field(default_factory=dict)
    """Half done work of ours that the next write simply continues, under the same op id."""
    undecided: dict[Key, str] = field(default_factory=dict)
    """Why the result cannot be told yet."""
    wait_seconds: float = 0.0
    """After this many seconds a second look can tell more; 0 when waiting does not help."""


async def earlier_writes(parts: Parts, desired: DesiredState, request: Request) -> Interrupted:
    """Earlier writes without an end. A plan only knows of them; a manual run waits the settle window out once."""
    if request.mode is not Mode.APPLY:
        open_intents = await parts.ledger.intents()
        message = "it was interrupted; the next applying pass looks at it first"
        return Interrupted(
            resumable={i.key: i for i in open_intents if i.stage == PLANNED},
            undecided={i.key: message for i in open_intents if i.stage != PLANNED},
        )
    left = await recover(parts, desired)
    if left.wait_seconds > 0 and request.trigger is Trigger.MANUAL:
        parts.progress.phase(f"waiting {left.wait_seconds:.0f} s until an unanswered write must have surfaced")
        await parts.clock.sleep(left.wait_seconds)
        left = await recover(parts, desired)
    return left


async def recover(parts: Parts, desired: DesiredState) -> Interrupted:
    """Look at every open intent once. Applied ones are settled here, with audit entry and event."""
    left = Interrupted()
    for intent in await parts.ledger.intents():
        if intent.stage == PLANNED:
            left.resumable[intent.key] = intent
            continue
        try:
            found = await parts.remotes[intent.key.kind].recover(intent)
        except ProviderError as error:
            left.undecided[intent.key] = str(error)
            continue
        await _conclude(parts, desired, intent, found, left)
    return left


async def _conclude(parts: Parts, desired: DesiredState, intent: Intent, found: Recovery, left: Interrupted) -> None:
    now = circumstances(parts, desired)
    # The commit at hand answers for the write only when it is the one that asked for it.
    then = replace(now, commit=now.commit if now.revision == intent.revision else None, revision=intent.revision)
    used_by = desired.used_by.get(intent.key, ())
    match found.fate:
        case Fate.APPLIED:
            assert found.written is not None  # noqa: S101
            await settle(parts, record.recovered(intent, found.written, then, used_by=used_by), desired)
        case Fate.FAILED:
            await settle(parts, record.found_failed(intent, found, then, used_by=used_by), desired)
        case Fate.NOT_APPLIED:
            left.resumable[intent.key] = replace(intent, id=found.made or intent.id)
        case Fate.UNDECIDED:
            left.undecided[intent.key] = found.message
            left.wait_seconds = max(left.wait_seconds, _settles_in(parts, intent))


def _settles_in(parts: Parts, intent: Intent) -> float:
    if intent.last_send_at is None:
        return 0.0
    over = moment.read(intent.last_send_at) + timedelta(seconds=parts.timing.settle_window_seconds)
    return max(0.0, (over - parts.clock.now()).total_seconds())


async def withdraw_settled(parts: Parts, interrupted: Interrupted, plan: Plan) -> None:
    """Drop intents that came to nothing and that this plan did not need to continue."""
    planned = {change.key for change in plan.changes}
    for key, intent in interrupted.resumable.items():
        if key not in planned:
            await parts.ledger.withdraw(intent.op_id)
