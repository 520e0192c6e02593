"""Architect expressions evaluated where that is safe: literals, known variables, comparisons, a few plain functions.

Everything else is UNKNOWN, and UNKNOWN spreads: `Flow.a == 1 and X()` is false when `Flow.a` is 2 and unknown when it
is 1. Never raises for bad input. Whether `==` on text minds case is not documented, so texts that differ in case only
compare as unknown.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from reconciler.architect import expressions
from reconciler.architect.expressions import Token, TokenKind
from reconciler.model import moment


class Unknown:
    """The one value nobody knows before the call."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
Value = str | int | float | bool | datetime | None | Unknown
"""None is Architect's NOT_SET."""
NOW: Final = "getcurrentdatetimeutc()"
"""Among the known variables: the moment that this function gives, which stands still during a call."""

TEXT_MAX: Final = 32_000
DEPTH_MAX: Final = 60
"""Limits of the engine's own expressions: characters, and calls inside calls [Architect engine bundle 0.0.18]."""
NUMBER_MAX: Final = 2**53
"""A limit of ours, up to which sums are exact."""
_OPERATORS_MAX: Final = 200
"""More than that in one expression is not read: the tree would be deeper than Python likes to walk."""


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of an expression: `kind` is value, name, call or operator; `text` its name, `parts` its operands."""

    kind: str
    text: str = ""
    value: Value = None
    parts: tuple[Node, ...] = ()


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_PRECEDENCE: Final = {"or": 1, "and": 2, **dict.fromkeys(_COMPARISONS, 3), "+": 4, "-": 4, "*": 5, "/": 5}
_DOUBLE: Final = frozenset({"==", "!=", "<=", ">="})
_CONSTANTS: Final[Mapping[str, Value]] = {"true": True, "false": False, "not_set": None}


_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)


class _CannotRead(Exception):
    """Not an expression that this reader understands."""


def parse(text: str) -> Node | None:
    """The expression as a tree; None for what is not understood."""
    if len(text) > TEXT_MAX:
        return None
    try:
        reader = _Reader(_joined(expressions.words(text)))
        tree = reader.expression(0, 0)
        return tree if reader.at_end else None
    except _CannotRead:
        return None


def _joined(parts: list[Token]) -> list[Token]:
    """Two-character operators as one token."""
    found: list[Token] = []
    for part in parts:
        if found and found[-1].text + part.text in _DOUBLE and part.kind is TokenKind.PUNCTUATION:
            found[-1] = Token(TokenKind.PUNCTUATION, found[-1].text + part.text)
        else:
            found.append(part)
    return found


class _Reader:
    """Operator precedence over the tokens of one expression."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.place = 0
        self.operators = 0

    @property
    def at_end(self) -> bool:
        return self.place == len(self.tokens)

    def expression(self, weakest: int, depth: int) -> Node:
        if depth > DEPTH_MAX:
            raise _CannotRead
        left = self._operand(depth)
        while not self.at_end:
            sign = self.tokens[self.place].text.lower()
            strength = _PRECEDENCE.get(sign, 0)
            if strength <= weakest:
                break
            self.place += 1
            self.operators += 1
            if self.operators > _OPERATORS_MAX:
                raise _CannotRead
            left = Node("operator", sign, parts=(left, self.expression(strength, depth + 1)))
        return left

    def _operand(self, depth: int) -> Node:
        token = self._next()
        if token.kind is TokenKind.STRING:
            return Node("value", value=token.value)
        if token.kind is TokenKind.NUMBER:
            return Node("value", value=float(token.text) if "." in token.text else int(token.text[:300]))
        if token.text == "(":
            inner = self.expression(0, depth + 1)
            self._expect(")")
            return inner
        if token.text in ("!", "-"):
            return Node("operator", token.text, parts=(self.expression(6, depth + 1),))
        if token.kind is not TokenKind.IDENTIFIER:
            raise _CannotRead
        if not self.at_end and self.tokens[self.place].text == "(":
            return self._call(token.text, depth)
        if token.text.lower() in _CONSTANTS:
            return Node("value", value=_CONSTANTS[token.text.lower()])
        return Node("name", token.text)

    def _call(self, name: str, depth: int) -> Node:
        self._expect("(")
        arguments: list[Node] = []
        while not self.at_end and self.tokens[self.place].text != ")":
            arguments.append(self.expression(0, depth + 1))
            if not self.at_end and self.tokens[self.place].text == ",":
                self.place += 1
        self._expect(")")
        return Node("call", name.lower(), parts=tuple(arguments))

    def _next(self) -> Token:
        if self.at_end:
            raise _CannotRead
        self.place += 1
        return self.tokens[self.place - 1]

    def _expect(self, text: str) -> None:
        if self._next().text != text:
            raise _CannotRead


def evaluate(text: str, known: Mapping[str, Value]) -> Value:
    """The value of an expression; `known` has the variables by lower-case name, all others are unknown."""
    tree = parse(text)
    return UNKNOWN if tree is None else value_of(tree, known)


def value_of(tree: Node, known: Mapping[str, Value]) -> Value:
    match tree.kind:
        case "value":
            return _bounded(tree.value)
        case "name":
            return _bounded(known.get(tree.text.lower(), UNKNOWN))
        case "call" if f"{tree.text}()" == NOW and not tree.parts:
            return known.get(NOW, UNKNOWN)
        case "call":
            return _bounded(_call(tree.text, [value_of(part, known) for part in tree.parts]))
        case _:
            return _bounded(_operate(tree.text, [value_of(part, known) for part in tree.parts]))


def _bounded(value: Value) -> Value:
    """A text or number that a loop has let grow beyond reason is as good as unknown, and costs nothing."""
    if isinstance(value, str):
        return value if len(value) <= TEXT_MAX else UNKNOWN
    if isinstance(value, int | float) and not -NUMBER_MAX <= value <= NUMBER_MAX:
        return UNKNOWN
    return value


def _operate(sign: str, values: list[Value]) -> Value:
    if sign in ("and", "or"):
        decided = sign == "or"
        if any(value is decided for value in values):
            return decided
        return not decided if all(value is (not decided) for value in values) else UNKNOWN
    if any(isinstance(value, Unknown) for value in values):
        return UNKNOWN
    if len(values) == 1:
        only = values[0]
        if sign == "!" and isinstance(only, bool):
            return not only
        return -only if sign == "-" and _is_number(only) else UNKNOWN  # type: ignore[operator]
    left, right = values
    if sign in _COMPARISONS:
        return _compare(sign, left, right)
    if sign == "+" and isinstance(left, str) and isinstance(right, str):
        return left + right
    if sign in ("+", "-") and _is_number(left) and _is_number(right):
        return left + right if sign == "+" else left - right  # type: ignore[operator, return-value]
    return UNKNOWN


def _compare(sign: str, left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        if sign not in ("==", "!=") or (left != right and left.lower() == right.lower()):
            return UNKNOWN
    elif not (_is_number(left) and _is_number(right)) and (sign not in ("==", "!=") or type(left) is not type(right)):
        return UNKNOWN
    return _COMPARISONS[sign](left, right)


def _agreed(strict: bool, loose: bool) -> Value:
    """Whether a text is in another, unless that depends on case: whether the platform minds it is not documented."""
    return strict if strict == loose else UNKNOWN


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _call(name: str, values: list[Value]) -> Value:
    """The few functions whose result is beyond doubt."""
    if any(isinstance(value, Unknown) for value in values):
        return UNKNOWN
    match name, values:
        case "isset", [value]:
            return value is not None
        case "isnotsetorempty", [value]:
            return value is None or value == ""
        case "append" | "makecommunication" | "tocommunication" | "toaudiotts", [*texts] if all(
            isinstance(text, str) for text in texts
        ):
            return "".join(str(text) for text in texts)
        case "tostring" | "todisplaystring", [str() as text]:
            return text
        case "tostring" | "todisplaystring", [datetime() as then]:
            return moment.text(then)
        case "contains", [str() as text, str() as part]:
            return _agreed(part in text, part.lower() in text.lower())
        case "startswith", [str() as text, str() as part]:
            return _agreed(text.startswith(part), text.lower().startswith(part.lower()))
        case "todecimal", [str() as text]:
            return float(text) if _NUMBER.fullmatch(text.strip()) else None
        case "trim", [str() as text]:
            return text.strip()
        case "if", [bool() as condition, yes, no]:
            return yes if condition else no
        case _:
            return UNKNOWN
