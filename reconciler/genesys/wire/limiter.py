"""The gate every API request passes: at most so many in flight, and none that the rate window does not allow.

`core.pacing` decides, this module waits. Waiters go in the order they came.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import anyio

from reconciler.core import pacing
from reconciler.errors import RateLimited
from reconciler.ports import Clock


class Slot:
    """The right to send one request; `answered` tells the gate what the answer's headers say."""

    def __init__(self, gate: Gate, sent_at: float) -> None:
        self._gate, self._sent_at = gate, sent_at
        self._open = True

    def answered(self, headers: Mapping[str, str] | None, *, retry_after_seconds: float | None = None) -> None:
        """Call once when the exchange has ended; headers None when there was no answer."""
        if self._open:
            self._open = False
            self._gate.settle(headers, sent_at=self._sent_at, retry_after_seconds=retry_after_seconds)


class Gate:
    def __init__(self, *, clock: Clock, concurrency_max: int, wait_seconds_max: float) -> None:
        self._clock, self._wait_seconds_max = clock, wait_seconds_max
        self._places = anyio.Semaphore(concurrency_max)
        self._turn = anyio.Lock()
        self._pace = pacing.Pace()
        self._news = anyio.Event()

    @property
    def allowed(self) -> int | None:
        """Requests per window, as the platform last said."""
        return self._pace.allowed

    def remaining(self) -> int | None:
        return pacing.remaining(self._pace, self._clock.monotonic())

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[Slot]:
        """Wait for our turn, hold a place while the block runs. Raises RateLimited when the wait would be too long."""
        async with self._places:
            async with self._turn:
                await self._wait()
                now = self._clock.monotonic()
                self._pace = pacing.sent(self._pace, now)
            slot = Slot(self, now)
            try:
                yield slot
            finally:
                slot.answered(None)

    async def _wait(self) -> None:
        started = self._clock.monotonic()
        while True:
            now = self._clock.monotonic()
            match pacing.decide(self._pace, now):
                case pacing.Go():
                    return
                case pacing.Wait(seconds=seconds):
                    if now - started + seconds > self._wait_seconds_max:
                        raise too_long(seconds)
                    await self._clock.sleep(seconds)
                case pacing.WaitForAnswer():
                    # Every request in flight has a deadline, so this wait has one too.
                    await self._news.wait()

    def settle(self, headers: Mapping[str, str] | None, *, sent_at: float, retry_after_seconds: float | None) -> None:
        now = self._clock.monotonic()
        reading = read_headers(headers) if headers is not None else None
        self._pace = pacing.answered(self._pace, reading, sent_at=sent_at, now=now)
        if retry_after_seconds is not None:
            self._pace = pacing.refused(self._pace, retry_after_seconds=retry_after_seconds, now=now)
        self._news.set()
        self._news = anyio.Event()


def too_long(seconds: float) -> RateLimited:
    error = RateLimited(
        f"The platform asks to wait {seconds:.0f} s before the next request, longer than we wait in one pass. "
        "Nothing was sent; the next pass tries again.",
        status=429,
    )
    error.retry_after = seconds
    return error


def read_headers(headers: Mapping[str, str]) -> pacing.Reading | None:
    """The three rate headers, None when one is missing or no number."""
    texts = [headers.get(f"inin-ratelimit-{name}", "").strip() for name in ("count", "allowed", "reset")]
    try:
        count, allowed, reset = int(texts[0]), int(texts[1]), float(texts[2])
    except ValueError:
        return None
    if not (count >= 0 and allowed > 0 and 0 <= reset <= 86_400):
        return None
    return pacing.Reading(count, allowed, reset, exact="." in texts[2])
