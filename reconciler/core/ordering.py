"""In which order things are done: waves along a dependency graph, and the cycles that stand in the way.

Pure and deterministic: the order of the input never changes the answer. Keys that only appear as a dependency count as
done already. Leaves to others whether a cycle is an error.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol, TypeVar


class _Ordered(Protocol):
    def __lt__(self, other: Any, /) -> bool: ...

    def __hash__(self) -> int: ...


K = TypeVar("K", bound=_Ordered)


def waves(depends: Mapping[K, Collection[K]]) -> tuple[tuple[K, ...], ...]:
    """Group the keys so that everything a key depends on is in an earlier wave; each wave is sorted.

    Members of a cycle share one wave: somebody upstream has decided that they may go together.
    """
    groups = components(depends)
    number_of = {key: number for number, members in enumerate(groups) for key in members}
    level: list[int] = []
    for number, members in enumerate(groups):
        # Tarjan hands out components with dependencies first, so theirs are known here.
        needed = {number_of[need] for key in members for need in depends[key] if need in number_of} - {number}
        level.append(1 + max((level[need] for need in needed), default=-1))
    grouped: list[list[K]] = [[] for _ in range(max(level, default=-1) + 1)]
    for number, members in enumerate(groups):
        grouped[level[number]].extend(members)
    return tuple(tuple(sorted(group)) for group in grouped)


def cycles(depends: Mapping[K, Collection[K]]) -> list[list[K]]:
    """One cycle for every strongly connected component, as a real path: each key depends on the next, the last on the
    first. It starts at the component's smallest key and is as short as possible; the list is sorted by that key."""
    rings = [
        _shortest_ring(min(members), frozenset(members), depends)
        for members in components(depends)
        if len(members) > 1 or members[0] in depends[members[0]]
    ]
    return sorted(rings, key=lambda ring: ring[0])


def _shortest_ring(start: K, members: frozenset[K], depends: Mapping[K, Collection[K]]) -> list[K]:
    """From `start` back to `start` inside one component; there always is a way."""
    ring = way(start, start, {key: [need for need in depends[key] if need in members] for key in members})
    assert ring is not None, "a strongly connected component has a ring through each of its keys"  # noqa: S101
    return ring


def way(start: K, goal: K, depends: Mapping[K, Collection[K]]) -> list[K] | None:
    """The shortest path of needs from `start` to `goal`, without `goal` itself; None when there is none."""
    came_from: dict[K, K] = {}
    queue = deque([start])
    while queue:
        key = queue.popleft()
        for need in sorted(need for need in depends[key] if need in depends or need == goal):
            if need == goal:
                path = [key]
                while path[-1] != start:
                    path.append(came_from[path[-1]])
                return path[::-1]
            if need not in came_from:
                came_from[need] = key
                queue.append(need)
    return None


def components(depends: Mapping[K, Collection[K]]) -> list[list[K]]:
    """Tarjan's strongly connected components, dependencies before dependents, without recursion."""
    index: dict[K, int] = {}
    low: dict[K, int] = {}
    stack: list[K] = []
    on_stack: set[K] = set()
    components: list[list[K]] = []

    def enter(key: K) -> tuple[K, Iterator[K]]:
        index[key] = low[key] = len(index)
        stack.append(key)
        on_stack.add(key)
        return key, iter(sorted(need for need in depends[key] if need in depends))

    for root in sorted(depends):
        if root in index:
            continue
        work = [enter(root)]
        while work:
            key, needs = work[-1]
            for need in needs:
                if need not in index:
                    work.append(enter(need))
                    break
                if need in on_stack:
                    low[key] = min(low[key], index[need])
            else:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[key])
                if low[key] == index[key]:
                    cut = stack.index(key)
                    components.append(stack[cut:])
                    on_stack.difference_update(stack[cut:])
                    del stack[cut:]
    return components
