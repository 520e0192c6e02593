"""A call or conversation that must go as written: what `scenarios` of a Menu or a MessagingFlow say, ready to be
simulated. Nothing here decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.model.identity import Key
from reconciler.model.problem import Location


@dataclass(frozen=True, slots=True)
class Expectation:
    """How the call must end and what must be said on the way.

    `ending` is queue, flow, number, user, group, voicemail, menu or hangup with its `name`; empty when only `says`
    matters. `owner` tells whose voicemail it is: queue, user or group.
    """

    ending: str = ""
    name: str = ""
    owner: str = ""
    says: tuple[str, ...] = ()

    def __str__(self) -> str:
        end = " ".join(filter(None, (self.ending, self.name)))
        said = " and ".join(f'the words "{words}"' for words in self.says)
        return " and ".join(filter(None, (end, said)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One caller and their world. `at` is open, closed, holiday or emergency; in `press` and `say`, `t` is silence.

    `say` are the turns of a conversation, `answers` the words that must be in the answer to each.

    `places` tells where the manifest says what a key does, by menu and key; `t` stands for `onNoInput`, no
    key for those of the menu as such.
    """

    name: str
    flow: Key
    declared_by: str
    source: Location
    press: tuple[str, ...]
    expect: Expectation
    say: tuple[str, ...] = ()
    answers: tuple[tuple[str, ...], ...] = ()
    at: str = "open"
    oracle: Mapping[str, Sequence[str]] = field(default_factory=dict)
    channel: str = "voice"
    now: datetime | None = None
    """The time of the call; None for the machine's."""
    variables: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    places: Mapping[tuple[str, str], Location] = field(default_factory=dict)
