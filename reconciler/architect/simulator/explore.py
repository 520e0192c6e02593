"""Every way through a flow: each key, silence, and each answer of the world, remembered by where the call stands.

The states are (menu, task frames, language); variables count as unknown unless the flow never writes them, and loops
may go round again or not. So there are finitely many states, each is visited once, by a shortest way, and every step
out of it is one path of the report. What is computed inside the flow is explored both ways, so a path may be one that
no real call takes; a path that is not here does not exist in the model.

A bot of ours that the flow calls is explored with it (`relay`); there the keys are the answers to a question.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciler.architect.simulator import places, trail
from reconciler.architect.simulator.bots import FindFlow
from reconciler.architect.simulator.expression import NOW, Value
from reconciler.architect.simulator.languages import FindPrompt
from reconciler.architect.simulator.places import REPEATED, Part, Place
from reconciler.architect.simulator.program import Program
from reconciler.architect.simulator.relay import Relay, Spot, Stretch
from reconciler.architect.simulator.state import KeyWait, SayWait
from reconciler.architect.simulator.trace import Ending, Event, EventKind, Outcome
from reconciler.architect.simulator.trail import Trail
from reconciler.architect.walk import Path as DocumentPath

STEPS_MAX: Final = 50_000
"""Steps of one exploration; a flow that needs more is reported as cut short."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way: what the caller pressed and the world answered, what was heard, and where it led."""

    trail: Trail
    outcome: Outcome
    """With kind `menu` or `waiting` the call goes on in a place that another path is about."""
    is_silent: bool = False
    """True when nothing was heard since the last key, and the call then ends or waits."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Keys as pressed and words as said, `t` for silence, other answers as `name: branch`."""
        return self.trail.inputs

    @property
    def heard(self) -> tuple[Event, ...]:
        return self.trail.heard

    @property
    def seconds(self) -> float:
        return self.trail.seconds


@dataclass(frozen=True, slots=True)
class Report:
    """What an exploration found. `unreachable` are menus, tasks, states and bots; `endless` are rings that never wait
    or that a silent caller never leaves; `no_exit` are places no caller gets out of."""

    paths: tuple[Path, ...]
    unreachable: tuple[Part, ...]
    endless: tuple[tuple[str, ...], ...]
    no_exit: tuple[Part, ...]
    assumptions: tuple[str, ...]
    is_complete: bool
    steps: int

    @property
    def silent(self) -> list[Path]:
        return [path for path in self.paths if path.is_silent]


def explore(
    program: Program,
    variables: Mapping[str, Value] | None = None,
    *,
    now: datetime | None = None,
    find_flow: FindFlow = lambda *_: None,
    find_prompt: FindPrompt = lambda *_: None,
) -> Report:
    """Walk every way once. `variables` and the time are known from the start and stay as they are."""
    known: dict[str, Value] = {name.lower(): value for name, value in (variables or {}).items()}
    if now is not None:
        known[NOW] = now
    work = _Exploration(Relay(program, known, find_flow, find_prompt))
    work.run()
    return work.report()


class _Exploration:
    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.places: dict[Spot, Place] = {}
        self.queue: deque[Spot] = deque()
        self.paths: list[Path] = []
        self.rings: list[tuple[str, ...]] = []
        self.joins: list[tuple[Spot, Trail]] = []
        self.entered: set[tuple[str, DocumentPath]] = set()
        self.assumed: set[str] = set()
        self.steps = 0

    def run(self) -> None:
        self._arrive(self.relay.start(), (), Trail(), None, "")
        while self.queue and self.steps < STEPS_MAX:
            place = self.places[self.queue.popleft()]
            for answer in places.answers(place.stop):
                stretch, pressed = self._after(place, answer)
                self._arrive(stretch, pressed, place.trail, place, answer)

    def _after(self, place: Place, answer: str) -> tuple[Stretch, tuple[str, ...]]:
        """The stretch after an answer, and what the caller pressed for it."""
        stop = place.stop
        if answer in REPEATED:
            return self._again(place, REPEATED[answer])
        self.steps += 1
        is_plain = isinstance(stop, SayWait) or (isinstance(stop, KeyWait) and not stop.is_collecting)
        pressed = answer if is_plain else f"{stop.name}: {answer}"
        return self.relay.resume(place.spot, stop, answer), (pressed,)

    def _again(self, place: Place, word: str) -> tuple[Stretch, tuple[str, ...]]:
        """The same word until the place gives up."""
        events: list[Event] = []
        assumed: set[str] = set()
        pressed = 0
        spot, here = place.spot, place.stop
        while True:
            stretch = self.relay.resume(spot, here, word)
            pressed += 1
            self.steps += 1
            events += stretch.events
            assumed |= stretch.assumptions
            spot, stop = stretch.spot, stretch.stop
            if not isinstance(stop, KeyWait | SayWait) or stop.path != here.path or not spot.state.tries:
                break
            here = stop
        return Stretch(tuple(events), spot, stop, frozenset(assumed)), (word,) * pressed

    def _arrive(
        self, stretch: Stretch, pressed: Sequence[str], before: Trail, origin: Place | None, answer: str
    ) -> None:
        """Note where a stretch led; a place nobody has been to goes on the list."""
        self.assumed |= stretch.assumptions
        self.entered |= {(event.flow, event.path) for event in stretch.events if event.kind is EventKind.ENTERS}
        way = before.then(pressed, stretch.events)
        spot, stop = stretch.spot, stretch.stop
        if isinstance(stop, Outcome):
            if stop.kind is Ending.ENDLESS:
                self.rings.append(stop.ring)
            ends = stop.kind in (Ending.HANGUP, Ending.ERROR)
            self.paths.append(Path(way, stop, is_silent=ends and not way.told))
        elif spot not in self.places:
            name = places.named(self.relay.programs[spot.flow], stop)
            self.places[spot] = place = Place(spot, stop, name, way)
            self.queue.append(spot)
            if isinstance(stop, KeyWait | SayWait) and not way.told:
                self.paths.append(Path(way, place.waiting(), is_silent=True))
        elif isinstance(stop, KeyWait | SayWait):
            self.paths.append(Path(way, self.places[spot].waiting()))
        else:
            self.joins.append((spot, way))
        if origin is not None:
            origin.ways[answer] = stop if isinstance(stop, Outcome) else spot

    def _follow(self, spot: Spot, way: Trail) -> Path | None:
        """A way that met another at a question to the world: one more path, with the usual answers from there on."""
        met: set[Spot] = set()
        inputs: list[str] = []
        while spot not in met:
            met.add(spot)
            place = self.places[spot]
            if isinstance(place.stop, KeyWait | SayWait):
                return Path(way.then(inputs), place.waiting())
            inputs.append(f"{place.stop.name}: {place.stop.options[0]}")
            target = place.ways.get(place.stop.options[0])
            if target is None or isinstance(target, Outcome):
                return Path(way.then(inputs), target or Outcome(Ending.ERROR, reason="not explored"))
            spot = target
        return None  # a ring, which `places.endless` tells

    def report(self) -> Report:
        self.paths += filter(None, [self._follow(*join) for join in self.joins])
        is_complete = not self.queue
        entered = self.entered
        return Report(
            paths=tuple(trail.in_order(self.paths)),
            unreachable=tuple(places.unreachable(self.relay.programs, entered)) if is_complete else (),
            endless=tuple(dict.fromkeys([*self.rings, *places.endless(self.places)])),
            no_exit=tuple(dict.fromkeys(places.without_exit(self.places))) if is_complete else (),
            assumptions=tuple(sorted(self.assumed)),
            is_complete=is_complete,
            steps=self.steps,
        )
