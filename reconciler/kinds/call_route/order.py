"""A number belongs to one route at a time: a route that loses one is written before the route that gains it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconciler.model.change import Action, Change
from reconciler.model.identity import CALL_ROUTE, Key


def number_moves(changes: Sequence[Change]) -> Mapping[Key, frozenset[Key]]:
    """For each route that gains a number, blocked or not, the routes that must give it up first.

    Two routes that swap numbers need each other, and no order helps: the platform refuses both, both keep what they
    have, and the message says which number to free first.
    """
    routes = [change for change in changes if change.key.kind == CALL_ROUTE and change.action.writes_platform]
    losers = {change.key: _live(change) - _wanted(change) for change in routes}
    edges: dict[Key, frozenset[Key]] = {}
    for change in routes:
        gains = _wanted(change) - _live(change)
        first = {key for key, lost in losers.items() if key != change.key and gains & lost}
        edges[change.key] = frozenset(key for key in first if change.key not in edges.get(key, frozenset()))
    return edges


def _live(change: Change) -> frozenset[str]:
    have = change.observed.spec if change.observed is not None else None
    return frozenset(have["dnis"]) if have is not None else frozenset()


def _wanted(change: Change) -> frozenset[str]:
    if change.desired is None or change.action is Action.DELETE:
        return frozenset()
    return frozenset(change.desired.spec["dnis"])
