"""Whether a failed request is sent again, and after how long. Pure; chance arrives as a number.

A read may be repeated whenever that may help, but for one that may be too much: asked again as it is, it would be too
much again. A write is repeated after 429 only: that answer alone proves that the
platform did not execute it. Everything else about a write is the caller's to find out by looking.
"""

from __future__ import annotations

from enum import Enum

from reconciler.errors import Malformed, ProviderError, RateLimited, TimedOut, TransientError, Unavailable
from reconciler.genesys.wire.settings import RemoteSettings

MALFORMED_TRIES_MAX = 3
"""A cut or foreign body is mostly a proxy's hiccup; a third one is a fact."""


class Effect(Enum):
    """What sending a request does to the platform."""

    READ = "read"
    """Nothing that matters when it happens twice; includes registering an empty job."""
    LARGE_READ = "large read"
    """A read of many things at once. A 5xx or no answer in time may be about its size or one of the things, so the
    caller asks for less, and the answer says nothing about the platform as a whole."""
    WRITE = "write"
    """Something that must not happen twice, or not without us knowing."""


def was_too_much(error: ProviderError) -> bool:
    """True when the platform took a request and failed at it, so that a smaller one may work."""
    return isinstance(error, TimedOut) or (isinstance(error, Unavailable) and error.status is not None)


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
    tries_max = settings.write_tries_max if effect is Effect.WRITE else settings.read_tries_max
    if effect is Effect.LARGE_READ and was_too_much(error):
        return None
    if isinstance(error, Malformed) and effect is not Effect.WRITE:
        tries_max = min(tries_max, MALFORMED_TRIES_MAX)
    elif not isinstance(error, RateLimited if effect is Effect.WRITE else TransientError):
        return None
    named = error.retry_after if isinstance(error, RateLimited) else None
    seconds = named if named is not None else backoff(attempt, chance, settings)
    if attempt >= tries_max or elapsed_seconds + seconds > settings.retry_total_seconds:
        return None
    return seconds
