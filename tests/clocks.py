"""A clock moved by hand, as `ports.Clock`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import anyio
import anyio.lowlevel

from tests.builders import NOON

TURNS_MAX = 10_000


class ManualClock:
    """Stands still until advanced. Sleepers wake in the order of their time; each sees the time it waited for."""

    def __init__(self, start: datetime = NOON) -> None:
        self.elapsed = 0.0
        self._start = start
        self._sleepers: list[tuple[float, int, anyio.Event]] = []
        self._slept = 0

    def now(self) -> datetime:
        return (self._start + timedelta(seconds=self.elapsed)).astimezone(UTC)

    def monotonic(self) -> float:
        return self.elapsed

    @property
    def sleepers(self) -> list[float]:
        """Seconds from now until each sleeper wakes."""
        return sorted(due - self.elapsed for due, _, _ in self._sleepers)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await anyio.lowlevel.checkpoint()
            return
        self._slept += 1
        sleeper = (self.elapsed + seconds, self._slept, anyio.Event())
        self._sleepers.append(sleeper)
        try:
            await sleeper[2].wait()
        finally:
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    async def settle(self) -> None:
        """Let everybody run until all wait for something. Knows nothing of sockets and threads."""
        ready = asyncio.get_running_loop()._ready  # anyio's own way to ask takes a tenth of a second
        for _ in range(TURNS_MAX):
            await anyio.lowlevel.checkpoint()
            if not ready:
                return
        raise AssertionError("they never come to rest")

    async def advance(self, seconds: float) -> None:
        """Move on, stopping at every moment at which somebody wakes, until all wait again."""
        end = self.elapsed + seconds
        await self.settle()
        while self._sleepers and min(self._sleepers)[0] <= end:
            due, _, event = min(self._sleepers, key=lambda sleeper: sleeper[:2])
            self.elapsed = max(self.elapsed, due)
            event.set()
            await self.settle()
        self.elapsed = end
        await self.settle()
