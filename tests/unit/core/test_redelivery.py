"""When a webhook is tried again, as a table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import redelivery
from reconciler.core.redelivery import Answer
from reconciler.model.outcome import DeliveryState

NOW = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
DELIVERED, PENDING, DEAD = DeliveryState.DELIVERED, DeliveryState.PENDING, DeliveryState.DEAD


def decide(status, attempts=1, *, retry_after=None, jitter=0.5):
    answer = Answer(status=status, retry_after_seconds=retry_after)
    return redelivery.next_attempt(attempts, answer, now=NOW, jitter_unit=jitter)


def wait(decision) -> float:
    return (decision.next_attempt_at - NOW).total_seconds()


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, DELIVERED), (201, DELIVERED), (204, DELIVERED), (299, DELIVERED),
        (100, PENDING), (199, PENDING), (300, PENDING), (301, PENDING), (307, PENDING), (400, PENDING), (401, PENDING),
        (404, PENDING), (408, PENDING), (429, PENDING), (500, PENDING), (502, PENDING), (503, PENDING), (None, PENDING),
        (410, DEAD), (415, DEAD),
    ],
)  # fmt: skip
def test_only_2xx_is_success_and_only_two_answers_are_final(status, state):
    decision = decide(status)
    assert decision.state is state
    assert (decision.next_attempt_at is not None) is (state is PENDING)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 5), (2, 300), (3, 1800), (4, 7200), (5, 18000), (6, 36000), (7, 50400), (8, 72000), (9, 86400)],
)
def test_the_schedule(attempts, seconds):
    assert wait(decide(500, attempts)) == seconds


@pytest.mark.parametrize("attempts", [10, 11])
def test_after_ten_attempts_it_is_a_dead_letter(attempts):
    assert decide(500, attempts).state is DEAD
    assert decide(500, attempts).disable is False
    assert decide(200, attempts).state is DELIVERED


def test_ten_attempts_take_75_hours_and_35_minutes():
    assert timedelta(seconds=sum(redelivery.SCHEDULE_SECONDS)) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.parametrize(("unit", "seconds"), [(0.0, 270), (0.5, 300), (0.9999999, 330)])
def test_jitter_is_ten_percent_both_ways(unit, seconds):
    assert wait(decide(500, 2, jitter=unit)) == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize(
    ("status", "retry_after", "waited", "paused"),
    [
        (503, 120, 120, 120),
        (503, 1, 5, 1),
        (400, 30, 30, 30),
        (429, 10, 10, 10),
        (503, 10**9, 86400, 86400),
        (429, None, 5, 60),
        (502, None, 5, 60),
        (504, None, 5, 60),
        (503, None, 5, 0),
        (500, None, 5, 0),
        (None, None, 5, 5),
    ],
)
def test_retry_after_is_obeyed_and_an_overloaded_endpoint_gets_a_pause(status, retry_after, waited, paused):
    decision = decide(status, retry_after=retry_after)
    assert (wait(decision), decision.pause_seconds) == (waited, paused)


def test_an_endpoint_that_is_gone_is_disabled_and_one_that_refuses_the_format_is_not():
    assert decide(410).disable is True
    assert decide(415).disable is False


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120), (" 7 ", 7), ("0", 0), ("Fri, 20 Nov 2026 10:01:00 GMT", 60),
        ("Fri, 20 Nov 2026 09:00:00 GMT", 0), ("Fri, 20 Nov 2026 11:00:30 +0100", 30),
        (None, None), ("", None), ("soon", None), ("-5", None), ("1.5", None), ("٣", None),
        ("99999999999999", 9999999999),        ("Fri, 99 Nov 2026 10:01:00 GMT", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(header, seconds):
    assert redelivery.retry_after_seconds(header, now=NOW) == seconds


@given(st.text())
def test_no_retry_after_header_breaks_us(header):
    seconds = redelivery.retry_after_seconds(header, now=NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(1, 12), st.integers(100, 599) | st.none(), st.floats(0, 1e12) | st.none(), st.floats(0, 0.999))
def test_the_next_attempt_is_always_later(attempts, status, retry_after, jitter):
    decision = decide(status, attempts, retry_after=retry_after, jitter=jitter)
    assert decision.next_attempt_at is None or decision.next_attempt_at > NOW
