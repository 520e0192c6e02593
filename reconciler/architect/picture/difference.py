"""Two pictures of one thing laid over each other: what is new, what is gone, what leads elsewhere. Pure.

Nodes pair by id. A way pairs by where it starts and its words; when its target moved, the new way counts as changed and
the old one as former.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from reconciler.architect.picture.model import Edge, Node, Picture, Status


def between(before: Picture, after: Picture) -> Picture:
    """The picture after, with what became of each node and edge, and with what is gone."""
    old = {node.id: node for node in before.nodes}
    new = {node.id: node for node in after.nodes}
    nodes = [replace(node, status=_became(old.get(node.id), node)) for node in after.nodes]
    nodes += [replace(node, status=Status.REMOVED) for node in before.nodes if node.id not in new]
    return Picture(after.title, tuple(nodes), tuple(_edges(before, after)))


def _became(old: Node | None, new: Node) -> Status:
    if old is None:
        return Status.ADDED
    return Status.SAME if (old.label, old.note, old.sort) == (new.label, new.note, new.sort) else Status.CHANGED


def _edges(before: Picture, after: Picture) -> list[Edge]:
    old, new = {_identity(edge) for edge in before.edges}, {_identity(edge) for edge in after.edges}
    rerouted: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for edge in before.edges:
        if _identity(edge) not in new:
            rerouted[edge.source, edge.label].append(edge)
    found: list[Edge] = []
    former: list[Edge] = []
    for edge in after.edges:
        if _identity(edge) in old:
            found.append(edge)
        elif partners := rerouted[edge.source, edge.label]:
            partner = partners.pop(0)
            found.append(replace(edge, status=Status.CHANGED))
            former.append(replace(partner, status=Status.FORMER))
        else:
            found.append(replace(edge, status=Status.ADDED))
    removed = [replace(edge, status=Status.REMOVED) for edges in rerouted.values() for edge in edges]
    return [*found, *former, *removed]


def _identity(edge: Edge) -> tuple[str, str, str]:
    """Whether a way leads onward or back depends on what else is there, so it does not count."""
    return edge.source, edge.target, edge.label
