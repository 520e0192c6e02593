"""What people write for an Environment."""

from __future__ import annotations

import re
import zoneinfo
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from reconciler.core import freeze
from reconciler.kinds import quantities
from reconciler.kinds.manifest import Model, fault, sentence

Name = Annotated[str, Field(min_length=1)]


def _seconds(value: Any) -> Any:
    return _quantity(value, quantities.seconds, "a duration", "90s")


def _share(value: Any) -> Any:
    return _quantity(str(value) if type(value) in (int, float) else value, quantities.fraction, "a share", "30%")


def _count(value: Any) -> Any:
    return value if type(value) is int else _quantity(value, quantities.count, "a count", "10")


def _quantity(value: Any, read: Any, noun: str, example: str) -> Any:
    if not isinstance(value, str):
        raise fault(f"is not {noun}", f"Write it like {example}.")
    try:
        return read(value)
    except quantities.NotAQuantity as error:
        raise fault(f"is not {noun}", sentence(str(error))) from None


def _cron(value: str) -> str:
    try:
        freeze.parse(value)
    except ValueError as error:
        raise fault("is not a schedule", sentence(str(error))) from None
    return value


def _zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise fault("is not a time zone", "Write an IANA name, such as Europe/Madrid or UTC.") from None
    return value


def _scalar(value: Any) -> Any:
    if not isinstance(value, str | int | float):
        raise fault("is not one value", "Write text, a number, true or false.")
    return value


def _organization(value: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value):
        raise fault("is not an organisation id", "Write the id that `reconcile status` shows, 36 characters.")
    return value.lower()


def _not_for_all(value: Any) -> Any:
    if value == "force":
        raise fault(
            "cannot be force: breaking somebody's lock is decided flow by flow",
            "Write wait or abort here, and the annotation reconciler/onLocked: force on that flow.",
        )
    return value


Seconds = Annotated[
    float,
    BeforeValidator(_seconds),
    WithJsonSchema({"type": "string", "pattern": quantities.DURATION_PATTERN, "examples": ["90s", "5m"]}),
]
Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[0-9]+(\\.[0-9]+)?%?$", "examples": ["30%"]}),
]
Count = Annotated[
    int,
    Field(ge=0),
    BeforeValidator(_count),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[0-9]+( objects?)?$", "minimum": 0}),
]


class PolicySpec(Model):
    """How far a pass may go. What is left out keeps its default."""

    prune: bool = False
    """Delete what was removed from git, guards permitting."""
    adopt: Literal["equal", "git"] = "equal"
    """Objects that exist already: `equal` takes over those that match git, `git` overwrites the others too."""
    drift: Literal["correct", "warn", "ignore"] = "correct"
    """What to do about changes made on the platform."""
    drift_grace: Seconds = 0.0
    """How long a change on the platform is left alone before it is corrected."""
    conflict: Literal["stop"] = "stop"
    """Git and platform changed both: a person decides."""
    on_locked: Annotated[Literal["wait", "abort"], BeforeValidator(_not_for_all)] = "wait"
    """Somebody holds a flow's lock: leave that flow alone, or apply nothing at all. `force` is for single flows."""
    update_threshold: Share = 0.30
    """Above this share of changed objects nothing is applied."""
    delete_threshold: Share = 0.10
    delete_max: Count = 20
    thresholds_from: Count = 10
    """Percentages count from this many existing objects up."""
    cycles: Literal["refuse", "existing", "stubs"] = "refuse"
    """Flows that need each other and do not exist: refuse them, hold them back and go on with the rest, or create them
    by way of stubs. With `existing` and `stubs` they are no error offline."""
    menu_max_depth: Annotated[int, Field(ge=1, le=5)] = 5
    """House rule for the nesting of menus."""
    prompt_max_duration: Seconds = 90.0
    """House rule for the length of a recording."""
    message_origins: list[Name] = Field(default_factory=list)
    """Hosts that links in messages may lead to."""


class FreezeSpec(Model):
    """A time in which writing may not start (deny), or only then (allow)."""

    kind: Literal["allow", "deny"]
    schedule: Annotated[str, AfterValidator(_cron)]
    """Five cron fields: minute hour day month weekday."""
    duration: Seconds
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """IANA name."""
    manual_sync: bool = False
    """Let an operator's explicit run through."""
    sync_overrun: bool = False
    """Let a pass that has started finish."""


class WebhookSpec(Model):
    """Who hears about changes. Secrets come from the process: `${env.NAME}`, or `file:/path`."""

    name: Name
    url: Name
    secret: Name | None = None
    """Signs every delivery."""
    unsigned: bool = False
    """Say so when there is to be no secret."""
    events: list[Name] = Field(default_factory=lambda: ["*"])
    """Event types, globs allowed; all when left out."""
    enabled: bool = True
    headers: dict[str, str] = Field(default_factory=dict)
    """Sent along; each value holds `${env.NAME}` or is `file:/path`, and is never shown."""
    archive: bool = False
    """Gets the content of what changed, not only the fact."""


class EnvironmentSpec(Model):
    """What differs from one organisation to the next."""

    region: Name | None = None
    """Must agree with GENESYSCLOUD_REGION."""
    organization: Annotated[str, AfterValidator(_organization)] | None = None
    """Id of the only organisation that may be written to."""
    variables: dict[
        str, Annotated[Any, AfterValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})]
    ] = Field(default_factory=dict)
    """For `${name}` in manifests and `{{name}}` in Archy files."""
    policy: PolicySpec = PolicySpec()
    freeze: list[FreezeSpec] = Field(default_factory=list)
    webhooks: list[WebhookSpec] = Field(default_factory=list)
