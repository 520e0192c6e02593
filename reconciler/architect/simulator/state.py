"""Where a simulated call is: frozen values that can be compared, remembered and resumed.

A leg of the simulation goes from one state to the next question or to the end. Whoever drives it answers: a script, or
an exploration that tries every answer in turn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from reconciler.architect.simulator.expression import Value
from reconciler.architect.simulator.trace import Event, Outcome
from reconciler.architect.walk import Path

TIMEOUT: Final = "t"
"""The answer to a wait for a key when the caller stays silent."""
AGAIN: Final = "again"
"""The answer to a loop that has another round."""
ASKS_CALLER: Final = frozenset(
    {
        "askForIntent",
        "waitForInput",
        "callBotFlow",
        "callDigitalBotFlow",
        "callLexV2Bot",
        "menuDialByExtension",
    }
)
"""Actions whose branch is the caller's to choose: a ring through one of them waits."""
ERROR: Final = "error"
"""The answer to any question about the world when the action itself breaks."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A list of actions under way; `index` is the next one. `owner` is the action, task or choice it belongs to.

    A `loop` frame is in its `round` (from 0) of `rounds`, None when nobody knows how many there are.
    """

    kind: Literal["task", "branch", "loop"]
    block: Path
    owner: Path
    index: int = 0
    round: int = 0
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class State:
    """`menu` is the menu the caller is in, or was in before the tasks in `frames`; `before` the one before that.
    `tries` counts unheeded announcements of it, `collected` holds digits typed so far, `memory` known variables,
    `language` what prompts are heard in."""

    menu: Path | None = None
    before: Path | None = None
    tries: int = 0
    frames: tuple[Frame, ...] = ()
    collected: str = ""
    memory: tuple[tuple[str, Value], ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class KeyWait:
    """The caller may press something. `keys` are those that lead somewhere; `seconds` is how long silence lasts."""

    path: Path
    name: str
    seconds: float
    keys: tuple[str, ...] = ()
    is_collecting: bool = False
    """True where digits are collected: then the answers `success` and `failure` stand for a whole entry."""


@dataclass(frozen=True, slots=True)
class SayWait:
    """A bot waits for words. `options` are the answers that mean different things."""

    path: Path
    name: str
    options: tuple[str, ...] = ()
    takes_anything: bool = False
    """True when no words are wrong here; `options` then has an example."""


@dataclass(frozen=True, slots=True)
class Oracle:
    """Something only the world knows. `options` are the branches, the usual one first; `about` the target's name."""

    path: Path
    what: str
    name: str
    options: tuple[str, ...]
    about: str = ""
    target: str = ""
    """For a transfer the sort of its target: queue, flow, number, user, group or voicemail."""
    is_schedule: bool = False
    is_computed: bool = False
    """True for decisions inside the flow that depend on what is unknown here."""


Question = KeyWait | SayWait | Oracle


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of a call: what happened, where it is now, and what it waits for or how it ended."""

    events: tuple[Event, ...]
    state: State
    stop: Question | Outcome
    assumptions: frozenset[str] = frozenset()
    actions: int = 0
