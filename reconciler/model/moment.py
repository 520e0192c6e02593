"""Moments as text: RFC 3339 in UTC with milliseconds, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stated(written: str) -> datetime:
    """What a person wrote in any ISO 8601 form; without an offset it is UTC. Raises ValueError for other text."""
    found = datetime.fromisoformat(written.strip())
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from error


def read(moment: str) -> datetime:
    """The opposite of `text`; accepts any RFC 3339 form. Raises ValueError for other text."""
    return datetime.fromisoformat(moment).astimezone(UTC)
