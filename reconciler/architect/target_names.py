"""What the target of a reference is called in the comparable form: by names, where the file has refIds.

An item is called by its name; with its key where the name is shared; and by its rank among its namesakes where the key
is shared too. The rank counts in the order of the comparable form, so that the order in the file says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.architect import walk
from reconciler.architect.walk import Path


class TargetNames:
    """The names of one document. `orders` has, by the identity of a list, the indices of its items in sorted order."""

    def __init__(self, value: Mapping[str, Any], orders: Mapping[int, Sequence[int]]) -> None:
        self._value = value
        self._orders = orders
        self._labels: dict[int, dict[int, str]] = {}
        self.is_ranked = False
        """True once a name had to say a rank."""

    def of(self, target: Path) -> str:
        """`/inboundCall/menus/menu[Main Menu]`."""
        parts: list[str] = []
        for number, step in enumerate(target):
            before = target[number - 1] if number else None
            if isinstance(step, int):
                continue
            if isinstance(before, int):
                parts.append(f"{step}[{self._label(target[: number - 1], before)}]")
            else:
                parts.append(step)
        return "/" + "/".join(parts)

    def _label(self, within: Path, number: int) -> str:
        siblings = walk.get(self._value, within)
        found = self._labels.get(id(siblings))
        if found is None:
            order = self._orders.get(id(siblings), range(len(siblings)))
            found = self._labels[id(siblings)] = labels(siblings, order)
        self.is_ranked = self.is_ranked or "~#" in found[number]
        return found[number]


def plain(name: str) -> str:
    """A name as a label. `~` is doubled, so that no name looks like a label with a key or a rank."""
    return name.replace("~", "~~")


def labels(siblings: Sequence[Any], order: Sequence[int]) -> dict[int, str]:
    """What tells each item of a list from the others, by its index. `order` has the indices as they are ranked."""
    names: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    keyed: defaultdict[tuple[str, str, str], list[int]] = defaultdict(list)
    bodies: dict[int, tuple[str, Mapping[str, Any]]] = {}
    for number in order:
        item = siblings[number]
        for tag, body in item.items() if isinstance(item, Mapping) else ():
            if isinstance(body, Mapping):
                bodies[number] = tag, body
                names[tag, repr(body.get("name"))].append(number)
                keyed[tag, repr(body.get("name")), repr(body.get("dtmf"))].append(number)
    found = {number: f"~#{rank}" for rank, number in enumerate(order)}
    for (tag, text, _), alike in keyed.items():
        for rank, number in enumerate(alike):
            body = bodies[number][1]
            name = "" if body.get("name") is None else plain(str(body["name"]))
            if name and len(names[tag, text]) == 1:
                found[number] = name
            elif len(alike) == 1 and body.get("dtmf") is not None:
                found[number] = f"{name}~{body['dtmf']}"
            else:
                found[number] = (name if body.get("dtmf") is None else f"{name}~{body['dtmf']}") + f"~#{rank}"
    return found
