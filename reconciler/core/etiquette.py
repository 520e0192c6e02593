"""Lock etiquette: whose lock, draft or running operation keeps us from writing, and what a team decided about that.

A person's work in Architect is never pushed aside by a plan, unless the manifest of that very flow says so. Pure.
"""

from __future__ import annotations

from dataclasses import replace

from reconciler.model.change import Action, Change
from reconciler.model.identity import FLOW
from reconciler.model.policy import LockPolicy, Policy
from reconciler.model.resource import Desired

ON_LOCKED_ANNOTATION = "reconciler/onLocked"


def on_locked(want: Desired | None, policy: Policy) -> LockPolicy:
    """What holds for one object: its own annotation, or else the environment's policy."""
    own = want.annotations.get(ON_LOCKED_ANNOTATION) if want is not None else None
    return LockPolicy(own) if own is not None else policy.on_locked


def forces(want: Desired | None) -> bool:
    """True when the manifest lets us break locks of this object; no policy of an environment does."""
    return on_locked(want, Policy()) is LockPolicy.FORCE


def guard(change: Change) -> Change:
    """The change, blocked when somebody is at work on the object."""
    have = change.observed
    assert have is not None, f"{change.key} is written and was not observed"  # noqa: S101
    is_free = have.locked_by is None and have.draft_version is None
    may_force = change.key.kind == FLOW and change.action is Action.UPDATE and forces(change.desired)
    if have.busy is not None and (is_free or may_force):
        return change.block(f"the platform is running {have.busy} on it")
    if is_free:
        return change
    if may_force:
        whose = f"the lock of {have.locked_by.name}" if have.locked_by else f"draft {have.draft_version}"
        note = f"pushes {whose} aside ({ON_LOCKED_ANNOTATION}: force); what is saved there is archived first"
        return replace(change, note=f"{change.note}; {note}" if change.note else note)
    if have.locked_by is not None:
        return change.block(f"locked by {have.locked_by.name}", by=have.locked_by.name)
    who = f" by {have.draft_by.name}" if have.draft_by else ""
    return change.block(
        f"a newer draft (version {have.draft_version}){who} is not published; publish or discard it in Architect",
        by=have.draft_by.name if have.draft_by else None,
    )
