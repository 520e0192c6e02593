"""Rings and dead ends in a graph of places: strongly connected parts, and parts that nothing leads out of. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


def find(ways: Mapping[T, Sequence[T | None]]) -> Iterator[list[T]]:
    """One ring for each strongly connected part that has one, as the places met on the way round."""
    for part in _parts(ways):
        members = set(part)
        start = part[-1]
        if len(part) > 1 or start in ways.get(start, ()):
            yield _round(start, members, ways)


def without_exit(ways: Mapping[T, Sequence[T | None]]) -> set[T]:
    """Places from which no way leads to None, which stands for out."""
    back: dict[T, list[T]] = {}
    good: list[T] = []
    for place, targets in ways.items():
        for target in targets:
            if target is None:
                good.append(place)
            else:
                back.setdefault(target, []).append(place)
    seen = set(good)
    while good:
        for earlier in back.get(good.pop(), ()):
            if earlier not in seen:
                seen.add(earlier)
                good.append(earlier)
    return set(ways) - seen


def _round(start: T, members: set[T], ways: Mapping[T, Sequence[T | None]]) -> list[T]:
    """A shortest way from a place back to itself inside its part."""
    before: dict[T, T] = {}
    queue = [start]
    for here in queue:
        for there in ways.get(here, ()):
            if there == start:
                ring = [here]
                while ring[-1] != start:
                    ring.append(before[ring[-1]])
                return ring[::-1]
            if there is not None and there in members and there not in before:
                before[there] = here
                queue.append(there)
    return [start]


def _parts(ways: Mapping[T, Sequence[T | None]]) -> Iterator[list[T]]:
    """Strongly connected parts (Tarjan, without recursion); the place met first stands last."""
    number: dict[T, int] = {}
    lowest: dict[T, int] = {}
    stack: list[T] = []
    waiting: set[T] = set()
    for root in ways:
        if root in number:
            continue
        work: list[tuple[T, Iterator[T | None]]] = [(root, iter(ways[root]))]
        number[root] = lowest[root] = len(number)
        stack.append(root)
        waiting.add(root)
        while work:
            here, targets = work[-1]
            for there in targets:
                if there is None or there not in ways:
                    continue
                if there not in number:
                    number[there] = lowest[there] = len(number)
                    stack.append(there)
                    waiting.add(there)
                    work.append((there, iter(ways[there])))
                    break
                if there in waiting:
                    lowest[here] = min(lowest[here], number[there])
            else:
                work.pop()
                if work:
                    lowest[work[-1][0]] = min(lowest[work[-1][0]], lowest[here])
                if lowest[here] == number[here]:
                    place = stack.index(here)
                    part = stack[place:]
                    del stack[place:]
                    waiting.difference_update(part)
                    yield part[::-1]
