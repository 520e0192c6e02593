"""What people write for a MessagingFlow: a graph of nodes that somebody's conversation walks through."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from reconciler.kinds.manifest import Model, fault
from reconciler.kinds.menu.fields import Moment, Name, Text, Texts, exactly, language_tag
from reconciler.kinds.menu.scenario_spec import SCENARIOS_MAX

Scalar = str | int | float | bool

TESTS: Final = ("equals", "not_equals", "contains", "starts_with", "exists", "greater", "less")
WAYS: Final = ("next", "ask", "when", "transfer", "end")
"""How a node goes on; exactly one of them."""


def is_variable(name: str) -> bool:
    """True for what may be the name of a variable, and of a node."""
    return bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,63}", name, re.ASCII))


def _name(value: str) -> str:
    if not is_variable(value):
        raise fault("is not a name", "Use letters, digits and _, a letter first.")
    return value


def _words(value: str) -> str:
    if not value.strip():
        raise fault("is blank", "Write words that people can read.")
    return value


LABEL_MAX: Final = 200


def _label(value: str) -> str:
    if len(value) > LABEL_MAX:
        raise fault(f"has {len(value)} characters", f"Shorten it to {LABEL_MAX}: people see it on a button.")
    return value


Words = Annotated[Text, AfterValidator(_words)]
Label = Annotated[Words, AfterValidator(_label)]
NodeName = Annotated[str, AfterValidator(_name)]
VariableName = Annotated[str, AfterValidator(_name)]
Language = Annotated[str, AfterValidator(language_tag)]


class Condition(Model):
    """One test of a variable: exactly one comparison, and the node to go to when it holds."""

    model_config = exactly("equals", "notEquals", "contains", "startsWith", "exists", "greater", "less")

    variable: VariableName
    equals: Scalar | None = None
    not_equals: Scalar | None = None
    contains: Text | None = None
    starts_with: Text | None = None
    exists: bool | None = None
    """True: it has a value that is not empty; false: it has none."""
    greater: int | float | None = None
    less: int | float | None = None
    go: NodeName

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        given = [name for name in TESTS if getattr(self, name) is not None]
        if len(given) != 1:
            raise fault(
                "needs exactly one comparison",
                "Write one of equals, notEquals, contains, startsWith, exists, greater, less.",
            )
        return self

    @property
    def test(self) -> str:
        """Which of the comparisons it is."""
        return next(name for name in TESTS if getattr(self, name) is not None)


class Step(Model):
    """One thing to do before the node goes on."""

    model_config = exactly("say", "set")

    say: Words | None = None
    """Text to send; `${flow.NAME}` is the value of a variable, `${flow.now}` and `${flow.channel}` are built in."""
    set: Annotated[dict[VariableName, Scalar], Field(min_length=1)] | None = None
    """Variables and their new values."""

    @model_validator(mode="after")
    def _one_thing(self) -> Step:
        if (self.say is None) == (self.set is None):
            remedy = "Write one of them." if self.say is None else "Make two steps of it."
            raise fault("needs `say` or `set`, and only one of them", remedy)
        return self


class QueueTransfer(Model):
    """Who takes over from here."""

    queue: Name


class MessagingNode(Model):
    """One node: what it does, in order, and then exactly one way on."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["next"], "not": {"required": ["ask"]}},
                {"required": ["ask"]},
                {"required": ["when"]},
                {"required": ["transfer"]},
                {"required": ["end"]},
            ]
        }
    )

    say: Words | None = None
    """Short for one step; said before `set`."""
    set: Annotated[dict[VariableName, Scalar], Field(min_length=1)] | None = None
    do: Annotated[list[Step], Field(min_length=1)] | None = None
    """Several steps in order, instead of `say` and `set`."""
    next: NodeName | None = None
    """Another node. After a question: where an answer leads that leads nowhere else."""
    ask: Words | None = None
    """A question; the answer decides by `choices` and `keywords`. With `next` alone any answer will do."""
    choices: Annotated[dict[Label, NodeName], Field(min_length=1)] | None = None
    """The answers offered, and the node each leads to."""
    keywords: dict[Words, Annotated[list[Words], Field(min_length=1)]] | None = None
    """More words for an answer: `{Billing: [bill, invoice]}`. People may then write whole sentences. An answer that is
    not among `choices` leads to the node of its name, whatever the case, else to `next`."""
    into: VariableName | None = None
    """The variable that keeps the answer."""
    when: Annotated[list[Condition], Field(min_length=1, max_length=64)] | None = None
    """Tests in order; the first that holds decides [Architect engine bundle 0.0.18: 64 cases]."""
    otherwise: NodeName | None = None
    """With `ask`: after three answers nobody understands, or silence. With `when`: when nothing holds. The conversation
    ends without it."""
    transfer: QueueTransfer | None = None
    end: Literal[True] | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> MessagingNode:
        ways = [name for name in WAYS if getattr(self, name) is not None and not (name == "next" and self.ask)]
        if len(ways) != 1:
            told = " and ".join(f"`{name}`" for name in ways) or "no way on"
            raise fault(f"has {told}", "Write exactly one of next, ask, when, transfer, end.")
        if self.do is not None and (self.say is not None or self.set is not None):
            raise fault("has `do` beside `say` or `set`", "Put all of them under `do`, in order.")
        if self.ask is not None and self.choices is None and self.keywords is None and self.next is None:
            raise fault("asks and has no way on", "Add `choices`, `keywords`, or `next` for any answer.")
        if self.ask is not None and self.next is not None and self.choices is not None and self.keywords is None:
            raise fault("has `choices` and `next`", "Remove `next`: each choice says where it leads.")
        for name in ("choices", "keywords", "into"):
            if self.ask is None and getattr(self, name) is not None:
                raise fault(f"has `{name}` without `ask`", "Add the question, or remove it.")
        if self.otherwise is not None and self.ask is None and self.when is None:
            raise fault("has `otherwise` without `ask` or `when`", "Remove it.")
        return self

    @property
    def takes_words(self) -> bool:
        """True for a question that is answered by more than a press on one of its choices."""
        return self.ask is not None and (self.keywords is not None or self.choices is None)

    @property
    def steps(self) -> list[Step]:
        if self.do is not None:
            return list(self.do)
        said = [Step(say=self.say)] if self.say is not None else []
        return said + ([Step(set=self.set)] if self.set is not None else [])


TURNS_MAX: Final = 100
"""Of one conversation, as many as a scenario of a Menu has keys."""


class Turn(Model):
    """One turn of a conversation: what is written, `t` for silence, and words that the answer must have in it."""

    say: Name | None = None
    """The first turn may leave it out: the message that opens the conversation does not matter."""
    expect: Texts | None = None
    """Words, or several in a list, whatever their case."""

    @model_validator(mode="after")
    def _something(self) -> Turn:
        if self.say is None and self.expect is None:
            raise fault("is empty", "Add `say:` or `expect:`.")
        return self


class Outcome(Model):
    """How a conversation must end: exactly one of the two."""

    model_config = exactly("queue", "end")

    queue: Name | None = None
    end: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_ending(self) -> Outcome:
        if (self.queue is None) == (self.end is None):
            raise fault("needs `queue` or `end`, and only one of them", "Keep one of them.")
        return self


class MessagingScenario(Model):
    """One conversation that must go as written, in the simulator: our model of the platform."""

    name: Name
    turns: Annotated[list[Turn], Field(min_length=1, max_length=TURNS_MAX)]
    expect: Outcome | None = None
    """How it ends; left out when only the answers matter."""
    channel: Name = "webmessaging"
    """What `${flow.channel}` is."""
    now: Moment | None = None
    """What `${flow.now}` is; when left out, the time at which the scenario runs."""
    variables: dict[Name, Scalar] = Field(default_factory=dict)
    """Values known from the start, by name: `topic: billing`. What nodes read and only scenarios set is an input of the
    bot, empty unless the flow that calls the bot hands it over."""

    @model_validator(mode="after")
    def _turns_say_something(self) -> MessagingScenario:
        if any(turn.say is None for turn in self.turns[1:]):
            raise fault("has a turn without `say`", "Only the first turn may leave it out.")
        return self


class MessagingFlowSpec(Model):
    """A conversation with somebody who writes: it becomes a digital bot and the message flow that calls it."""

    description: str = ""
    language: Language
    """What it writes, such as en-us."""
    start: NodeName
    """The first node."""
    nodes: Annotated[dict[NodeName, MessagingNode], Field(min_length=1, max_length=500)]
    """By a short name of your own. At most 500 is a rule of this house: the bot must stay a file that can be read."""
    scenarios: list[MessagingScenario] = Field(default_factory=list, max_length=SCENARIOS_MAX)

    @cached_property
    def by_folded_name(self) -> dict[str, str]:
        """The nodes by their names without regard to case."""
        return {name.casefold(): name for name in reversed(self.nodes)}
