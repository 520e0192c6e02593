"""Ways through a flow that share their beginnings: each step knows the one before. Pure.

An exploration keeps one step per place, not the whole way to it, so that long rings of menus cost little memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from reconciler.architect.simulator.trace import Event, EventKind


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """One step of a way: what was pressed or answered, what was heard after it, and the seconds of the whole way."""

    before: Trail | None = None
    pressed: tuple[str, ...] = ()
    told: tuple[Event, ...] = ()
    seconds: float = 0.0

    def then(self, pressed: Sequence[str], events: Iterable[Event] = ()) -> Trail:
        """The way with one more step."""
        happened = tuple(events)
        seconds = self.seconds + sum(event.seconds for event in happened)
        heard = tuple(event for event in happened if event.kind is EventKind.HEARS)
        return Trail(self, tuple(pressed), heard, round(seconds, 3))

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(word for step in self._steps() for word in step.pressed)

    @property
    def heard(self) -> tuple[Event, ...]:
        return tuple(event for step in self._steps() for event in step.told)

    def _steps(self) -> list[Trail]:
        steps: list[Trail] = []
        here: Trail | None = self
        while here is not None:
            steps.append(here)
            here = here.before
        return steps[::-1]


class Walked(Protocol):
    @property
    def trail(self) -> Trail: ...


W = TypeVar("W", bound=Walked)


def in_order(walked: Iterable[W]) -> Iterator[W]:
    """Sorted by what was pressed, without ever writing a whole way out."""
    ends: dict[Trail, list[W]] = {}
    after: dict[Trail, list[Trail]] = {}
    roots: list[Trail] = []
    seen: set[Trail] = set()
    for one in walked:
        ends.setdefault(one.trail, []).append(one)
        here: Trail | None = one.trail
        while here is not None and here not in seen:
            seen.add(here)
            (roots if here.before is None else after.setdefault(here.before, [])).append(here)
            here = here.before
    waiting = sorted(roots, key=_pressed, reverse=True)
    while waiting:
        step = waiting.pop()
        yield from ends.get(step, ())
        waiting += sorted(after.get(step, ()), key=_pressed, reverse=True)


def _pressed(step: Trail) -> tuple[str, ...]:
    return step.pressed
