"""What one difference means for whoever is in the flow, from where it is and what it holds.

The innermost word of the language decides: the greeting of a voicemail is words, though a destination holds it. Keys
that people chose, such as the name of an integration or of an input, are no words of the language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from reconciler.architect.places import Step


class What(StrEnum):
    """What a difference means for whoever is in the flow."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    """The same parts in another order."""
    REROUTED = "rerouted"
    """Leads somewhere else: another target, another key, another kind of choice."""
    REWORDED = "reworded"
    """Says something else."""
    SETTINGS = "settings"


_ROUTING: Final = frozenset(
    {
        "targetQueue", "targetFlow", "targetUser", "targetGroup", "targetNumber", "overrideInQueueFlow", "destination",
        "dtmf", "globalDtmf", "botFlow", "digitalBotFlow", "commonModule", "outputPath", "errorHandling", "condition",
        "scheduleGroup", "emergencyGroup", "selectedSchedule", "inServiceSchedules",
    }
)  # fmt: skip
_WORDS: Final = frozenset(
    {
        "tts", "prompt", "audio", "initialGreeting", "inputAudio", "preTransferAudio", "failureTransferAudio",
        "preHandlingAudio", "communication", "question", "noMatch", "noInput", "messageBody", "speechRecTerms",
        "holdMusic", "preTransferCommunication", "failureTransferCommunication", "voicemailGreeting",
    }
)  # fmt: skip
_SHOWN: Final = frozenset({"label", "title"})
"""Words of a chooser that customers read on its buttons and cards."""
_CASES: Final[Mapping[str, str]] = {"case": "value", "switch": "evaluate"}
"""What decides the way through a switch, by the part that holds it."""

_VALUES: Final = frozenset({"inputs", "outputs", "successOutputs", "failureOutputs", "foundOutputs"})
"""What lies below goes in or comes out under names that others chose."""
_NAMING: Final[Mapping[str, Collection[str]]] = {
    "category": ("dataAction",), "dataAction": _VALUES, "dataTable": _VALUES, "screenPopScript": _VALUES,
    "botFlow": _VALUES, "digitalBotFlow": _VALUES, "commonModule": _VALUES,
}  # fmt: skip
"""Words after which a name follows, dots and all, and the words that end it."""
_LABEL: Final = re.compile(r"\[(?:[^\]]|\]\])*\]|#\d+")


def of_change(node: Sequence[Step], field: str, before: Any, after: Any) -> What:
    """The meaning of another value of `field` in the innermost part of `node`."""
    words = _LABEL.sub("", field).split(".")
    holder = node[-1].type if node else ""
    if words[0] == _CASES.get(holder):
        return What.REROUTED
    known = list(_known(words if node else words[1:]))  # the flow itself is held by its type, which is no word
    if "" in known:
        return What.SETTINGS
    if known:
        return _meant(known[-1])
    inner = {_meant(word) for value in (before, after) for word in _within(value)}
    return next((what for what in (What.REROUTED, What.REWORDED) if what in inner), What.SETTINGS)


def _meant(word: str) -> What:
    return What.REROUTED if word in _ROUTING or word.endswith("Ref") else What.REWORDED


def _is_known(word: str, is_shown: bool) -> bool:
    return (
        word in _ROUTING or word in _WORDS or word.endswith(("Ref", "Apology", "Handover"))
        or (is_shown and word in _SHOWN)
    )  # fmt: skip


def _known(words: Sequence[str]) -> Iterator[str]:
    """The words that say something, outermost first; an empty one last where values of others begin."""
    ends: Collection[str] = ()
    is_shown = False
    for word in words:
        if ends and word not in ends:
            continue
        if word in _VALUES:
            yield ""
            return
        ends = _NAMING.get(word, ())
        is_shown = is_shown or word == "chooser"
        if _is_known(word, is_shown):
            yield word


def _within(value: Any) -> Iterator[str]:
    """The words inside a value that say something."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        for word, item in one.items() if isinstance(one, Mapping) else ():
            if _is_known(word, is_shown=False):
                yield word
            if word not in _NAMING and word not in _VALUES:
                waiting.append(item)
