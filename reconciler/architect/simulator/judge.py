"""Whether a simulated call went as its scenario says, and if not, what was different and which key decided it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.architect.simulator.trace import Ending, Event, EventKind, Trace
from reconciler.architect.simulator.wording import cut, listed, quoted
from reconciler.model.problem import Location
from reconciler.model.scenario import Expectation, Scenario

_OUTCOME_MAX: Final = 300
"""Characters of how a call ended: a ring names its stations."""


@dataclass(frozen=True, slots=True)
class Step:
    """A key, or silence to the end, in which menu, and where the manifest says what it does. `choice` is empty for a
    key that the menu does not offer; its place is that of the keys it does."""

    menu: str
    key: str
    choice: str
    place: Location | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A scenario, how it went, and what is wrong with that; no complaints when it went as written."""

    scenario: Scenario
    trace: Trace
    complaints: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    """What the caller pressed, in order."""
    ended: Location | None = None
    """Where it is written what the call ended with."""

    @property
    def passed(self) -> bool:
        return not self.complaints

    @property
    def ended_elsewhere(self) -> Location | None:
        """Where the call ended, unless the line of the last key tells it already."""
        last = self.steps[-1].place if self.steps else None
        is_told = self.ended and last and (last.file, last.line) == (self.ended.file, self.ended.line)
        return None if is_told else self.ended


FindKey = Callable[[Event], Location | None]
"""Where it is written what a key does, in a flow that is not the scenario's own."""


def judge(
    scenario: Scenario, trace: Trace, *, elsewhere: FindKey = lambda _: None, ended: Location | None = None
) -> Verdict:
    """Hold a trace against what the scenario expects. Keys and answers nobody asked for count as mistakes: the call did
    not go the way its author thinks."""
    complaints = []
    what = "conversation" if scenario.say else "call"
    if not _ended_as(scenario.expect, trace):
        complaints.append(
            f"expected {cut(_only_ending(scenario.expect))}, the {what} ends in {cut(str(trace.outcome), _OUTCOME_MAX)}"
        )
    heard = "\n".join(trace.prompts).casefold()
    complaints += [
        f"expected the words {quoted(words)}, which nobody hears"
        for words in scenario.expect.says
        if words.casefold() not in heard
    ]
    complaints += _wrong_answers(scenario, trace)
    if trace.unused:
        left = listed([quoted(words) for words in trace.unused], ", ") if scenario.say else " ".join(trace.unused)
        verb = "is" if len(trace.unused) == 1 else "are"
        complaints.append(f"the {what} is over before {left} {verb} {'said' if scenario.say else 'pressed'}")
    complaints += [f"the oracle has an answer for {quoted(name)}, which nothing asks about" for name in trace.unasked]
    steps = tuple(_step(scenario, event, elsewhere) for event in trace.events if _is_step(event))
    return Verdict(scenario, trace, tuple(complaints), steps, ended)


def _wrong_answers(scenario: Scenario, trace: Trace) -> Iterator[str]:
    """Words that a turn expects and its answer lacks."""
    heard = _by_turn(trace)
    for number, (said, expected) in enumerate(zip(scenario.say, scenario.answers, strict=True)):
        answer = "\n".join(heard[number]) if number < len(heard) else ""
        for words in expected:
            if words.casefold() not in answer.casefold():
                when = f"after {quoted(said)}" if said else "at first"
                told = quoted(answer) if answer else "nothing"
                yield f"expected the words {quoted(words)} {when}, the answer is {told}"


def _by_turn(trace: Trace) -> list[list[str]]:
    """What is heard from one turn of a conversation to the next."""
    turns: list[list[str]] = [[]]
    for event in trace.events:
        if event.kind in (EventKind.SAYS, EventKind.WAITS):
            turns.append([])
        elif event.kind is EventKind.HEARS:
            turns[-1].append(event.text or event.prompt)
    return turns


def _only_ending(expect: Expectation) -> str:
    return " ".join(filter(None, (expect.ending, expect.name)))


def _ended_as(expect: Expectation, trace: Trace) -> bool:
    outcome = trace.outcome
    if outcome.kind in (Ending.ERROR, Ending.ENDLESS):
        return False
    if not expect.ending:
        return True
    is_owner_right = not expect.owner or outcome.owner == expect.owner
    return (outcome.kind.value, outcome.name if expect.name else "") == (expect.ending, expect.name) and is_owner_right


def _is_step(event: Event) -> bool:
    return event.kind in (EventKind.PRESSES, EventKind.GIVES_UP, EventKind.WRONG_KEY)


def _step(scenario: Scenario, event: Event, elsewhere: FindKey) -> Step:
    is_own = (event.flow, event.path[:1]) == (scenario.flow.name, (scenario.flow.type,))
    key = "" if event.kind is EventKind.WRONG_KEY else event.key
    place = scenario.places.get((event.name, key)) if is_own else elsewhere(event)
    return Step(event.name, event.key, event.text, place)
