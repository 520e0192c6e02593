"""A picture as cards and links: what a drawing shows as boxes and lines, with their sizes. Pure.

Only ways between containers become lines. Ways out of the flow, and ways back to a card nearer to the start, are rows
of their card: `1 Sales -> queue Sales`. So a menu reads like a list, and the lines that are left can be followed by
eye. Large pictures leave out what is said, and the ways back to the same card after a failure.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.architect.picture.model import Edge, Node, NodeKind, Picture, Status, Way

TITLE_SIZE: Final = 14.0
TEXT_SIZE: Final = 12.0
LINE: Final = 18.0
PADDING: Final = 12.0
"""Pixels: font sizes, the height of a line of text, the space inside a card."""

LARGE: Final = 40
"""Cards above which a picture leaves things out."""
_AGAIN: Final = "again"
_KEYS: Final = "1234567890*#"
_TITLE_MAX: Final = 40
_LABEL_MAX: Final = 30
_TARGET_MAX: Final = 34
_NOTE_WIDTH: Final = 44
_NOTE_LINES: Final = 2
_MARKS: Final = {Status.ADDED: "+ ", Status.REMOVED: "- ", Status.CHANGED: "~ ", Status.FORMER: "~ was "}
_NARROW: Final = frozenset("iljtfrI.,:;'|!()[]{} -/\\")
_BROAD: Final = frozenset("mwMW@%→")


@dataclass(frozen=True, slots=True)
class Row:
    """A way that is told inside a card: by what, and where to."""

    label: str
    target: str
    status: Status
    is_fallback: bool


@dataclass(frozen=True, slots=True)
class Card:
    """A box with its lines of text and its size in pixels."""

    node: Node
    title: str
    note: tuple[str, ...]
    rows: tuple[Row, ...]
    width: float
    height: float

    @property
    def status(self) -> Status:
        """The node's own, or changed when one of its rows is."""
        is_touched = any(row.status is not Status.SAME for row in self.rows)
        return Status.CHANGED if is_touched and self.node.status is Status.SAME else self.node.status


@dataclass(frozen=True, slots=True)
class Link:
    """A line between two cards. `label` joins the words of all ways it stands for."""

    source: str
    target: str
    label: str
    way: Way
    status: Status

    @property
    def width(self) -> float:
        return measured(self.label, TEXT_SIZE) if self.label else 0.0


def lay_out(picture: Picture) -> tuple[list[Card], list[Link]]:
    """Every node that is a box of its own as a card, and the lines between them."""
    ends = {node.id: node for node in picture.nodes if node.kind is NodeKind.END}
    rows: dict[str, list[Row]] = {}
    drawn: list[Edge] = []
    for edge in picture.edges:
        if edge.target in ends or edge.way is Way.RETURN or edge.source == edge.target:
            rows.setdefault(edge.source, []).append(_row(edge, picture.node(edge.target)))
        else:
            drawn.append(edge)
    boxes = [node for node in picture.nodes if node.id not in ends]
    is_large = len(boxes) > LARGE
    return [_card(node, rows.get(node.id, []), is_large=is_large) for node in boxes], list(_links(drawn))


def _row(edge: Edge, target: Node) -> Row:
    where = _AGAIN if edge.source == edge.target else " ".join(filter(None, (_sort(target), target.label)))
    return Row(_cut(edge.label, _LABEL_MAX), _cut(where, _TARGET_MAX), edge.status, edge.way is Way.FALLBACK)


def _sort(target: Node) -> str:
    """`queue` in front of a name; containers are called by their name alone."""
    return target.sort if target.kind is NodeKind.END else ""


def _card(node: Node, rows: list[Row], *, is_large: bool) -> Card:
    title = _cut(node.label, _TITLE_MAX)
    rows = sorted(rows, key=_place) if node.kind is NodeKind.MENU else rows
    note = [] if is_large and node.status is Status.SAME else _wrapped(node.note)
    if is_large:
        rows = [row for row in rows if not (row.is_fallback and row.target == _AGAIN and row.status is Status.SAME)]
    head = measured(title, TITLE_SIZE, bold=True) + (measured(node.sort, TEXT_SIZE) + 18.0 if node.sort else 0.0)
    label = max((measured(label_of(row), TEXT_SIZE) for row in rows), default=0.0)
    target = max((measured(f"→ {row.target}", TEXT_SIZE) for row in rows), default=0.0)
    width = max(head, *(measured(line, TEXT_SIZE) for line in note), label + target + 14.0) + 2 * PADDING
    height = LINE * (1 + len(note) + len(rows)) + 2 * PADDING + (6.0 if rows else 0.0)
    return Card(node, title, tuple(note), tuple(rows), round(max(width, 90.0)), round(height))


def _place(row: Row) -> int:
    """Rows in the order of a telephone's keys, what happens without a key last."""
    place = _KEYS.find(row.label[:1])
    return place if row.label[:1] and place >= 0 else len(_KEYS)


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(text, _NOTE_WIDTH, break_long_words=True)
    if len(lines) > _NOTE_LINES:
        lines[_NOTE_LINES - 1] = lines[_NOTE_LINES - 1][: _NOTE_WIDTH - 1].rstrip() + "…"
    return lines[:_NOTE_LINES]


def label_of(row: Row) -> str:
    """What the left column of a row says; a way that something else has to fail for is set apart."""
    mark = _MARKS.get(row.status, "")
    label = f"{row.label}, else" if row.is_fallback and row.label != "no input" else row.label
    return mark + label


def _links(edges: list[Edge]) -> Iterator[Link]:
    """One line for all ways of one sort between two cards."""
    joined: dict[tuple[str, str, Way, Status], list[str]] = {}
    for edge in edges:
        labels = joined.setdefault((edge.source, edge.target, edge.way, edge.status), [])
        if edge.label and edge.label not in labels:
            labels.append(edge.label)
    for (source, target, way, status), labels in joined.items():
        yield Link(source, target, (_MARKS.get(status, "") + _all_of(labels)).strip(), way, status)


def _all_of(labels: list[str]) -> str:
    """Every way of a line, in short where there are many: a key that is not told is a key nobody looks for."""
    whole = ", ".join(labels)
    if len(whole) <= _LABEL_MAX or len(labels) == 1:
        return _cut(whole, _LABEL_MAX)
    keys = [label.partition(" ")[0] for label in labels]
    if all(len(key) == 1 and key in _KEYS for key in keys):
        return ", ".join(sorted(keys, key=_KEYS.index))
    return f"{_cut(labels[0], _LABEL_MAX - 8)} and {len(labels) - 1} more"


def _cut(text: str, limit: int) -> str:
    plain = "".join(character if character.isprintable() else " " for character in text)
    return plain if len(plain) <= limit else plain[: limit - 1].rstrip() + "…"


def measured(text: str, size: float, *, bold: bool = False) -> float:
    """Pixels that a text needs in the widest of the usual sans-serif fonts, DejaVu Sans; rather too many."""
    ems = sum(_ems(character) for character in text)
    return ems * size * (1.1 if bold else 1.0)


def _ems(character: str) -> float:
    if character in _NARROW:
        return 0.4
    if character in _BROAD:
        return 1.0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return 0.72 if character.isupper() else 0.64
