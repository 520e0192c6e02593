"""One call by a script: keys, silences, the state of the schedules, and what the world answers. Pure.

The model asks, the script answers. What the script says nothing about goes the usual way (transfers and look-ups work),
and the trace notes each such choice where the flow itself decides by something that is unknown here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from reconciler.architect.flow import CALL_TYPES
from reconciler.architect.simulator import bots, languages, machine, unverified
from reconciler.architect.simulator.bots import FindFlow
from reconciler.architect.simulator.expression import NOW, Value
from reconciler.architect.simulator.languages import FindPrompt
from reconciler.architect.simulator.program import KEY_OF_DTMF, Program
from reconciler.architect.simulator.state import ERROR, TIMEOUT, KeyWait, Leg, Oracle, Question, SayWait
from reconciler.architect.simulator.trace import Ending, Event, EventKind, Outcome, Trace

KEYS: Final = (*dict.fromkeys(KEY_OF_DTMF.values()), TIMEOUT)
"""What may stand in a script of keys: the telephone's twelve keys, and `t` for silence."""
VOICE: Final = "voice"
WEB_MESSAGING: Final = "webmessaging"
"""Where messages come from unless a script says otherwise [kinds/messaging_flow]."""
MESSAGE_TYPES: Final = frozenset({"inboundShortMessage"})
"""Flows that a message starts: the first words of a script are that message."""
MESSAGE_BODY: Final = "message.message.body"
MESSAGE_CHANNEL: Final = "message.message.type"
"""UNVERIFIED: the built-in that tells the channel of a message."""


class At(StrEnum):
    """What schedules say when the call comes in."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Script:
    """A caller and their world. `say` are the words of a conversation in turn, `t` for silence. `oracle` has answers by
    the name of an action, by a transfer's target or sort of target (`queue`), or by type of action; several answers are
    given in turn, the last one stays. `variables` are known from the start, and so is the time `now`. `channel` is
    empty for the usual one of the flow."""

    press: tuple[str, ...] = ()
    say: tuple[str, ...] = ()
    at: At = At.OPEN
    oracle: Mapping[str, Sequence[str]] = field(default_factory=dict)
    channel: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict)
    now: datetime | None = None


def channel(type: str, given: str) -> str:
    """Where a conversation with a flow of this type comes from; `given` wins."""
    return given or (WEB_MESSAGING if type in MESSAGE_TYPES else VOICE)


def run(
    program: Program,
    script: Script,
    *,
    find_flow: FindFlow = lambda *_: None,
    find_prompt: FindPrompt = lambda *_: None,
) -> Trace:
    """Simulate the call. A transfer to a flow of ours is followed while keys are left, otherwise it is the end."""
    driver = _Driver(script, find_flow, find_prompt)
    driver.enter(program)
    return driver.trace()


class _Driver:
    """The script as far as it was used, and what happened so far."""

    def __init__(self, script: Script, find_flow: FindFlow, find_prompt: FindPrompt) -> None:
        self.script = script
        self.keys = list(script.press)
        self.words = list(script.say)
        self.find_flow = find_flow
        self.find_prompt = find_prompt
        self.asked: dict[str, int] = {}
        self.events: list[Event] = []
        self.assumed: set[str] = set()
        self.spent = 0
        self.under_way: list[tuple[str, str]] = []
        """Bots that have been called and have not exited: one that calls itself would never end."""
        self.language = ""
        self.outcome = Outcome(Ending.ERROR)

    def trace(self) -> Trace:
        unasked = tuple(name for name in self.script.oracle if name not in self.asked)
        return Trace(tuple(self.events), self.outcome, tuple(sorted(self.assumed)), (*self.keys, *self.words), unasked)

    def enter(self, program: Program) -> None:
        """Play a flow, and those it transfers to, to the end."""
        following: Program | None = program
        handed = program.inputs
        while following is not None:
            program, following = following, None
            self._begin(program, handed)
            handed = MappingProxyType({})
            if self.outcome.kind is Ending.FLOW and self.keys:
                following = self.find_flow(self.outcome.type, self.outcome.name)

    def _begin(self, program: Program, handed: Mapping[str, Value] = MappingProxyType({})) -> None:
        """Play one flow to its end. `handed` are the inputs that a calling flow gives it, by lower-case name."""
        if self.language not in ("", program.language):
            self.assumed.add(unverified.LANGUAGE_OF_NEXT_FLOW)
        known = {**handed, **{name.lower(): value for name, value in self.script.variables.items()}}
        self.events.append(
            Event(EventKind.ENTERS, (program.flow.type,), program.flow.type, program.flow.name, flow=program.flow.name)
        )
        comes_by = channel(program.flow.type, self.script.channel)
        if comes_by != VOICE and program.flow.type in CALL_TYPES:
            self._note(f"{program.flow.type} answers calls; the channel {comes_by} is not looked at", program)
        if program.flow.type in MESSAGE_TYPES and self.words:
            if self.words[0]:
                self._note(f'the first message is "{self.words[0]}"', program)
            known.setdefault(MESSAGE_BODY, self.words.pop(0))
        if program.flow.type in MESSAGE_TYPES:
            known.setdefault(MESSAGE_CHANNEL, comes_by)
        if self.script.now is not None:
            known[NOW] = self.script.now
        leg = machine.start(program, {**program.initial, **known}, spent=self.spent)
        self._take(leg)
        while not isinstance(leg.stop, Outcome):
            answer = self._answer(leg.stop, program, dict(leg.state.memory))
            if isinstance(answer, Outcome):
                self.outcome = answer
                return
            leg = machine.resume(program, leg.state, leg.stop, answer, spent=self.spent)
            self._take(leg)
        self.outcome = leg.stop

    def _take(self, leg: Leg) -> None:
        leg = languages.worded(leg, self.find_prompt)
        self.events += leg.events
        self.language = leg.state.language
        self.assumed |= leg.assumptions
        self.spent = max(self.spent, leg.actions)

    def _answer(self, question: Question, program: Program, memory: Mapping[str, Value]) -> str | Outcome:
        if isinstance(question, KeyWait):
            if self.keys:
                return self.keys.pop(0)
            kind = Ending.WAITING if question.is_collecting else Ending.MENU
            return Outcome(kind, question.name, question.path, flow=program.flow.name)
        if isinstance(question, SayWait):
            waiting = Outcome(Ending.WAITING, question.name, question.path, flow=program.flow.name)
            return self.words.pop(0) if self.words else waiting
        answer = self._said(question)
        if answer is None and question.what in bots.TYPES:
            return self._through_bot(question, program, memory)
        if answer is None:
            return self._usual(question, program)
        if answer not in (*question.options, ERROR):
            known = ", ".join((*question.options, ERROR))
            reason = f'the oracle answers "{answer}" for "{question.name}"; there are {known}'
            return Outcome(Ending.ERROR, question.name, question.path, reason, flow=program.flow.name)
        return answer

    def _said(self, question: Oracle) -> str | None:
        """The script's answer, None when it has none."""
        for name in (question.name, question.about, question.target, question.what):
            answers = self.script.oracle.get(name)
            if name and answers:
                turn = self.asked.get(name, 0)
                self.asked[name] = turn + 1
                return answers[min(turn, len(answers) - 1)]
        return None

    def _through_bot(self, question: Oracle, program: Program, memory: Mapping[str, Value]) -> str | Outcome:
        """Have the bot's part of the conversation; its own answer when it exits, else the end of everything."""
        type_, bot = bots.called(program, question)
        is_under_way = (type_, bot) in self.under_way
        found = None if is_under_way else self.find_flow(type_, bot)
        if found is None:
            why = "waits for this one already" if is_under_way else "is not here"
            self._note(f"the {type_} {bot} {why}; taken as if it had exited", program)
            return question.options[0]
        self.under_way.append((type_, bot))
        self._begin(found, bots.handed(program, question, memory))
        self.under_way.pop()
        return question.options[0] if self.outcome.kind is Ending.END else self.outcome

    def _usual(self, question: Oracle, program: Program) -> str:
        if question.is_schedule:
            if question.what == "evaluateSchedule":
                return "active" if self.script.at is At.OPEN else "inactive"
            return self.script.at.value
        if question.is_computed:
            others = " or ".join(question.options[1:])
            self._note(
                f'"{question.name}" is only known during the call: took {question.options[0]}, not {others}', program
            )
        return question.options[0]

    def _note(self, text: str, program: Program) -> None:
        self.events.append(Event(EventKind.NOTES, text=text, flow=program.flow.name))
