"""The few expressions that the stand-in evaluates while a bot runs: texts, variables, comparisons, plain functions.

Anything else is `NotUnderstood`, because a guess would be a lie about what callers read. UNVERIFIED on the platform:
that `==` and `Contains` mind case, and what becomes of text that is no number (here NOT_SET).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from reconciler.sandbox.conversations.bot_script import NotUnderstood

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:\\.|[^"\\])*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w.]*)|(?P<sign>==|!=|<=|>=|[<>!+(),-]))',
    re.DOTALL,
)
_LEVELS = (("or",), ("and",), ("==", "!=", "<", ">", "<=", ">="), ("+",))
_NESTED_MAX = 60
_NUMBER = re.compile(r"\s*-?\d{1,15}(\.\d{1,15})?\s*\Z")
_CONSTANTS = {"true": True, "false": False, "not_set": None}


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _decimal(value: Any) -> float | None:
    return float(value) if isinstance(value, str) and _NUMBER.match(value) else None


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "append": lambda *texts: "".join(map(_text, texts)),
    "tocommunication": lambda *texts: "".join(map(_text, texts)),
    "makecommunication": lambda *texts: "".join(map(_text, texts)),
    "tostring": _text,
    "isset": lambda value: value is not None,
    "isnotsetorempty": lambda value: value in (None, ""),
    "contains": lambda text, part: _text(part) in _text(text),
    "startswith": lambda text, part: _text(text).startswith(_text(part)),
    "todecimal": _decimal,
    "getcurrentdatetimeutc": lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
}


def evaluate(text: str, variables: Mapping[str, Any]) -> Any:
    """The value of an expression; `variables` by lower-case name. Raises NotUnderstood."""
    try:
        reader = _Reader(text, variables)
        value = reader.level(0, 0)
        if reader.at < len(reader.tokens):
            raise ValueError(reader.tokens[reader.at])
        return value
    except (ValueError, KeyError, IndexError, TypeError) as reason:
        raise NotUnderstood(f"the expression {text!r}") from reason


class _Reader:
    """Reads and evaluates in one go; both sides of `and` and `or` are looked at."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self.variables = variables
        self.tokens: list[tuple[str, str]] = []
        self.at = place = 0
        text = text.rstrip()
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise ValueError(text[place:])
            self.tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
            place = found.end()

    def _sign(self) -> str:
        return self.tokens[self.at][1].lower() if self.at < len(self.tokens) else ""

    def level(self, level: int, depth: int) -> Any:
        if depth > _NESTED_MAX:
            raise ValueError(depth)
        if level == len(_LEVELS):
            return self._operand(depth)
        left = self.level(level + 1, depth)
        while self.tokens[self.at : self.at + 1] and self._sign() in _LEVELS[level]:
            if self.tokens[self.at][0] == "string":
                break
            sign = self._sign()
            self.at += 1
            left = _operate(sign, left, self.level(level + 1, depth))
        return left

    def _operand(self, depth: int) -> Any:
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return re.sub(r"\\(.)", lambda c: "\n" if c[1] == "n" else c[1], word[1:-1], flags=re.DOTALL)
        if kind == "number":
            return float(word) if "." in word else int(word)
        if word in ("!", "-"):
            value = self._operand(depth + 1)
            return not value if word == "!" else -value
        if word == "(":
            value = self.level(0, depth + 1)
            self._close()
            return value
        if kind != "name":
            raise ValueError(word)
        if self._sign() == "(":
            return self._call(word.lower(), depth)
        return _CONSTANTS[word.lower()] if word.lower() in _CONSTANTS else self.variables[word.lower()]

    def _call(self, name: str, depth: int) -> Any:
        self.at += 1
        arguments = []
        while self._sign() != ")":
            arguments.append(self.level(0, depth + 1))
            if self._sign() == ",":
                self.at += 1
        self._close()
        return FUNCTIONS[name](*arguments)

    def _close(self) -> None:
        if self._sign() != ")":
            raise ValueError(self._sign())
        self.at += 1


def _operate(sign: str, left: Any, right: Any) -> Any:
    match sign:
        case "and":
            return bool(left) and bool(right)
        case "or":
            return bool(left) or bool(right)
        case "==":
            return left == right
        case "!=":
            return left != right
        case "+":
            return left + right
        case _ if left is None or right is None:
            return False
        case "<":
            return left < right
        case ">":
            return left > right
        case "<=":
            return left <= right
        case _:
            return left >= right
