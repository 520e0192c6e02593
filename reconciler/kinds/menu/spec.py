"""What people write for a Menu, the one grammar for whatever happens to a caller included."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, model_validator

from reconciler.kinds.manifest import Model
from reconciler.kinds.menu.fields import TARGETS, Language, Mailbox, MenuName, Name, Text, Timeout, exactly, only_one
from reconciler.kinds.menu.scenario_spec import SCENARIOS_MAX, Scenario


class Audio(Model):
    """Something to hear: exactly one of the two."""

    model_config = exactly("say", "prompt")

    say: Text | None = None
    """Text to speak."""
    prompt: Name | None = None
    """Name of a user prompt."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Audio:
        return only_one(self, ("say", "prompt"), at_least=1)


class Transfer(Model):
    """Where the call goes: exactly one target, and what happens when the transfer fails (without it: hang up)."""

    model_config = exactly(*TARGETS)

    queue: Name | None = None
    flow: Name | None = None
    """An inbound call flow; another Menu is one too."""
    number: Name | None = None
    """In E.164 form, in quotes."""
    user: Name | None = None
    group: Name | None = None
    voicemail: Mailbox | None = None
    on_failure: Action | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Transfer:
        return only_one(self, TARGETS, at_least=1)

    @property
    def target(self) -> str:
        """Which of the targets it is."""
        return next(name for name in TARGETS if getattr(self, name) is not None)


ACTIONS: Final = ("menu", "repeat", "back", "hangup", "transfer")


class Action(Model):
    """Whatever happens to a caller: `say` or `prompt` first if you like, then exactly one of the others. `language` on
    its own repeats the menu in the new language."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"oneOf": [{"required": [name]} for name in ACTIONS]},
                {"required": ["language"], "not": {"anyOf": [{"required": [name]} for name in ACTIONS]}},
            ]
        }
    )

    language: Language | None = None
    """Speak this language from here on, what is said next included; one of the menu's `languages`."""
    say: Text | None = None
    prompt: Name | None = None
    menu: Name | None = None
    """Go to another menu."""
    repeat: Literal[True] | None = None
    """Hear this menu again."""
    back: Literal[True] | None = None
    """Go to the menu above this one."""
    hangup: Literal[True] | None = None
    transfer: Transfer | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> Action:
        only_one(self, ("say", "prompt"), at_least=0)
        return only_one(self, ACTIONS, at_least=1 if self.language is None else 0)

    @property
    def verb(self) -> str:
        """Which of the actions it is; a change of language alone is heard by repeating the menu."""
        return next((name for name in ACTIONS if getattr(self, name) is not None), "repeat")


class Key(Action):
    """What a key does. `name` is what the choice is called in Architect."""

    name: Name | None = None


class Node(Model):
    """One menu of the Menu."""

    ask: Audio
    """What the caller hears."""
    timeout: Timeout | None = None
    """How long to wait for a key, 1s to 60s; 10s when left out."""
    repeats: Annotated[int, Field(ge=0, le=10)] | None = None
    """How often to ask again after silence or a wrong key; 3 when left out."""
    on_no_input: Action | None = None
    """What happens after `repeats`, for silence and wrong keys alike; the call ends when left out."""
    keys: Annotated[dict[Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"], Key], Field(min_length=1)]


class Hours(Model):
    """Opening hours, looked at when the call arrives: what is not open gets an action."""

    schedule_group: Name
    closed: Action
    holiday: Action | None = None
    """Like `closed` when left out."""
    emergency: Action | None = None
    emergency_group: Name | None = None
    """The emergency group that switches `emergency` on; without it `emergency` never runs."""


class Route(Model):
    """The numbers that lead to this menu."""

    dnis: list[str]
    description: str = ""


class MenuSpec(Model):
    """A call menu in a few lines; it becomes an inbound call flow of the same name, with `route` a call route too."""

    description: str = ""
    language: Language = "en-us"
    """Language the flow speaks first, such as en-us; the first of `languages` when left out."""
    languages: Annotated[list[Language], Field(min_length=1)] | None = None
    """All languages it speaks, for keys that change the `language`."""
    greeting: Audio | None = None
    """Heard once, before anything else."""
    start: Name
    """The menu a caller meets first."""
    menus: Annotated[dict[MenuName, Node], Field(min_length=1)]
    """By a short name of your own."""
    hours: Hours | None = None
    route: Route | None = None
    adaptive: Any = Field(default=None, json_schema_extra={"description": "Reserved, not available in this version."})
    scenarios: list[Scenario] = Field(default_factory=list, max_length=SCENARIOS_MAX)

    @model_validator(mode="before")
    @classmethod
    def _first_language(cls, data: Any) -> Any:
        """The first of `languages` is the one to begin with, unless somebody says otherwise."""
        spoken = data.get("languages") if isinstance(data, dict) else None
        if isinstance(spoken, list) and spoken and isinstance(spoken[0], str) and "language" not in data:
            return {**data, "language": spoken[0]}
        return data


Transfer.model_rebuild()
