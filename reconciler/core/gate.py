"""The gate between a plan and its application: guards that stop a pass as a whole.

A plan that does not get through is still shown in full; nothing of it is applied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.core import etiquette
from reconciler.model.change import Action, Change
from reconciler.model.plan import Plan
from reconciler.model.policy import LockPolicy, Policy

_ROUNDING = 1e-6
"""A share like 29 % of 100 must not fall below 29 because floats cannot hold 0.29."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Open when there are no reasons. `forceable` says whether `apply --force` may pass it once."""

    reasons: tuple[str, ...] = ()
    forceable: bool = True

    @property
    def is_open(self) -> bool:
        return not self.reasons


def judge(plan: Plan, policy: Policy, *, existing: Mapping[str, int], wanted: int) -> Verdict:
    """Hold the plan against thresholds and the empty-source guard.

    `existing` counts the managed objects per kind, `wanted` the objects git declares. Percentages hold from
    `policy.thresholds_from` existing objects up; the absolute limit of deletes always.
    """
    deletes = [c for c in plan.changes if c.action is Action.DELETE and c.blocked is None]
    if deletes and wanted == 0:
        return Verdict(("the desired state declares no object, so nothing is deleted; remove objects in steps",), False)
    reasons = [
        *_share(plan.changes, Action.UPDATE, policy.update_threshold, policy.thresholds_from, existing, "updates"),
        *_share(plan.changes, Action.DELETE, policy.delete_threshold, policy.thresholds_from, existing, "deletes"),
    ]
    if len(deletes) > policy.delete_max:
        reasons.append(f"{len(deletes)} deletes are more than deleteMax {policy.delete_max}")
    return Verdict((*reasons, *_aborts(plan, policy)))


def _share(
    changes: tuple[Change, ...],
    action: Action,
    limit: float,
    counted_from: int,
    existing: Mapping[str, int],
    word: str,
) -> list[str]:
    """One reason per kind whose share of `action` is over the limit; exactly at the limit is let through."""
    numbers = Counter(c.key.kind for c in changes if c.action is action and c.blocked is None)
    reasons = []
    for kind, number in sorted(numbers.items()):
        total = existing.get(kind, 0)
        if total >= counted_from and number > limit * total + _ROUNDING:
            reasons.append(
                f"{number} {word} of {total} {kind} objects are {number / total:.0%}, over the threshold of {limit:.0%}"
            )
    return reasons


def _aborts(plan: Plan, policy: Policy) -> list[str]:
    return [
        f"{change.key} is {change.blocked.reason} and onLocked is abort"
        for change in plan.changes
        if change.blocked is not None
        and change.observed is not None
        and change.observed.locked_by is not None
        and etiquette.on_locked(change.desired, policy) is LockPolicy.ABORT
    ]
