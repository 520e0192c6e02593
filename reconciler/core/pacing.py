"""How fast we may ask: a mirror of the platform's rate window, learned from its answers.

The platform counts requests per token in fixed windows and says after each one how many it has counted
(`inin-ratelimit-count`), how many it allows and in how many seconds the window resets [Genesys docs]. The reset is
given in whole seconds, rounded we know not how, and the answer has travelled; so the end of a window is an interval
that every further answer narrows. We count what is in flight on top of what the platform has counted and start a new
window only when the old one has certainly ended: fault-free load sees no 429 and still uses the whole budget. That
holds while a window is longer than twice the latency and the rounding together; the platform's lasts a minute.

Waiting until the end is certain would waste up to two seconds of every window. So the last two requests of a large
budget are scouts: each leaves at a moment at which one way of rounding has the window ended, and the count in its
answer tells whether it has. The old window still has room for a scout, so none can be refused.

Pure: states in, states out, `now` is any monotonic clock in seconds. Waiting is left to `genesys.wire.limiter`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

WAIT_SECONDS_MIN = 0.001
"""Shorter waits can be lost in float rounding, and the clock then never reaches the moment waited for."""
ROUNDING_SECONDS = 1.0
"""How far a reset in whole seconds may be off, in either direction."""
SCOUTS = 2
"""One for resets rounded up and one for the nearest second; those rounded down end where the end is certain."""
ALLOWED_MIN_FOR_SCOUTS = 100
"""Below it, two requests kept back are worth more than the seconds they save."""


@dataclass(frozen=True, slots=True)
class Window:
    """One rate window: requests counted by the platform, and the interval its end lies in."""

    counted: int
    ends_earliest: float
    ends_latest: float


@dataclass(frozen=True, slots=True)
class Pace:
    """`allowed` is None until an answer told us; then one request at a time finds out."""

    allowed: int | None = None
    window: Window | None = None
    in_flight: int = 0
    not_before: float | None = None
    """No request leaves before this moment: the platform said so with a 429."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer says about the window. `exact` when the reset came with a fraction."""

    count: int
    allowed: int
    reset_seconds: float
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Go:
    """The next request may leave now."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing leaves for this many seconds, always at least WAIT_SECONDS_MIN."""

    seconds: float


@dataclass(frozen=True, slots=True)
class WaitForAnswer:
    """Nothing leaves until one of the requests in flight has come back and told more."""


Decision = Go | Wait | WaitForAnswer


def decide(pace: Pace, now: float) -> Decision:
    """May one more request leave? Ask again after having waited; nothing is reserved by asking."""
    if pace.not_before is not None and now < pace.not_before:
        return _wait(pace.not_before - now)
    if pace.allowed is None:
        return WaitForAnswer() if pace.in_flight else Go()
    window = _window_at(pace, now)
    counted = window.counted if window is not None else 0
    left = pace.allowed - counted - pace.in_flight
    if left > (SCOUTS if pace.allowed >= ALLOWED_MIN_FOR_SCOUTS else 0):
        return Go()
    if pace.in_flight or window is None:
        return WaitForAnswer() if pace.in_flight else Go()
    moment = window.ends_latest if left <= 0 else _scouting_moment(window, left)
    return _wait(moment - now) if now < moment else Go()


def _scouting_moment(window: Window, left: int) -> float:
    """When the window has ended if resets are rounded up (the first scout) or to the nearest second (the last one).

    What is left of the interval beyond the rounding is how precisely we saw the seconds change.
    """
    blurred = max(0.0, window.ends_latest - window.ends_earliest - ROUNDING_SECONDS)
    later = ROUNDING_SECONDS / 2 if left < SCOUTS else 0.0
    return min(window.ends_earliest + blurred + later, window.ends_latest)


def sent(pace: Pace, now: float) -> Pace:
    """One request leaves now."""
    return replace(pace, window=_window_at(pace, now), in_flight=pace.in_flight + 1)


def answered(pace: Pace, reading: Reading | None, *, sent_at: float, now: float) -> Pace:
    """One request ended. Without a reading we assume that the platform counted it."""
    pace = replace(pace, in_flight=max(0, pace.in_flight - 1))
    if reading is None:
        window = _window_at(pace, now)
        return replace(pace, window=replace(window, counted=window.counted + 1) if window is not None else None)
    slack = 0.0 if reading.exact else ROUNDING_SECONDS
    heard = Window(reading.count, sent_at + reading.reset_seconds - slack, now + reading.reset_seconds + slack)
    window = pace.window
    if window is None or heard.ends_earliest > window.ends_latest:
        window = heard
    elif heard.ends_latest >= window.ends_earliest:
        window = Window(
            max(window.counted, heard.counted),
            max(window.ends_earliest, heard.ends_earliest),
            min(window.ends_latest, heard.ends_latest),
        )
    return replace(pace, allowed=max(1, reading.allowed), window=window)


def refused(pace: Pace, *, retry_after_seconds: float, now: float) -> Pace:
    """A 429 named the seconds to wait; all requests of the token wait, because the limit is the token's."""
    moment = now + max(retry_after_seconds, WAIT_SECONDS_MIN)
    return replace(pace, not_before=max(pace.not_before or moment, moment))


def remaining(pace: Pace, now: float) -> int | None:
    """Requests left in the present window, as far as known."""
    if pace.allowed is None:
        return None
    window = _window_at(pace, now)
    return max(0, pace.allowed - (window.counted if window is not None else 0) - pace.in_flight)


def _window_at(pace: Pace, now: float) -> Window | None:
    """The window, unless it has certainly ended."""
    return pace.window if pace.window is not None and now < pace.window.ends_latest else None


def _wait(seconds: float) -> Wait:
    return Wait(max(seconds, WAIT_SECONDS_MIN))
