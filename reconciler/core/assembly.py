"""From single decisions to a plan: who depends on whom, what is suspended, in which waves it runs.

A wave starts when the one before has ended. Deletes come last, in reverse order of dependency.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from reconciler.core import ordering, rings
from reconciler.model import moment
from reconciler.model.change import Action, Change
from reconciler.model.desired import DesiredState
from reconciler.model.identity import Key
from reconciler.model.outcome import Suspension
from reconciler.model.plan import Plan
from reconciler.model.policy import CyclePolicy

Edges = Mapping[Key, frozenset[Key]]
"""For each key, the keys that must be done before it."""


def assemble(
    changes: Sequence[Change],
    desired: DesiredState,
    *,
    organization: str,
    in_sync: int,
    suspensions: Sequence[Suspension] = (),
    undecided: Mapping[Key, str] | None = None,
    hints: Edges | None = None,
) -> Plan:
    """Put the decisions of a pass together.

    `in_sync` counts the objects looked at that need nothing. `undecided` names objects whose last write has an
    unknown result, with what is known; they wait. `hints` are further edges a kind asks for (a number moves from one
    route to another): who gives something up is written right before who gets it, and never for nothing.
    """
    held = _hold_dependents([_hold(change, suspensions, undecided or {}) for change in changes], desired)
    if desired.environment.policy.cycles is CyclePolicy.STUBS:
        held = rings.with_stubs(held)
    held = _hold_givers(_hold_dependents(_hold_rings(held), desired), hints or {})
    told = [replace(change, used_by=desired.used_by.get(change.key, ())) for change in held]
    return Plan(
        revision=desired.revision,
        environment=desired.environment.name,
        organization=organization,
        changes=tuple(sorted(told, key=lambda change: change.key)),
        waves=waves(told, hints or {}),
        in_sync=in_sync,
    )


def waves(changes: Sequence[Change], hints: Edges) -> tuple[tuple[Key, ...], ...]:
    """The keys of changes that execute: creates, updates and records first, deletes after them in reverse order.

    A delete that frees something for another change comes right before that one.
    """
    executing = {change.key: change for change in changes if change.executes}
    givers = frozenset().union(*(hints[key] for key in hints.keys() & executing.keys()))
    forward = {key: change for key, change in executing.items() if change.action is not Action.DELETE or key in givers}
    deletes = [change for key, change in executing.items() if key not in forward]
    prerequisites = needs(executing, hints)
    graph = {
        key: frozenset((prerequisites[key] | hints.get(key, frozenset())) & forward.keys() - {key}) for key in forward
    }
    rank = {"CallRoute": 0, "Flow": 1}
    last: dict[int, list[Key]] = {}
    for change in deletes:
        last.setdefault(rank.get(change.key.kind, 2), []).append(change.key)
    return (*ordering.waves(graph), *(tuple(sorted(last[place])) for place in sorted(last)))


def needs(changes: Mapping[Key, Change], hints: Edges) -> Edges:
    """For each change, what must have been applied before: its own needs, and those of whom it gives something up for.

    A route must not lose its number to one whose flow cannot be published.
    """
    result = rings.needs(changes)
    for gainer in hints.keys() & changes.keys():
        for giver in hints[gainer] & changes.keys():
            result[giver] |= _needs(changes[gainer]) - {giver}
    return result


def _needs(change: Change) -> frozenset[Key]:
    return change.desired.depends_on if change.desired is not None else frozenset()


def _hold_rings(changes: Sequence[Change]) -> list[Change]:
    """Block what needs each other and is not there yet: none of it could be the first."""
    why: dict[Key, str] = {}
    for ring in rings.unbroken(changes):
        remedy = "make one without the other first, or move what they share into a flow both call"
        why |= dict.fromkeys(ring, f"these need each other and none is published yet: {rings.path(ring)}; {remedy}")
    return [change.block(why[change.key]) if change.key in why else change for change in changes]


def _hold_givers(changes: Sequence[Change], hints: Edges) -> list[Change]:
    """Block what would give something up for a change that is blocked: nobody would have it then."""
    result = {change.key: change for change in changes}
    waiting = [key for key in hints if key in result and result[key].blocked is not None]
    while waiting:
        gainer = waiting.pop()
        for giver in sorted(hints[gainer]):
            if giver in result and result[giver].executes:
                result[giver] = result[giver].block(f"gives a number to {gainer}, which is blocked")
                waiting += [giver] if giver in hints else []
    return list(result.values())


def _hold(change: Change, suspensions: Sequence[Suspension], undecided: Mapping[Key, str]) -> Change:
    if change.blocked is not None or change.action is Action.NONE:
        return change
    if change.key in undecided:
        return change.block(f"the result of our last write is not known yet: {undecided[change.key]}")
    for suspension in suspensions:
        if suspension.scope == "*" or suspension.scope in _names(change):
            until = f" until {suspension.until}" if suspension.until else ""
            why = f": {suspension.reason}" if suspension.reason else ""
            return change.block(f"suspended{until}{why}", since=suspension.since or None)
    return change


def _names(change: Change) -> set[str]:
    """What a person may call the object: by its own name or its manifest's, and as before a rename."""
    names = {str(change.key)}
    if change.desired is not None:
        names.add(change.desired.declared_by)
    if change.applied is not None:
        names |= {str(change.applied.key), change.applied.declared_by}
    return names - {""}


def in_force(suspensions: Sequence[Suspension], now: datetime) -> tuple[Suspension, ...]:
    """The suspensions that have not run out."""
    return tuple(held for held in suspensions if held.until is None or moment.read(held.until) > now)


def _hold_dependents(changes: Sequence[Change], desired: DesiredState) -> list[Change]:
    """Block what needs an object that does not exist and whose creation is blocked, and deletes still in use."""
    missing = {c.key for c in changes if c.action is Action.CREATE and c.blocked is not None}
    result = list(changes)
    moved = True
    while moved:
        moved = False
        for place, change in enumerate(result):
            waits_for = sorted(_needs(change) & missing)
            if change.executes and waits_for:
                result[place] = change.block(f"needs {waits_for[0]}, which is blocked")
                if change.action is Action.CREATE:
                    missing.add(change.key)
                moved = True
    return [_hold_delete(change, desired) for change in result]


def _hold_delete(change: Change, desired: DesiredState) -> Change:
    users = desired.used_by.get(change.key, ())
    if change.action is Action.DELETE and change.blocked is None and users:
        return change.block(f"still used by {', '.join(users)}")
    return change
