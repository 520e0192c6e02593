"""Which parts of a flow a conversation can come to, and whether it can leave them again.

Menus, tasks, states and bots are the places; references lead from one to the other. All references of a part count,
also those in actions nothing leads to, so a part is called unreachable only when nobody points at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from reconciler.architect import course_checks, references, walk, ways
from reconciler.architect.course_checks import Container
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.walk import Path
from reconciler.model.problem import Problem, Severity

PLACES: Final[Mapping[str, str]] = {"menus": "menu", "tasks": "task", "states": "state", "bots": "bot"}
_STAYING: Final = frozenset({"jumpToMenu", "jumpToTask", "callTask", "changeState", *ways.LOOP_ENDING})
_STAYING_CHOICES: Final = frozenset({"menuTask", "menuJumpToTask", "menuJumpToMenu", "menuSubMenu", "menuRepeatMenu"})
_RINGS_MAX: Final = 20
_SHOWN_MAX: Final = 30


class Atlas:
    """The places of one flow by path, and the ways between them."""

    def __init__(self, flow: ArchyFlow) -> None:
        self.places: dict[Path, str] = {}
        for key, tag in PLACES.items():
            for item in walk.tagged(flow.body.get(key), (flow.type, key)):
                if item.tag == tag:
                    self.places[item.path] = item.name or item.ref_id or ""
        self.starts: set[Path] = set()
        self.ways: defaultdict[Path, list[Path]] = defaultdict(list)
        self.targets: dict[Path, Path] = {}
        for reference in references.of(flow):
            if reference.target is None:
                continue
            target = _place_of(reference.target)
            if target not in self.places:
                continue
            self.targets[reference.path] = target
            holder = _place_of(reference.path)
            if holder in self.places:
                self.ways[holder].append(target)
            else:
                self.starts.add(target)
        self.starts |= self._named_by_intents(flow)

    def _named_by_intents(self, flow: ArchyFlow) -> set[Path]:
        """Bots start a task by name when its intent is recognised: `intentSettings[- intent {task {name}}]`."""
        named = {
            str(entry.value["name"])
            for entry in flow.having("task")
            if entry.parent == "intent" and isinstance(entry.value, Mapping) and "name" in entry.value
        }
        return {path for path, name in self.places.items() if path[1] == "tasks" and name in named}

    def reached(self) -> set[Path]:
        """Every place that some chain of references leads to from outside."""
        return _closure(self.starts, self.ways)


def _place_of(path: Path) -> Path:
    """The place a path lies in: `(type, "menus", 0, "menu")`."""
    return path[:4]


def _closure(starts: Iterable[Path], ways: Mapping[Path, list[Path]]) -> set[Path]:
    seen = set(starts)
    left = list(seen)
    while left:
        for there in ways.get(left.pop(), ()):
            if there not in seen:
                seen.add(there)
                left.append(there)
    return seen


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """Places nobody comes to, rings that never wait, menus nothing leads out of."""
    atlas = Atlas(flow)
    if not atlas.places:
        return
    reached = atlas.reached()
    if atlas.starts:
        yield from _unreachable(flow, atlas, reached)
    yield from _rings(flow, atlas, course_checks.containers(flow))
    yield from _closed_menus(flow, atlas, reached)


def _warning(flow: ArchyFlow, path: Path, code: str, message: str, remedy: str) -> Problem:
    return Problem(flow.at(path, key=True), code, message, remedy, Severity.WARNING)


def _unreachable(flow: ArchyFlow, atlas: Atlas, reached: set[Path]) -> Iterator[Problem]:
    for path, name in atlas.places.items():
        if path not in reached:
            remedy = "Lead to it, or remove it."
            yield _warning(flow, path, "REC1435", f'nothing leads to the {path[-1]} "{name}".', remedy)


def _rings(flow: ArchyFlow, atlas: Atlas, containers: Iterable[Container]) -> Iterator[Problem]:
    """Jumps from task to task and back without a menu, an input or an end on the way."""
    hasty: dict[Path, list[Path]] = {}
    for container in containers:
        if container.path not in atlas.places:
            continue
        targets = (atlas.targets.get(walk.unrolled(trail)) for trail in container.course.hasty)
        hasty[container.path] = sorted({target for target in targets if target is not None and target[1] != "menus"})
    for ring in _first_rings(hasty):
        names = [f'"{atlas.places[path]}"' for path in [*ring, ring[0]]]
        more = f" (and {len(names) - _SHOWN_MAX} more)" if len(names) > _SHOWN_MAX else ""
        message = f"a conversation can go round for ever and never wait: {' -> '.join(names[:_SHOWN_MAX])}{more}."
        remedy = "Ask the caller something on the way, or end one of these ways."
        yield _warning(flow, ring[0], "REC1436", message, remedy)


def _first_rings(ways: Mapping[Path, list[Path]]) -> list[list[Path]]:
    """One ring for each way that leads back to where it came from, found depth first; at most `_RINGS_MAX`."""
    rings: list[list[Path]] = []
    done: set[Path] = set()
    for start in ways:
        stack: list[tuple[Path, Iterator[Path]]] = []
        depth: dict[Path, int] = {}
        if start not in done:
            depth[start] = 0
            stack.append((start, iter(ways[start])))
        while stack and len(rings) < _RINGS_MAX:
            here, onward = stack[-1]
            there = next(onward, None)
            if there is None:
                stack.pop()
                done.add(here)
                del depth[here]
            elif there in depth:
                rings.append([path for path, _ in stack[depth[there] :]])
            elif there in ways and there not in done:
                depth[there] = len(stack)
                stack.append((there, iter(ways[there])))
    return rings


def _closed_menus(flow: ArchyFlow, atlas: Atlas, reached: set[Path]) -> Iterator[Problem]:
    """Menus whose keys lead to each other only. Whoever hears one of them has no key to get out by."""
    menus = [path for path in atlas.places if path[1] == "menus"]
    if not menus:
        return
    leaving = {path for path in atlas.places if _leaves(walk.get(flow.document.value, path), str(path[-1]))}
    back: defaultdict[Path, list[Path]] = defaultdict(list)
    for path, targets in atlas.ways.items():
        for target in targets:
            back[target].append(path)
    leaving = _closure(leaving, back)
    for path in menus:
        if path in reached and path not in leaving and _choices(flow, path):
            message = f'no key leads out of the menu "{atlas.places[path]}": a caller can only wait until it hangs up.'
            remedy = "Add a choice that hangs up, transfers, or leads to a menu with such a choice."
            yield _warning(flow, path, "REC1437", message, remedy)


def _choices(flow: ArchyFlow, path: Path) -> list[walk.Item]:
    return list(walk.tagged(walk.get(flow.document.value, path).get("choices"), (*path, "choices")))


def _leaves(body: Any, kind: str) -> bool:
    """True when something in the place may end the conversation or lead out of the flow; unknown things may."""
    if kind == "menu":
        for choice in walk.tagged(body.get("choices"), ()):
            if choice.tag not in _STAYING_CHOICES:
                return True
            if choice.tag == "menuTask" and _has_exit(choice.body.get("task")):
                return True
            if choice.tag == "menuSubMenu" and _leaves(choice.body, "menu"):
                return True
        return False
    return _has_exit(body)


def _has_exit(body: Any) -> bool:
    for entry in walk.entries(body):
        for item in walk.tagged(entry.value, ()) if entry.key == "actions" else ():
            if item.tag.startswith("transferTo"):
                return True
            if item.tag not in _STAYING and (item.tag in ways.ENDING or _is_unknown(item.tag)):
                return True
    return False


def _is_unknown(tag: str) -> bool:
    return tag not in ways.GOING_ON and tag not in ways.BRANCHES
