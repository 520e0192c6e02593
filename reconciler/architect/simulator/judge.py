"""Whether a simulated call went as its scenario says, and if not, what was different and which key decided it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.architect.simulator.trace import Ending, Event, EventKind, Trace
from reconciler.model.problem import Location
from reconciler.model.scenario import Expectation, Scenario


@dataclass(frozen=True, slots=True)
class Step:
    """A key, or silence to the end, that sent the call somewhere: in which menu, and where the manifest says so."""

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

    @property
    def passed(self) -> bool:
        return not self.complaints

    @property
    def steps(self) -> list[Step]:
        """What the caller pressed that did something, in order."""
        return [_step(self.scenario, event) for event in self.trace.events if _is_step(event)]


def judge(scenario: Scenario, trace: Trace) -> Verdict:
    """Hold a trace against what the scenario expects. Keys and answers nobody asked for count as mistakes: the call did
    not go the way its author thinks."""
    complaints = []
    if not _ended_as(scenario.expect, trace):
        complaints.append(f"expected {_only_ending(scenario.expect)}, the call ends in {trace.outcome}")
    heard = "\n".join(trace.prompts).casefold()
    complaints += [
        f'expected the words "{words}", which nobody hears'
        for words in scenario.expect.says
        if words.casefold() not in heard
    ]
    if trace.unused:
        left = " ".join(trace.unused)
        complaints.append(f"the call is over before {left} {'is' if len(trace.unused) == 1 else 'are'} pressed")
    complaints += [f'the oracle has an answer for "{name}", which nothing asks about' for name in trace.unasked]
    return Verdict(scenario, trace, tuple(complaints))


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
    return event.kind in (EventKind.PRESSES, EventKind.GIVES_UP)


def _step(scenario: Scenario, event: Event) -> Step:
    is_own = event.flow == scenario.flow.name
    place = scenario.places.get((event.name, event.key)) if is_own else None
    return Step(event.name, event.key, event.text, place)
