"""The end of every change: one transaction in the ledger, then the audit line for whoever tails it."""

from __future__ import annotations

from reconciler.core import record
from reconciler.core.record import Attempt, Circumstances
from reconciler.model import moment
from reconciler.model.change import Action
from reconciler.model.desired import DesiredState
from reconciler.model.identity import OpId
from reconciler.model.outcome import Settlement
from reconciler.model.plan import Plan
from reconciler.runtime.parts import Parts


def circumstances(parts: Parts, desired: DesiredState) -> Circumstances:
    return Circumstances(
        time=moment.text(parts.clock.now()),
        commit=desired.commit,
        revision=desired.revision,
        environment=desired.environment.name,
    )


async def settle(parts: Parts, settlement: Settlement, desired: DesiredState) -> None:
    """Commit the settlement; a replay of the same op and result does nothing."""
    entry = await parts.ledger.settle(settlement, desired.environment.webhooks)
    if entry is not None:
        await parts.audit_line(entry)


async def tell_what_is_held(parts: Parts, plan: Plan, desired: DesiredState) -> None:
    """Audit and announce blocked and drifted objects when their state changes, and clear what no longer holds."""
    known = await parts.ledger.conditions()
    now = circumstances(parts, desired)
    holding = set()
    for change in plan.changes:
        text = record.told(change)
        if text:
            holding.add(change.key)
            if change.key not in known or known[change.key].text != text:
                attempt = Attempt(op_id=OpId(parts.ids.new()))
                await settle(parts, record.held(change, attempt, now), desired)
        elif change.action is not Action.NONE:
            holding.add(change.key)  # it is about to be tried; its own outcome sets or clears the condition
    for key in known.keys() - holding:
        await parts.ledger.clear_condition(key)
