"""When to look again: file events, a timer and outside pokes, merged into a mailbox of one.

A hint carries no facts. Ten hints between two looks make one look, a lost one costs a poll interval, and where the
machine cannot watch files the timer alone keeps things going.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Final

import anyio

from reconciler.errors import SourceError
from reconciler.ports import Clock, Files, Rng

POLL_SECONDS: Final = 60.0
JITTER: Final = 0.05

START: Final = "start"
TIMER: Final = "timer"
FILES: Final = "files"

Poke = Callable[[str], None]


class Mailbox:
    """Holds at most one hint: the set of reasons that have come since the last look."""

    def __init__(self) -> None:
        self._reasons: set[str] = set()
        self._arrived = anyio.Event()

    def poke(self, reason: str) -> None:
        """Ask for a look. Never waits; to be called from the event loop."""
        self._reasons.add(reason)
        self._arrived.set()

    def __aiter__(self) -> Mailbox:
        return self

    async def __anext__(self) -> frozenset[str]:
        """Wait for a hint and take it: why to look."""
        await self._arrived.wait()
        reasons = frozenset(self._reasons)
        self._reasons.clear()
        self._arrived = anyio.Event()
        return reasons


async def tick(poke: Poke, *, clock: Clock, rng: Rng, interval_seconds: float = POLL_SECONDS) -> None:
    """Poke each interval, give or take five per cent so that many processes do not ask in step. Runs for ever."""
    while True:
        await clock.sleep(interval_seconds * (1.0 + JITTER * (2.0 * rng.random() - 1.0)))
        poke(TIMER)


async def follow(
    poke: Poke,
    *,
    files: Files,
    watched: Callable[[], Awaitable[Sequence[str]]],
    clock: Clock,
    on_trouble: Callable[[str], None],
    retry_seconds: float = POLL_SECONDS,
) -> None:
    """Poke on file events, for ever, or until there is nothing to watch by nature (a remote repository). When the
    machine cannot watch, it says so once and tries again later."""
    told = ""
    while True:
        paths = await watched()
        if not paths:
            return
        try:
            async with aclosing(files.watch(*paths)) as events:
                async for _ in events:
                    told = ""
                    poke(FILES)
                    if await watched() != paths:
                        break
                else:
                    await clock.sleep(retry_seconds)
        except SourceError as error:
            if str(error) != told:
                told = str(error)
                on_trouble(told)
            await clock.sleep(retry_seconds)


@asynccontextmanager
async def hints(
    *,
    files: Files,
    watched: Callable[[], Awaitable[Sequence[str]]],
    clock: Clock,
    rng: Rng,
    on_trouble: Callable[[str], None],
    interval_seconds: float = POLL_SECONDS,
) -> AsyncIterator[Mailbox]:
    """A mailbox that file events and the timer fill for as long as the block is open; its first hint is there at once.

    Iterate over it to wait for the next hint, `poke` it from a signal or a request.
    """
    mailbox = Mailbox()
    mailbox.poke(START)

    async def following() -> None:
        await follow(mailbox.poke, files=files, watched=watched, clock=clock, on_trouble=on_trouble)

    async def ticking() -> None:
        await tick(mailbox.poke, clock=clock, rng=rng, interval_seconds=interval_seconds)

    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(following, name="file events")
        tasks.start_soon(ticking, name="poll timer")
        try:
            yield mailbox
        except Exception as error:  # noqa: BLE001 - raised again below, so that the task group does not wrap it
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure
