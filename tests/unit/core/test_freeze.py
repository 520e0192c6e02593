from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core import freeze
from reconciler.model.policy import FreezeWindow

HOUR = 3600.0
NIGHT = FreezeWindow(kind="deny", schedule="0 22 * * *", duration_seconds=8 * HOUR, time_zone="Europe/Madrid")
OFFICE = FreezeWindow(kind="allow", schedule="0 9 * * mon-fri", duration_seconds=8 * HOUR)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "minutes", "hours", "days", "months", "weekdays"),
    [
        ("0 22 * * *", {0}, {22}, range(1, 32), range(1, 13), range(7)),
        ("*/15 0-6/2 1,15 * 0", {0, 15, 30, 45}, {0, 2, 4, 6}, {1, 15}, range(1, 13), {0}),
        ("5/20 8 * jan,Dec MON-Fri", {5, 25, 45}, {8}, range(1, 32), {1, 12}, {1, 2, 3, 4, 5}),
        ("0 0 * * 7", {0}, {0}, range(1, 32), range(1, 13), {0}),
        ("0 0 * * 5-7", {0}, {0}, range(1, 32), range(1, 13), {5, 6, 0}),
        ("59 23 31 12 6", {59}, {23}, {31}, {12}, {6}),
        ("  0   0 * *   * ", {0}, {0}, range(1, 32), range(1, 13), range(7)),
    ],
)
def test_a_schedule_reads_as_cron_does(expression, minutes, hours, days, months, weekdays):
    parsed = freeze.parse(expression)
    assert parsed.minutes == set(minutes)
    assert parsed.hours == set(hours)
    assert parsed.days == set(days)
    assert parsed.months == set(months)
    assert parsed.weekdays == set(weekdays)


@pytest.mark.parametrize(
    "expression",
    [
        "", "0 22 * *", "0 22 * * * *", "60 0 * * *", "0 24 * * *", "0 0 0 * *", "0 0 32 * *", "0 0 * 13 *",
        "0 0 * * 8", "a 0 * * *", "0 0 * foo *", "5-1 0 * * *", "0 0 * * fri-sun", "*/0 0 * * *", "*/x 0 * * *",
        "-5 0 * * *", "1- 0 * * *", "1,,2 0 * * *", "@daily", "jan 0 * * *", "0 0 * mon *",
    ],
)  # fmt: skip
def test_a_wrong_schedule_is_refused(expression):
    with pytest.raises(ValueError, match=r"\w"):
        freeze.parse(expression)


@pytest.mark.parametrize(
    ("expression", "day", "fires"),
    [
        ("0 0 * * *", "2026-03-02", True),
        ("0 0 13 * *", "2026-03-13", True),
        ("0 0 13 * *", "2026-03-14", False),
        ("0 0 * * fri", "2026-03-13", True),
        ("0 0 * * fri", "2026-03-12", False),
        # Both day fields restricted: either may match, as cron has it.
        ("0 0 13 * fri", "2026-03-13", True),
        ("0 0 13 * fri", "2026-03-06", True),
        ("0 0 13 * fri", "2026-04-13", True),
        ("0 0 13 * fri", "2026-03-12", False),
        ("0 0 13 5 fri", "2026-03-13", False),
        ("0 0 29 2 *", "2028-02-29", True),
        ("0 0 * * sun", "2026-03-01", True),
    ],
)
def test_day_of_month_and_weekday_join_as_in_cron(expression, day, fires):
    assert freeze.parse(expression).fires_on(datetime.fromisoformat(day)) is fires


@pytest.mark.parametrize(
    ("now", "active"),
    [
        # Winter: Madrid is UTC+1, so 22:00 there is 21:00 UTC.
        ("2026-01-10T20:59:59", False),
        ("2026-01-10T21:00:00", True),
        ("2026-01-11T04:59:59", True),
        ("2026-01-11T05:00:00", False),
        # In summer it is two hours ahead.
        ("2026-07-10T19:59:59", False),
        ("2026-07-10T20:00:00", True),
        ("2026-07-11T03:59:59", True),
        ("2026-07-11T04:00:00", False),
        # The night of 29 March loses an hour: eight hours from 22:00 end at 07:00 local, 05:00 UTC.
        ("2026-03-29T04:59:59", True),
        ("2026-03-29T05:00:00", False),
    ],
)
def test_a_window_lives_in_its_time_zone(now, active):
    assert freeze.is_active(NIGHT, at(now)) is active


@pytest.mark.parametrize(
    ("now", "active"),
    [
        # 02:30 does not exist on 29 March 2026 in Madrid; the window opens at 03:30 summer time, 01:30 UTC.
        ("2026-03-29T01:29:00", False),
        ("2026-03-29T01:30:00", True),
        ("2026-03-29T02:30:00", False),
        # 02:30 happens twice on 25 October; the window opens the first time only, 00:30 UTC.
        ("2026-10-25T00:29:00", False),
        ("2026-10-25T00:30:00", True),
        ("2026-10-25T01:29:59", True),
        ("2026-10-25T01:30:00", False),
    ],
)
def test_a_start_inside_a_clock_change_happens_once(now, active):
    window = replace(NIGHT, schedule="30 2 * * *", duration_seconds=HOUR)
    assert freeze.is_active(window, at(now)) is active


def test_a_window_may_last_longer_than_a_day():
    christmas = FreezeWindow(kind="deny", schedule="0 0 20 12 *", duration_seconds=14 * 24 * HOUR)
    assert not freeze.is_active(christmas, at("2026-12-19T23:59:59"))
    assert freeze.is_active(christmas, at("2026-12-20T00:00:00"))
    assert freeze.is_active(christmas, at("2027-01-02T23:59:59"))
    assert not freeze.is_active(christmas, at("2027-01-03T00:00:00"))
    assert freeze.judge([christmas], at("2026-12-24T18:00:00")).next_opening == at("2027-01-03T00:00:00")


MONDAY_NOON = at("2026-03-02T12:00:00")
MONDAY_NIGHT = at("2026-03-02T23:00:00")


@pytest.mark.parametrize(
    ("windows", "now", "manual", "allowed", "next_opening"),
    [
        ([], MONDAY_NOON, False, True, None),
        ([NIGHT], MONDAY_NOON, False, True, None),
        ([NIGHT], MONDAY_NIGHT, False, False, at("2026-03-03T05:00:00")),
        ([NIGHT], MONDAY_NIGHT, True, False, at("2026-03-03T05:00:00")),
        ([replace(NIGHT, manual_sync=True)], MONDAY_NIGHT, True, True, None),
        ([replace(NIGHT, manual_sync=True)], MONDAY_NIGHT, False, False, at("2026-03-03T05:00:00")),
        # One active deny without manualSync stops a person too.
        ([replace(NIGHT, manual_sync=True), NIGHT], MONDAY_NIGHT, True, False, at("2026-03-03T05:00:00")),
        ([OFFICE], MONDAY_NOON, False, True, None),
        ([OFFICE], MONDAY_NIGHT, False, False, at("2026-03-03T09:00:00")),
        ([OFFICE], at("2026-03-06T17:00:00"), False, False, at("2026-03-09T09:00:00")),
        ([replace(OFFICE, manual_sync=True)], MONDAY_NIGHT, True, True, None),
        ([replace(OFFICE, manual_sync=True)], MONDAY_NIGHT, False, False, at("2026-03-03T09:00:00")),
        ([OFFICE], MONDAY_NIGHT, True, False, at("2026-03-03T09:00:00")),
        # Deny beats allow.
        ([OFFICE, replace(OFFICE, kind="deny")], MONDAY_NOON, False, False, None),
        (
            [OFFICE, replace(OFFICE, kind="deny", duration_seconds=4 * HOUR)],
            at("2026-03-02T10:00:00"),
            False,
            False,
            at("2026-03-02T13:00:00"),
        ),
        # One of two allows is enough.
        ([OFFICE, replace(OFFICE, schedule="0 22 * * *")], MONDAY_NIGHT, False, True, None),
        # A schedule that can never fire: nothing opens.
        ([replace(OFFICE, schedule="0 0 30 2 *")], MONDAY_NOON, False, False, None),
        # Once a month, once a year.
        ([replace(OFFICE, schedule="0 6 1 * *")], MONDAY_NOON, False, False, at("2026-04-01T06:00:00")),
        ([replace(OFFICE, schedule="0 6 1 2 *")], MONDAY_NOON, False, False, at("2027-02-01T06:00:00")),
        # Two denies that follow each other: the next opening is after the second.
        (
            [NIGHT, FreezeWindow(kind="deny", schedule="0 5 * * *", duration_seconds=HOUR)],
            MONDAY_NIGHT,
            False,
            False,
            at("2026-03-03T06:00:00"),
        ),
    ],
)
def test_windows_say_when_writing_may_start(windows, now, manual, allowed, next_opening):
    opening = freeze.judge(windows, now, manual=manual)
    assert opening.allowed is allowed
    assert opening.next_opening == next_opening
    assert bool(opening.reason) is not allowed


OVER = {"sync_overrun": True}


@pytest.mark.parametrize(
    ("windows", "may_go_on"),
    [
        ([NIGHT], False),
        ([replace(NIGHT, **OVER)], True),
        ([replace(NIGHT, **OVER), NIGHT], False),
        ([replace(NIGHT, **OVER), replace(NIGHT, **OVER)], True),
        ([OFFICE], False),
        ([replace(OFFICE, **OVER)], True),
        ([replace(OFFICE, **OVER), OFFICE], False),
        ([replace(OFFICE, **OVER), replace(NIGHT, **OVER)], True),
        ([replace(OFFICE, **OVER), NIGHT], False),
        ([OFFICE, replace(NIGHT, **OVER)], False),
        ([replace(OFFICE, schedule="0 0 * * *", duration_seconds=24 * HOUR), replace(NIGHT, **OVER)], True),
    ],
)
def test_a_pass_that_had_started_may_finish_only_when_all_in_the_way_carry_sync_overrun(windows, may_go_on):
    opening = freeze.judge_overrun(windows, begun=at("2026-03-02T16:59:00"), now=at("2026-03-02T22:00:00"))
    assert opening.allowed is may_go_on


def test_an_open_moment_needs_no_overrun():
    assert freeze.judge_overrun([NIGHT], begun=MONDAY_NOON, now=MONDAY_NOON + timedelta(minutes=5)).allowed


def test_a_run_by_hand_that_manual_sync_let_in_goes_on():
    windows = [replace(NIGHT, manual_sync=True)]
    assert freeze.judge_overrun(windows, begun=MONDAY_NIGHT, now=MONDAY_NIGHT, manual=True).allowed


def test_a_run_by_hand_is_stopped_by_a_window_without_manual_sync():
    late = MONDAY_NIGHT + timedelta(minutes=5)
    assert not freeze.judge_overrun([NIGHT], begun=MONDAY_NOON, now=late, manual=True).allowed
    assert not freeze.judge_overrun([OFFICE], begun=MONDAY_NOON, now=late, manual=True).allowed
    both = [replace(NIGHT, manual_sync=True), replace(OFFICE, kind="deny", schedule="0 22 * * *", sync_overrun=True)]
    assert freeze.judge_overrun(both, begun=MONDAY_NOON, now=late, manual=True).allowed
    assert not freeze.judge_overrun(both, begun=MONDAY_NOON, now=late).allowed


def test_the_densest_schedules_are_judged_quickly():
    windows = [
        FreezeWindow(kind="deny", schedule="* * * * *", duration_seconds=120),
        FreezeWindow(kind="allow", schedule="*/2 * * * *", duration_seconds=60),
    ]
    begun = process_time()
    assert freeze.judge(windows, MONDAY_NOON).next_opening is None
    assert process_time() - begun < 5


def test_a_december_of_minutes_has_its_end_found():
    window = FreezeWindow(kind="deny", schedule="* * * 12 *", duration_seconds=60)
    assert freeze.judge([window], at("2026-12-02T12:00:00")).next_opening == at("2027-01-01T00:00:00")


FIELD = st.one_of(st.just("*"), st.integers(0, 59).map(str), st.sampled_from(["*/7", "10-40/5", "3,33"]))
HOURS = st.one_of(st.just("*"), st.integers(0, 23).map(str), st.sampled_from(["*/5", "8-18", "0,23"]))


@settings(deadline=None, max_examples=60)
@given(
    minute=FIELD,
    hour=HOURS,
    weekday=st.sampled_from(["*", "1-5", "0", "6"]),
    kind=st.sampled_from(["allow", "deny"]),
    minutes_long=st.integers(1, 3000),
    zone=st.sampled_from(["UTC", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe"]),
    offset=st.integers(0, 525_600),
)
def test_the_next_opening_is_the_first_open_minute(minute, hour, weekday, kind, minutes_long, zone, offset):
    window = FreezeWindow(
        kind=kind, schedule=f"{minute} {hour} * * {weekday}", duration_seconds=minutes_long * 60.0, time_zone=zone
    )
    now = at("2026-01-01T00:00:00") + timedelta(minutes=offset)
    opening = freeze.judge([window], now)
    if opening.allowed or opening.next_opening is None:
        return
    assert freeze.judge([window], opening.next_opening).allowed
    assert not freeze.judge([window], opening.next_opening - timedelta(seconds=1)).allowed
    middle = now + (opening.next_opening - now) / 2
    assert not freeze.judge([window], middle).allowed
