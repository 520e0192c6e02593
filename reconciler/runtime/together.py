"""Several jobs at once under one parent, with one error out; and work that ends with a stop.

A task group wraps failures in a group; callers here want the one sentence that explains it, so the first error of our
own tree is raised alone and the others are its context.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

import anyio

from reconciler.errors import ReconcilerError, Stopped
from reconciler.ports import Clock

T = TypeVar("T")
K = TypeVar("K")


async def together(jobs: Mapping[K, Callable[[], Awaitable[T]]]) -> dict[K, T]:
    """Run all jobs concurrently and return their results by key.

    Raises the first ReconcilerError when one fails (the rest are cancelled), or the group when something else broke.
    """
    results: dict[K, T] = {}

    async def one(key: K, job: Callable[[], Awaitable[T]]) -> None:
        results[key] = await job()

    try:
        async with anyio.create_task_group() as tasks:
            for key, job in jobs.items():
                tasks.start_soon(one, key, job, name=str(key))
    except BaseExceptionGroup as group:
        raise single(group) from group
    return results


async def unless_stopped(stop: anyio.Event, work: Callable[[], Awaitable[T]]) -> T:
    """Do the work, or drop it the moment a stop is asked for. Only for work that may be cut anywhere.

    Raises Stopped when it was dropped, otherwise what the work raises.
    """
    results: list[T] = []
    try:
        async with anyio.create_task_group() as tasks:

            async def watch() -> None:
                await stop.wait()
                tasks.cancel_scope.cancel()

            tasks.start_soon(watch, name="stop watch")
            results.append(await work())
            tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        raise single(group) from group
    if not results:
        raise Stopped("Stopped on request before anything was decided; the next pass starts over.")
    return results[0]


async def within(clock: Clock, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Do the work for at most so many seconds of the given clock, then drop it."""
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            await clock.sleep(seconds)
            tasks.cancel_scope.cancel()

        tasks.start_soon(watch, name="time limit")
        await work()
        tasks.cancel_scope.cancel()


def single(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error worth telling, or the group itself when it holds anything unexpected."""
    known, rest = group.split(ReconcilerError)
    if rest is not None or known is None:
        return group
    first: BaseException = known
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return first
