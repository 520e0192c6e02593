"""The breaker: opens on proof, stays open for a while, believes one probe."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core import breaker
from reconciler.core.breaker import Breaker, Leave, Stay, Verdict

WORKS, FAILS, DENIED, NOTHING, UNKNOWN = (
    Verdict.WORKS,
    Verdict.FAILS,
    Verdict.DENIES_US,
    Verdict.SAYS_NOTHING,
    Verdict.UNKNOWN,
)


def after(*verdicts: Verdict, state: Breaker = Breaker(), start: float = 0.0, step: float = 0.1) -> Breaker:  # noqa: B008
    """The state once these calls, none a probe, have ended one after the other."""
    for number, verdict in enumerate(verdicts):
        state = breaker.ended(state, Leave(), verdict, start + number * step, why="HTTP 503")
    return state


def opened(seconds: float = 30.0) -> Breaker:
    return Breaker(open=breaker.Open(until=seconds, seconds=seconds, why="HTTP 503"))


@pytest.mark.parametrize(
    ("verdicts", "is_open"),
    [
        ([FAILS] * 19, False),  # too few to judge
        ([FAILS] * 20, True),
        ([WORKS, FAILS] * 10, True),  # exactly half
        ([WORKS, WORKS, FAILS] * 10, False),
        ([NOTHING] * 100, False),  # refusals of single requests and 429
        ([FAILS] * 19 + [NOTHING] * 50, False),
        ([UNKNOWN] * 100, False),
        ([DENIED], True),
    ],
)
def test_half_of_twenty_or_one_denial_open_it(verdicts, is_open):
    assert (after(*verdicts).open is not None) is is_open


def test_what_is_older_than_half_a_minute_is_forgotten():
    state = after(*[FAILS] * 19)
    assert after(FAILS, state=state, start=31.0).open is None
    assert after(FAILS, state=state, start=29.0).open is not None


def test_nothing_leaves_while_it_is_open_and_the_reason_is_told():
    state = after(*[FAILS] * 20, start=100.0)
    assert breaker.ask(state, 110.0) == Stay(
        "20 of 20 requests failed within 30 s: HTTP 503", pytest.approx(100 + 1.9 + 30 - 110)
    )


def test_then_one_probe_goes_and_nobody_with_it():
    state = opened()
    probe = breaker.ask(state, 30.0)
    assert probe == Leave(is_probe=True)
    state = breaker.left(state, probe)
    assert breaker.ask(state, 31.0) == Stay("HTTP 503", 0.0)


@pytest.mark.parametrize("verdict", [WORKS, NOTHING])
def test_a_probe_that_is_answered_closes_it(verdict):
    state = breaker.left(opened(), Leave(is_probe=True))
    assert breaker.ended(state, Leave(is_probe=True), verdict, 31.0) == Breaker()


@pytest.mark.parametrize("verdict", [FAILS, DENIED])
def test_a_probe_that_fails_keeps_it_open_twice_as_long_up_to_five_minutes(verdict):
    state, waits, now = opened(), [], 30.0
    for _ in range(5):
        probe = breaker.ask(state, now)
        state = breaker.ended(breaker.left(state, probe), probe, verdict, now, why="still down")
        waits.append(state.open.seconds)
        now = state.open.until
    assert waits == [60, 120, 240, 300, 300]


def test_a_probe_cut_off_by_ourselves_lets_another_go():
    state = breaker.left(opened(), Leave(is_probe=True))
    state = breaker.ended(state, Leave(is_probe=True), UNKNOWN, 31.0)
    assert breaker.ask(state, 31.0) == Leave(is_probe=True)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_requests_that_left_before_it_opened_change_nothing(verdict):
    assert breaker.ended(opened(), Leave(), verdict, 5.0) == opened()


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(list(Verdict)), st.floats(0.0, 20.0)), max_size=80))
def test_it_is_never_open_for_longer_than_five_minutes_and_its_memory_is_bounded(steps):
    state, now = Breaker(), 0.0
    for verdict, pause in steps:
        now += pause
        leave = breaker.ask(state, now)
        if isinstance(leave, Stay):
            assert leave.next_probe_seconds <= breaker.OPEN_SECONDS_MAX
            continue
        state = breaker.ended(breaker.left(state, leave), leave, verdict, now)
        assert len(state.seconds) <= breaker.SECONDS_COUNTED
