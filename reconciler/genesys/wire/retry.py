"""Whether a failed request is sent again, and after how long. Pure; chance arrives as a number.

A read may be repeated whenever that may help. A write is repeated after 429 only: that answer alone proves that the
platform did not execute it. Everything else about a write is the caller's to find out by looking.
"""

from __future__ import annotations

from enum import Enum

from reconciler.errors import Malformed, ProviderError, RateLimited, TransientError
from reconciler.genesys.wire.settings import RemoteSettings

MALFORMED_TRIES_MAX = 3
"""A cut or foreign body is mostly a proxy's hiccup; a third one is a fact."""


class Effect(Enum):
    """What sending a request does to the platform."""

    READ = "read"
    """Nothing that matters when it happens twice; includes registering an empty job."""
    WRITE = "write"
    """Something that must not happen twice, or not without us knowing."""


def backoff(attempt: int, chance: float, settings: RemoteSettings) -> float:
    """Full jitter: uniform between nothing and the exponential step. `attempt` counts from 1, `chance` is in [0, 1)."""
    step = settings.retry_delay_seconds * float(2 ** min(attempt - 1, 30))
    return chance * min(step, settings.retry_delay_seconds_max)


def delay(
    error: ProviderError,
    *,
    effect: Effect,
    attempt: int,
    elapsed_seconds: float,
    chance: float,
    settings: RemoteSettings,
) -> float | None:
    """Seconds until the next try, None to give up. `attempt` is the one that failed, counted from 1."""
    tries_max = settings.read_tries_max if effect is Effect.READ else settings.write_tries_max
    if isinstance(error, Malformed) and effect is Effect.READ:
        tries_max = min(tries_max, MALFORMED_TRIES_MAX)
    elif not isinstance(error, RateLimited if effect is Effect.WRITE else TransientError):
        return None
    named = error.retry_after if isinstance(error, RateLimited) else None
    seconds = named if named is not None else backoff(attempt, chance, settings)
    if attempt >= tries_max or elapsed_seconds + seconds > settings.retry_total_seconds:
        return None
    return seconds
