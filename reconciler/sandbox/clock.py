"""Time for the stand-in.

Everything that depends on time (list lag, jobs, transcoding, tokens, rate windows, signed addresses)
compares timestamps taken from one clock, so a test moves hours by calling `advance`. Nothing here waits.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Seconds since the epoch."""

    def now(self) -> float: ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> float:
        return time.time()


class ManualClock:
    """Stands still until `advance` is called."""

    def __init__(self, start: float = 1_760_000_000.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by that many seconds."""
        if seconds < 0:
            raise ValueError("time does not go backwards")
        self._now += seconds


def iso(moment: float) -> str:
    """ISO-8601 in UTC with milliseconds, the way the platform writes date-times."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def millis(moment: float) -> int:
    """Epoch milliseconds, the way flow versions carry their dates."""
    return round(moment * 1000)


def parse_iso(text: str) -> float:
    """Epoch seconds of an ISO-8601 date-time; a missing zone means UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
