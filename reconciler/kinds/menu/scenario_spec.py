"""What people write as scenarios of a Menu: calls that must go as written."""

from __future__ import annotations

import itertools
import re
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from reconciler.kinds.manifest import Model, fault
from reconciler.kinds.menu.fields import TARGETS, Mailbox, Moment, Name, Texts, only_one

KEYS: Final = (*"0123456789", "*", "#")
"""The keys of a telephone: ten digits, star and pound [Architect menus take one choice per key]."""

ENDINGS: Final = (*TARGETS, "menu", "hangup")


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
        return only_one(self, ENDINGS, at_least=0 if self.says is not None else 1)

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
