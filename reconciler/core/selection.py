"""The part of a plan that a person asked for by name. Pure.

A part brings along the creations it needs, so that it can stand on its own; it never prunes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from reconciler.documents.nearest import nearest
from reconciler.model.change import Action, Change
from reconciler.model.identity import Key
from reconciler.model.resource import Desired


def unknown(names: Collection[str], changes: Sequence[Change], wanted: Mapping[Key, Desired]) -> list[str]:
    """The names that nothing in git and no change carries, sorted."""
    return sorted(set(names) - _known(changes, wanted))


def meant(name: str, changes: Sequence[Change], wanted: Mapping[Key, Desired]) -> str | None:
    """The name that somebody who wrote an unknown one probably meant."""
    return nearest(name, _known(changes, wanted) - {""})


def _known(changes: Sequence[Change], wanted: Mapping[Key, Desired]) -> set[str]:
    known = {label for want in wanted.values() for label in (want.key.name, str(want.key), want.declared_by)}
    return known | {label for change in changes for label in _labels(change)}


def named(names: Collection[str], wanted: Mapping[Key, Desired]) -> frozenset[Key]:
    """What git wants under these names, everything when there are none."""
    return frozenset(
        key for key, want in wanted.items() if not names or {key.name, str(key), want.declared_by} & set(names)
    )


def select(names: Collection[str], changes: Sequence[Change]) -> list[Change]:
    """The changes called `name`, `Kind/name` or by the Menu that declares them, and the creations they need."""
    by_key = {change.key: change for change in changes}
    chosen = {change.key for change in changes if _labels(change) & set(names)}
    queue = list(chosen)
    while queue:
        want = by_key[queue.pop()].desired
        for need in want.depends_on if want is not None else ():
            if need in by_key and need not in chosen and by_key[need].action is Action.CREATE:
                chosen.add(need)
                queue.append(need)
    return [change for change in changes if change.key in chosen]


def _labels(change: Change) -> set[str]:
    declared_by = {change.desired.declared_by} if change.desired is not None else set()
    return {change.key.name, str(change.key)} | declared_by
