"""The gate: its order, its bound on places, and silence after a 429."""

from __future__ import annotations

import pytest
from genesys_stage import Time

from reconciler.errors import RateLimited
from reconciler.genesys.wire import limiter
from reconciler.genesys.wire.limiter import Gate

pytestmark = pytest.mark.anyio
PLENTY = {"inin-ratelimit-count": "1", "inin-ratelimit-allowed": "300", "inin-ratelimit-reset": "60"}


def gate(clock, *, wait_seconds_max=900.0):
    return Gate(clock=clock, concurrency_max=10, wait_seconds_max=wait_seconds_max)


async def passed(gate, clock, headers=PLENTY, **more):
    """When a request got through."""
    async with gate.slot() as slot:
        moment = clock.passed
        slot.answered(headers, **more)
    return moment


async def test_after_a_refusal_nothing_passes_before_the_named_seconds():
    clock = Time()
    tested = gate(clock)
    begun = await passed(tested, clock, retry_after_seconds=20.0)
    assert await passed(tested, clock) - begun == 20.0


async def test_a_full_window_is_waited_out_once():
    clock = Time()
    tested = gate(clock)
    begun = await passed(tested, clock, {**PLENTY, "inin-ratelimit-count": "300", "inin-ratelimit-reset": "30"})
    assert 30.0 <= await passed(tested, clock) - begun <= 31.0


async def test_a_wait_beyond_the_bound_is_refused_at_once():
    clock = Time()
    tested = gate(clock, wait_seconds_max=10.0)
    await passed(tested, clock, retry_after_seconds=3600.0)
    with pytest.raises(RateLimited, match="asks to wait 3600 s") as caught:
        await passed(tested, clock)
    assert caught.value.retry_after == 3600.0
    assert clock.naps == []


async def test_a_request_that_fails_gives_its_place_back():
    clock = Time()
    tested = gate(clock)
    for _ in range(25):
        with pytest.raises(ZeroDivisionError):
            async with tested.slot():
                raise ZeroDivisionError
    assert await passed(tested, clock) == clock.passed


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"inin-ratelimit-count": "x"},
        {"inin-ratelimit-allowed": "0"},
        {"inin-ratelimit-count": "-1"},
        {"inin-ratelimit-reset": "nan"},
        {"inin-ratelimit-reset": "inf"},
    ],
)
def test_headers_that_are_no_numbers_say_nothing(broken):
    assert limiter.read_headers({**PLENTY, **broken} if broken else {}) is None
