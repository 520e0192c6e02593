"""Small changes to flows, seeded, each with what it must be told as: its part, and whether it breaks the flow."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.architect import places

Path = tuple[Any, ...]
Part = tuple[str, str]
"""Type and name of a part of a flow."""


@dataclass(frozen=True)
class Mutant:
    kind: str
    tree: dict[str, Any]
    parts: tuple[Part, ...]
    """The part that was changed and those around it, outermost first; none for the flow itself."""
    breaks: bool


@dataclass(frozen=True)
class Spot:
    """One key of a tree, and where it is."""

    path: Path
    holder: dict[str, Any]
    value: Any


def spots(tree: Any, path: Path = ()) -> Iterator[Spot]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield Spot((*path, key), tree, value)
            yield from spots(value, (*path, key))
    elif isinstance(tree, list):
        for number, value in enumerate(tree):
            yield from spots(value, (*path, number))


def at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def parts(tree: dict[str, Any], path: Path) -> tuple[Part, ...]:
    """The parts along a path."""
    found = []
    for number in range(2, len(path)):
        if isinstance(path[number - 1], int) and path[number - 2] in places.LISTS:
            body = at(tree, path[: number + 1])
            name = body.get("name") if isinstance(body, dict) else None
            found.append((str(path[number]), name if isinstance(name, str) else ""))
    return tuple(found)


def _changed(kind: str, tree: dict[str, Any], path: Path, value: Any, *, breaks: bool) -> Mutant:
    told = parts(tree, path)
    mutated = copy.deepcopy(tree)
    at(mutated, path[:-1])[path[-1]] = value
    return Mutant(kind, mutated, told, breaks)


def _choices(tree: dict[str, Any]) -> list[tuple[Path, dict[str, Any]]]:
    """Paths and bodies of all menu choices with a key."""
    found = []
    for spot in spots(tree):
        if spot.path[-1] == "choices" and isinstance(spot.value, list):
            for number, item in enumerate(spot.value):
                ((tag, body),) = item.items()
                if tag.startswith("menu") and "dtmf" in body:
                    found.append(((*spot.path, number, tag), body))
    return found


def key_moved(tree: dict[str, Any], rng: random.Random) -> Mutant | None:
    """A choice answers to another key; when that is taken in its menu, the flow is broken."""
    choices = _choices(tree)
    if not choices:
        return None
    path, body = rng.choice(choices)
    key = rng.choice([f"digit_{digit}" for digit in range(10) if f"digit_{digit}" != body["dtmf"]])
    siblings = [next(iter(item.values())) for item in at(tree, path[:-2])]
    taken = any(other.get("dtmf") == key for other in siblings)
    return _changed("key rerouted", tree, (*path, "dtmf"), key, breaks=taken)


def target_moved(tree: dict[str, Any], rng: random.Random) -> Mutant | None:
    """A jump leads to another task or menu of the flow."""
    found = [
        (spot, other)
        for spot in spots(tree)
        if spot.path[-1] in ("targetTaskRef", "targetMenuRef") and isinstance(spot.value, str)
        for other in _targets(tree, spot.path[-1])
        if other != spot.value
    ]
    if not found:
        return None
    spot, other = rng.choice(found)
    return _changed("key rerouted", tree, spot.path, other, breaks=False)


def _targets(tree: dict[str, Any], field: str) -> list[str]:
    ((root, body),) = tree.items()
    word = "menu" if field == "targetMenuRef" else "task"
    listed = body.get(f"{word}s", [])
    return [f"/{root}/{word}s/{word}[{item[word]['refId']}]" for item in listed if "refId" in item.get(word, {})]


def reference_broken(tree: dict[str, Any], rng: random.Random) -> Mutant | None:
    """A reference has a slip of the pen."""
    found = [spot for spot in spots(tree) if str(spot.path[-1]).endswith("Ref") and isinstance(spot.value, str)]
    if not found:
        return None
    spot = rng.choice(found)
    wrong = rng.choice([spot.value[:-2] + "x]", spot.value.replace("/", "//", 1), spot.value.upper(), spot.value[:-1]])
    return _changed("reference broken", tree, spot.path, wrong, breaks=True)


def choice_dropped(tree: dict[str, Any], rng: random.Random) -> Mutant | None:
    """A choice is gone; the flow is broken when it was the only one, or the one for silence."""
    choices = _choices(tree)
    if not choices:
        return None
    path, body = rng.choice(choices)
    told = parts(tree, (*path, "x"))
    mutated = copy.deepcopy(tree)
    del at(mutated, path[:-2])[path[-2]]
    menu = at(mutated, path[:-3])
    is_default = "refId" in body and f"[{body['refId']}]" in menu.get("defaultChildMenuRef", "")
    return Mutant("choice dropped", mutated, told, not menu["choices"] or is_default)


def timeout_changed(tree: dict[str, Any], rng: random.Random) -> Mutant | None:
    """A wait is longer or shorter; a menu or an input takes only so much."""
    found = [
        spot
        for spot in spots(tree)
        if str(spot.path[-1]).lower().endswith("timeout")
        and isinstance(spot.value, dict)
        and spot.path[-1] != "timeout"
    ]
    if not found:
        return None
    spot = rng.choice(found)
    seconds, breaks = 17, False
    if spot.path[-1] in ("menuSelectionTimeout", "noEntryTimeout"):
        seconds, breaks = rng.choice([(17, False), (0, True), (600, True)])
    return _changed("timeout changed", tree, spot.path, {"lit": {"seconds": seconds}}, breaks=breaks)


def text_changed(tree: dict[str, Any], rng: random.Random) -> Mutant | None:
    """Callers hear other words; none at all, or an expression that does not end, is a mistake."""
    found = [spot for spot in spots(tree) if spot.path[-1] == "tts" and isinstance(spot.value, str)]
    said = [
        spot
        for spot in spots(tree)
        if spot.path[-1] == "exp" and isinstance(spot.value, str) and '")' in spot.value and len(spot.path) > 1
    ]
    if not found + said:
        return None
    spot = rng.choice(found + said)
    if spot.path[-1] == "tts":
        text, breaks = rng.choice([(f"{spot.value} please", False), ("Please hold", False), ("  ", True)])
    else:
        words = spot.value.replace('")', ' please")', 1)
        text, breaks = rng.choice([(words, False), (spot.value.replace('")', '"', 1), True)])
    return _changed("text changed", tree, spot.path, text, breaks=breaks)


MUTATIONS: tuple[Callable[[dict[str, Any], random.Random], Mutant | None], ...] = (
    key_moved,
    target_moved,
    reference_broken,
    choice_dropped,
    timeout_changed,
    text_changed,
)


def mutants(trees: list[dict[str, Any]], rng: random.Random, number: int) -> Iterator[tuple[dict[str, Any], Mutant]]:
    """So many mutants, each with the tree it comes from."""
    made = 0
    while made < number:
        tree, mutate = rng.choice(trees), rng.choice(MUTATIONS)
        mutant = mutate(tree, rng)
        if mutant is not None and mutant.tree != tree:
            made += 1
            yield tree, mutant
