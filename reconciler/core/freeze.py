"""Freeze windows: when writing may start. Five-field cron in an IANA time zone, as Argo CD's sync windows.

No window: allowed. Any `allow` window defined: allowed only while one is active. An active `deny` wins over all.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reconciler.model.policy import FreezeWindow

_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NAMES: tuple[dict[str, int], ...] = (
    {},
    {},
    {},
    {name: number for number, name in enumerate(_MONTHS, 1)},
    {name: number for number, name in enumerate(_WEEKDAYS)},
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A parsed cron expression: the allowed minutes, hours, days of month, months and days of week (0 is Sunday)."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def fires_on(self, day: datetime) -> bool:
        """Cron's rule: when both day fields are restricted, either may match."""
        if day.month not in self.months:
            return False
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return of_month and of_week
        return of_month or of_week


def parse(expression: str) -> Schedule:
    """Read `minute hour day month weekday`; lists, ranges, steps and English names.

    Raises ValueError with a sentence that names the field at fault.
    """
    fields = expression.split()
    if len(fields) != len(_RANGES):
        raise ValueError(
            f"a schedule has five fields (minute hour day month weekday), {expression!r} has {len(fields)}"
        )
    sets = [_values(text, *_RANGES[i], _NAMES[i]) for i, text in enumerate(fields)]
    weekdays = frozenset(day % 7 for day in sets[4])
    return Schedule(sets[0], sets[1], sets[2], sets[3], weekdays, fields[2] == "*", fields[4] == "*")


def _values(text: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    result: set[int] = set()
    for part in text.lower().split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        try:
            start = low if first == "*" else _number(first, names)
            if dash:
                end = _number(last, names)
            else:
                end = high if first == "*" or step else start
            stride = int(step) if step else 1
        except ValueError:
            raise ValueError(f"{part!r} is not a number, range or step between {low} and {high}") from None
        if not low <= start <= end <= high or stride < 1:
            raise ValueError(f"{part!r} is not between {low} and {high}")
        result.update(range(start, end + 1, stride))
    return frozenset(result)


def _number(text: str, names: Mapping[str, int]) -> int:
    return names[text] if text in names else int(text)


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether writing may start now. When not, `reason` says why and `next_opening` when it may, as far as we look."""

    allowed: bool
    reason: str = ""
    next_opening: datetime | None = None


def judge(windows: Sequence[FreezeWindow], now: datetime, *, manual: bool = False) -> Opening:
    """Hold a moment against all windows. `manual` is an operator's explicit run, let through by `manualSync`."""
    closed = _closed_by(windows, now, manual=manual)
    if not closed:
        return Opening(True)
    moment = now.replace(second=0, microsecond=0)
    for minute in range(1, 60 * 24 * 8):
        if not _closed_by(windows, moment + timedelta(minutes=minute), manual=manual):
            return Opening(False, closed, moment + timedelta(minutes=minute))
    return Opening(False, closed)


def _closed_by(windows: Sequence[FreezeWindow], now: datetime, *, manual: bool) -> str:
    denies = [w for w in windows if w.kind == "deny" and is_active(w, now) and not (manual and w.manual_sync)]
    if denies:
        return f"freeze window {denies[0].schedule!r} ({denies[0].time_zone}) is active"
    allows = [w for w in windows if w.kind == "allow"]
    if allows and not any(is_active(w, now) for w in allows) and not (manual and any(w.manual_sync for w in allows)):
        return "no allow window is active"
    return ""


def is_active(window: FreezeWindow, now: datetime) -> bool:
    """True when the schedule fired at most `duration_seconds` ago."""
    schedule = parse(window.schedule)
    zone = zoneinfo.ZoneInfo(window.time_zone)
    length = timedelta(seconds=window.duration_seconds)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    for days_back in range(int(window.duration_seconds // 86400) + 2):
        day = today - timedelta(days=days_back)
        if not schedule.fires_on(day):
            continue
        for hour in schedule.hours:
            for minute in schedule.minutes:
                start = day.replace(hour=hour, minute=minute, tzinfo=zone).astimezone(UTC)
                if start <= now < start + length:
                    return True
    return False
