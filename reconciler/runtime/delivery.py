"""Delivering the outbox: each webhook endpoint has a lane of its own, so a slow one keeps no other waiting.

Inside a lane the events of one subject go one after another, oldest first; subjects go side by side, within bounds.
Relies on the ledger for what is due and in which order, on `core/redelivery.py` for when to try again, on
`posting.py` for one attempt. What it cannot deliver stays in the ledger and is told by `waiting`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import anyio
import httpx

from reconciler.core import redelivery
from reconciler.core.redelivery import Decision
from reconciler.model import moment
from reconciler.model.event import Endpoint
from reconciler.model.outcome import Delivery, DeliveryState
from reconciler.ports import Clock, Ledger, Rng
from reconciler.runtime import posting
from reconciler.runtime.posting import Posted
from reconciler.runtime.together import single

CONCURRENCY = 8
CONCURRENCY_PER_ENDPOINT = 4
TIMEOUT_SECONDS = 15.0
BATCH = 16
REST_SECONDS_MAX = 60.0
"""The longest a lane sleeps without looking, in case the wall clock was moved."""
REST_SECONDS_MIN = 0.01
RECORD_SECONDS_MAX = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """One attempt, for logs and metrics: the delivery as recorded after it, and how long the exchange took."""

    delivery: Delivery
    status: int | None
    seconds: float
    given_up: int = 0
    """Other deliveries given up with it, because the endpoint says it is gone."""


@dataclass(slots=True)
class Tally:
    """What a round of deliveries came to; `retrying` counts failed attempts that will be tried again."""

    delivered: int = 0
    retrying: int = 0
    dead: int = 0


def _unheard(attempted: Attempted) -> None:
    del attempted


@dataclass(slots=True, kw_only=True, repr=False)
class Courier:
    """Delivers what the ledger holds for the endpoints it was given. `transport` stays the caller's to close."""

    ledger: Ledger
    transport: httpx.AsyncBaseTransport
    clock: Clock
    rng: Rng
    told: Callable[[Attempted], None] = _unheard
    timeout_seconds: float = TIMEOUT_SECONDS
    _endpoints: dict[str, Endpoint] = field(default_factory=dict)
    _unusable: dict[str, str] = field(default_factory=dict)
    _paused_until: dict[str, float] = field(default_factory=dict)
    _locks: dict[str, anyio.Lock] = field(default_factory=dict)
    _woken: anyio.Event = field(default_factory=anyio.Event)
    _limiter: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(CONCURRENCY))

    def use(self, endpoints: Iterable[Endpoint]) -> None:
        """Take these endpoints from now on; call it after each pass, then what it settled is delivered at once."""
        given = {endpoint.name: endpoint for endpoint in endpoints}
        self._unusable = {name: reason for name, endpoint in given.items() if (reason := posting.obstacle(endpoint))}
        for name, endpoint in given.items():
            if endpoint != self._endpoints.get(name):
                self._paused_until.pop(name, None)
        self._endpoints = {name: endpoint for name, endpoint in given.items() if name not in self._unusable}
        self.poke()

    def poke(self) -> None:
        """Something may be due now: look."""
        self._woken.set()
        self._woken = anyio.Event()

    async def run(self) -> None:
        """Deliver until cancelled. Raises StoreError when the ledger cannot be trusted any more."""
        running: set[str] = set()
        try:
            async with anyio.create_task_group() as lanes:
                while True:
                    woken = self._woken
                    for name in sorted(self._endpoints.keys() - running):
                        running.add(name)
                        lanes.start_soon(self._lane, name, running, name=f"webhook {name}")
                    await woken.wait()
        except BaseExceptionGroup as group:
            raise single(group) from group

    async def drain(self, deadline_seconds: float) -> Tally:
        """Deliver what is due or falls due until the deadline, and return once nothing more can happen before it.

        At the deadline an exchange under way is dropped; its event stays pending and is sent again another time. With
        a deadline of 0 seconds only what is due now is sent, each within its own timeout.
        """
        tally = Tally()
        end = self.clock.monotonic() + deadline_seconds
        try:
            async with anyio.create_task_group() as lanes:
                if deadline_seconds > 0:
                    lanes.cancel_scope.deadline = anyio.current_time() + deadline_seconds
                for name in sorted(self._endpoints):
                    lanes.start_soon(self._drain, name, end, tally, name=f"webhook {name}")
        except BaseExceptionGroup as group:
            raise single(group) from group
        return tally

    async def waiting(self) -> Sequence[str]:
        """A sentence for each endpoint whose events wait for a person: gone from the environment, unusable, dead."""
        found = []
        for backlog in await self.ledger.backlog():
            name = backlog.endpoint
            if backlog.pending and name not in self._endpoints:
                reason = self._unusable.get(name, "the environment has no such webhook any more")
                found.append(f"Webhook {name}: {backlog.pending} events wait, because {reason}.")
            if backlog.dead:
                found.append(
                    f"Webhook {name}: {backlog.dead} events were given up; `reconcile webhooks replay` retries."
                )
        return found

    async def _lane(self, name: str, running: set[str]) -> None:
        try:
            while name in self._endpoints:
                woken = self._woken  # taken before looking, so that a poke meanwhile is not lost
                await self._sweep(name, Tally())
                await self._rest(woken, await self._idle_seconds(name))
        finally:
            running.discard(name)

    async def _drain(self, name: str, end: float, tally: Tally) -> None:
        while True:
            await self._sweep(name, tally)
            idle = await self._idle_seconds(name)
            if idle is None or self.clock.monotonic() + idle > end:
                return
            await self.clock.sleep(max(idle, REST_SECONDS_MIN))

    async def _idle_seconds(self, name: str) -> float | None:
        """Until the next attempt may be due; None when nothing is pending."""
        due_at = await self.ledger.next_due_at(endpoints=(name,))
        if due_at is None:
            return None
        return max(0.0, (moment.read(due_at) - self.clock.now()).total_seconds(), self._pause_seconds(name))

    async def _rest(self, woken: anyio.Event, seconds: float | None) -> None:
        """Sleep by the injected clock, or until poked."""
        bounded = REST_SECONDS_MAX if seconds is None else max(REST_SECONDS_MIN, min(seconds, REST_SECONDS_MAX))
        async with anyio.create_task_group() as tasks:

            async def sleep() -> None:
                await self.clock.sleep(bounded)
                tasks.cancel_scope.cancel()

            tasks.start_soon(sleep)
            await woken.wait()
            tasks.cancel_scope.cancel()

    def _pause_seconds(self, name: str) -> float:
        return max(0.0, self._paused_until.get(name, 0.0) - self.clock.monotonic())

    async def _sweep(self, name: str, tally: Tally) -> None:
        """Send what is due for the endpoint until nothing is, or until it asks for a pause."""
        async with self._locks.setdefault(name, anyio.Lock()):
            while (endpoint := self._endpoints.get(name)) is not None and not self._pause_seconds(name):
                now = moment.text(self.clock.now())
                batch = await self.ledger.due(now, BATCH, endpoints=(name,))
                if not batch:
                    return
                lane = anyio.CapacityLimiter(CONCURRENCY_PER_ENDPOINT)
                async with anyio.create_task_group() as tasks:
                    for delivery in batch:
                        tasks.start_soon(self._deliver, endpoint, delivery, lane, tally, name=f"webhook {delivery.id}")

    async def _deliver(self, endpoint: Endpoint, delivery: Delivery, lane: anyio.CapacityLimiter, tally: Tally) -> None:
        async with lane, self._limiter:
            if self._pause_seconds(endpoint.name):
                return
            begun = self.clock.monotonic()
            posted = await posting.post(
                self.transport, endpoint, delivery, now=self.clock.now(), timeout_seconds=self.timeout_seconds
            )
            seconds = self.clock.monotonic() - begun
            # It was sent: a stop must not keep us from writing down what came of it.
            with anyio.move_on_after(RECORD_SECONDS_MAX, shield=True):
                await self._record(endpoint, delivery, posted, seconds, tally)

    async def _record(
        self, endpoint: Endpoint, delivery: Delivery, posted: Posted, seconds: float, tally: Tally
    ) -> None:
        now = self.clock.now()
        attempts = delivery.attempts + 1
        decision = redelivery.next_attempt(attempts, posted.answer, now=now, jitter_unit=self.rng.random())
        after = replace(
            delivery,
            state=decision.state,
            attempts=attempts,
            last_error=posted.error,
            next_attempt_at=moment.text(decision.next_attempt_at or now),
            delivered_at=moment.text(now) if decision.state is DeliveryState.DELIVERED else None,
        )
        if decision.pause_seconds:
            self._paused_until[endpoint.name] = self.clock.monotonic() + decision.pause_seconds
        await self.ledger.update_delivery(after)
        given_up = await self._give_up(endpoint, decision, posted.error)
        _count(tally, decision.state)
        self.told(Attempted(delivery=after, status=posted.answer.status, seconds=seconds, given_up=given_up))

    async def _give_up(self, endpoint: Endpoint, decision: Decision, reason: str) -> int:
        if not decision.disable:
            return 0
        return await self.ledger.disable_endpoint(endpoint, now=moment.text(self.clock.now()), reason=reason)


def _count(tally: Tally, state: DeliveryState) -> None:
    match state:
        case DeliveryState.DELIVERED:
            tally.delivered += 1
        case DeliveryState.PENDING:
            tally.retrying += 1
        case DeliveryState.DEAD:
            tally.dead += 1
