"""What a simulated call leaves behind: events in order, and how it ended. Values only.

Seconds are seconds of waiting in silence: for a key, in `wait`, in music of a given length. How long audio plays is not
known here, so it does not count.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconciler.architect.walk import Path


class EventKind(StrEnum):
    HEARS = "hears"
    """Audio: `text` as far as it is known, `prompt` when it is one."""
    ENTERS = "enters"
    """A menu, task, state or flow; `what` says which."""
    PRESSES = "presses"
    """A key that does something; `text` is the choice."""
    WRONG_KEY = "wrong key"
    GIVES_UP = "gives up"
    """The menu takes its default choice, `text`, after the last repeat; `key` is `t`."""
    SAYS = "says"
    """What somebody wrote or said to a bot: `text`."""
    WAITS = "waits"
    """`seconds` of silence."""
    DOES = "does"
    """An action without words for the caller; `text` is the branch it took."""
    NOTES = "notes"
    """Something the reader should know about the simulation itself."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `path` leads into the document of `flow`; `what` is the type of action or container."""

    kind: EventKind
    path: Path = ()
    what: str = ""
    name: str = ""
    text: str = ""
    prompt: str = ""
    key: str = ""
    seconds: float = 0
    flow: str = ""
    language: str = ""
    """The language that audio is heard in; empty for everything else."""


class Ending(StrEnum):
    QUEUE = "queue"
    FLOW = "flow"
    NUMBER = "number"
    USER = "user"
    GROUP = "group"
    VOICEMAIL = "voicemail"
    HANGUP = "hangup"
    END = "end"
    """The flow ended without hanging up: a workflow, a bot or an in-queue flow is done."""
    MENU = "menu"
    """No input is left and the caller waits in the menu `name`."""
    WAITING = "waiting"
    """No input is left and the caller waits somewhere else: for digits, on hold, in a conversation."""
    ERROR = "error"
    ENDLESS = "endless"
    """The flow goes round without waiting for anybody; `ring` names the stations."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended, and at which element. `reason` is a sentence where the kind does not say it all."""

    kind: Ending
    name: str = ""
    path: Path = ()
    reason: str = ""
    ring: tuple[str, ...] = ()
    owner: str = ""
    """Whose voicemail it is: queue, user or group; empty otherwise."""
    type: str = ""
    """The Archy type of the flow that is the target; empty for other targets."""
    flow: str = ""
    """The flow in which it ended: `path` leads into its document."""

    def __str__(self) -> str:
        if self.ring:
            return f"{self.kind}: {' -> '.join(self.ring)}"
        words = f"{self.kind} {self.name}".rstrip()
        return f"{words} ({self.reason})" if self.reason else words


@dataclass(frozen=True, slots=True)
class Trace:
    """One simulated call. `assumptions` are the names of UNVERIFIED behaviours it relied on."""

    events: tuple[Event, ...]
    outcome: Outcome
    assumptions: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    """Keys of the script that nobody waited for any more."""
    unasked: tuple[str, ...] = ()
    """Names the script has answers for that nothing asked about."""

    @property
    def seconds(self) -> float:
        return sum(event.seconds for event in self.events)

    @property
    def prompts(self) -> list[str]:
        """What was heard, in order: the words, or the prompt's name where they are not known."""
        return [event.text or event.prompt for event in self.events if event.kind is EventKind.HEARS]
