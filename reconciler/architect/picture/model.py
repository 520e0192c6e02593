"""What a picture shows, whatever draws it: nodes, edges, and what became of each in a difference. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NodeKind(StrEnum):
    START = "start"
    MENU = "menu"
    TASK = "task"
    STATE = "state"
    BOT = "bot"
    END = "end"
    """Where a call leaves the flow: a queue, a number, hanging up. Belongs to the node that leads there."""
    RESOURCE = "resource"
    """Something a manifest declares."""
    EXTERNAL = "external"
    """Something outside, by name only."""
    BROKEN = "broken"
    """A name or reference that means nothing here."""


class Status(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    """A node that says something else, an edge that leads elsewhere (the new way; the old one is `FORMER`)."""
    FORMER = "former"


class Way(StrEnum):
    """What sort of edge it is."""

    ONWARD = "onward"
    FALLBACK = "fallback"
    """Taken when something fails, or after silence."""
    RETURN = "return"
    """Leads back to a node nearer to the start, or to the same one."""
    LOOSE = "loose"
    """Only looked up while the flow runs, or known only then."""


@dataclass(frozen=True, slots=True)
class Node:
    """`id` is unique in a picture and stable over versions; `sort` is the word above the label, `note` what is said
    there, shown below it."""

    id: str
    kind: NodeKind
    label: str
    sort: str = ""
    note: str = ""
    status: Status = Status.SAME


@dataclass(frozen=True, slots=True)
class Edge:
    """`label` tells what takes the caller there: a key and its name, a branch."""

    source: str
    target: str
    label: str = ""
    way: Way = Way.ONWARD
    status: Status = Status.SAME


@dataclass(frozen=True, slots=True)
class Picture:
    """A titled graph. Every edge joins nodes that are there."""

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

    def node(self, id: str) -> Node:
        return next(node for node in self.nodes if node.id == id)

    @property
    def is_difference(self) -> bool:
        statuses = [*(node.status for node in self.nodes), *(edge.status for edge in self.edges)]
        return any(status is not Status.SAME for status in statuses)
