"""File names for objects that people named freely: readable, the same every time, safe on every file system. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import Final

SLUG_MAX: Final = 80
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")
"""Names that Windows keeps for devices, whatever the ending."""


def slug(name: str) -> str:
    """Lower-case ASCII letters, digits, `_` and `-`; empty when nothing of the name can stay."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9_]+", "-", letters).strip("-")[:SLUG_MAX].rstrip("-")


def unique(names: Mapping[str, str]) -> dict[str, str]:
    """A slug for each name; the keys tell the objects apart whose names are alike.

    Objects whose slugs would be one all get a digest of their key behind it, so that none of them has a better right
    and the order in which they are listed means nothing.
    """
    slugs = {key: slug(name) for key, name in names.items()}
    number = Counter(slugs.values())
    return {
        key: short if number[short] == 1 and short and not _RESERVED.match(short) else _marked(short, key)
        for key, short in slugs.items()
    }


def _marked(short: str, key: str) -> str:
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{short}-{digest}" if short else digest
