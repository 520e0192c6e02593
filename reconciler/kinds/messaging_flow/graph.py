"""The graph of a MessagingFlow: who leads where, what is reached, and which rings never wait for anybody. Pure."""

from __future__ import annotations

from collections.abc import Iterator
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
    alike = {name.casefold(): name for name in reversed(spec.nodes)}
    keywords = {label: alike.get(label.casefold(), node.next) for label in node.keywords or {}}
    return {
        **dict(node.choices or {}),
        **{label: to for label, to in keywords.items() if label not in (node.choices or {})},
    }


def reached(spec: MessagingFlowSpec) -> frozenset[str]:
    """The nodes that a conversation can come to."""
    return frozenset({spec.start} & spec.nodes.keys()) | after(spec, spec.start)


def after(spec: MessagingFlowSpec, node: str) -> frozenset[str]:
    """The nodes that may come after one; itself only when a conversation can come back to it."""
    ways: dict[str, list[str]] = {}
    for edge in edges(spec):
        ways.setdefault(edge.node, []).append(edge.to)
    found: set[str] = set()
    queue = [node]
    while queue:
        for to in ways.get(queue.pop(), ()):
            if to not in found:
                found.add(to)
                queue.append(to)
    return frozenset(found & spec.nodes.keys())


def endless(spec: MessagingFlowSpec) -> list[str]:
    """The nodes from which no conversation comes to an end, among those it can come to."""
    ends = {
        name
        for name, node in spec.nodes.items()
        if node.transfer is not None or node.end or ((node.ask or node.when) and node.otherwise is None)
    }
    there = reached(spec)
    return [name for name in spec.nodes if name in there and not ends & {name, *after(spec, name)}]


def restless(spec: MessagingFlowSpec) -> list[list[str]]:
    """Rings of nodes that never wait for an answer: a conversation in one of them never ends."""
    ways: dict[str, set[str]] = {name: set() for name in spec.nodes}
    for edge in edges(spec):
        if not edge.waits and edge.to in spec.nodes:
            ways[edge.node].add(edge.to)
    return ordering.cycles(ways)
