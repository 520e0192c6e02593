"""Whose doing it is: the evidence that tells our own writes, whole or interrupted, from somebody else's. Pure.

A name proves nothing; ids, versions and contents do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.core import diff
from reconciler.model import digest
from reconciler.model.change import Action
from reconciler.model.identity import Key
from reconciler.model.outcome import Intent
from reconciler.model.resource import Applied, Observed, Spec


def has_moved(have: Observed, base: Applied) -> bool:
    """True when the platform's object is not the one we left: another version, another name, or, where the content was
    examined, other content under the same version."""
    return have.version != base.version or have.key != base.key or _holds_other_content(have, base)


def _holds_other_content(have: Observed, base: Applied) -> bool:
    if not have.examined or not have.comparable or have.spec is None or not base.live_digest:
        return False
    return digest.of(have.spec) != base.live_digest


def has_only_the_name(have: Observed, base: Applied, wanted: Key) -> bool:
    """True when nothing moved but the name, and it moved to the wanted one: a rename that got no further."""
    return have.version == base.version and have.key == wanted != base.key


def holds_what_we_left(have: Observed, base: Applied) -> bool:
    """The version moved and the content did not: nothing foreign happened."""
    return have.key == base.key and have.spec is not None and digest.of(have.spec) == (base.live_digest or base.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How objects of one kind are compared, and what our own writes to them pass through."""

    compare: diff.Compare
    halfway: diff.Halfway = diff.never


def is_our_half_done_work(traits: Traits, have: Observed, base: Applied, intent: Intent) -> bool:
    """True when what differs from our last write is what an interrupted write of ours meant, and nothing else."""
    if base.live is None or have.spec is None or have.key not in (base.key, intent.key):
        return False
    return diff.is_our_half_done_work(
        traits.compare, meant=intent.spec, live=have.spec, base=base.live, halfway=traits.halfway
    )


def is_our_leftover(traits: Traits, have: Observed, base: Applied, wanted: Spec) -> bool:
    """True when we remember a write that failed half way, and only what it had set in motion has moved since."""
    if base.digest or base.live is None or have.spec is None or have.key != base.key:
        return False
    return diff.is_our_half_done_work(
        traits.compare, meant=wanted, live=have.spec, base=base.live, halfway=traits.halfway
    )


def completes_a_creation(base: Applied | None, intent: Intent) -> bool:
    """True when this write makes an object whole that an earlier one of ours began: it is told as created."""
    return intent.action is Action.CREATE or (base is not None and not base.digest and not base.revision)


def half_made(have: Observed, intent: Intent, *, at: str) -> Applied:
    """What to remember of an object that a failed create of ours made."""
    return _remembered(have, key=have.key, spec={}, revision="", intent=intent, at=at)


def left_behind(traits: Traits, have: Observed, base: Applied, intent: Intent, *, at: str) -> Applied | None:
    """What to remember of an object that a failed update of ours left as `have`, so that the next pass goes on from
    there; None when the write left nothing, or when what is there is not provably ours.

    The wanted digest becomes unknown: whatever git says next, even what it said before, has to be written again.
    """
    if have.spec is None or not is_our_half_done_work(traits, have, base, intent):
        return None
    then = base.spec or {}
    if not has_moved(have, base) and not diff.unseen(
        traits.compare, wanted=intent.spec, then=then, live_then=have.spec
    ):
        return None
    spec = diff.agreed(then, intent.spec)
    record = _remembered(have, key=base.key, spec=spec, revision=base.revision, intent=intent, at=at)
    return replace(record, protected=base.protected)


def _remembered(have: Observed, *, key: Key, spec: Spec, revision: str, intent: Intent, at: str) -> Applied:
    return Applied(
        key=key,
        id=have.id,
        version=have.version,
        digest="",
        live_digest=digest.of(have.spec) if have.spec is not None else "",
        revision=revision,
        applied_at=at,
        declared_by=intent.declared_by,
        spec=spec,
        live=have.spec,
    )


def is_our_half_made(have: Observed, intent: Intent | None) -> bool:
    """True when an open intent of ours created this very object; its id is the proof."""
    if intent is None or intent.action is not Action.CREATE:
        return False
    return have.id in (intent.id, intent.data.get("id"))
