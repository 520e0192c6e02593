"""When to stop asking a platform that does not answer, and when to try again: one breaker per organisation.

Closed, it counts: half of at least twenty calls of the last thirty seconds failed, and it opens. Open, nothing leaves
for a while; then one probe goes, and its answer closes the breaker or keeps it open twice as long. A refusal that holds
for everything we could ask opens it at once; refusals of single requests and 429 never count.

Pure: states in, states out, `now` is any monotonic clock in seconds. `genesys.wire.guard` asks and says why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, auto

CALLS_MIN = 20
SECONDS_COUNTED = 30
FAILED_SHARE_MIN = 0.5
OPEN_SECONDS_FIRST = 30.0
OPEN_SECONDS_MAX = 300.0


class Verdict(Enum):
    """What one call says about the platform as a whole."""

    WORKS = auto()
    FAILS = auto()
    """5xx, no answer, an answer nobody can read."""
    DENIES_US = auto()
    """Refused whatever we ask: the next request would be refused as well."""
    SAYS_NOTHING = auto()
    """A refusal of this one request, or 429: the platform is there, and that is all we learn."""
    UNKNOWN = auto()
    """Never sent, cut off by ourselves, or perhaps too much for any platform."""


@dataclass(frozen=True, slots=True)
class Second:
    """Calls that ended within one second of the clock."""

    number: int
    calls: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Open:
    """Nothing leaves before `until`; then one probe does."""

    until: float
    seconds: float
    why: str
    probing: bool = False


@dataclass(frozen=True, slots=True)
class Breaker:
    seconds: tuple[Second, ...] = ()
    """Those of the last half minute in which something ended, oldest first."""
    open: Open | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """The request may go. A probe speaks for the whole breaker."""

    is_probe: bool = False


@dataclass(frozen=True, slots=True)
class Stay:
    """The request must not go. `next_probe_seconds` is 0 while a probe is under way."""

    why: str
    next_probe_seconds: float


def ask(breaker: Breaker, now: float) -> Leave | Stay:
    """May a request leave? Asking reserves nothing; tell `left` when it does."""
    match breaker.open:
        case None:
            return Leave()
        case Open(until=until, probing=False) if now >= until:
            return Leave(is_probe=True)
        case Open(until=until, why=why):
            return Stay(why, max(0.0, until - now))


def left(breaker: Breaker, leave: Leave) -> Breaker:
    """A request went as `ask` allowed."""
    if not leave.is_probe or breaker.open is None:
        return breaker
    return replace(breaker, open=replace(breaker.open, probing=True))


def ended(breaker: Breaker, leave: Leave, verdict: Verdict, now: float, *, why: str = "") -> Breaker:
    """A request ended. `why` says how, for the people who will read that the breaker is open."""
    if breaker.open is not None:
        return _probed(breaker.open, verdict, now, why) if leave.is_probe else breaker  # others left before it opened
    if verdict is Verdict.DENIES_US:
        return _opened(now, OPEN_SECONDS_FIRST, why)
    if verdict not in (Verdict.WORKS, Verdict.FAILS):
        return breaker
    seconds = _counted(breaker.seconds, int(now), failed=verdict is Verdict.FAILS)
    calls, failed = sum(second.calls for second in seconds), sum(second.failed for second in seconds)
    if calls >= CALLS_MIN and failed >= FAILED_SHARE_MIN * calls:
        return _opened(
            now, OPEN_SECONDS_FIRST, f"{failed} of {calls} requests failed within {SECONDS_COUNTED} s: {why}"
        )
    return Breaker(seconds)


def _probed(opened: Open, verdict: Verdict, now: float, why: str) -> Breaker:
    match verdict:
        case Verdict.WORKS | Verdict.SAYS_NOTHING:
            return Breaker()
        case Verdict.UNKNOWN:
            return Breaker(open=replace(opened, probing=False))
        case Verdict.FAILS | Verdict.DENIES_US:
            return _opened(now, min(opened.seconds * 2, OPEN_SECONDS_MAX), why)


def _opened(now: float, seconds: float, why: str) -> Breaker:
    return Breaker(open=Open(now + seconds, seconds, why))


def _counted(seconds: tuple[Second, ...], number: int, *, failed: bool) -> tuple[Second, ...]:
    kept = tuple(second for second in seconds if number - SECONDS_COUNTED < second.number < number)
    present = seconds[-1] if seconds and seconds[-1].number == number else Second(number)
    return (*kept, Second(number, present.calls + 1, present.failed + failed))
