"""How many objects go into one job. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def cut(items: Sequence[T], size: int) -> list[tuple[T, ...]]:
    """The items in order, in pieces of at most `size`."""
    return [tuple(items[start : start + size]) for start in range(0, len(items), size)]


def halves(batch: Sequence[T]) -> list[tuple[T, ...]]:
    """Two pieces of a batch that failed, so that what works is told from what does not; a batch of one stays."""
    return cut(batch, (len(batch) + 1) // 2)
