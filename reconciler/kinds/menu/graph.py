"""Who leads where in a Menu: every action with its place, and the ways between menus.

Pure; works on Menus that are still wrong, so that the checks can say how.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from reconciler.kinds.menu.spec import Action, Audio, MenuSpec

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One action: where it stands in the manifest, and in which menu (empty: opening hours)."""

    menu: str
    path: Path
    action: Action


@dataclass(frozen=True, slots=True)
class Graph:
    """Shortest ways. `parents` has each reachable menu's parent, empty for those a call starts in; `ways` the menus
    that an action of a menu names, `back` and `repeat` not counted."""

    parents: Mapping[str, str]
    ways: Mapping[str, tuple[str, ...]]

    def path_to(self, menu: str) -> list[str]:
        """The menus on the shortest way from the start to `menu`, both included."""
        path = [menu]
        while self.parents[path[-1]]:
            path.append(self.parents[path[-1]])
        return path[::-1]


def build(spec: MenuSpec) -> Graph:
    """Breadth-first from the start, then from the menus that opening hours lead to; keys in the order written."""
    named: dict[str, list[str]] = {"": [], **{menu: [] for menu in spec.menus}}
    for step in steps(spec):
        if step.action.menu in spec.menus and step.action.menu is not None:
            named[step.menu].append(step.action.menu)
    ways = {menu: tuple(dict.fromkeys(targets)) for menu, targets in named.items()}
    parents: dict[str, str] = {}
    for root in (spec.start, *ways.pop("")):
        if root not in spec.menus or root in parents:
            continue
        parents[root] = ""
        queue = deque([root])
        while queue:
            here = queue.popleft()
            for there in ways[here]:
                if there not in parents:
                    parents[there] = here
                    queue.append(there)
    return Graph(parents, ways)


def steps(spec: MenuSpec) -> Iterator[Step]:
    """Every action of the Menu, those after a failed transfer included, in the order of the file."""
    for menu, node in spec.menus.items():
        for key, action in node.keys.items():
            yield from _unfold(menu, ("spec", "menus", menu, "keys", key), action)
        if node.on_no_input is not None:
            yield from _unfold(menu, ("spec", "menus", menu, "onNoInput"), node.on_no_input)
    if spec.hours is not None:
        for name in ("closed", "holiday", "emergency"):
            action = getattr(spec.hours, name)
            if action is not None:
                yield from _unfold("", ("spec", "hours", name), action)


def _unfold(menu: str, path: Path, action: Action) -> Iterator[Step]:
    yield Step(menu, path, action)
    if action.transfer is not None and action.transfer.on_failure is not None:
        yield from _unfold(menu, (*path, "transfer", "onFailure"), action.transfer.on_failure)


def prompts(spec: MenuSpec) -> Iterator[tuple[Path, str]]:
    """Every prompt that is played, with the way to its name."""
    heard: list[tuple[Path, Audio | Action | None]] = [(("spec", "greeting"), spec.greeting)]
    heard += [(("spec", "menus", menu, "ask"), node.ask) for menu, node in spec.menus.items()]
    heard += [(step.path, step.action) for step in steps(spec)]
    for path, audio in heard:
        if audio is not None and audio.prompt is not None:
            yield (*path, "prompt"), audio.prompt
