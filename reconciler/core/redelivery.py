"""When a webhook is tried again, and when it is given up. Pure: the schedule of Standard Webhooks as a table.

Success is a 2xx answer and nothing else; a redirect is a failure and is never followed. An endpoint that answers 410
is gone, one that answers 415 will never take our format. `Retry-After` is obeyed on any answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from reconciler.model.outcome import DeliveryState

SCHEDULE_SECONDS = (0, 5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
"""The wait before each attempt, from the one before; ten attempts in 75 h 35 min."""
JITTER = 0.1
RETRY_AFTER_SECONDS_MAX = 24 * 3600
"""A longer wish is cut, so that no answer keeps an event from ever being given up."""
THROTTLE_SECONDS = 60.0
"""How long an endpoint that is overloaded gets nothing at all, when it does not say."""
UNREACHABLE_SECONDS = 5.0
"""How long an endpoint that did not answer gets nothing, so that a dead one does not cost a timeout per event."""

_THROTTLED = frozenset({429, 502, 504})
_GONE, _UNSUPPORTED = 410, 415


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an attempt brought: a status, or none when nothing came back in time."""

    status: int | None
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of the delivery and of its endpoint."""

    state: DeliveryState
    next_attempt_at: datetime | None = None
    pause_seconds: float = 0.0
    """How long the endpoint gets nothing else either."""
    disable: bool = False
    """The endpoint is gone: everything that waits for it is given up."""


def next_attempt(attempts: int, answer: Answer, *, now: datetime, jitter_unit: float) -> Decision:
    """Decide after the attempt number `attempts` (from 1). `jitter_unit` is uniform in [0, 1)."""
    status = answer.status
    if status is not None and 200 <= status < 300:
        return Decision(state=DeliveryState.DELIVERED)
    if status == _GONE:
        return Decision(state=DeliveryState.DEAD, disable=True)
    pause = _pause_seconds(answer)
    if status == _UNSUPPORTED or attempts >= len(SCHEDULE_SECONDS):
        return Decision(state=DeliveryState.DEAD, pause_seconds=pause)
    scheduled = SCHEDULE_SECONDS[attempts] * (1 + JITTER * (2 * jitter_unit - 1))
    wait = max(scheduled, min(answer.retry_after_seconds or 0.0, RETRY_AFTER_SECONDS_MAX))
    return Decision(state=DeliveryState.PENDING, next_attempt_at=now + timedelta(seconds=wait), pause_seconds=pause)


def _pause_seconds(answer: Answer) -> float:
    if answer.retry_after_seconds is not None:
        return min(answer.retry_after_seconds, RETRY_AFTER_SECONDS_MAX)
    if answer.status is None:
        return UNREACHABLE_SECONDS
    return THROTTLE_SECONDS if answer.status in _THROTTLED else 0.0


def retry_after_seconds(header: str | None, *, now: datetime) -> float | None:
    """The seconds a `Retry-After` header asks for, as a number or as an HTTP date; None for anything else."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:10])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
