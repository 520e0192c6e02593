"""What a plain (unquoted) scalar means: the YAML 1.2 core schema, with two deliberate tightenings.

Only `true`, `false`, `null`, `~` and numbers are anything but text. `yes`, `no`, `on`, `off`, `1:30`, `1_000` and dates
are text, so nothing silently becomes a boolean, sixty times something, or a day. Tighter than the core schema:
numbers with a leading zero (`012`, extensions and codes are written so) stay text, and numbers JSON readers cannot
hold (infinities, NaN, integers above 2**53) are refused rather than rounded.
"""

from __future__ import annotations

import re
from typing import Final

INTEGER_MAX: Final = 2**53
"""Largest magnitude that survives every JSON reader unchanged [RFC 8259 section 6]."""

_WORDS: Final = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_STARTS: Final = frozenset("0123456789+-.~ntfNTF")
_DECIMAL: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z", re.ASCII)
_OTHER_BASE: Final = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z", re.ASCII)
_NOT_FINITE: Final = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z", re.ASCII)
_DIGITS_MAX: Final = 400
"""No number a person writes is longer; keeps conversion time flat for hostile ones."""


class OutOfRange(ValueError):
    """A number we refuse to hold; the message says why."""


def plain(text: str) -> str | int | float | bool | None:
    """The value of an unquoted, untagged scalar. Raises OutOfRange for numbers that cannot be kept exactly."""
    if text and text[0] not in _STARTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in "ntfNTF~":
        return text
    return _number(text)


def integer(text: str) -> int | None:
    """The integer a core-schema text stands for, None when it is not one. Raises OutOfRange."""
    if _DECIMAL.match(text):
        base = 10
    elif _OTHER_BASE.match(text):
        base = 16 if text[1] == "x" else 8
    else:
        return None
    value = int(text if base == 10 else text[2:], base) if len(text) <= _DIGITS_MAX else INTEGER_MAX + 1
    if abs(value) > INTEGER_MAX:
        raise OutOfRange("the integer is beyond 2^53, which JSON readers would round")
    return value


def floating(text: str) -> float | None:
    """The float a core-schema text stands for, None when it is not one. Raises OutOfRange."""
    if _NOT_FINITE.match(text):
        raise OutOfRange("infinity and NaN have no JSON form")
    if not _FLOAT.match(text):
        return None
    value = float(text) if len(text) <= _DIGITS_MAX else float("inf")
    if value in (float("inf"), float("-inf")):
        raise OutOfRange("the number is too large for a float")
    return value


def boolean(text: str) -> bool | None:
    value = _WORDS.get(text)
    return value if isinstance(value, bool) else None


def is_null(text: str) -> bool:
    return text in _WORDS and _WORDS[text] is None


def _number(text: str) -> str | int | float:
    whole = integer(text)
    if whole is not None:
        return whole
    fraction = floating(text)
    return text if fraction is None else fraction
