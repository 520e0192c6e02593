"""Collecting digits: what keys and silence come to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.architect.simulator import unverified, values
from reconciler.architect.simulator.caller import Caller
from reconciler.architect.simulator.expression import UNKNOWN, Value
from reconciler.architect.simulator.program import INTER_DIGIT_SECONDS, NO_ENTRY_SECONDS, title
from reconciler.architect.simulator.state import TIMEOUT, KeyWait
from reconciler.architect.simulator.trace import EventKind
from reconciler.architect.walk import Item


def begin(caller: Caller, item: Item) -> None:
    caller.collected = ""
    caller.hear(item.body.get("inputAudio"), (*item.path, "inputAudio"))
    caller.ask(_collecting(caller, item))


def enter(caller: Caller, item: Item, answer: str) -> None:
    """One more key, or silence, while digits are collected; `success` and `failure` stand for a whole entry."""
    digits = item.body.get("digits")
    exact, bounds = _digit_rules(digits if isinstance(digits, Mapping) else {})
    ends = str(bounds.get("terminatingDtmf", "digit_#")).removeprefix("digit_")
    shortest = _count(bounds.get("min"), 1) if exact is None else exact
    longest = _count(bounds.get("max"), 40) if exact is None else exact
    done = ""
    if answer in ("success", "failure"):
        done = answer
        if answer == "failure":
            caller.tell(EventKind.WAITS, item, seconds=_silence_seconds(caller, item))
    elif answer == TIMEOUT:
        caller.tell(EventKind.WAITS, item, seconds=_silence_seconds(caller, item))
        done = "success" if exact is None and len(caller.collected) >= shortest and caller.collected else "failure"
    elif not caller.collected and answer in _whole_entries(item):
        caller.assume(unverified.JUST_ONE_KEY)
        caller.collected = answer
        done = "success"
    elif answer == ends and exact is None:  # before digits: a digit may be what terminates
        done = "success" if len(caller.collected) >= shortest else "failure"
        if done == "success" and values.literal(item.body.get("includeTerminatingDtmfInResultData"), {}) is True:
            caller.assume(unverified.KEEPS_TERMINATOR)
            caller.collected += answer
    elif answer.isdigit():
        caller.collected += answer
        caller.tell(EventKind.DOES, item, f"key {answer}")
        done = "success" if len(caller.collected) >= longest else ""
    else:
        done = "failure"
    if not done:
        caller.ask(_collecting(caller, item))
        return
    entered: Value = UNKNOWN if answer in ("success", "failure") else caller.collected
    caller.remember(values.name(item.body.get("inputData")), entered if done == "success" else None)
    caller.collected = ""
    caller.take(item, done)


def _whole_entries(item: Item) -> set[str]:
    """Keys that are an entry when nothing else was pressed before."""
    settings = (("acceptJustStar", "*"), ("acceptJustPound", "#"))
    return {key for setting, key in settings if values.literal(item.body.get(setting), {}) is True}


def _digit_rules(digits: Mapping[str, Any]) -> tuple[int | None, Mapping[str, Any]]:
    """`digits: {exact: n}` or `{range: {min, max, terminatingDtmf}}`; the exact number, or the bounds."""
    if "exact" in digits:
        return _count(digits["exact"], 1), {}
    bounds = digits.get("range")
    return None, bounds if isinstance(bounds, Mapping) else {}


def _count(value: Any, default: int) -> int:
    found = values.literal(value, {})
    return found if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= 40 else default


def _collecting(caller: Caller, item: Item) -> KeyWait:
    return KeyWait(item.path, title(item), _silence_seconds(caller, item), is_collecting=True)


def _silence_seconds(caller: Caller, item: Item) -> float:
    """How long `collectInput` waits for the next digit; for the first: its own setting, the flow's, or the default."""
    if caller.collected:
        pause = values.seconds(item.body.get("interDigitTimeout"))
        return INTER_DIGIT_SECONDS if pause is None else pause
    program = caller.program
    own = values.seconds(item.body.get("noEntryTimeout"))
    block = program.value_at((program.flow.type, "settingsActionDefaults", "collectInput", "noEntryTimeout"))
    general = values.seconds(block)
    return next((found for found in (own, general) if found is not None), NO_ENTRY_SECONDS)
