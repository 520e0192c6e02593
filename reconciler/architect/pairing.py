"""Which item of one list is which of the other: by name, then by what else tells them apart.

Names pair first; among equals the identical ones. What is left pairs when it is the same under another name: the choice
on the same key, the action with the same content.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.architect import places


@dataclass(frozen=True, slots=True)
class Pair:
    """An item on both sides, None where it is missing, with its index there (-1). `label` is unique in its list."""

    label: str
    before: Any
    after: Any
    at_before: int
    at_after: int

    @property
    def is_new(self) -> bool:
        return self.at_before < 0

    @property
    def is_gone(self) -> bool:
        return self.at_after < 0

    @property
    def is_other_type(self) -> bool:
        return _tag(self.before) != _tag(self.after)


def paired(before: list[Any], after: list[Any], unpaired: Collection[str] = ()) -> list[Pair]:
    """Every item of both lists once, in the order of `before`, what is new at the end. `unpaired` are references that
    only one side can have, because their target has another name there or is missing: no content is known by them."""
    partner = _by_name(before, after)
    taken = set(partner.values())
    _by_content(before, after, partner, taken, unpaired)
    labels = _Labels()
    pairs = []
    for number, item in enumerate(before):
        other = partner.get(number, -1)
        label = labels.unique(_label(item, number))
        pairs.append(Pair(label, item, after[other] if other >= 0 else None, number, other))
    for number, item in enumerate(after):
        if number not in taken:
            pairs.append(Pair(labels.unique(_label(item, number)), None, item, -1, number))
    return pairs


def _by_name(before: list[Any], after: list[Any]) -> dict[int, int]:
    """Index before to index after, for items of one name; identical ones first, then in order."""
    there: defaultdict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(after):
        there[_group(item)].append(number)
    here: defaultdict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(before):
        here[_group(item)].append(number)
    partner: dict[int, int] = {}
    for group, numbers in here.items():
        _pair_equals(before, after, numbers, there.get(group, []), partner)
    return partner


def _pair_equals(
    before: list[Any], after: list[Any], numbers: list[int], others: list[int], partner: dict[int, int]
) -> None:
    """Pairs the items of one name: identical ones at the same place from either end, then identical ones anywhere, then
    what is left in order."""
    if len(numbers) == len(others) == 1:
        partner[numbers[0]] = others[0]
        return
    signs = {number: repr(before[number]) for number in numbers}
    free = {other: repr(after[other]) for other in others}
    for one, two in (*zip(numbers, others, strict=False), *zip(numbers[::-1], others[::-1], strict=False)):
        if one not in partner and two in free and signs[one] == free[two]:
            partner[one] = two
            del free[two]
    twins: defaultdict[str, list[int]] = defaultdict(list)
    for other in sorted(free, reverse=True):
        twins[free[other]].append(other)
    for number in numbers:
        if number not in partner and (same := twins.get(signs[number])):
            partner[number] = same.pop()
            del free[partner[number]]
    left = [number for number in numbers if number not in partner]
    partner.update(zip(left, sorted(free), strict=False))


def _by_content(
    before: list[Any], after: list[Any], partner: dict[int, int], taken: set[int], unpaired: Collection[str]
) -> None:
    """Adds pairs of items that have another name and are plainly the same."""
    free: defaultdict[tuple[Any, ...], list[int]] = defaultdict(list)
    for number, item in enumerate(after):
        if number not in taken and (sign := _sign(item, unpaired)) is not None:
            free[sign].append(number)
    for number, item in enumerate(before):
        sign = _sign(item, unpaired) if number not in partner else None
        if sign is not None and free.get(sign):
            partner[number] = free[sign].pop(0)
            taken.add(partner[number])
    # A case is known by its value only, so one whose value changed is the one left over at its place.
    cases = [number for number, item in enumerate(before) if number not in partner and _tag(item) == "case"]
    others = [number for number, item in enumerate(after) if number not in taken and _tag(item) == "case"]
    for number, other in zip(cases, others, strict=False):
        partner[number] = other
        taken.add(other)


def _sign(item: Any, unpaired: Collection[str]) -> tuple[Any, ...] | None:
    """What an item is known by besides its name: a choice by its key, anything else by its content."""
    tag, body = _tag(item), _body(item)
    if not tag or not isinstance(body, Mapping):
        return None
    if tag.startswith("menu") and tag != "menu" and body.get("dtmf") not in (None, ""):
        return "key", str(body["dtmf"])
    content = {key: value for key, value in body.items() if key != "name"}
    if not content:
        return None
    if unpaired:
        content = with_references(content, lambda text: "" if _is_below(text, unpaired) else text)
    return tag, repr(content)


def _is_below(text: str, paths: Collection[str]) -> bool:
    return text in paths or text.partition("/choices/")[0] in paths


def with_references(node: Any, change: Callable[[str], str]) -> Any:
    """A copy in which every reference is changed."""
    if isinstance(node, Mapping):
        return {
            key: change(item) if isinstance(item, str) and key.endswith("Ref") else with_references(item, change)
            for key, item in node.items()
        }
    return [with_references(item, change) for item in node] if isinstance(node, list) else node


class _Labels:
    """Labels already given in one list; a repeated one is counted."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._count: dict[str, int] = {}

    def unique(self, label: str) -> str:
        count = self._count.get(label, 0) + 1
        found = label if count == 1 else f"{label}#{count}"
        while found in self._used:
            count += 1
            found = f"{label}#{count}"
        self._count[label] = count
        self._used.add(found)
        return found


def _label(item: Any, number: int) -> str:
    tag = _tag(item)
    return places.label(tag, _name(item)) if tag else f"[{number}]"


def _group(item: Any) -> str:
    """Items that may be the same thing: those of one type and name."""
    return f"{_tag(item)}[{_name(item)}]"


def _name(item: Any) -> str | None:
    """What people call an item: its name, the value of a case, the variable of a statement."""
    body = _body(item)
    if not isinstance(body, Mapping):
        return None
    for key in ("name", "variable") if _tag(item) != "case" else ("value",):
        value = body.get(key)
        if isinstance(value, Mapping) and len(value) == 1:
            value = next(iter(value.values()))
        if isinstance(value, str) or (key == "value" and isinstance(value, int)):
            return str(value)
    return None


def _tag(item: Any) -> str:
    return str(next(iter(item))) if isinstance(item, Mapping) and len(item) == 1 else ""


def _body(item: Any) -> Any:
    return next(iter(item.values())) if isinstance(item, Mapping) and len(item) == 1 else item
