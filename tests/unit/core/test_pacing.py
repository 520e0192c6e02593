"""Pacing: as much as the platform allows and never more, whatever its clock rounds to."""

from __future__ import annotations

import heapq
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core import pacing
from reconciler.core.pacing import Go, Pace, Reading, Wait, WaitForAnswer


class Platform:
    """Fixed windows of `seconds`, counting what arrives; `rounded` makes the reset header."""

    def __init__(self, allowed, seconds, rounded, start=0.0):
        self.allowed, self.seconds, self.rounded, self.start = allowed, seconds, rounded, start
        self.counts, self.refused = {}, 0

    def ask(self, now):
        window = math.floor((now - self.start) / self.seconds)
        self.counts[window] = self.counts.get(window, 0) + 1
        if self.counts[window] > self.allowed:
            self.refused += 1
        left = self.start + (window + 1) * self.seconds - now
        reset = self.rounded(left)
        return Reading(self.counts[window], self.allowed, reset, exact=isinstance(reset, float))


class Lazy(Platform):
    """A window begins with the first request after the last one ended: whoever waits too long loses that time."""

    def ask(self, now):
        if now >= self.start + self.seconds:
            self.start, self.counts = now, {**self.counts, len(self.counts): 0}
        window = len(self.counts) - 1
        self.counts[window] += 1
        if self.counts[window] > self.allowed:
            self.refused += 1
        reset = self.rounded(self.start + self.seconds - now)
        return Reading(self.counts[window], self.allowed, reset, exact=isinstance(reset, float))


def load(platform, requests, *, latency=0.2, concurrency=10, seconds_max=10_000.0):
    """Send so many requests as fast as pacing lets us; the seconds it took, and the shortest wait asked for."""
    now, pace, left, shortest = 0.0, Pace(), requests, math.inf
    flying = []
    while left or flying:
        assert now < seconds_max, "livelock"
        decision = pacing.decide(pace, now) if left and len(flying) < concurrency else WaitForAnswer()
        match decision:
            case Go():
                pace = pacing.sent(pace, now)
                left -= 1
                heapq.heappush(flying, (now + latency, now, left, platform.ask(now + latency / 2)))
                continue
            case Wait(seconds=seconds):
                shortest = min(shortest, seconds)
                moment = now + seconds
            case WaitForAnswer():
                assert flying, "waits for an answer that nobody will give"
                moment = math.inf
        if flying and flying[0][0] <= moment:
            now, sent_at, _, reading = heapq.heappop(flying)
            pace = pacing.answered(pace, reading, sent_at=sent_at, now=now)
        else:
            now = moment
    return now, shortest


ROUNDINGS = {"up": math.ceil, "down": math.floor, "nearest": round, "exact": float}


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_a_long_load_sees_no_refusal_and_fills_every_window(rounding):
    platform = Platform(300, 60.0, ROUNDINGS[rounding], start=-17.3)
    load(platform, 3_000)
    assert platform.refused == 0
    full = [count for window, count in sorted(platform.counts.items())][:-1]
    assert min(full) >= 0.95 * 300, full


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("latency", [0.005, 0.05])
def test_short_windows_are_used_to_95_percent_too(rounding, latency):
    platform = Lazy(300, 6.0, ROUNDINGS[rounding], start=-10.0)
    took, _ = load(platform, 3_001, latency=latency)
    assert platform.refused == 0
    assert took <= 60.0 / 0.95


def test_a_scout_leaves_when_the_window_may_have_ended_and_only_one_at_a_time():
    pace = Pace(allowed=300, window=pacing.Window(298, 60.0, 61.2))
    assert pacing.decide(pace, 58.2) == Wait(pytest.approx(2.0))
    assert pacing.decide(pace, 60.2) == Go()
    flying = pacing.sent(pace, 60.2)
    assert pacing.decide(flying, 60.2) == WaitForAnswer()
    over = pacing.answered(flying, Reading(1, 300, 60), sent_at=60.2, now=60.3)
    assert pacing.decide(over, 60.3) == Go()


def test_a_scout_that_came_early_costs_a_wait_and_no_refusal():
    pace = pacing.sent(Pace(allowed=300, window=pacing.Window(298, 60.0, 61.2)), 60.2)
    early = pacing.answered(pace, Reading(299, 300, 1), sent_at=60.2, now=60.3)
    assert pacing.decide(early, 60.3) == Wait(pytest.approx(0.4))
    last = pacing.answered(pacing.sent(early, 60.7), Reading(300, 300, 0), sent_at=60.7, now=60.8)
    assert pacing.decide(last, 60.8) == Wait(pytest.approx(0.4))


@pytest.mark.parametrize("rounding", ["up", "nearest", "exact"])
def test_short_windows_do_not_stall(rounding):
    platform = Platform(20, 2.0, ROUNDINGS[rounding])
    took, _ = load(platform, 200, latency=0.01)
    assert platform.refused == 0
    assert took < 60


def test_no_wait_is_shorter_than_a_millisecond():
    pace = Pace(allowed=1, window=pacing.Window(1, 10.0, 10.0))
    assert pacing.decide(pace, 10.0 - 1e-12) == Wait(pacing.WAIT_SECONDS_MIN)


def test_until_the_budget_is_known_one_request_finds_out():
    assert pacing.decide(Pace(), 0.0) == Go()
    assert pacing.decide(pacing.sent(Pace(), 0.0), 0.0) == WaitForAnswer()


def test_requests_in_flight_count_against_the_budget():
    pace = Pace(allowed=3, window=pacing.Window(1, 50.0, 60.0), in_flight=2)
    assert pacing.decide(pace, 0.0) == WaitForAnswer()


def test_nothing_leaves_before_retry_after_has_passed():
    pace = pacing.refused(Pace(allowed=300), retry_after_seconds=17, now=100.0)
    assert pacing.decide(pace, 100.0) == Wait(17.0)
    assert pacing.decide(pace, 116.999) == Wait(pytest.approx(0.001))
    assert pacing.decide(pace, 117.0) == Go()


def test_a_shorter_retry_after_does_not_shorten_a_longer_one():
    pace = pacing.refused(Pace(), retry_after_seconds=30, now=0.0)
    assert pacing.refused(pace, retry_after_seconds=2, now=1.0).not_before == 30.0


def test_requests_of_others_with_the_same_token_are_counted():
    pace = pacing.sent(Pace(), 0.0)
    pace = pacing.answered(pace, Reading(298, 300, 30), sent_at=0.0, now=0.1)
    assert pacing.remaining(pace, 0.1) == 2


def test_an_answer_that_was_overtaken_by_the_next_window_changes_nothing():
    pace = Pace(allowed=300, window=pacing.Window(5, 119.0, 120.5), in_flight=1)
    late = pacing.answered(pace, Reading(300, 300, 0), sent_at=59.0, now=62.0)
    assert late.window == pace.window


def test_a_request_without_an_answer_counts_as_one_the_platform_saw():
    pace = pacing.sent(Pace(allowed=10, window=pacing.Window(4, 50.0, 60.0)), 0.0)
    assert pacing.answered(pace, None, sent_at=0.0, now=1.0).window == pacing.Window(5, 50.0, 60.0)


@settings(max_examples=60, deadline=None)
@given(
    allowed=st.integers(5, 400),
    seconds=st.floats(15.0, 90.0),
    start=st.floats(-90.0, 0.0),
    latency=st.floats(0.001, 3.0),
    rounding=st.sampled_from(sorted(ROUNDINGS)),
)
def test_whatever_the_platform_nothing_is_refused_and_nothing_hangs(allowed, seconds, start, latency, rounding):
    platform = Platform(allowed, seconds, ROUNDINGS[rounding], start)
    load(platform, allowed * 3, latency=latency, seconds_max=1e6)
    assert platform.refused == 0
