"""The name somebody probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `name`, None when none is close. Ties and order of input do not change the answer."""
    pool = sorted(set(candidates))
    lowered = {candidate.lower(): candidate for candidate in reversed(pool)}
    found = difflib.get_close_matches(name.lower()[:200], lowered, n=1, cutoff=0.6)
    return lowered[found[0]] if found else None
