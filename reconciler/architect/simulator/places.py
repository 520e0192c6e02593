"""Places of an exploration: where a call waits or asks, the answers there are, and what they say of the flow. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from reconciler.architect.simulator import rings
from reconciler.architect.simulator.program import Program, title
from reconciler.architect.simulator.relay import FlowName, Spot
from reconciler.architect.simulator.state import AGAIN, ASKS_CALLER, TIMEOUT, KeyWait, Oracle, Question, SayWait
from reconciler.architect.simulator.trace import Ending, Outcome
from reconciler.architect.simulator.trail import Trail
from reconciler.architect.walk import Path as DocumentPath

NONSENSE: Final = "?"
"""What somebody says to a bot that no choice listens for."""
SILENCE: Final = "\0silence"
"""An answer of an exploration: the caller says nothing until the menu or the bot gives up."""
NOT_UNDERSTOOD: Final = "\0not understood"
"""Another: the caller talks nonsense until the bot gives up. Neither can be the name of a branch."""
REPEATED: Final[Mapping[str, str]] = {SILENCE: TIMEOUT, NOT_UNDERSTOOD: NONSENSE}
"""Answers that are given again and again, and the word for one of them."""


class Part(NamedTuple):
    """A part of a flow that a finding is about."""

    what: str
    name: str
    path: DocumentPath
    flow: str


@dataclass(slots=True)
class Place:
    """Where a call stops, with the shortest way to it."""

    spot: Spot
    stop: Question
    name: str
    trail: Trail
    ways: dict[str, Spot | Outcome] = field(default_factory=dict)
    """By answer, where it leads."""

    @property
    def waits(self) -> bool:
        """Whether the caller has a say here."""
        return isinstance(self.stop, KeyWait | SayWait) or self.stop.what in ASKS_CALLER

    def part(self) -> Part:
        return Part("", self.name, self.stop.path, self.spot.flow[1])

    def waiting(self) -> Outcome:
        """The end of a way that goes on in this place."""
        is_menu = isinstance(self.stop, KeyWait) and not self.stop.is_collecting
        return Outcome(Ending.MENU if is_menu else Ending.WAITING, self.name, self.stop.path, flow=self.spot.flow[1])


def named(program: Program, stop: Question) -> str:
    """What a place is called: questions of a bot with the task or bot they are in, because many are called alike."""
    part = program.parts.get(stop.path[:4]) if isinstance(stop, SayWait) else None
    return stop.name if part is None else f"{title(part)}: {stop.name}"


def answers(stop: Question) -> tuple[str, ...]:
    """Everything that can be answered in a place."""
    if isinstance(stop, Oracle):
        return stop.options
    if isinstance(stop, KeyWait):
        return ("success", "failure") if stop.is_collecting else (*stop.keys, SILENCE)
    return (*stop.options, SILENCE) if stop.takes_anything else (*stop.options, NOT_UNDERSTOOD, SILENCE)


Places = Mapping[Spot, Place]


def endless(places: Places) -> Iterator[tuple[str, ...]]:
    """Rings of a caller who never says a word, and rings that never ask the caller."""
    for ways in (_silent_ways(places), _unheard_ways(places)):
        for ring in rings.find(ways):
            names = [places[spot].name for spot in ring]
            yield (*names, names[0])


def without_exit(places: Places) -> Iterator[Part]:
    """Places that no caller gets out of."""
    stuck = rings.without_exit({spot: _targets(place) for spot, place in places.items()})
    return (place.part() for spot, place in places.items() if spot in stuck and place.waits)


def unreachable(programs: Mapping[FlowName, Program], entered: set[tuple[str, DocumentPath]]) -> Iterator[Part]:
    """Menus, tasks, states and bots that no way came to, of the flows that calls came to. `entered` has them by the
    flow's name and their path."""
    for program in programs.values():
        every = {path: menu.item for path, menu in program.menus.items()} | dict(program.parts)
        name = program.flow.name
        for path, item in sorted(every.items(), key=lambda pair: str(pair[0])):
            if (name, path) not in entered:
                yield Part(item.tag, title(item), path, name)


def _silent_ways(places: Places) -> dict[Spot, list[Spot | None]]:
    """Where a caller who never says a word is handed on to, the world answering as usual."""
    ways: dict[Spot, list[Spot | None]] = {}
    for spot, place in places.items():
        target = place.ways.get(_usual(place.stop))
        ways[spot] = [target] if isinstance(target, Spot) else []
    return ways


def _usual(stop: Question) -> str:
    if isinstance(stop, Oracle):
        return stop.options[0]
    return "failure" if isinstance(stop, KeyWait) and stop.is_collecting else SILENCE


def _unheard_ways(places: Places) -> dict[Spot, list[Spot | None]]:
    """Steps between places that ask the world and never the caller. Loops count their rounds, so they end."""
    return {
        spot: [
            target
            for answer, target in place.ways.items()
            if isinstance(target, Spot) and not places[target].waits and answer != AGAIN
        ]
        for spot, place in places.items()
        if not place.waits
    }


def _targets(place: Place) -> list[Spot | None]:
    return [target if isinstance(target, Spot) else None for target in place.ways.values()]
