"""The actions and choices that are known, and which of them a word is probably meant to be.

An unknown word passes through untouched: the platform has more actions than any list. So only a word that differs from
a known one like a slip of the fingers is called one, never a word that differs like another action (`findUsers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from reconciler.architect import ways
from reconciler.architect.dependencies import FINDERS

ACTIONS: Final = frozenset(
    {
        *ways.ENDING, *ways.LOOP_ENDING, *ways.GOING_ON, *ways.BRANCHES, *ways.WAITING, *FINDERS,
        "transferToAcd", "transferToFlow", "transferToFlowSecure", "transferToVoicemail", "transferToNumber",
        "transferToUser", "transferToGroup", "disconnectWorkitem", "abortSend", "completeSend", "setWhisperAudio",
        "setLanguage", "setExternalTag", "createCallback", "callBridge", "playAudioOnSilence", "detectSilence",
        "dialByExtension",
    }
)  # fmt: skip
"""Those of real files; a few are known by name only [Architect Scripting SDK]."""

CHOICES: Final = frozenset(
    {
        "menuDisconnect", "menuTask", "menuTransferToAcd", "menuJumpToTask", "menuJumpToMenu", "menuSubMenu",
        "menuPreviousMenu", "menuRepeatMenu", "menuDialByExtension", "menuTransferToFlow", "menuTransferToFlowSecure",
        "menuTransferToNumber", "menuTransferToUser", "menuTransferToGroup", "menuTransferToVoicemail",
        "menuReturnToAgent",
    }
)  # fmt: skip
"""Those of real files; most are known by name only [Architect Scripting SDK]."""

_WORDS: Final = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
_LENGTH_MAX: Final = 60
_SHORT: Final = 4
"""Letters of a word in which two slips leave another word."""


def meant(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` is a slip of; None when it is one of them, or none of them."""
    names = frozenset(known)
    if name in names or len(name) > _LENGTH_MAX:
        return None
    spelled = {one.lower(): one for one in sorted(names)}
    if name.lower() in spelled:
        return spelled[name.lower()]
    return next((one for one in sorted(names) if _is_slip(_words(name), _words(one), _vocabulary(names))), None)


@cache
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORDS.findall(name))


@cache
def _vocabulary(names: frozenset[str]) -> frozenset[str]:
    return frozenset(word for name in names for word in _words(name))


def _is_slip(words: tuple[str, ...], known: tuple[str, ...], vocabulary: frozenset[str]) -> bool:
    """One word differs, and is no word of any other name."""
    if len(words) != len(known):
        return False
    other = [(word, right) for word, right in zip(words, known, strict=True) if word != right]
    if len(other) != 1 or other[0][0] in vocabulary:
        return False
    ((word, right),) = other
    is_plural = word in (f"{right}s", right.removesuffix("s"))
    return not is_plural and distance(word, right) <= (1 if len(right) <= _SHORT else 2)


def distance(one: str, other: str) -> int:
    """How many letters to put in, leave out, change, or swap with the next."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        here = [row]
        for column, wanted in enumerate(other, start=1):
            cost = min(last[column] + 1, here[column - 1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        before, last = last, here
    return last[-1]
