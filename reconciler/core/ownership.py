"""Whose doing it is: the evidence that tells our own writes, whole or interrupted, from somebody else's. Pure.

A name proves nothing; ids, versions and contents do.
"""

from __future__ import annotations

from reconciler.core import diff
from reconciler.model import digest
from reconciler.model.change import Action
from reconciler.model.outcome import Intent
from reconciler.model.resource import Applied, Observed


def has_moved(have: Observed, base: Applied) -> bool:
    """True when the platform's object is not the one we left: another version, or another name."""
    return have.version != base.version or have.key != base.key


def holds_what_we_left(have: Observed, base: Applied) -> bool:
    """The version moved and the content did not: nothing foreign happened."""
    return have.key == base.key and have.spec is not None and digest.of(have.spec) == (base.live_digest or base.digest)


def is_our_half_done_work(compare: diff.Compare, have: Observed, base: Applied, intent: Intent) -> bool:
    """True when what differs from our last write is what an interrupted write of ours meant, and nothing else."""
    if base.live is None or have.spec is None or have.key not in (base.key, intent.key):
        return False
    return diff.is_our_half_done_work(compare, meant=intent.spec, live=have.spec, base=base.live)


def is_our_half_made(have: Observed, intent: Intent | None) -> bool:
    """True when an open intent of ours created this very object; its id is the proof."""
    if intent is None or intent.action is not Action.CREATE:
        return False
    return have.id in (intent.id, intent.data.get("id"))
