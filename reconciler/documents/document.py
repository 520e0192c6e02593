"""One YAML document: plain values, and the place in the file of every key and item.

Places are the parser's own marks, kept in a tree of lists beside the value, so that loading pays almost nothing for
them; they are looked up only when a problem is reported. The value must not be changed after loading: places pair
with keys by order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciler.model.problem import Location

Marks = Any
"""A scalar's mark, or for a container `[own mark, ...]`: for a mapping then key mark and value marks by turns, for a
sequence the items' marks. A mark is anything with 0-based `line` and `column`."""


@dataclass(frozen=True, slots=True)
class Document:
    """The `index`-th non-empty document of a file (0-based). Keys are always text, whatever they look like."""

    file: str
    index: int
    value: Any
    marks: Marks = field(repr=False, compare=False)
    _orders: dict[int, dict[str, int]] = field(default_factory=dict, repr=False, compare=False)

    def at(self, path: Sequence[str | int] = (), *, key: bool = False) -> Location:
        """Where the value at `path` starts, or its key with `key=True`; the nearest existing ancestor's place when the
        path does not exist. Never raises."""
        value, marks = self.value, self.marks
        key_mark = None
        for step in path:
            place = self._place(value, marks, step)
            if place < 0:
                # The key of a mapping that lacks something is the best place to point at.
                key_mark = None
                break
            if isinstance(value, dict):
                key_mark = marks[place - 1]
                value, marks = value[step], marks[place]
            else:
                key_mark = None
                value, marks = value[int(step)], marks[place]
        mark = key_mark if key and key_mark is not None else _own(marks)
        return Location(self.file, mark.line + 1, mark.column + 1)

    def _place(self, value: Any, marks: Marks, step: str | int) -> int:
        """Index into `marks` of what `step` leads to, -1 when it leads nowhere."""
        if isinstance(value, dict) and isinstance(marks, list):
            order = self._orders.get(id(marks))
            if order is None:
                order = self._orders[id(marks)] = {name: 2 * number + 2 for number, name in enumerate(value)}
            return order.get(step, -1) if isinstance(step, str) else -1
        if isinstance(value, list) and isinstance(marks, list) and isinstance(step, int):
            number = step if step >= 0 else len(value) + step
            return number + 1 if 0 <= number < len(value) else -1
        return -1


def _own(marks: Marks) -> Any:
    return marks[0] if isinstance(marks, list) else marks
