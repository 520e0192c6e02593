"""Flows that need each other: which of them can be made first, and which cannot be made at all. Pure.

Inside a ring, a need that is on the platform already is a wish about the order and gives way. A need that is not there
is a condition: nobody in such a ring can be the first, unless a publish job makes stubs of what its flow lacks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from reconciler.core import ordering
from reconciler.model import identity
from reconciler.model.change import Action, Change
from reconciler.model.identity import Key

Needs = dict[Key, frozenset[Key]]


def needs(changes: Mapping[Key, Change]) -> Needs:
    """For each change, what must be done before it, without the rings that stubs or existing objects undo.

    Who has a stub made of another goes before it, and before everybody who leans on that stub. What needs a flow of the
    ring from outside waits until no stub is left in there: no caller is to reach one.
    """
    result: Needs = {key: _written(change) for key, change in changes.items()}
    maker = {stub: key for key, change in changes.items() for stub in change.stubs if stub in changes}
    for members in _rings(result, changes) if maker else ():
        for key in changes.keys() - members:
            if result[key] & members:
                result[key] |= members & maker.keys()
    for stub, key in maker.items():
        result[key] -= {stub}
        result[stub] |= {key}
    while loosened := dict(_loosened(result, changes, maker)):
        result |= loosened
    return result


def with_stubs(changes: Sequence[Change]) -> list[Change]:
    """Choose, ring by ring, the flow whose job makes stubs of what it needs in there: as few stubs as possible.

    A ring in which nobody can be that one stays as it is; `unbroken` names it.
    """
    result = {change.key: change for change in changes}
    while True:
        executing = {key: change for key, change in result.items() if change.executes}
        order = needs(executing)
        first = next((key for members in _rings(order, executing) if (key := _first(members, order, executing))), None)
        if first is None:
            return list(result.values())
        change, stubs = result[first], tuple(sorted(order[first] & _ring_of(first, order, executing)))
        names = " and ".join(str(key) for key in stubs)
        note = f"its job makes a stub of {names}, which needs it in turn; the stub is published over right after"
        result[first] = replace(
            change, stubs=(*change.stubs, *stubs), note=f"{change.note}; {note}" if change.note else note
        )


def unbroken(changes: Sequence[Change]) -> list[list[Key]]:
    """The rings in which nobody can be the first, each as a path whose last key needs the first one."""
    executing = {change.key: change for change in changes if change.executes}
    order = needs(executing)
    return ordering.cycles({key: wanted & executing.keys() for key, wanted in order.items()})


def path(ring: Sequence[Key]) -> str:
    return " -> ".join(str(key) for key in [*ring, ring[0]])


def _written(change: Change) -> frozenset[Key]:
    return change.desired.depends_on if change.desired is not None else frozenset()


def _loosened(
    order: Needs, changes: Mapping[Key, Change], maker: Mapping[Key, Key]
) -> Iterator[tuple[Key, frozenset[Key]]]:
    """The needs of ring members without what gives way; who leans on somebody's stub waits for its maker instead."""
    for members in _rings(order, changes):
        for key in sorted(members):
            inside = order[key] & members
            stubs = {need for need in inside if maker.get(need, key) != key}
            loose = stubs | {need for need in inside if _is_published(changes[need])}
            if loose:
                yield key, (order[key] - loose) | {maker[need] for need in stubs}


def _rings(order: Needs, changes: Mapping[Key, Change]) -> list[frozenset[Key]]:
    among = {key: order[key] & changes.keys() for key in changes}
    return [frozenset(members) for members in ordering.components(among) if len(members) > 1]


def _ring_of(key: Key, order: Needs, changes: Mapping[Key, Change]) -> frozenset[Key]:
    return next(members for members in _rings(order, changes) if key in members)


def _first(members: frozenset[Key], order: Needs, changes: Mapping[Key, Change]) -> Key | None:
    """The member to begin with: what it needs in here can all be made as stubs. Who exists already goes first, for a
    job makes no stub of what is there."""
    able = [key for key in members if all(_may_be_stub(changes[need]) for need in order[key] & members)]
    return min(
        able,
        key=lambda key: (changes[key].action is Action.CREATE, len(order[key] & members), key),
        default=None,
    )


def _may_be_stub(change: Change) -> bool:
    return change.action is Action.CREATE and change.key.kind == identity.FLOW


def _is_published(change: Change) -> bool:
    """There, and in a state that others may refer to: a flow that was only saved has no version in force."""
    return change.observed is not None and bool(change.observed.version)
