"""Every way through a flow: each key, silence, and each answer of the world, remembered by where the call stands.

The states are (menu, task frames, language); variables count as unknown unless the flow never writes them, and loops
may go round again or not. So there are finitely many states, each is visited once, by a shortest way, and every step
out of it is one path of the report. What is computed inside the flow is explored both ways, so a path may be one that
no real call takes; a path that is not here does not exist in the model.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from reconciler.architect.simulator import languages, machine, rings
from reconciler.architect.simulator.expression import Value
from reconciler.architect.simulator.languages import FindPrompt
from reconciler.architect.simulator.program import Program, title
from reconciler.architect.simulator.state import (
    AGAIN,
    ASKS_CALLER,
    TIMEOUT,
    KeyWait,
    Leg,
    Oracle,
    Question,
    SayWait,
    State,
)
from reconciler.architect.simulator.trace import Ending, Event, EventKind, Outcome
from reconciler.architect.walk import Path as DocumentPath

STEPS_MAX: Final = 50_000
"""Steps of one exploration; a flow that needs more is reported as cut short."""
NONSENSE: Final = "?"
"""What somebody says to a bot that no choice listens for."""
SILENCE: Final = "silence"
"""An answer in the report: the caller says nothing until the menu gives up."""


@dataclass(frozen=True, slots=True)
class Path:
    """One way: what the caller pressed and the world answered, what was heard, and where it led."""

    inputs: tuple[str, ...]
    """Keys as pressed, `t` for silence, other answers as `name: branch`."""
    heard: tuple[Event, ...]
    seconds: float
    outcome: Outcome
    """With kind `menu` the call goes on in a place that another path is about."""
    is_silent: bool = False
    """True when nothing was heard since the last key, and the call then ends or waits."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an exploration found. `unreachable` are menus, tasks and states by type and name; `endless` are rings that
    never wait or that a silent caller never leaves; `no_exit` are places no caller gets out of."""

    paths: tuple[Path, ...]
    unreachable: tuple[tuple[str, str, DocumentPath], ...]
    endless: tuple[tuple[str, ...], ...]
    no_exit: tuple[tuple[str, DocumentPath], ...]
    assumptions: tuple[str, ...]
    is_complete: bool
    steps: int

    @property
    def silent(self) -> list[Path]:
        return [path for path in self.paths if path.is_silent]


@dataclass(slots=True)
class _Place:
    """A state where the call stops, with the shortest way to it."""

    leg: Leg
    inputs: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    ways: dict[str, State | Outcome] = field(default_factory=dict)
    """By answer, where it leads."""

    @property
    def name(self) -> str:
        assert not isinstance(self.leg.stop, Outcome)  # noqa: S101  a place is where the call waits or asks
        return self.leg.stop.name


def explore(
    program: Program, variables: Mapping[str, Value] | None = None, *, find_prompt: FindPrompt = lambda *_: None
) -> Report:
    """Walk every way once. `variables` are known from the start and stay as they are."""
    known = {**program.constants, **{name.lower(): value for name, value in (variables or {}).items()}}
    work = _Exploration(program, find_prompt)
    work.arrive(machine.start(program, known, abstract=True), (), (), None, "")
    work.run()
    return work.report()


class _Exploration:
    def __init__(self, program: Program, find_prompt: FindPrompt) -> None:
        self.program = program
        self.find_prompt = find_prompt
        self.places: dict[State, _Place] = {}
        self.queue: deque[State] = deque()
        self.paths: list[Path] = []
        self.rings: list[tuple[str, ...]] = []
        self.joins: list[tuple[State, tuple[str, ...], tuple[Event, ...]]] = []
        self.entered: set[DocumentPath] = set()
        self.assumed: set[str] = set()
        self.steps = 0

    def run(self) -> None:
        while self.queue and self.steps < STEPS_MAX:
            state = self.queue.popleft()
            place = self.places[state]
            for answer in _answers(place.leg.stop):
                self._step(state, place, answer)

    def _step(self, state: State, place: _Place, answer: str) -> None:
        leg, pressed = self._after(state, place.leg.stop, answer)
        self.arrive(leg, (*place.inputs, *pressed), place.events, place, answer)

    def _after(self, state: State, question: Question | Outcome, answer: str) -> tuple[Leg, tuple[str, ...]]:
        """The leg after an answer, and what the caller pressed for it."""
        assert not isinstance(question, Outcome)  # noqa: S101  a place is where the call waits or asks
        if answer != SILENCE:
            leg = machine.resume(self.program, state, question, answer, abstract=True)
            self.steps += 1
            is_plain = isinstance(question, SayWait) or (isinstance(question, KeyWait) and not question.is_collecting)
            return leg, (answer,) if is_plain else (f"{question.name}: {answer}",)
        events: tuple[Event, ...] = ()
        pressed: tuple[str, ...] = ()
        here: Question | Outcome = question
        word = TIMEOUT if isinstance(question, KeyWait) else NONSENSE
        while isinstance(here, KeyWait | SayWait) and here.path == question.path and (not pressed or state.tries > 0):
            leg = machine.resume(self.program, state, here, word, abstract=True)
            self.steps += 1
            events, pressed, state, here = (*events, *leg.events), (*pressed, word), leg.state, leg.stop
        return Leg(events, state, here, leg.assumptions, leg.actions), pressed

    def arrive(
        self, leg: Leg, inputs: tuple[str, ...], before: tuple[Event, ...], origin: _Place | None, answer: str
    ) -> None:
        """Note where a leg led; a place nobody has been to goes on the list."""
        leg = languages.worded(leg, self.find_prompt)
        self.assumed |= leg.assumptions
        self.entered |= {event.path for event in leg.events if event.kind is EventKind.ENTERS}
        events = (*before, *leg.events)
        stop = leg.stop
        if isinstance(stop, Outcome):
            if stop.kind is Ending.ENDLESS:
                self.rings.append(stop.ring)
            self._note(inputs, events, stop, is_silent=_is_silent(leg.events, stop))
        elif leg.state not in self.places:
            self.places[leg.state] = _Place(leg, inputs, events)
            self.queue.append(leg.state)
            if isinstance(stop, KeyWait | SayWait) and not any(event.kind is EventKind.HEARS for event in leg.events):
                self._note(inputs, events, _waiting(stop), is_silent=True)
        elif isinstance(stop, KeyWait | SayWait):
            self._note(inputs, events, _waiting(stop))
        else:
            self.joins.append((leg.state, inputs, events))
        if origin is not None:
            origin.ways[answer] = stop if isinstance(stop, Outcome) else leg.state

    def _note(
        self, inputs: tuple[str, ...], events: tuple[Event, ...], outcome: Outcome, *, is_silent: bool = False
    ) -> None:
        heard = tuple(event for event in events if event.kind is EventKind.HEARS)
        seconds = round(sum(event.seconds for event in events), 3)
        self.paths.append(Path(inputs, heard, seconds, outcome, is_silent))

    def _follow(self, state: State, inputs: tuple[str, ...], events: tuple[Event, ...]) -> None:
        """A way that met another at a question to the world: one more path, with the usual answers from there on."""
        met: set[State] = set()
        while state not in met:
            met.add(state)
            stop = self.places[state].leg.stop
            if isinstance(stop, KeyWait | SayWait):
                self._note(inputs, events, _waiting(stop))
                return
            assert isinstance(stop, Oracle)  # noqa: S101  a place waits or asks
            inputs = (*inputs, f"{stop.name}: {stop.options[0]}")
            target = self.places[state].ways.get(stop.options[0])
            if target is None or isinstance(target, Outcome):
                self._note(inputs, events, target or Outcome(Ending.ERROR, reason="not explored"))
                return
            state = target

    def report(self) -> Report:
        for join in self.joins:
            self._follow(*join)
        everywhere = {state: _targets(place) for state, place in self.places.items()}
        waits = {state for state, place in self.places.items() if _is_wait(place.leg.stop)}
        found = [*self.rings, *self._rings(self._silent_ways()), *self._rings(self._unheard_ways(waits))]
        stuck = rings.without_exit(everywhere) if not self.queue else set()
        return Report(
            paths=tuple(sorted(self.paths, key=lambda path: path.inputs)),
            unreachable=tuple(self._unreachable()) if not self.queue else (),
            endless=tuple(dict.fromkeys(found)),
            no_exit=tuple(dict.fromkeys(self._named(state) for state in self.places if state in stuck & waits)),
            assumptions=tuple(sorted(self.assumed)),
            is_complete=not self.queue,
            steps=self.steps,
        )

    def _silent_ways(self) -> dict[State, list[State | None]]:
        """Where a caller who never says a word is handed on to, the world answering as usual."""
        ways: dict[State, list[State | None]] = {}
        for state, place in self.places.items():
            stop = place.leg.stop
            usual = stop.options[0] if isinstance(stop, Oracle) else _silent_answer(stop)
            target = place.ways.get(usual)
            ways[state] = [target] if isinstance(target, State) else []
        return ways

    def _unheard_ways(self, waits: set[State]) -> dict[State, list[State | None]]:
        """Steps between places that ask the world and never the caller. Loops count their rounds, so they end."""
        return {
            state: [
                target
                for answer, target in place.ways.items()
                if isinstance(target, State) and target not in waits and answer != AGAIN
            ]
            for state, place in self.places.items()
            if state not in waits
        }

    def _rings(self, ways: Mapping[State, list[State | None]]) -> Iterator[tuple[str, ...]]:
        for ring in rings.find(ways):
            names = [self.places[state].name for state in ring]
            yield (*names, names[0])

    def _named(self, state: State) -> tuple[str, DocumentPath]:
        stop = self.places[state].leg.stop
        assert not isinstance(stop, Outcome)  # noqa: S101
        return stop.name, stop.path

    def _unreachable(self) -> Iterator[tuple[str, str, DocumentPath]]:
        every = {path: menu.item for path, menu in self.program.menus.items()} | dict(self.program.parts)
        for path, item in sorted(every.items(), key=lambda pair: str(pair[0])):
            if path not in self.entered:
                yield item.tag, title(item), path


def _targets(place: _Place) -> list[State | None]:
    return [target if isinstance(target, State) else None for target in place.ways.values()]


def _waiting(stop: KeyWait | SayWait) -> Outcome:
    is_menu = isinstance(stop, KeyWait) and not stop.is_collecting
    return Outcome(Ending.MENU if is_menu else Ending.WAITING, stop.name, stop.path)


def _answers(stop: Question | Outcome) -> tuple[str, ...]:
    if isinstance(stop, Oracle):
        return stop.options
    if isinstance(stop, KeyWait):
        return ("success", "failure") if stop.is_collecting else (*stop.keys, SILENCE)
    if isinstance(stop, SayWait):
        return (*stop.options, SILENCE)
    return ()


def _is_wait(stop: Question | Outcome) -> bool:
    """Whether the caller has a say here."""
    return isinstance(stop, KeyWait | SayWait) or (isinstance(stop, Oracle) and stop.what in ASKS_CALLER)


def _silent_answer(stop: Question | Outcome) -> str:
    return "failure" if isinstance(stop, KeyWait) and stop.is_collecting else SILENCE


def _is_silent(events: tuple[Event, ...], outcome: Outcome) -> bool:
    """A call that ends, other than by a transfer, without a word since the last input."""
    is_quiet = not any(event.kind is EventKind.HEARS for event in events)
    return is_quiet and outcome.kind in (Ending.HANGUP, Ending.ERROR)
