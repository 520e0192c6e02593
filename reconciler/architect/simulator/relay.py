"""A call explored through all its flows: one that calls a bot of ours waits while the bot has the word. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.architect.simulator import bots, languages, machine, unverified
from reconciler.architect.simulator.bots import FindFlow
from reconciler.architect.simulator.expression import Value
from reconciler.architect.simulator.languages import FindPrompt
from reconciler.architect.simulator.program import Program
from reconciler.architect.simulator.state import Leg, Oracle, Question, State
from reconciler.architect.simulator.trace import Ending, Event, Outcome

FlowName = tuple[str, str]
"""Archy type and name."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A flow that waits for the bot it has called."""

    flow: FlowName
    state: State
    question: Oracle


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a call is: the flow that has the word, its state, and the flows that wait for it, the innermost last."""

    flow: FlowName
    state: State
    holds: tuple[Hold, ...] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """What happened until the call waits, asks or ends, whichever flows it went through."""

    events: tuple[Event, ...]
    spot: Spot
    stop: Question | Outcome
    assumptions: frozenset[str]


@dataclass(slots=True)
class Relay:
    """The flows of one exploration. `variables` are known from the start and stay as they are, in every flow."""

    program: Program
    variables: Mapping[str, Value]
    find_flow: FindFlow
    find_prompt: FindPrompt
    programs: dict[FlowName, Program] = field(default_factory=dict)
    """Those that a call came to, by type and name."""

    def start(self) -> Stretch:
        return self._on(self._begin(self.program, {}), _name(self.program), ())

    def resume(self, spot: Spot, question: Question, answer: str) -> Stretch:
        leg = machine.resume(self.programs[spot.flow], spot.state, question, answer, abstract=True)
        return self._on(leg, spot.flow, spot.holds)

    def _begin(self, program: Program, given: Mapping[str, Value]) -> Leg:
        self.programs[_name(program)] = program
        kept = {name: value for name, value in given.items() if name not in program.written}
        return machine.start(program, {**program.constants, **kept, **self.variables}, abstract=True)

    def _on(self, leg: Leg, flow: FlowName, holds: tuple[Hold, ...]) -> Stretch:
        """From flow to flow until somebody outside has to say something."""
        events: list[Event] = []
        assumed: set[str] = set()
        met: set[Hold] = set()
        while True:
            leg = languages.worded(leg, self.find_prompt)
            events += leg.events
            assumed |= leg.assumptions
            stop = leg.stop
            if isinstance(stop, Oracle) and (bot := self._bot(flow, stop, holds)) is not None:
                hold = Hold(flow, leg.state, stop)
                if hold in met:
                    stop = Outcome(Ending.ENDLESS, path=stop.path, ring=(stop.name, bot.flow.name, stop.name))
                    return Stretch(tuple(events), Spot(flow, leg.state, holds), stop, frozenset(assumed))
                met.add(hold)
                if leg.state.language not in ("", bot.language):
                    assumed.add(unverified.LANGUAGE_OF_NEXT_FLOW)
                given = bots.handed(self.programs[flow], stop, dict(leg.state.memory))
                flow, holds, leg = _name(bot), (*holds, hold), self._begin(bot, given)
            elif isinstance(stop, Outcome) and stop.kind is Ending.END and holds:
                hold = holds[-1]
                exited = hold.question.options[0]
                flow, holds = hold.flow, holds[:-1]
                leg = machine.resume(self.programs[flow], hold.state, hold.question, exited, abstract=True)
            else:
                return Stretch(tuple(events), Spot(flow, leg.state, holds), stop, frozenset(assumed))

    def _bot(self, flow: FlowName, question: Oracle, holds: tuple[Hold, ...]) -> Program | None:
        """The bot to go into. None when it is not here, or waits for this flow already: it is taken to have exited."""
        if question.what not in bots.TYPES:
            return None
        name = bots.called(self.programs[flow], question)
        return None if name in {flow, *(hold.flow for hold in holds)} else self.find_flow(*name)


def _name(program: Program) -> FlowName:
    return program.flow.type, program.flow.name
