"""Blocking work on a worker thread, as `ports.Offload`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

T = TypeVar("T")


class ThreadOffload:
    """One thread at a time per instance, so the work of one instance never runs beside itself.

    Work that has begun is always finished, even when the caller is cancelled: a database transaction or a file read
    cut in half would be worse than a late answer. The work must therefore bound its own time.
    """

    def __init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(1)

    async def __call__(self, work: Callable[[], T], /) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)
