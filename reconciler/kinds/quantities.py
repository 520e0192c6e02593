"""Durations and shares as people write them: `90s`, `1h30m`, `30%`.

Durations are Go-style, so they read like those of every other tool a platform engineer uses. Pure.
"""

from __future__ import annotations

import re
from typing import Final

_UNIT_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)", re.ASCII)
_DURATION: Final = re.compile(rf"(?:{_PART.pattern})+\Z", re.ASCII)
_LENGTH_MAX: Final = 40
"""No quantity a person writes is longer."""

DURATION_PATTERN: Final = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
"""For JSON Schemas."""


class NotAQuantity(ValueError):
    """The text is no such quantity; the message is a clause that says what to write."""


def seconds(text: str) -> float:
    """The length of a Go-style duration in seconds. Raises NotAQuantity."""
    written = text.strip()
    if len(written) > _LENGTH_MAX or not _DURATION.match(written):
        raise NotAQuantity("a duration is a number with a unit, such as 90s, 5m or 1h30m")
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in _PART.findall(written))


def span(text: str) -> float:
    """The length of a duration that may also be in whole days, `7d`, in seconds. Raises NotAQuantity."""
    days = re.fullmatch(r"([0-9]{1,5})d", text.strip(), re.ASCII)
    return int(days[1]) * 86_400.0 if days else seconds(text)


def fraction(text: str) -> float:
    """A share of 1: `30%`, or a bare whole number meaning per cent. Raises NotAQuantity."""
    written = text.strip()
    number = written.removesuffix("%").rstrip()
    if len(written) > _LENGTH_MAX or not re.fullmatch(r"[0-9]+(\.[0-9]+)?", number, re.ASCII):
        raise NotAQuantity("a share is a percentage, such as 30%")
    if "%" not in written and "." in number:
        # 0.3 could mean thirty per cent or a third of one; guessing wrong opens or shuts the gate.
        raise NotAQuantity("write it as a percentage, such as 30%")
    value = float(number) / 100
    if value > 1:
        raise NotAQuantity("a share is at most 100%")
    return value


def count(text: str) -> int:
    """A whole number that may carry its noun: `10` or `10 objects`. Raises NotAQuantity."""
    found = re.fullmatch(r"([0-9]{1,9})(?: objects?)?", text.strip(), re.ASCII)
    if found is None:
        raise NotAQuantity("a count is a whole number, such as 10")
    return int(found.group(1))
