"""Architect expressions, read just far enough: which prompts, variables and look-ups a text holds.

A tokenizer, not a parser: expressions are never type-checked or evaluated here. Nothing inside a string literal counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<string>"(?:\\.|[^"\\])*(?:"|\Z))"""
    r"""|(?P<number>\d+(?:\.\d+)?)"""
    r"""|(?P<identifier>[^\W\d]\w*(?:\.\w+)*)"""
    r"""|(?P<space>\s+)"""
    r"""|(?P<punctuation>.)""",
    re.DOTALL,
)
_CLOSED: Final = re.compile(r'"(?:\\.|[^"\\])*"', re.DOTALL)
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
}
"""Functions that find an object by its name at run time, lower-cased. Seen in real files: FindQueue, FindSkill,
FindEmergencyGroup; the others follow the same pattern: UNVERIFIED, so they are never more than soft dependencies."""


class TokenKind(StrEnum):
    STRING = "string"
    NUMBER = "number"
    IDENTIFIER = "identifier"
    SPACE = "space"
    PUNCTUATION = "punctuation"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text as written, quotes and escapes included."""

    kind: TokenKind
    text: str

    @property
    def value(self) -> str:
        """What a string literal stands for; other tokens stand for themselves."""
        if self.kind is not TokenKind.STRING:
            return self.text
        closed = len(self.text) > 1 and self.text.endswith('"')
        return _ESCAPE.sub(r"\1", self.text[1:-1] if closed else self.text[1:])


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
    found = [_member(token, "prompt") for token in words(text)]
    return list(dict.fromkeys(name for name in found if name))


def variables(text: str) -> list[str]:
    """Declared variables that are read (`Task.Queue`), each once."""
    names = (token.text for token in words(text) if token.kind is TokenKind.IDENTIFIER)
    return list(dict.fromkeys(name for name in names if name.partition(".")[0] in VARIABLE_SCOPES and "." in name))


def look_ups(text: str) -> list[LookUp]:
    """Objects the expression finds by name while the flow runs."""
    found: list[LookUp] = []
    parts = words(text)
    for number, token in enumerate(parts):
        kind = LOOK_UPS.get(token.text.lower()) if token.kind is TokenKind.IDENTIFIER else None
        if kind is None or [part.text for part in parts[number + 1 : number + 2]] != ["("]:
            continue
        argument = parts[number + 2 : number + 4]
        literal = len(argument) == 2 and argument[0].kind is TokenKind.STRING and argument[1].text in (")", ",")
        found.append(LookUp(kind, argument[0].value if literal else None))
    return found


_CLOSING: Final = {")": "(", "]": "[", "}": "{"}


def brackets(text: str) -> Brackets:
    """Whether quotes and brackets close, and how deep calls stand in each other."""
    open_: list[tuple[str, int]] = []
    depth = position = 0
    for match in _TOKEN.finditer(text):
        position, part = match.start(), match.group()
        if match.lastgroup == "string":
            if len(part) < 2 or not part.endswith('"') or not _CLOSED.fullmatch(part):
                return Brackets(depth, "holds a text that does not end", position)
        elif part in "([{" and match.lastgroup == "punctuation":
            open_.append((part, position))
            depth = max(depth, len(open_))
        elif part in _CLOSING and (not open_ or open_.pop()[0] != _CLOSING[part]):
            return Brackets(depth, f"closes a `{part}` that nothing opened", position)
    if open_:
        return Brackets(depth, f"never closes a `{open_[-1][0]}`", open_[-1][1])
    return Brackets(depth)


def collapsed(text: str) -> str:
    """The expression with every run of white space outside string literals made one blank, and none at the ends."""
    parts = [" " if token.kind is TokenKind.SPACE else token.text for token in tokens(text)]
    if parts and parts[0] == " ":
        parts = parts[1:]
    if parts and parts[-1] == " ":
        parts = parts[:-1]
    return "".join(parts)


def _member(token: Token, scope: str) -> str | None:
    """The name after `scope.`, None for any other token."""
    if token.kind is not TokenKind.IDENTIFIER:
        return None
    prefix, _, name = token.text.partition(".")
    return name.partition(".")[0] if prefix.lower() == scope and name else None
