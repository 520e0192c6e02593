"""Times as fixed-width UTC text, so that text order is time order in every database."""

from __future__ import annotations

from datetime import UTC, datetime


def fixed_width(text: str) -> str:
    """`2026-11-20T10:00:00.000000Z` for any RFC 3339 time with an offset; raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time without offset: {text}")
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
