"""Stands between the client and a platform in trouble: holds the breaker and the retry budget of one organisation.

`core.breaker` and `core.retry_budget` decide; this module says what an error tells about the platform as a whole.
Departure from reliability rule R9, by which every 401 and 403 opens the breaker: a 401 first costs a new token, and
most 403s are one missing permission of one kind. Opened by those, the breaker would hide the error that names the
permission and hold up the kinds that work. So it opens at once when a fresh token is refused too, when the login
refuses the OAuth client, and on a 403 of the one request that needs no permission.
"""

from __future__ import annotations

from datetime import timedelta

from reconciler.core import breaker, retry_budget
from reconciler.core.breaker import Breaker, Leave, Stay, Verdict
from reconciler.core.retry_budget import Budget
from reconciler.errors import (
    AmbiguousError,
    Forbidden,
    Malformed,
    ProviderError,
    RateLimited,
    TimedOut,
    TransientError,
    Unauthenticated,
    Unavailable,
)
from reconciler.genesys.wire.regions import Hosts
from reconciler.genesys.wire.translate import Place
from reconciler.ports import Clock

NEEDS_NO_PERMISSION = Place("GET", "/api/v2/organizations/me")
"""[Genesys docs]; whoever is refused here is refused everywhere."""


PROBE_SECONDS = 1.0
"""Until the answer of a probe under way is worth looking for again."""


class Guard:
    def __init__(self, *, clock: Clock, hosts: Hosts) -> None:
        self._clock, self._hosts = clock, hosts
        self._breaker, self._budget = Breaker(), Budget()

    @property
    def closed_because(self) -> str:
        """Why no request would leave now, empty when one would."""
        found = breaker.ask(self._breaker, self._clock.monotonic())
        return self._said(found) if isinstance(found, Stay) else ""

    def look(self, place: Place) -> Leave:
        """Whether a request could leave now; reserves nothing. Raises CircuitOpen, and nothing was sent."""
        found = breaker.ask(self._breaker, self._clock.monotonic())
        if isinstance(found, Stay):
            refused = CircuitOpen(self._said(found), method=place.method, path=place.template)
            refused.next_probe_seconds = found.next_probe_seconds
            raise refused
        return found

    def admit(self, place: Place) -> Leave:
        """The same for a request that leaves now; tell `ended` what became of it."""
        leave = self.look(place)
        self._breaker = breaker.left(self._breaker, leave)
        return leave

    def ended(self, leave: Leave, verdict: Verdict, error: ProviderError | None = None) -> None:
        if verdict is Verdict.WORKS:
            self._budget = retry_budget.earn(self._budget)
        why = str(error) if error is not None else ""
        self._breaker = breaker.ended(self._breaker, leave, verdict, self._clock.monotonic(), why=why)

    def may_repeat(self, error: ProviderError) -> bool:
        """Pay for one repeat. What the rate limit refused is free: it goes when the platform says so."""
        if isinstance(error, RateLimited):
            return True
        left = retry_budget.spend(self._budget, timed_out=isinstance(error, TimedOut))
        self._budget = left if left is not None else self._budget
        return left is not None

    def _said(self, stay: Stay) -> str:
        hosts, seconds = self._hosts, stay.next_probe_seconds
        at = (self._clock.now() + timedelta(seconds=seconds)).strftime("%H:%M:%S UTC")
        probe = f"The next probe goes at {at}, in {seconds:.0f} s." if seconds else "A probe is under way."
        status = f" Status page: {hosts.status_page}." if hosts.status_page else ""
        return f"Requests to {hosts.label} are held back. {probe}{status} Why: {stay.why}"


class CircuitOpen(Unavailable):
    """Not sent, because the breaker is open; trying again before the probe is no use."""

    next_probe_seconds: float = 0.0
    """0 while a probe is under way."""


def verdict_of(error: ProviderError, place: Place, *, token_is_fresh: bool) -> Verdict:
    """What a failed exchange says about the platform as a whole."""
    match error:
        case CircuitOpen():
            return Verdict.UNKNOWN
        case Unauthenticated():
            return Verdict.DENIES_US if token_is_fresh else Verdict.SAYS_NOTHING
        case Forbidden():
            return Verdict.DENIES_US if place == NEEDS_NO_PERMISSION else Verdict.SAYS_NOTHING
        case ProviderError(status=int() as status) if 400 <= status < 500:
            return Verdict.SAYS_NOTHING
        case TransientError() | AmbiguousError() | Malformed():
            return Verdict.FAILS
        case _:
            return Verdict.SAYS_NOTHING
