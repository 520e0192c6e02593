"""Where the words on a line stand: on their own line, where nothing else is. Pure geometry.

The layout keeps words clear of everything, if need be by moving them off their line, and then nobody can tell whose
they are. Such words move back: to the place along their line that covers the least of anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

Point = tuple[float, float]

HEIGHT: Final = 16.0
_NEAR: Final = 3.0
"""Words this close to their line are on it."""
_STEP: Final = 6.0
_TIP: Final = 9.0
"""The end of a line that its arrow takes."""
_COVERS_WORDS, _COVERS_LINE, _COVERS_TIP = 100.0, 30.0, 40.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its middle."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        return (
            abs(self.x - other.x) * 2 < self.width + other.width
            and abs(self.y - other.y) * 2 < self.height + other.height
        )


def place(lines: Sequence[Sequence[Point]], words: Sequence[Box | None], cards: Sequence[Box]) -> list[Box | None]:
    """The words' boxes in the lines' order, each on its line where there is room; None for a line without words. Lines
    are of level and upright pieces."""
    pieces = [[_piece(start, end) for start, end in pairwise(line)] for line in lines]
    placed = list(words)
    for number, box in enumerate(words):
        if box is None:
            continue
        tip = Box(*lines[number][-1], _TIP * 2, _TIP * 2)
        if min(_distance(piece, box) for piece in pieces[number]) <= _NEAR and not box.meets(tip):
            continue
        others = [other for place, other in enumerate(placed) if other is not None and place != number]
        foreign = [piece for place, line in enumerate(pieces) if place != number for piece in line]
        around = ([*others, *cards], foreign, tip)
        best = min(_along(lines[number], box), key=partial(_cost, box, *around))
        # Where everything is taken, words beside their line are better than words on other words.
        placed[number] = best if _cost(box, *around, best) < _COVERS_WORDS else box
    return placed


def _cost(wanted: Box, solid: Sequence[Box], foreign: Sequence[Box], tip: Box, found: Box) -> float:
    """What a place covers, and how far it is from where the layout would have it."""
    return (
        _COVERS_WORDS * sum(map(found.meets, solid))
        + _COVERS_LINE * sum(map(found.meets, foreign))
        + _COVERS_TIP * found.meets(tip)
        + (abs(found.x - wanted.x) + abs(found.y - wanted.y)) / 1000
    )


def _along(line: Sequence[Point], box: Box) -> Iterator[Box]:
    """The box at every few steps of a line."""
    for (x0, y0), (x1, y1) in pairwise(line):
        count = max(1, round((abs(x1 - x0) + abs(y1 - y0)) / _STEP))
        for step in range(count + 1):
            share = step / count
            yield Box(x0 + (x1 - x0) * share, y0 + (y1 - y0) * share, box.width, box.height)


def _distance(piece: Box, box: Box) -> float:
    """How far the middle of a box is from a piece of a line."""
    across = max(0.0, abs(piece.x - box.x) - piece.width / 2)
    down = max(0.0, abs(piece.y - box.y) - piece.height / 2)
    return across + down


def _piece(start: Point, end: Point) -> Box:
    return Box((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, abs(start[0] - end[0]), abs(start[1] - end[1]))
