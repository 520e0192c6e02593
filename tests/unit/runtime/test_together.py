"""Several jobs with one error out, and work that ends with a stop."""

from __future__ import annotations

import anyio
import pytest

from reconciler.errors import Stopped, Unavailable, UsageError
from reconciler.runtime.together import single, together, unless_stopped, within
from tests.clocks import ManualClock

pytestmark = pytest.mark.anyio


def giving(value):
    async def job():
        return value

    return job


def raising(error):
    async def job():
        raise error

    return job


async def test_results_come_back_by_key():
    assert await together({"a": giving(1), "b": giving(2)}) == {"a": 1, "b": 2}


async def test_the_error_of_our_tree_comes_out_alone():
    with pytest.raises(Unavailable, match="down"):
        await together({"a": giving(1), "b": raising(Unavailable("down"))})


async def test_what_nobody_expects_comes_out_with_everything():
    with pytest.raises(BaseExceptionGroup):
        await together({"a": raising(KeyError("bug")), "b": raising(Unavailable("down"))})


def test_the_first_of_nested_errors_is_the_one():
    inner = ExceptionGroup("inner", [UsageError("first"), UsageError("second")])
    assert str(single(ExceptionGroup("outer", [inner]))) == "first"


async def test_work_without_a_stop_gives_its_result():
    assert await unless_stopped(anyio.Event(), giving(1)) == 1


async def test_work_without_a_stop_raises_what_it_raises():
    with pytest.raises(UsageError):
        await unless_stopped(anyio.Event(), raising(UsageError("no")))


async def test_a_stop_drops_the_work():
    stop = anyio.Event()

    async def work():
        stop.set()
        await anyio.sleep_forever()

    with pytest.raises(Stopped):
        await unless_stopped(stop, work)


async def test_a_stop_asked_for_before_drops_it_too():
    stop = anyio.Event()
    stop.set()
    with pytest.raises(Stopped):
        await unless_stopped(stop, anyio.sleep_forever)


async def test_time_that_runs_out_drops_the_work():
    clock, done = ManualClock(), []

    async def wait():
        await within(clock, 5, anyio.sleep_forever)
        done.append(clock.elapsed)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await clock.advance(4)
        assert done == []
        await clock.advance(2)
        assert done == [5.0]


async def test_work_that_ends_in_time_leaves_no_sleeper():
    clock = ManualClock()
    await within(clock, 5, giving(None))
    assert clock.sleepers == []
