"""What the parts of a Menu are written with: texts, names, durations, and one of several things."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from reconciler.kinds import quantities
from reconciler.kinds.manifest import Model, fault, sentence
from reconciler.model import moment

Text = Annotated[str, Field(min_length=1)]


def _readable(value: str) -> str:
    if not value.strip():
        raise fault("is blank", "Write a name people can read, or remove the key.")
    return value


Name = Annotated[Text, AfterValidator(_readable)]
"""What something is called: never only blanks."""


def _duration(value: Any) -> Any:
    """Seconds from `10s`; a number without a unit could be anything."""
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


M = TypeVar("M", bound=Model)


def only_one(model: M, names: tuple[str, ...], *, at_least: int) -> M:
    """The model itself when it has one of `names` (none is fine with `at_least` 0)."""
    there = [name for name in names if getattr(model, name) is not None]
    if len(there) > 1:
        raise fault(f"has {' and '.join(there)}, only one can happen", "Keep one of them.")
    if len(there) < at_least:
        raise fault(f"says nothing to do: it needs one of {', '.join(names)}", f"Add one, such as `{names[0]}:`.")
    return model


class Voicemail(Model):
    """Whose voicemail: exactly one of the three. Plain text means a queue."""

    model_config = exactly("queue", "user", "group")

    queue: Name | None = None
    user: Name | None = None
    group: Name | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Voicemail:
        return only_one(self, ("queue", "user", "group"), at_least=1)


def _voicemail(value: Any) -> Any:
    return {"queue": value} if isinstance(value, str) else value


Mailbox = Annotated[Voicemail, BeforeValidator(_voicemail, json_schema_input_type=str | Voicemail)]

TARGETS: Final = ("queue", "flow", "number", "user", "group", "voicemail")
