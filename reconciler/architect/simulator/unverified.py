"""UNVERIFIED: what the simulator assumes about the platform because nobody could confirm it. One table, told in traces.

Each line is used by name where the behaviour is modelled, and a trace lists those that it relied on. When the platform
turns out to do something else, correct the line and the code that names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ONE_COUNTER: Final = "one-counter"
LOCAL_KEY_FIRST: Final = "local-key-first"
KEYS_ARE_KEPT: Final = "keys-are-kept"
EXTENSION_PAUSE: Final = "extension-pause"
FAILED_CHOICE: Final = "failed-choice"
END_OF_CHOICE: Final = "end-of-choice"
END_OF_TASK: Final = "end-of-task"
FALLS_OFF: Final = "falls-off"
JUMP_KEEPS_CALLER: Final = "jump-keeps-caller"
PREVIOUS_MENU: Final = "previous-menu"
LOOP_FROM_ZERO: Final = "loop-from-zero"
SINGLE_SCHEDULE: Final = "single-schedule"
MENU_BODY: Final = "menu-body"
UNKNOWN_ACTION: Final = "unknown-action"
PLAIN_WORDS: Final = "plain-words"
JUST_ONE_KEY: Final = "just-one-key"
KEEPS_TERMINATOR: Final = "keeps-terminator"
SET_LANGUAGE: Final = "set-language"
NOT_IN_LANGUAGE: Final = "not-in-language"
TEXT_OF_A_MOMENT: Final = "text-of-a-moment"
LANGUAGE_OF_NEXT_FLOW: Final = "language-of-next-flow"

NOTICE: Final = "This is reconcile's model of the platform, not the platform itself."
"""Stands in everything the simulator says."""

ASSUMPTIONS: Final[Mapping[str, str]] = {
    ONE_COUNTER: "Silence and wrong keys share one counter of repeats.",
    LOCAL_KEY_FIRST: "A key of the menu wins over the same global key of another menu.",
    KEYS_ARE_KEPT: "A key pressed while audio without barge-in plays is kept, not lost.",
    EXTENSION_PAUSE: "With extension dialing on, a key works after the pause in which more digits could follow.",
    FAILED_CHOICE: "After a transfer choice fails, the caller hears the menu again.",
    END_OF_CHOICE: "A task behind a menu choice that ends leads back to the menu.",
    END_OF_TASK: "The start-up task, or a task that was jumped to, ends the call when it ends.",
    FALLS_OFF: "A task without a last word is an error in Architect; here it ends as with End Task.",
    JUMP_KEEPS_CALLER: "A called task that jumps to another task is replaced by it; its caller still waits.",
    PREVIOUS_MENU: "Previous Menu leads to the menu entered before this one, without one to this one.",
    LOOP_FROM_ZERO: "The index of a loop counts from 0.",
    SINGLE_SCHEDULE: "A single schedule is active when the scenario says open, and not otherwise.",
    MENU_BODY: "This choice was never seen in an export; its name in the Scripting SDK says what it does.",
    PLAIN_WORDS: "A bot takes an answer by its words, whatever the case; real language understanding does more.",
    JUST_ONE_KEY: "Collect Input that accepts just a star or a pound takes that key alone as the whole entry.",
    KEEPS_TERMINATOR: "A terminating key that counts as data is the last character of the entry.",
    SET_LANGUAGE: "Set Language holds for everything heard after it, until the next one.",
    NOT_IN_LANGUAGE: "A prompt that has nothing in the language of the call is not heard.",
    LANGUAGE_OF_NEXT_FLOW: "A flow that a call moves into begins in its own default language.",
    TEXT_OF_A_MOMENT: "A point in time reads as in RFC 3339, in UTC: 2026-01-31T08:30:00.000Z.",
    UNKNOWN_ACTION: "An action that is not modelled does nothing the caller notices.",
}
