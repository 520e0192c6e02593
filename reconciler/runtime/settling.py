"""What a pass leaves in the ledger: each change's end in one transaction, lasting states once, and the pass itself."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import anyio

from reconciler.core import record
from reconciler.core.record import Attempt, Circumstances
from reconciler.model import moment
from reconciler.model.change import Action
from reconciler.model.desired import DesiredState, Environment
from reconciler.model.event import Result
from reconciler.model.identity import Key, OpId
from reconciler.model.outcome import PassRecord, Settlement
from reconciler.model.plan import Plan
from reconciler.runtime.parts import Parts, PassResult


def circumstances(parts: Parts, desired: DesiredState) -> Circumstances:
    return Circumstances(
        time=moment.text(parts.clock.now()),
        commit=desired.commit,
        revision=desired.revision,
        environment=desired.environment.name,
    )


async def settle(parts: Parts, settlement: Settlement, desired: DesiredState) -> None:
    """`settle_for` the environment of a pass."""
    await settle_for(parts, settlement, desired.environment)


async def settle_for(parts: Parts, settlement: Settlement, environment: Environment) -> None:
    """Commit the settlement, then tell whoever tails the audit; a replay of the same op and result does nothing.

    It tells what has happened, so a stop does not come between; the ledger and the stream bound their own time.
    """
    with anyio.CancelScope(shield=True):
        entry = await parts.ledger.settle(settlement, environment.webhooks)
        if entry is not None:
            await parts.audit_line(entry)


async def tell_what_is_held(
    parts: Parts, plan: Plan, desired: DesiredState, *, whole: bool, examined: frozenset[Key]
) -> None:
    """Audit and announce blocked and drifted objects when their state changes, and clear what no longer holds.

    `whole` says that the plan is of everything: only then does an object that it does not hold need nothing. What only
    examining shows stays until the object was `examined` again.
    """
    known = await parts.ledger.conditions()
    now = circumstances(parts, desired)
    holding = set()
    for change in plan.changes:
        text = record.told(change)
        if text:
            holding.add(change.key)
            if change.key not in known or not record.is_same_condition(known[change.key].text, text):
                attempt = Attempt(op_id=OpId(parts.ids.new()))
                await settle(parts, record.held(change, attempt, now), desired)
        elif change.action is not Action.NONE:
            holding.add(change.key)  # it is about to be tried; its own outcome sets or clears the condition
    looked_at = known.keys() if whole else known.keys() & {change.key for change in plan.changes}
    for key in looked_at - holding:
        if key in desired.resources.keys() - examined and record.needs_examining(known[key].text):
            continue
        await parts.ledger.clear_condition(key)


def pass_record(parts: Parts, result: PassResult, *, begun: datetime, spent: int) -> PassRecord:
    """The finished pass for `status` and `pass.completed`; `spent` are the requests counted before it."""
    outcomes = Counter(outcome.result for outcome in result.outcomes.values())
    return PassRecord(
        pass_id=parts.ids.new(),
        revision=result.plan.revision,
        started_at=moment.text(begun),
        ended_at=moment.text(parts.clock.now()),
        result=_word(result),
        message=result.frozen or " ".join(result.verdict.reasons),
        applied=outcomes[Result.APPLIED],
        failed=outcomes[Result.FAILED] + outcomes[Result.UNKNOWN],
        blocked=result.plan.counts.blocked + outcomes[Result.BLOCKED],
        requests=parts.platform.spent - spent,
    )


def _word(result: PassResult) -> str:
    if result.stood_in_the_way:
        return "frozen" if result.frozen else "over_threshold"
    return {0: "succeeded", 1: "failed"}.get(result.exit_code, "partial")
