"""A picture as SVG, by itself: no script, no font file, no network.

Relies on graphlay for where boxes and lines go, and on nothing else of it. Light and dark readers get colours of their
own; the background is painted, so that a picture can be read wherever it is put. Every name is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

import graphlay

from reconciler.architect.picture import cards, labels
from reconciler.architect.picture.cards import LINE, PADDING, TEXT_SIZE, TITLE_SIZE, Card, Link
from reconciler.architect.picture.labels import Box, Point
from reconciler.architect.picture.look import STYLE
from reconciler.architect.picture.model import NodeKind, Picture, Status, Way

_MARGIN: Final = 28.0
_HEAD: Final = 46.0
_CORNER: Final = 7.0
_OPTIONS: Final = {
    "direction": "leftright",
    "spacing": {"layer_gap": 64.0, "node_gap": 22.0, "port_gap": 22.0, "edge_label_margin": 14.0},
    "labels": {"reservation": "always"},  # otherwise a long label may lie over the next card
}


def render(picture: Picture) -> str:
    """The whole picture, as wide and high as it needs to be."""
    boxes, links = cards.lay_out(picture)
    placed = arrange(boxes, links)
    low, high = placed["bounds"]["min"], placed["bounds"]["max"]
    width = max(high["x"] - low["x"], cards.measured(picture.title, 18, bold=True), 420.0) + 2 * _MARGIN
    height = high["y"] - low["y"] + 2 * _MARGIN + _HEAD
    shift = (_MARGIN - low["x"], _MARGIN + _HEAD - low["y"])
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
            f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">'
        ),
        f"<title>{_escaped(picture.title)}</title>",
        f"<style>{STYLE}</style>",
        '<rect class="page" width="100%" height="100%"/>',
        f'<text class="title" x="{_MARGIN:.0f}" y="{_MARGIN + 8:.0f}">{_escaped(picture.title)}</text>',
    ]
    parts += _legend(picture)
    parts += [_line(link, edge, shift) for link, edge in zip(links, placed["edges"], strict=True)]
    lines = [points(edge) for edge in placed["edges"]]
    boxed = labels.place(lines, words(links, placed), places(boxes, placed))
    parts += [_label(link, box, shift) for link, box in zip(links, boxed, strict=True) if box is not None]
    parts += [_box(card, node, shift) for card, node in zip(boxes, placed["nodes"], strict=True)]
    return "\n".join([*parts, "</svg>"]) + "\n"


def arrange(boxes: Sequence[Card], links: Sequence[Link]) -> dict[str, Any]:
    """Where graphlay puts each card and line, in their order: `nodes` with `center`, `edges` with `points`."""
    return dict(layout(boxes, links).raw)


def layout(boxes: Sequence[Card], links: Sequence[Link]) -> graphlay.Layout:
    graph = graphlay.Graph()
    for card in boxes:
        graph.node(card.node.id, width=card.width, height=card.height)
    for link in links:
        size = {"width": link.width + 8, "height": LINE} if link.label else None
        graph.edge(link.source, link.target, label_size=size)
    # Without words on them, lines from one card may run together until they part.
    routing = {"merge_edges": "none" if any(link.label for link in links) else "forks"}
    return graphlay.layout(graph, preset="layered", options={**_OPTIONS, "routing": routing})


def _legend(picture: Picture) -> list[str]:
    if not picture.is_difference:
        return []
    words = ((Status.ADDED, "+ added"), (Status.REMOVED, "- removed"), (Status.CHANGED, "~ changed or leads elsewhere"))
    parts, x = [], _MARGIN
    for status, text in words:
        parts.append(f'<text class="{status}" x="{x:.0f}" y="{_MARGIN + 30:.0f}">{text}</text>')
        x += cards.measured(text, TEXT_SIZE) + 18
    return parts


def _class(status: Status) -> str:
    return "" if status is Status.SAME else f" {status.value}"


def _box(card: Card, place: dict[str, Any], shift: Point) -> str:
    left = place["center"]["x"] - card.width / 2 + shift[0]
    top = place["center"]["y"] - card.height / 2 + shift[1]
    node = card.node
    kind = {
        NodeKind.MENU: " menu",
        NodeKind.START: " start",
        NodeKind.EXTERNAL: " external",
        NodeKind.BROKEN: " broken",
    }
    parts = [
        f"<g><title>{_escaped(_tooltip(card))}</title>",
        (
            f'<rect class="card{kind.get(node.kind, "")}{_class(card.status)}" x="{left:.1f}" y="{top:.1f}" '
            f'width="{card.width:.0f}" height="{card.height:.0f}" rx="8"/>'
        ),
    ]
    x, y = left + PADDING, top + PADDING + 4
    end = left + card.width - PADDING
    if node.sort:
        parts.append(_text("sort", end, y + TITLE_SIZE / 2, node.sort, anchor="end"))
    mark = "name" + (_class(node.status) if node.status is not Status.SAME else "")
    parts.append(_text(mark, x, y + TITLE_SIZE / 2, card.title))
    y += LINE
    for line in card.note:
        parts.append(_text("note", x, y + TEXT_SIZE / 2, line))
        y += LINE
    if card.rows:
        parts.append(f'<path class="rule" d="M{x:.1f} {y:.1f}H{end:.1f}"/>')
        y += 6
    for row in card.rows:
        look = ("else" if row.is_fallback else "row") + _class(row.status)
        parts.append(_text(look, x, y + TEXT_SIZE / 2 + 1, cards.label_of(row)))
        parts.append(_text(look, end, y + TEXT_SIZE / 2 + 1, f"→ {row.target}", anchor="end"))
        y += LINE
    return "".join([*parts, "</g>"])


def _tooltip(card: Card) -> str:
    node = card.node
    return "\n".join(filter(None, (f"{node.sort} {node.label}".strip(), node.note)))


def _text(look: str, x: float, y: float, text: str, *, anchor: str = "") -> str:
    end = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{look}" x="{x:.1f}" y="{y:.1f}"{end}>{_escaped(text)}</text>'


def _line(link: Link, edge: dict[str, Any], shift: Point) -> str:
    shifted = [(x + shift[0], y + shift[1]) for x, y in points(edge)]
    is_dashed = link.way in (Way.FALLBACK, Way.LOOSE) or link.status in (Status.REMOVED, Status.FORMER)
    look = "line" + (" dashed" if is_dashed else "") + _class(link.status)
    return f'<path class="{look}" d="{_rounded(shifted)}"/><path class="tip{_class(link.status)}" d="{_tip(shifted)}"/>'


def words(links: Sequence[Link], placed: dict[str, Any]) -> list[Box | None]:
    """Where the layout has the words on each line; None where there are none."""
    found: list[Box | None] = []
    for link, edge in zip(links, placed["edges"], strict=True):
        at = edge["label_anchor"] or edge["points"][len(edge["points"]) // 2]
        found.append(Box(at["x"], at["y"], link.width + 6, labels.HEIGHT) if link.label else None)
    return found


def places(boxes: Sequence[Card], placed: dict[str, Any]) -> list[Box]:
    """Where the cards are, in their order."""
    return [
        Box(node["center"]["x"], node["center"]["y"], card.width, card.height)
        for card, node in zip(boxes, placed["nodes"], strict=True)
    ]


def points(edge: dict[str, Any]) -> list[Point]:
    """The corners of a line, level and upright pieces between them."""
    return [(point["x"], point["y"]) for point in edge["points"]]


def _label(link: Link, box: Box, shift: Point) -> str:
    x, y = box.x + shift[0], box.y + shift[1]
    back = (
        f'<rect class="page" x="{x - box.width / 2:.1f}" y="{y - box.height / 2:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.0f}"/>'
    )
    look = f"label{_class(link.status)}"
    return f'{back}<text class="{look}" x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{_escaped(link.label)}</text>'


def _rounded(points: Sequence[Point]) -> str:
    """A line through the points with round corners."""
    parts = [f"M{points[0][0]:.1f} {points[0][1]:.1f}"]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        enter, leave = _towards(here, before), _towards(here, after)
        parts.append(f"L{enter[0]:.1f} {enter[1]:.1f}Q{here[0]:.1f} {here[1]:.1f} {leave[0]:.1f} {leave[1]:.1f}")
    parts.append(f"L{points[-1][0]:.1f} {points[-1][1]:.1f}")
    return "".join(parts)


def _towards(start: Point, end: Point) -> Point:
    """A point a corner's radius from `start`, at most half way to `end`."""
    length = max(abs(end[0] - start[0]) + abs(end[1] - start[1]), 0.001)
    share = min(_CORNER / length, 0.5)
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _tip(points: Sequence[Point]) -> str:
    """The head of the arrow at the last point, in the direction of the last piece."""
    (x0, y0), (x, y) = points[-2], points[-1]
    length = max(((x - x0) ** 2 + (y - y0) ** 2) ** 0.5, 0.001)
    dx, dy = (x - x0) / length, (y - y0) / length
    back = (x - 9 * dx, y - 9 * dy)
    return (
        f"M{x:.1f} {y:.1f}L{back[0] - 4 * dy:.1f} {back[1] + 4 * dx:.1f}L{back[0] + 4 * dy:.1f} {back[1] - 4 * dx:.1f}Z"
    )


def _escaped(text: str) -> str:
    """Safe in XML text: marks escaped, and control characters, which XML has no form for, as blanks."""
    return escape("".join(character if character.isprintable() or character == "\n" else " " for character in text))
