"""Findings about single values: silence where callers expect words, lengths and numbers out of range, expressions that
cannot be read, values that say two things.

Lengths are the engine's [Architect engine bundle 0.0.18]; ranges are those the Architect Scripting SDK declares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.architect import expressions, walk
from reconciler.architect.defaults import NO_AUDIO
from reconciler.architect.flow import ArchyFlow, in_words
from reconciler.architect.menu_checks import milliseconds
from reconciler.model.problem import Problem, Severity

CALL_DEPTH_MAX: Final = 60

RANGES: Final[Mapping[str, tuple[int, int | None, str]]] = {
    "menuSelectionTimeout": (1000, 60_000, "ms"),
    "extensionDialingMaxDelay": (1000, None, "ms"),
    "repeatCount": (0, 10, ""),
    "completeMatchTimeout": (100, 20_000, "ms"),
    "incompleteMatchTimeout": (100, 20_000, "ms"),
    "maxSpeechLengthTimeout": (100, 40_000, "ms"),
    "minConfidenceLevel": (0, 100, ""),
    "noEntryTimeout": (1000, 99_000, "ms"),
    "priority": (-25_000_000, 25_000_000, ""),
}
"""Least and greatest literal of a field [Architect Scripting SDK]; `ms` marks lengths of time."""

DIGITS: Final = (1, 40)
"""How many digits `collectInput` takes [Architect Scripting SDK]."""

WRAPPERS: Final = frozenset({"noValue", "lit", "exp", "tts", "var", "prompt"})
"""Keys of which a value has one. `none` stands beside the name of a choice and is left out."""

_AUDIO: Final = (
    "initialGreeting",
    "audio",
    "inputAudio",
    "preTransferAudio",
    "failureTransferAudio",
    "preHandlingAudio",
)
_HEARD: Final = frozenset({"menu", "playAudio"})
"""Where silence is never meant; the other audio fields may be left empty on purpose."""


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """All findings about single values."""
    yield from _audio(flow)
    yield from _unheard(flow)
    yield from _ranges(flow)
    yield from _expressions(flow)
    yield from _two_values(flow)


def _audio(flow: ArchyFlow) -> Iterator[Problem]:
    for entry in flow.having(*_AUDIO):
        value = entry.value
        if not isinstance(value, Mapping):
            continue
        text = value.get("tts")
        is_blank = isinstance(text, str) and not text.strip()
        is_nothing = value == NO_AUDIO or value == {"noValue": True}
        if is_blank or (is_nothing and entry.key == "audio" and entry.parent in _HEARD):
            title = str(entry.holder.get("name") or entry.parent)
            message = f'"{title}" plays nothing: `{entry.key}` is blank.'
            remedy = "Write what callers shall hear."
            yield Problem(flow.at(entry.path), "REC1440", message, remedy, Severity.WARNING)


def _unheard(flow: ArchyFlow) -> Iterator[Problem]:
    """Menus and announcements for which nobody wrote any audio at all."""
    for entry in flow.having(*_HEARD):
        if isinstance(entry.path[-2], int) and isinstance(entry.value, Mapping) and "audio" not in entry.value:
            message = f'"{entry.value.get("name") or entry.key}" plays nothing: it has no `audio`.'
            remedy = "Write what callers shall hear."
            yield Problem(flow.at(entry.path, key=True), "REC1440", message, remedy, Severity.WARNING)


def _ranges(flow: ArchyFlow) -> Iterator[Problem]:
    for entry in flow.having(*RANGES):
        is_wrapped = isinstance(entry.value, Mapping)
        if entry.value is None or (is_wrapped and "lit" not in entry.value):
            continue
        literal = entry.value["lit"] if is_wrapped else entry.value
        least, most, unit = RANGES[entry.key]
        amount = milliseconds(literal) if unit else literal
        if not is_wrapped or isinstance(amount, bool) or not isinstance(amount, int):
            yield _no_amount(flow, entry, literal, unit)
        elif amount < least or (most is not None and amount > most):
            yield _out_of_range(flow, entry, amount, least, most, unit)
    for entry in flow.having("digits"):
        yield from _digits(flow, entry)


def _no_amount(flow: ArchyFlow, entry: walk.Entry, literal: Any, unit: str) -> Problem:
    """A literal that is no number or no length of time, or stands there without `lit`. Expressions are for the platform
    to judge."""
    example = "{seconds: 10}" if unit else "3"
    path = (*entry.path, "lit") if isinstance(entry.value, Mapping) else entry.path
    noun = "length of time, in whole ms, seconds or minutes" if unit else "whole number"
    message = f"`{entry.key}` is {in_words(literal)}, which is no literal {noun}."
    return Problem(flow.at(path), "REC1444", message, f"Write it like `{{lit: {example}}}`.")


def _out_of_range(flow: ArchyFlow, entry: walk.Entry, amount: int, least: int, most: int | None, unit: str) -> Problem:
    bounds = f"from {least:,} to {most:,}" if most is not None else f"at least {least:,}"
    message = f"`{entry.key}` is {amount:,}{f' {unit}' if unit else ''}."
    return Problem(flow.at(entry.path), "REC1444", message, f"Architect takes {bounds}{f' {unit}' if unit else ''}.")


def _digits(flow: ArchyFlow, entry: walk.Entry) -> Iterator[Problem]:
    value = entry.value
    if entry.parent != "collectInput" or not isinstance(value, Mapping):
        return
    limits = value.get("range")
    limits = limits if isinstance(limits, Mapping) else {}
    counts = {"exact": value.get("exact"), "min": limits.get("min"), "max": limits.get("max")}
    for name, count in counts.items():
        if isinstance(count, int) and not isinstance(count, bool) and not DIGITS[0] <= count <= DIGITS[1]:
            message = f"`digits` asks for {count} digits (`{name}`)."
            yield Problem(flow.at(entry.path), "REC1444", message, f"Architect takes {DIGITS[0]} to {DIGITS[1]}.")
    least, most = counts["min"], counts["max"]
    if isinstance(least, int) and isinstance(most, int) and least > most:
        message = f"`digits` asks for at least {least} and at most {most} digits."
        yield Problem(flow.at(entry.path), "REC1444", message, "Write the smaller number as `min`.")


def _expressions(flow: ArchyFlow) -> Iterator[Problem]:
    for entry in flow.entries:
        text = entry.value
        if entry.key != "exp" or not isinstance(text, str):
            continue
        if len(text) > expressions.LENGTH_MAX:
            message = f"the expression has {len(text):,} characters."
            yield Problem(
                flow.at(entry.path), "REC1445", message, f"Architect takes {expressions.LENGTH_MAX:,}; split it."
            )
        elif "(" in text or '"' in text or "[" in text or ")" in text or "]" in text:
            yield from _brackets(flow, entry, text)


def _brackets(flow: ArchyFlow, entry: walk.Entry, text: str) -> Iterator[Problem]:
    reading = expressions.brackets(text)
    if reading.defect:
        remedy = f"Close every quote and bracket here: `{_shown(text, reading.near)}`."
        yield Problem(flow.at(entry.path), "REC1446", f"the expression {reading.defect}.", remedy)
    elif reading.depth > CALL_DEPTH_MAX:
        message = f"calls stand {reading.depth} deep in each other."
        yield Problem(flow.at(entry.path), "REC1445", message, f"Architect takes {CALL_DEPTH_MAX}; split it.")


def _shown(text: str, near: int) -> str:
    part = " ".join(text[max(0, near - 30) : near + 30].split())
    return f"… {part} …" if len(text) > len(part) else part


def _two_values(flow: ArchyFlow) -> Iterator[Problem]:
    """Inferred from every file seen: a value has one of the wrappers. Nobody can tell what two mean."""
    for entry in flow.entries:
        value = entry.value
        if type(value) is dict and 1 < len(value) < len(WRAPPERS) and WRAPPERS.issuperset(value):
            yield _two(flow, entry, value)


def _two(flow: ArchyFlow, entry: walk.Entry, value: Mapping[str, Any]) -> Problem:
    message = f"`{entry.key}` says {' and '.join(f'`{name}`' for name in value)}; a value has one of them."
    return Problem(flow.at(entry.path, key=True), "REC1448", message, "Keep the one that is meant.")
