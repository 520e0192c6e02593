import threading
from datetime import UTC, datetime, timedelta

import anyio
import pytest

from reconciler.adapters.chance import SystemIds, SystemRng
from reconciler.adapters.clock import SystemClock
from reconciler.adapters.offload import ThreadOffload

pytestmark = pytest.mark.anyio


async def test_the_clock_is_aware_and_goes_forward():
    clock = SystemClock()
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
    before = clock.monotonic()
    await clock.sleep(0.01)
    await clock.sleep(-1)
    assert clock.monotonic() - before >= 0.01


def test_ids_are_fresh_and_safe_in_a_url():
    ids = {SystemIds().new() for _ in range(100)}
    assert len(ids) == 100
    assert all(id.isalnum() and id.isascii() for id in ids)


def test_chance_is_at_least_nought_and_below_one():
    rng = SystemRng()
    assert all(0 <= rng.random() < 1 for _ in range(1000))


async def test_offloaded_work_runs_in_another_thread_one_at_a_time():
    offload, running, most = ThreadOffload(), 0, 0
    lock = threading.Lock()

    def work():
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.01)
        with lock:
            running -= 1
        return threading.get_ident()

    threads = []
    async with anyio.create_task_group() as group:
        for _ in range(5):

            async def one():
                threads.append(await offload(work))

            group.start_soon(one)
    assert most == 1
    assert threading.get_ident() not in threads


async def test_work_that_began_is_finished_though_the_caller_is_cancelled():
    offload, began, go, done = ThreadOffload(), threading.Event(), threading.Event(), []

    def work():
        began.set()
        go.wait(10)
        done.append(True)

    async with anyio.create_task_group() as group:
        group.start_soon(offload, work)
        await anyio.to_thread.run_sync(began.wait)
        group.cancel_scope.cancel()
        go.set()
    assert done == [True]


async def test_an_error_in_offloaded_work_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        await ThreadOffload()(lambda: 1 / 0)
