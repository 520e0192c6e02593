"""Architect expressions, read just far enough: which prompts, variables and look-ups a text holds.

A tokenizer, not a parser: expressions are never type-checked or evaluated here. Nothing inside a string literal counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

LENGTH_MAX: Final = 32_000
"""Characters of the longest expression Architect takes. Longer ones are refused as a whole, and not read here."""

# Possessive all the way: whatever stands in a file, no character is looked at more than a few times.
_INSIDE: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+'
STRING: Final = rf'{_INSIDE}(?:"|\\?\Z)'
"""The pattern of a string literal; one that never ends goes on to the end."""
_IDENTIFIER: Final = r"[^\W\d]\w*+(?:\.\w++)*+"
_TOKEN: Final = re.compile(
    rf"(?P<string>{STRING})"
    r"|(?P<number>\d+(?:\.\d+)?)"
    rf"|(?P<identifier>{_IDENTIFIER})"
    r"|(?P<space>\s+)"
    r"|(?P<punctuation>.)",
    re.DOTALL,
)
_CLOSED: Final = re.compile(rf'{_INSIDE}"', re.DOTALL)
_NESTING: Final = re.compile(rf"{STRING}|[()\[\]{{}}]", re.DOTALL)
_NAMED: Final = re.compile(rf"{STRING}|({_IDENTIFIER})", re.DOTALL)
_CALL: Final = re.compile(
    rf"{STRING}|(?P<name>{_IDENTIFIER})"
    rf'(?:\s*+(?P<opens>\()\s*+(?:(?P<literal>{_INSIDE}")\s*+(?P<end>[),])?)?)?',
    re.DOTALL,
)
"""A name, the bracket when it is a call, and the first argument when that is one literal. Text in quotes matches first,
so nothing in it counts."""
_NOT_SET: Final = re.compile(r"\s*(?:NOT_SET|To\w+\s*\(\s*NOT_SET\s*\))\s*")
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)

VARIABLE_SCOPES: Final = frozenset({"Flow", "Task", "State", "Slot", "Common"})
"""Prefixes of variables a flow declares; Call, Message and the like are built in."""

LOOK_UPS: Final[Mapping[str, str]] = {
    "findqueue": "Queue",
    "finduser": "User",
    "findgroup": "Group",
    "findskill": "Skill",
    "findlanguageskill": "LanguageSkill",
    "findschedule": "Schedule",
    "findschedulegroup": "ScheduleGroup",
    "findemergencygroup": "EmergencyGroup",
    "finduserprompt": "Prompt",
    "findqueuebyid": "Queue",
    "finduserbyid": "User",
}
"""Functions that find an object by its name or id at run time, lower-cased. Seen in real files: FindQueue, FindSkill,
FindEmergencyGroup, FindQueueById, FindUserById; the others follow the same pattern: UNVERIFIED, so they are never more
than soft dependencies."""


class TokenKind(StrEnum):
    STRING = "string"
    NUMBER = "number"
    IDENTIFIER = "identifier"
    SPACE = "space"
    PUNCTUATION = "punctuation"


class Token(NamedTuple):
    """A piece of the text as written, quotes and escapes included."""

    kind: TokenKind
    text: str

    @property
    def is_closed(self) -> bool:
        """True for a string literal that ends."""
        return bool(_CLOSED.fullmatch(self.text))

    @property
    def value(self) -> str:
        """What a string literal stands for; other tokens stand for themselves."""
        if self.kind is not TokenKind.STRING:
            return self.text
        inside = self.text[1:-1] if self.is_closed else self.text[1:]
        return _ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], inside)


@dataclass(frozen=True, slots=True)
class Brackets:
    """How an expression nests: `depth` of calls in each other; `defect` says what does not fit, empty when all does;
    `near` where in the text."""

    depth: int
    defect: str = ""
    near: int = 0


@dataclass(frozen=True, slots=True)
class LookUp:
    """A call that finds an object at run time; `name` is None when the argument is not one literal."""

    kind: str
    name: str | None


def tokens(text: str) -> list[Token]:
    """All tokens; joined they give `text` back."""
    return [Token(TokenKind(match.lastgroup or "punctuation"), match.group()) for match in _TOKEN.finditer(text)]


def words(text: str) -> list[Token]:
    """The tokens without white space."""
    return [token for token in tokens(text) if token.kind is not TokenKind.SPACE]


def prompts(text: str) -> list[str]:
    """Names of the user prompts in order of appearance, each once. System prompts always exist and are left out."""
    if "rompt" not in text and "rompt" not in text.lower():
        return []
    members = (name.split(".") for name in _members(text))
    return list(dict.fromkeys(parts[1] for parts in members if parts[0].lower() == "prompt" and parts[1]))


def variables(text: str) -> list[str]:
    """Declared variables that are read (`Task.Queue`), each once."""
    return [name for name in _members(text) if name.partition(".")[0] in VARIABLE_SCOPES]


def _members(text: str) -> list[str]:
    """Every identifier with a dot in it, each once."""
    if "." not in text or len(text) > LENGTH_MAX:
        return []
    return list(dict.fromkeys(name for name in _NAMED.findall(text) if "." in name))


def look_ups(text: str) -> list[LookUp]:
    """Objects the expression finds by name while the flow runs."""
    if len(text) > LENGTH_MAX or ("ind" not in text and "ind" not in text.lower()):
        return []
    found: list[LookUp] = []
    for match in _CALL.finditer(text):
        kind = LOOK_UPS.get(match["name"].lower()) if match["opens"] else None
        if kind is not None:
            literal = Token(TokenKind.STRING, match["literal"]).value if match["literal"] and match["end"] else None
            is_id = match["name"].lower().endswith("byid")  # of one organisation: it names nothing elsewhere
            found.append(LookUp(kind, None if is_id else literal))
    return found


def literal(text: str) -> str | None:
    """What an expression that is one string literal stands for; None for any other."""
    parts = words(text) if len(text) <= LENGTH_MAX else []
    return parts[0].value if len(parts) == 1 and parts[0].kind is TokenKind.STRING else None


def is_not_set(text: str) -> bool:
    """True for `NOT_SET`, bare or converted (`ToAudio(NOT_SET)`), and not for an expression that only mentions it."""
    return bool(_NOT_SET.fullmatch(text))


_OPENING: Final = frozenset("([{")
_CLOSING: Final = {")": "(", "]": "[", "}": "{"}


def brackets(text: str) -> Brackets:
    """Whether quotes and brackets close, and how deep calls stand in each other."""
    open_: list[tuple[str, int]] = []
    depth = 0
    for match in _NESTING.finditer(text):
        part = match.group()
        if part in _OPENING:
            open_.append((part, match.start()))
            depth = max(depth, len(open_))
        elif part[0] == '"':
            if not _CLOSED.fullmatch(part):
                return Brackets(depth, "holds a text that does not end", match.start())
        elif not open_ or open_.pop()[0] != _CLOSING[part]:
            return Brackets(depth, f"closes a `{part}` that nothing opened", match.start())
    if open_:
        return Brackets(depth, f"never closes a `{open_[-1][0]}`", open_[-1][1])
    return Brackets(depth)


def collapsed(text: str) -> str:
    """The expression with every run of white space outside string literals made one blank, and none at the ends. One
    that is longer than Architect takes stays as it is."""
    if len(text) > LENGTH_MAX:
        return text
    parts = [" " if token.kind is TokenKind.SPACE else token.text for token in tokens(text)]
    if parts and parts[0] == " ":
        parts = parts[1:]
    if parts and parts[-1] == " ":
        parts = parts[:-1]
    return "".join(parts)
