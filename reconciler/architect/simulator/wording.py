"""Texts of a script in sentences about it: bounded, because they may be as long as a file. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

TEXT_MAX: Final = 80
"""Characters of one text in a sentence, as in all other findings."""
NAMED_MAX: Final = 5
"""How many of a list a sentence names."""


def cut(text: str, limit: int = TEXT_MAX) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


def quoted(text: str) -> str:
    return f'"{cut(text)}"'


def listed(texts: Sequence[str], separator: str) -> str:
    """The first few, and how many more there are."""
    told = separator.join(texts[:NAMED_MAX])
    return told if len(texts) <= NAMED_MAX else f"{told}{separator}and {len(texts) - NAMED_MAX} more"
