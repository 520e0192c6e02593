"""Everything a desired state declares and what each thing needs, as a picture and as a matrix.

Resources are nodes; what nobody declares is a node of its own: outside (queues and the like are only ever looked up),
or broken when it is something that a manifest could declare and none does. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.architect import dependencies
from reconciler.architect.dependencies import Strength
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.picture.model import Edge, Node, NodeKind, Picture, Way
from reconciler.model import identity
from reconciler.model.identity import Key
from reconciler.model.resource import Desired

DECLARABLE: Final = frozenset({identity.PROMPT, identity.FLOW, identity.CALL_ROUTE})
_LOOSE: Final = "(known only during the call)"


@dataclass(frozen=True, slots=True, order=True)
class Need:
    """One thing that one resource needs. `by` is the field or action that names it; `target` is None for something
    that no manifest declares."""

    source: Key
    kind: str
    name: str
    type: str = ""
    by: str = ""
    strength: Strength = Strength.HARD
    target: Key | None = None

    @property
    def is_broken(self) -> bool:
        """Nobody declares it although somebody could. It may still exist in the organisation, so `plan` looks."""
        return self.target is None and self.kind in DECLARABLE and self.strength is Strength.HARD


def needs(resources: Mapping[Key, Desired], flows: Mapping[Key, ArchyFlow]) -> list[Need]:
    """What every resource needs, each once, sorted. `flows` are the documents of the flows among them."""
    found: set[Need] = set()
    for key, wanted in resources.items():
        if key in flows:
            found.update(_of_flow(key, flows[key], resources))
            continue
        found.update(Need(key, target.kind, target.name, target.type, target=target) for target in wanted.depends_on)
        found.update(Need(key, item.kind, item.name, item.type) for item in wanted.externals)
    return sorted(found, key=lambda need: (need.source, need.kind, need.name, need.by, need.strength))


def _of_flow(key: Key, flow: ArchyFlow, resources: Mapping[Key, Desired]) -> Iterator[Need]:
    for item in dependencies.dependencies(flow).items:
        type = item.types[0] if len(item.types) == 1 else ""
        meant = [other for other in resources if _is_meant(item, other)] if item.name else []
        targets: list[Key | None] = [*meant] or [None]
        for target in targets:
            yield Need(
                key, item.kind, item.name, type if target is None else target.type, item.by, item.strength, target
            )


def _is_meant(item: dependencies.Dependency, key: Key) -> bool:
    return (key.kind, key.name) == (item.kind, item.name) and (not item.types or key.type in item.types)


def draw(title: str, resources: Mapping[Key, Desired], found: list[Need]) -> Picture:
    """The picture of everything declared."""
    nodes = {
        _id(key): Node(_id(key), NodeKind.RESOURCE, key.name, _sort(key, wanted)) for key, wanted in resources.items()
    }
    edges: dict[tuple[str, str], Edge] = {}
    for need in found:
        target = _id(need.target) if need.target is not None else f"{need.kind}/{need.name or _LOOSE}"
        if target not in nodes:
            kind = NodeKind.BROKEN if need.is_broken else NodeKind.EXTERNAL
            nodes[target] = Node(target, kind, need.name or _LOOSE, need.kind)
        way = Way.ONWARD if need.strength is Strength.HARD else Way.LOOSE
        edges.setdefault((_id(need.source), target), Edge(_id(need.source), target, way=way))
    return Picture(title, tuple(nodes.values()), tuple(edges.values()))


def _id(key: Key) -> str:
    return f"{key}/{key.type}" if key.type else str(key)


def _sort(key: Key, wanted: Desired) -> str:
    if wanted.declared_by and key.kind == identity.FLOW:
        return wanted.declared_by.partition("/")[0]
    return key.type or key.kind


def matrix(resources: Mapping[Key, Desired], found: list[Need]) -> dict[str, Any]:
    """The same as JSON: nodes, edges, who needs what, and which references are broken."""
    rows: dict[str, list[str]] = {_id(key): [] for key in resources}
    edges = []
    for need in found:
        target = _id(need.target) if need.target is not None else f"{need.kind}/{need.name}"
        if need.name and target not in rows[_id(need.source)]:
            rows[_id(need.source)].append(target)
        edges.append(
            {
                "from": _id(need.source),
                "to": target if need.name else None,
                "kind": need.kind,
                "by": need.by,
                "strength": need.strength.value,
                "declared": need.target is not None,
                "broken": need.is_broken,
            }
        )
    return {
        "nodes": [
            {
                "id": _id(key),
                "kind": key.kind,
                "name": key.name,
                "type": key.type or None,
                "declaredBy": wanted.declared_by or None,
                "file": wanted.source.file,
                "line": wanted.source.line,
            }
            for key, wanted in sorted(resources.items())
        ],
        "edges": edges,
        "matrix": rows,
        "broken": sorted({f"{edge['from']} -> {edge['to']}" for edge in edges if edge["broken"]}),
    }
