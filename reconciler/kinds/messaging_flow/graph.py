"""The graph of a MessagingFlow: who leads where, what is reached, and which rings never wait for anybody. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reconciler.core import ordering
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec, MessagingNode

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a node to another; `path` leads to the word in the manifest. `waits` for an answer first."""

    node: str
    to: str
    path: Path
    waits: bool


def edges(spec: MessagingFlowSpec) -> Iterator[Edge]:
    """Every way on, in the order of the manifest."""
    for name, node in spec.nodes.items():
        yield from _of(spec, name, node, ("spec", "nodes", name))


def _of(spec: MessagingFlowSpec, name: str, node: MessagingNode, path: Path) -> Iterator[Edge]:
    waits = node.ask is not None
    if node.next is not None:
        yield Edge(name, node.next, (*path, "next"), waits)
    for label, to in (node.choices or {}).items():
        yield Edge(name, to, (*path, "choices", label), waits)
    for label, keyword_to in answers(spec, node).items():
        if label not in (node.choices or {}) and keyword_to not in (None, node.next):
            yield Edge(name, str(keyword_to), (*path, "keywords", label), waits)
    for number, condition in enumerate(node.when or ()):
        yield Edge(name, condition.go, (*path, "when", number, "go"), waits)
    if node.otherwise is not None:
        yield Edge(name, node.otherwise, (*path, "otherwise"), waits)


def answers(spec: MessagingFlowSpec, node: MessagingNode) -> dict[str, str | None]:
    """What a question understands, choices first, and where each answer leads; None for nowhere."""
    choices = node.choices or {}
    more = {label: spec.by_folded_name.get(label.casefold(), node.next) for label in node.keywords or {}}
    return {**choices, **{label: to for label, to in more.items() if label not in choices}}


def _ways(spec: MessagingFlowSpec) -> dict[str, list[str]]:
    """For each node those it leads to."""
    ways: dict[str, list[str]] = {name: [] for name in spec.nodes}
    for edge in edges(spec):
        if edge.to in ways:
            ways[edge.node].append(edge.to)
    return ways


def _closure(starts: Iterable[str], ways: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """The starts and everything that some way leads to from them."""
    found = set(starts)
    queue = list(found)
    while queue:
        for to in ways[queue.pop()]:
            if to not in found:
                found.add(to)
                queue.append(to)
    return frozenset(found)


def reached(spec: MessagingFlowSpec) -> frozenset[str]:
    """The nodes that a conversation can come to."""
    return _closure({spec.start} & spec.nodes.keys(), _ways(spec))


def returning(spec: MessagingFlowSpec) -> frozenset[str]:
    """The nodes that a conversation can come back to."""
    ways = _ways(spec)
    rings = [part for part in ordering.components(ways) if len(part) > 1 or part[0] in ways[part[0]]]
    return frozenset(name for ring in rings for name in ring)


def endless(spec: MessagingFlowSpec) -> list[str]:
    """The nodes from which no conversation comes to an end, among those it can come to."""
    ends = {
        name
        for name, node in spec.nodes.items()
        if node.transfer is not None or node.end or ((node.ask or node.when) and node.otherwise is None)
    }
    back: dict[str, list[str]] = {name: [] for name in spec.nodes}
    for name, targets in _ways(spec).items():
        for to in targets:
            back[to].append(name)
    ending, there = _closure(ends, back), reached(spec)
    return [name for name in spec.nodes if name in there and name not in ending]


def restless(spec: MessagingFlowSpec) -> list[list[str]]:
    """Rings of nodes that never wait for an answer: a conversation in one of them never ends."""
    ways: dict[str, set[str]] = {name: set() for name in spec.nodes}
    for edge in edges(spec):
        if not edge.waits and edge.to in spec.nodes:
            ways[edge.node].add(edge.to)
    return ordering.cycles(ways)
