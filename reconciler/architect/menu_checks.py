"""Findings about menus beyond their shape: keys that work everywhere, waiting, what a menu says and what it offers.

Errors are the engine's own rules [Architect engine bundle 0.0.18]; warnings name what surprises callers. What a menu
does not set it takes from the flow, and the flow from the platform.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.architect import expressions, structure, walk
from reconciler.architect.defaults import CALL_SETTINGS
from reconciler.architect.flow import ArchyFlow, in_words
from reconciler.architect.walk import Path
from reconciler.model.problem import Problem, Severity

KEYS: Final = frozenset({f"digit_{key}" for key in "0123456789*#"})
"""Keys as real files write them. A generator writes `digit_star` and `digit_pound`: UNVERIFIED, so only a warning."""

MILLISECONDS: Final[Mapping[str, int]] = {
    "ms": 1, "seconds": 1000, "minutes": 60_000, "hours": 3_600_000, "days": 86_400_000,
}  # fmt: skip
"""Units of a length of time. Hours and days: UNVERIFIED, no sample."""
_SPOKEN: Final[Mapping[str, str]] = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7",
    "eight": "8", "nine": "9", "star": "*", "pound": "#", "hash": "#",
}  # fmt: skip
_ANNOUNCED: Final = re.compile(rf"\bpress(?:\s+the)?\s+([0-9*#]|{'|'.join(_SPOKEN)})(?![\w*#])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Menu:
    path: Path
    body: Mapping[str, Any]
    choices: tuple[walk.Item, ...]

    @property
    def name(self) -> str:
        return str(self.body.get("name", ""))


def menus(flow: ArchyFlow) -> list[Menu]:
    """Every menu, nested ones too."""
    found = []
    for entry in flow.having("menu", "menuSubMenu"):
        if isinstance(entry.value, Mapping):
            path = entry.path
            found.append(Menu(path, entry.value, tuple(walk.tagged(entry.value.get("choices"), (*path, "choices")))))
    return found


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """All findings about menus and their keys."""
    every = menus(flow)
    yield from _global_keys(flow, every)
    speech = structure.recognises_speech(flow)
    everywhere = {
        str(choice.body.get("dtmf"))
        for menu in every
        for choice in menu.choices
        if choice.body.get("globalDtmf") is True
    }
    for menu in every:
        yield from _waiting(flow, menu)
        yield from _announced(flow, menu, everywhere)
        for choice in menu.choices:
            yield from _key(flow, choice)
            if speech:
                yield from _terms(flow, choice)


def _warning(flow: ArchyFlow, path: Path, code: str, message: str, remedy: str) -> Problem:
    return Problem(flow.at(path), code, message, remedy, Severity.WARNING)


def _global_keys(flow: ArchyFlow, every: list[Menu]) -> Iterator[Problem]:
    """A global key works in every menu: it must be the only one of its kind, and not be used by another menu."""
    owner: dict[str, tuple[Menu, walk.Item]] = {}
    for menu in every:
        for choice in menu.choices:
            key = choice.body.get("dtmf")
            if choice.body.get("globalDtmf") is not True or not isinstance(key, str):
                continue
            first = owner.setdefault(key, (menu, choice))[1]
            if first is not choice:
                line = flow.at((*first.path, "dtmf")).line
                message = f'the global key {key} of "{choice.name}" is already that of "{first.name}" on line {line}.'
                place = flow.at((*choice.path, "dtmf"))
                yield Problem(place, "REC1427", message, "Keep it global on one of them.")
    for menu in every:
        for choice in menu.choices:
            found = owner.get(str(choice.body.get("dtmf")))
            if found is None or choice.body.get("globalDtmf") is True or found[0] is menu:
                continue
            message = (
                f'"{choice.name}" has the key {choice.body["dtmf"]}, which works everywhere for "{found[1].name}" of '
                f'the menu "{found[0].name}"; which of the two a caller gets here is not documented.'
            )
            yield _warning(flow, (*choice.path, "dtmf"), "REC1439", message, "Give one of them another key.")


def _key(flow: ArchyFlow, choice: walk.Item) -> Iterator[Problem]:
    key = choice.body.get("dtmf")
    if key not in (None, "") and not (isinstance(key, str) and key in KEYS):
        message = f'{in_words(key)} of "{choice.name}" is no key that real files write.'
        remedy = 'Write digit_0 to digit_9, "digit_*" or "digit_#".'
        yield _warning(flow, (*choice.path, "dtmf"), "REC1429", message, remedy)


def setting(flow: ArchyFlow, menu: Mapping[str, Any], name: str) -> Any:
    """The value of a menu setting that applies: the menu's, else the flow's, else the platform's; None when it is an
    expression."""
    for holder in (menu, flow.body, CALL_SETTINGS):
        block = holder.get("settingsMenu")
        value = block.get(name) if isinstance(block, Mapping) else None
        if isinstance(value, Mapping) and "noValue" not in value:
            return value.get("lit")
    return None


def milliseconds(value: Any) -> int | None:
    """The length of a duration literal, None for anything else."""
    if not isinstance(value, Mapping) or not value or not value.keys() <= MILLISECONDS.keys():
        return None
    if any(isinstance(count, bool) or not isinstance(count, int) for count in value.values()):
        return None
    counts: Mapping[str, int] = value
    return sum(count * MILLISECONDS[unit] for unit, count in counts.items())


def _waiting(flow: ArchyFlow, menu: Menu) -> Iterator[Problem]:
    if not menu.choices:
        return
    delay = milliseconds(setting(flow, menu.body, "extensionDialingMaxDelay"))
    timeout = milliseconds(setting(flow, menu.body, "menuSelectionTimeout"))
    listens = setting(flow, menu.body, "listenForExtensionDialing") is True
    if listens and delay is not None and timeout is not None and delay >= timeout:
        message = (
            f'the menu "{menu.name}" waits {timeout / 1000:g} s for a key and {delay / 1000:g} s for more digits of '
            "an extension; the second must be shorter."
        )
        remedy = "Lengthen menuSelectionTimeout, or write `listenForExtensionDialing: {lit: false}`."
        yield Problem(flow.at(menu.path, key=True), "REC1428", message, remedy)
    if setting(flow, menu.body, "repeatCount") == 0 and "defaultChildMenuRef" not in menu.body:
        message = f'the menu "{menu.name}" hangs up on a caller who says nothing once: it repeats 0 times.'
        remedy = "Raise repeatCount, or name a default choice with defaultChildMenuRef."
        yield _warning(flow, (*menu.path, "name"), "REC1438", message, remedy)


def _terms(flow: ArchyFlow, choice: walk.Item) -> Iterator[Problem]:
    terms = choice.body.get("speechRecTerms")
    languages = flow.body.get("supportedLanguages")
    if not isinstance(terms, Mapping) or not terms or not isinstance(languages, Mapping):
        return
    spoken = {str(name).lower() for name, block in terms.items() if isinstance(block, Mapping) and block.get("terms")}
    missing = [name for name in languages if name.lower() not in spoken]
    if spoken and missing:
        message = f'"{choice.name}" can be said in {", ".join(sorted(spoken))} and not in {", ".join(missing)}.'
        remedy = "Add speechRecTerms for each language the flow supports."
        yield Problem(flow.at((*choice.path, "speechRecTerms"), key=True), "REC1441", message, remedy, Severity.WARNING)


def _announced(flow: ArchyFlow, menu: Menu, everywhere: set[str]) -> Iterator[Problem]:
    """A hint only: English menus that tell callers to press a key they do not offer."""
    if not str(flow.body.get("defaultLanguage", "")).lower().startswith("en"):
        return
    audio = menu.body.get("audio")
    if not isinstance(audio, Mapping) or not menu.choices:
        return
    offered = everywhere | {str(choice.body.get("dtmf")) for choice in menu.choices}
    for wrapper, text in _texts(audio):
        for word, pressed in announced(text).items():
            key = f"digit_{pressed}"
            if key not in offered:
                message = f'the menu "{menu.name}" tells callers to press {word}, and offers no {key}.'
                remedy = "Correct the text, or add a choice with that key."
                yield _warning(flow, (*menu.path, "audio", wrapper), "REC1442", message, remedy)


def announced(text: str) -> dict[str, str]:
    """The keys that an English text tells callers to press, by the word it has for them: `{"seven": "7"}`."""
    words = (match.group(1).lower() for match in _ANNOUNCED.finditer(text))
    return {word: _SPOKEN.get(word, word) for word in words}


def _texts(audio: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is spoken: the text, or the string literals of an expression."""
    if isinstance(audio.get("tts"), str):
        yield "tts", audio["tts"]
    if isinstance(audio.get("exp"), str) and len(audio["exp"]) <= expressions.LENGTH_MAX:
        tokens = expressions.tokens(audio["exp"])
        yield "exp", " ".join(token.value for token in tokens if token.kind is expressions.TokenKind.STRING)
