"""The decision: what takes the platform to what git wants. Pure; same input, same plan.

Only what we applied before may be deleted or silently updated. Anything else that nobody declared belongs to someone
and is left alone. The table this implements is in docs/architecture.md ("The decision table"); one function here is one
row group of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from reconciler.core import diff, etiquette, ownership
from reconciler.core.pairing import Pair
from reconciler.model.change import Action, Cause, Change, FieldChange
from reconciler.model.identity import Key
from reconciler.model.outcome import Intent
from reconciler.model.policy import AdoptPolicy, ConflictPolicy, DriftPolicy, Policy
from reconciler.model.resource import Applied, Desired, Gone, Hidden, Observed

ADOPT_ANNOTATION = "reconciler/adopt"
PRUNE_ANNOTATION = "reconciler/prune"
RECONCILE_ANNOTATION = "reconciler/reconcile"


class Take(StrEnum):
    """Which side a person chose for a conflict."""

    GIT = "git"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Everything besides the three sides that a decision depends on."""

    policy: Policy = Policy()
    compare: Mapping[str, diff.Compare]
    """By kind."""
    halfway: Mapping[str, diff.Halfway] = field(default_factory=dict)
    """By kind, for those that are written in several steps."""
    cosmetic: Mapping[str, diff.Cosmetic] = field(default_factory=dict)
    """By kind, for those whose content can be spelt in several ways."""
    now: datetime
    drift_since: Mapping[Key, datetime] = field(default_factory=dict)
    """When a drift was first told, for `driftGrace`."""
    interrupted: Mapping[Key, Intent] = field(default_factory=dict)
    """Writes of ours that a dead process left half done and that may simply go on."""
    take: Mapping[Key, Take] = field(default_factory=dict)
    adopting: bool = True
    """False when there is no ledger at hand: existing objects are compared and shown, ownership is not judged."""

    def traits(self, kind: str) -> ownership.Traits:
        return ownership.Traits(compare=self.compare[kind], halfway=self.halfway.get(kind, diff.never))


def protection(desired: Mapping[Key, Desired], applied: Mapping[Key, Applied]) -> dict[Key, bool]:
    """Whose record must change so that it says, as git does now, whether the object may be deleted one day.

    An annotation is no content: adding it plans no change, and by the time the manifest is removed it is too late.
    """
    return {
        key: is_protected(want)
        for key, record in applied.items()
        if (want := desired.get(key)) is not None and record.protected is not is_protected(want)
    }


def is_protected(want: Desired) -> bool:
    return want.annotations.get(PRUNE_ANNOTATION) == "disabled"


def needs_inspection(pair: Pair) -> bool:
    """True when the content of the observed object must be known to decide, and the list did not carry it."""
    have = pair.observed
    if not isinstance(have, Observed) or have.spec is not None or pair.desired is None:
        return False
    return have.comparable and (pair.applied is None or ownership.has_moved(have, pair.applied))


def decide(pair: Pair, rules: Rules) -> Change | None:
    """The change for one object; None when it is in sync or not ours."""
    if pair.desired is None:
        return None if pair.applied is None else _unwanted(pair.key, pair.observed, pair.applied, rules)
    change = _wanted(pair, pair.desired, rules)
    if change is None or pair.desired.annotations.get(RECONCILE_ANNOTATION) != "disabled":
        return change
    if not change.action.writes_platform:
        return change
    note = f"left alone: {RECONCILE_ANNOTATION}: disabled"
    return replace(change, action=Action.NONE, blocked=None, note=note)


def _wanted(pair: Pair, want: Desired, rules: Rules) -> Change | None:
    match pair.observed, pair.applied:
        case Hidden(reason=reason), _:
            return Change(Action.UPDATE, pair.key, desired=want, applied=pair.applied).block(
                f"the platform does not let us read it: {reason}"
            )
        case None | Gone(), _:
            return _absent(pair, want)
        case Observed() as have, None:
            return _foreign(pair, want, have, rules)
        case Observed() as have, Applied() as base:
            return _managed(pair, want, have, base, rules)
    raise AssertionError(f"undecided: {pair}")


def _absent(pair: Pair, want: Desired) -> Change:
    """Wanted and not on the platform."""
    base = pair.applied
    change = Change(Action.CREATE, pair.key, Cause.DRIFT if base else Cause.INTENT, desired=want, applied=base)
    if pair.taken_by is not None:
        return change.block(f"{pair.taken_by} carries this name on the platform; rename it back or in git first")
    return replace(change, note="somebody deleted it on the platform") if base else change


def _foreign(pair: Pair, want: Desired, have: Observed, rules: Rules) -> Change | None:
    """Wanted, on the platform, and not ours yet."""
    update = Change(Action.UPDATE, pair.key, Cause.INTENT, desired=want, observed=have, applied=None)
    if pair.rivals:
        return update.block(f"{pair.rivals + 1} objects on the platform carry this name; leave one and delete the rest")
    comparable = have.comparable and have.spec is not None
    if comparable:
        assert have.spec is not None  # noqa: S101
        fields = diff.fields(rules.compare[want.key.kind], wanted=want.spec, live=have.spec, base=None)
        if not fields and have.key == pair.key:
            return replace(update, action=Action.ADOPT, note="equal: recorded only") if rules.adopting else None
        update = replace(update, fields=_with_rename(fields, have.key, pair.key, Cause.INTENT))
    if not rules.adopting:
        return etiquette.guard(update)
    if ownership.is_our_half_made(have, rules.interrupted.get(pair.key)):
        return etiquette.guard(replace(update, note="goes on with a creation of ours that was interrupted"))
    if rules.policy.adopt is AdoptPolicy.GIT or want.annotations.get(ADOPT_ANNOTATION) == "git":
        blindly = "" if comparable else ", and whose content cannot be compared"
        return etiquette.guard(replace(update, note=f"takes over an object that was not ours{blindly}"))
    return update.block(_not_ours(pair, comparable=comparable))


def _not_ours(pair: Pair, *, comparable: bool) -> str:
    which = "the one we applied is gone and somebody made another" if pair.lost else "it was there before us"
    other = "with other content; make git equal to it, or" if comparable else "with content that cannot be compared;"
    return f"not ours: {which}, {other} set policy.adopt: git or the annotation {ADOPT_ANNOTATION}: git to overwrite it"


def _managed(pair: Pair, want: Desired, have: Observed, base: Applied, rules: Rules) -> Change | None:
    """Wanted, on the platform, and ours: the three-way part."""
    git_moved = want.digest != base.digest or want.key != base.key
    platform_moved = ownership.has_moved(have, base)
    if not git_moved and not platform_moved:
        return None
    change = Change(Action.UPDATE, pair.key, Cause.INTENT, desired=want, observed=have, applied=base)
    if pair.taken_by is not None:
        return change.block(f"{pair.taken_by} already carries the name on the platform; rename one of the two")
    has_new_name = ownership.has_only_the_name(have, base, want.key)
    if has_new_name and want.digest == base.digest:
        return replace(change, action=Action.ADOPT, note="has its new name already: recorded only")
    if _is_cosmetic(want, have, base, rules, platform_moved=platform_moved):
        return _record_spelling(change, have, base, platform_moved=platform_moved)
    if not platform_moved or has_new_name:
        return etiquette.guard(replace(change, fields=_planned_fields(want, have, base, rules)))
    if not have.comparable:
        change = replace(change, cause=Cause.BOTH if git_moved else Cause.DRIFT)
        if rules.take.get(pair.key) is Take.GIT:
            return etiquette.guard(
                replace(change, note="overwrites content that cannot be compared: git's side was chosen")
            )
        if not git_moved and rules.policy.drift is not DriftPolicy.CORRECT:
            return _drifted(change, rules)
        return change.block(
            "the platform's content moved and cannot be compared with git; look at it there, then apply with --take git"
        )
    assert have.spec is not None, f"{pair.key} moved and was not inspected"  # noqa: S101
    fields = _planned_fields(want, have, base, rules)
    if not fields:
        return replace(change, action=Action.ADOPT, cause=Cause.DRIFT, note="moved, yet equal to git: recorded only")
    if ownership.holds_what_we_left(have, base):
        return etiquette.guard(replace(change, fields=fields)) if git_moved else _record_move(change)
    if _is_half_ours(want, have, base, rules):
        return etiquette.guard(replace(change, fields=fields, note="goes on with a write of ours that was interrupted"))
    if git_moved:
        return _conflict(replace(change, cause=Cause.BOTH, fields=fields), rules)
    return _drifted(replace(change, cause=Cause.DRIFT, fields=fields), rules)


def _is_cosmetic(want: Desired, have: Observed, base: Applied, rules: Rules, *, platform_moved: bool) -> bool:
    """Nothing but spelling is between git and the platform, and no write of ours was left half done."""
    cosmetic = rules.cosmetic.get(want.key.kind)
    live = have.spec if platform_moved else base.live
    if cosmetic is None or live is None or not base.digest or not have.key == base.key == want.key:
        return False
    return cosmetic(want.spec, live)


def _record_spelling(change: Change, have: Observed, base: Applied, *, platform_moved: bool) -> Change:
    if platform_moved:
        note = "drift: cosmetic, only the spelling differs: recorded only"
        return replace(change, action=Action.ADOPT, cause=Cause.DRIFT, note=note)
    seen = replace(have, spec=base.live)  # nothing has moved, so this is what is there
    return replace(
        change, action=Action.ADOPT, observed=seen, note="cosmetic, only the spelling differs: recorded only"
    )


def _is_half_ours(want: Desired, have: Observed, base: Applied, rules: Rules) -> bool:
    """An interrupted or failed write of ours explains all that moved."""
    traits, intent = rules.traits(want.key.kind), rules.interrupted.get(want.key)
    if intent is not None and ownership.is_our_half_done_work(traits, have, base, intent):
        return True
    return ownership.is_our_leftover(traits, have, base, want.spec)


def _record_move(change: Change) -> Change:
    return replace(change, action=Action.ADOPT, cause=Cause.DRIFT, note="a new version with the content we applied")


def _planned_fields(want: Desired, have: Observed, base: Applied, rules: Rules) -> tuple[FieldChange, ...]:
    compare = rules.compare[want.key.kind]
    live = have.spec if have.spec is not None else base.live
    fields: tuple[FieldChange, ...] = ()
    if live is not None:
        fields = diff.fields(compare, wanted=want.spec, live=live, base=base.live)
    took_over = bool(base.digest) and want.spec == have.spec  # to the letter: then there is nothing that cannot be seen
    if base.spec is not None and base.live is not None and not took_over:
        fields += diff.unseen(compare, wanted=want.spec, then=base.spec, live_then=base.live)
    cause = Cause.INTENT if have.key == base.key else Cause.DRIFT
    return _with_rename(fields, have.key, want.key, cause)


def _with_rename(fields: tuple[FieldChange, ...], live: Key, wanted: Key, cause: Cause) -> tuple[FieldChange, ...]:
    if live == wanted:
        return fields
    return (FieldChange("name", live.name, wanted.name, cause), *fields)


def _conflict(change: Change, rules: Rules) -> Change:
    if rules.take.get(change.key) is Take.GIT or rules.policy.conflict is not ConflictPolicy.STOP:
        return etiquette.guard(replace(change, note="conflict: git's side was chosen"))
    return change.block(
        "conflict: git and the platform both changed it; "
        f'run `reconcile apply "{change.key}" --take git` to keep git\'s side, --take live to bring theirs to a branch'
    )


def _drifted(change: Change, rules: Rules) -> Change:
    match rules.policy.drift:
        case DriftPolicy.WARN:
            return replace(change, action=Action.NONE, note="drift is reported and left alone (drift: warn)")
        case DriftPolicy.IGNORE:
            return replace(change, action=Action.NONE, note="drift is ignored (drift: ignore)")
        case DriftPolicy.CORRECT:
            since = rules.drift_since.get(change.key, rules.now)
            left = rules.policy.drift_grace_seconds - (rules.now - since).total_seconds()
            if left > 0 and rules.take.get(change.key) is not Take.GIT:
                return replace(change, action=Action.NONE, note=f"drift is corrected in {left:.0f} s (driftGrace)")
            return etiquette.guard(change)


def _unwanted(key: Key, observed: Observed | Gone | Hidden | None, base: Applied, rules: Rules) -> Change:
    """No longer in git, remembered by us."""
    if isinstance(observed, Gone):
        return Change(Action.FORGET, key, Cause.BOTH, applied=base, note="gone from git and from the platform")
    have = observed if isinstance(observed, Observed) else None
    change = Change(Action.DELETE, key, Cause.INTENT, observed=have, applied=base)
    if not rules.policy.prune or base.protected:
        why = "prune is off" if not rules.policy.prune else f"{PRUNE_ANNOTATION}: disabled"
        return replace(change, action=Action.NONE, note=f"left on the platform: {why}")
    if isinstance(observed, Hidden):
        return change.block(f"the platform does not let us read it: {observed.reason}")
    assert have is not None, f"{key} was neither listed nor read"  # noqa: S101
    if have.version != base.version or have.key != base.key:
        return change.block(
            "it was changed on the platform since we applied it; delete it there, or bring it back to git"
        )
    return etiquette.guard(change)
