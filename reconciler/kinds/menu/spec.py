"""What people write for a Menu, the one grammar for whatever happens to a caller included."""

from __future__ import annotations

import itertools
import re
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from reconciler.kinds import quantities
from reconciler.kinds.manifest import Model, fault, sentence
from reconciler.model import moment

KEYS: Final = (*"0123456789", "*", "#")
"""The keys of a telephone: ten digits, star and pound [Architect menus take one choice per key]."""

Text = Annotated[str, Field(min_length=1)]


def _readable(value: str) -> str:
    if not value.strip():
        raise fault("is blank", "Write a name people can read, or remove the key.")
    return value


Name = Annotated[Text, AfterValidator(_readable)]
"""What something is called: never only blanks."""


def _duration(value: Any) -> Any:
    """Seconds from `10s`; anything that is not text is left for the type check to refuse."""
    if not isinstance(value, str):
        raise fault("is not a duration", "Write a number with a unit, such as 10s.")
    try:
        return quantities.seconds(value)
    except quantities.NotAQuantity as error:
        raise fault("is not a duration", sentence(str(error))) from None


def _menu_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", value, re.ASCII):
        raise fault("is not a name for a menu", "Use letters, digits, - and _, a letter first.")
    return value


def language_tag(value: str) -> str:
    """A language tag in any case, as the platform writes it: in lower case."""
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", value.lower(), re.ASCII):
        raise fault("is not a language tag", "Write it like en-us or es-419.")
    return value.lower()


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[list[Text], Field(min_length=1), BeforeValidator(_listed, json_schema_input_type=Text | list[Text])]
"""One text, or several in a list."""

Language = Annotated[str, AfterValidator(language_tag)]


def _moment(value: str) -> str:
    try:
        moment.stated(value)
    except ValueError:
        raise fault(
            "is not a point in time", 'Write date and time in quotes, such as "2026-01-31T08:30:00Z".'
        ) from None
    return value


Moment = Annotated[
    str, AfterValidator(_moment), WithJsonSchema({"type": "string", "examples": ["2026-01-31T08:30:00Z"]})
]
"""Date and time in ISO 8601; UTC without an offset."""

MenuName = Annotated[str, AfterValidator(_menu_name)]

Timeout = Annotated[
    float,
    Field(ge=1, le=60),
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": quantities.DURATION_PATTERN, "examples": ["10s"]}),
]
"""Seconds to wait for a key; the platform takes 1 to 60 [Architect Scripting SDK]."""


def exactly(*names: str) -> ConfigDict:
    """For the JSON Schema; our own check says it in words."""
    return ConfigDict(json_schema_extra={"oneOf": [{"required": [name]} for name in names]})


class Audio(Model):
    """Something to hear: exactly one of the two."""

    model_config = exactly("say", "prompt")

    say: Text | None = None
    """Text to speak."""
    prompt: Name | None = None
    """Name of a user prompt."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Audio:
        return _only_one(self, ("say", "prompt"), at_least=1)


class Voicemail(Model):
    """Whose voicemail: exactly one of the three. Plain text means a queue."""

    model_config = exactly("queue", "user", "group")

    queue: Name | None = None
    user: Name | None = None
    group: Name | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Voicemail:
        return _only_one(self, ("queue", "user", "group"), at_least=1)


def _voicemail(value: Any) -> Any:
    return {"queue": value} if isinstance(value, str) else value


Mailbox = Annotated[Voicemail, BeforeValidator(_voicemail, json_schema_input_type=str | Voicemail)]

TARGETS: Final = ("queue", "flow", "number", "user", "group", "voicemail")
ENDINGS: Final = (*TARGETS, "menu", "hangup")


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
        return _only_one(self, TARGETS, at_least=1)

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
        _only_one(self, ("say", "prompt"), at_least=0)
        return _only_one(self, ACTIONS, at_least=1 if self.language is None else 0)

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


class Expect(Model):
    """How a call must end: at most one of the endings; and what callers must hear on the way."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [{"required": [name]} for name in (*ENDINGS, "says")],
            "allOf": [{"not": {"required": [one, other]}} for one, other in itertools.combinations(ENDINGS, 2)],
        }
    )

    queue: Name | None = None
    flow: Name | None = None
    """A transfer to this flow; while `press` has keys left, the scenario goes on inside it if it is declared here."""
    number: Name | None = None
    user: Name | None = None
    group: Name | None = None
    voicemail: Mailbox | None = None
    menu: Name | None = None
    """The menu in which the caller waits when no key is left."""
    hangup: Literal[True] | None = None
    says: Texts | None = None
    """Words that must be heard, whatever their case: spoken text, or a prompt in the language the call is in."""

    @model_validator(mode="after")
    def _at_most_one(self) -> Expect:
        return _only_one(self, ENDINGS, at_least=0 if self.says is not None else 1)

    @property
    def ending(self) -> str:
        """Which of the endings it is; empty for none."""
        return next((name for name in ENDINGS if getattr(self, name) is not None), "")


SCENARIOS_MAX: Final = 500
"""Of one manifest: each is a call that `validate` plays."""
PRESS_MAX: Final = 200
"""Characters of `press`, a hundred keys."""


Saying = Literal["open", "closed", "holiday", "emergency"]


def _saying(value: Any) -> Any:
    """A time of day is a good wish: what schedules say then is known on the platform only."""
    if isinstance(value, int | float) or (isinstance(value, str) and re.search("[0-9]", value)):
        raise fault(
            "is a time, and what schedules say then only the platform knows",
            "Write what they say: open, closed, holiday or emergency. `now:` is for flows that look at the clock.",
        )
    return value


class Scenario(Model):
    """One call that must go as written, in the simulator: our model of the platform. In `press`, `t` is a timeout."""

    name: Name
    press: Annotated[str, Field(max_length=PRESS_MAX)] = ""
    """Keys with blanks between them, `t` for silence until the menu's timeout."""
    expect: Expect
    at: Annotated[Saying, BeforeValidator(_saying, json_schema_input_type=Saying)] = "open"
    """What the schedule group says when the call comes in."""
    oracle: dict[Name, Texts] = Field(default_factory=dict)
    """What the world answers: by the name of a queue or another target (`Sales: failure`), or for all targets of a sort
    (`queue: failure`). A list is answered in turn. Transfers work unless this says otherwise."""
    channel: Name = "voice"
    """Where the conversation comes from; a Menu answers calls, so anything else is only noted."""
    now: Moment | None = None
    """The time of the call, for flows that look at it; when left out, the time at which the scenario runs."""
    variables: dict[Name, str | int | float | bool] = Field(default_factory=dict)
    """Values known from the start, by name: `Call.Ani: "+13175550150"`; without a scope it is the flow's own."""

    @model_validator(mode="after")
    def _keys_only(self) -> Scenario:
        strange = [token for token in self.press.split() if token not in (*KEYS, "t")]
        if strange:
            raise fault(
                f'presses "{strange[0][:20]}", which is no key', "Write keys with blanks between, `t` for silence."
            )
        return self


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


M = TypeVar("M", bound=Model)


def _only_one(model: M, names: tuple[str, ...], *, at_least: int) -> M:
    """The model itself when it has one of `names` (none is fine with `at_least` 0)."""
    there = [name for name in names if getattr(model, name) is not None]
    if len(there) > 1:
        raise fault(f"has {' and '.join(there)}, only one can happen", "Keep one of them.")
    if len(there) < at_least:
        raise fault(f"says nothing to do: it needs one of {', '.join(names)}", f"Add one, such as `{names[0]}:`.")
    return model


Transfer.model_rebuild()
