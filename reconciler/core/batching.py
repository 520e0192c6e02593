"""Which flows go into the next export job, when some jobs fail. Pure.

A job that fails is split, so that what works is told from what does not. A single item that fails by trouble of the
platform goes to the end of the queue until it had its tries: by then the trouble may be over.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Course(Generic[T]):
    """Pieces that wait, the next one first. `failures` counts the jobs in a row that failed by trouble, `tries` those
    of single items."""

    waiting: tuple[tuple[T, ...], ...]
    failures: int = 0
    tries: Mapping[T, int] = field(default_factory=dict)

    @property
    def left(self) -> tuple[T, ...]:
        return tuple(item for piece in self.waiting for item in piece)


def begin(items: Sequence[T], size: int) -> Course[T]:
    """The items in order, in pieces of at most `size`."""
    return Course(_cut(items, size))


def worked(course: Course[T], missing: Sequence[T] = ()) -> Course[T]:
    """The next piece brought all but `missing`, which are asked for by themselves."""
    return Course((*_cut(missing, 1), *course.waiting[1:]), tries=course.tries)


def refused(course: Course[T]) -> Course[T]:
    """The platform answered that it will not export the next piece; a single item is done with."""
    return Course((*_halves(course.waiting[0]), *course.waiting[1:]), tries=course.tries)


def troubled(course: Course[T], tries_max: int) -> Course[T]:
    """The next piece was too much, or the platform has trouble whatever is asked; a single item is done with after
    `tries_max` of these."""
    piece, rest = course.waiting[0], course.waiting[1:]
    if len(piece) == 1:
        return _once_more(course, tries_max)
    return replace(course, waiting=(*_halves(piece), *rest), failures=course.failures + 1)


def hung(course: Course[T], tries_max: int) -> Course[T]:
    """The same for a piece that did not end in time: its halves wait until all others had their turn, for each may take
    as long again."""
    piece, rest = course.waiting[0], course.waiting[1:]
    if len(piece) == 1:
        return _once_more(course, tries_max)
    return replace(course, waiting=(*rest, *_halves(piece)), failures=course.failures + 1)


def _once_more(course: Course[T], tries_max: int) -> Course[T]:
    piece, rest = course.waiting[0], course.waiting[1:]
    tries = course.tries.get(piece[0], 0) + 1
    again = (piece,) if tries < tries_max else ()
    return Course((*rest, *again), course.failures + 1, {**course.tries, piece[0]: tries})


def _halves(piece: Sequence[T]) -> tuple[tuple[T, ...], ...]:
    return _cut(piece, (len(piece) + 1) // 2) if len(piece) > 1 else ()


def _cut(items: Sequence[T], size: int) -> tuple[tuple[T, ...], ...]:
    return tuple(tuple(items[start : start + size]) for start in range(0, len(items), size))
