"""Parts of a flow that only have another name, and references that therefore read differently and mean the same.

In the comparable form a reference names its target. Whoever renames a menu sends nobody elsewhere, so references are
compared through the pairs of parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.architect import pairing, target_names

_CONTAINERS: Final = ("menus", "tasks", "states", "bots")
_CHOICES: Final = "choices"


@dataclass(slots=True)
class Renaming:
    """What moved between two flows in comparable form. `unpaired` are the paths that only one of them has."""

    unpaired: set[str] = field(default_factory=set)
    moves: dict[str, str] = field(default_factory=dict)

    def followed(self, node: Any) -> Any:
        """`node` of the flow before, with the references it would have if its parts had the names they have after."""
        return pairing.with_references(node, self._move) if self.moves else node

    def _move(self, text: str) -> str:
        if text in self.moves:
            return self.moves[text]
        head, choices, tail = text.partition(f"/{_CHOICES}/")
        return self.moves.get(head, head) + choices + tail


def of(before: Any, after: Any) -> Renaming:
    """How the parts of `before` are called in `after`."""
    found = Renaming()
    lists = list(_lists(before, after))
    for at, one, other in lists:
        found.unpaired |= _paths(at, one).keys() ^ _paths(at, other).keys()
    for at, one, other in lists:
        _pair(at, at, one, other, found)
    return found


def _lists(before: Any, after: Any) -> Iterator[tuple[str, list[Any], list[Any]]]:
    """The lists of containers that both flows have, with their path."""
    for root, body in before.items() if isinstance(before, Mapping) and isinstance(after, Mapping) else ():
        there = after.get(root)
        for key in _CONTAINERS if isinstance(body, Mapping) and isinstance(there, Mapping) else ():
            one, other = body.get(key), there.get(key)
            if isinstance(one, list) and isinstance(other, list):
                yield f"/{root}/{key}", one, other


def _pair(here: str, there: str, one: list[Any], other: list[Any], found: Renaming) -> None:
    names, others = _paths(here, one), _paths(there, other)
    before = {number: path for path, number in names.items()}
    after = {number: path for path, number in others.items()}
    for pair in pairing.paired(one, other, found.unpaired):
        old, new = before.get(pair.at_before), after.get(pair.at_after)
        if old is None or new is None:
            continue
        if old != new:
            found.moves[old] = new
        inner, outer = _choices(pair.before), _choices(pair.after)
        if inner and outer:
            _pair(f"{old}/{_CHOICES}", f"{new}/{_CHOICES}", inner, outer, found)


def _paths(at: str, items: Sequence[Any]) -> dict[str, int]:
    """The path by which references name each tagged item, with its index."""
    labels = target_names.labels(items, range(len(items)))
    return {
        f"{at}/{next(iter(item))}[{labels[number]}]": number
        for number, item in enumerate(items)
        if isinstance(item, Mapping) and len(item) == 1
    }


def _choices(item: Any) -> list[Any]:
    body = next(iter(item.values()))
    found = body.get(_CHOICES) if isinstance(body, Mapping) else None
    return found if isinstance(found, list) else []
