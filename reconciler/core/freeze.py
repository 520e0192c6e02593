"""Freeze windows: when writing may start. Five-field cron in an IANA time zone, as Argo CD's sync windows.

No window: allowed. Any `allow` window defined: allowed only while one is active. An active `deny` wins over all.
"""

from __future__ import annotations

import bisect
import zoneinfo
from collections.abc import Iterator, Mapping, Sequence
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

_HORIZONS_DAYS = (2, 9, 35, 370)
_STARTS_MAX = 60_000
"""Firings we are willing to look through for the next opening: about a quarter of a second."""


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

    @property
    def fires_a_day(self) -> int:
        return len(self.hours) * len(self.minutes)

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
        if not low <= start <= high or not low <= end <= high or stride < 1:
            raise ValueError(f"{part!r} is not between {low} and {high}")
        if start > end:
            raise ValueError(f"{part!r} runs backwards; write two ranges")
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
    active = [window for window in windows if is_active(window, now)]
    closed = _closed_by(windows, active, manual=manual)
    if not closed:
        return Opening(True)
    return Opening(False, closed, _next_opening(windows, now, manual=manual))


def judge_overrun(windows: Sequence[FreezeWindow], *, begun: datetime, now: datetime, manual: bool = False) -> Opening:
    """Whether a pass that was let in at `begun` may go on writing now: `syncOverrun`.

    Every deny that became active, and every allow that ended meanwhile, must carry it; one that does not, stops it.
    """
    opening = judge(windows, now, manual=manual)
    if opening.allowed:
        return opening
    denies = [w for w in windows if w.kind == "deny" and is_active(w, now) and not (manual and w.manual_sync)]
    ended = [w for w in windows if w.kind == "allow" and is_active(w, begun) and not is_active(w, now)]
    in_the_way = [w for w in (*denies, *ended) if not w.sync_overrun]
    return opening if in_the_way or not (denies or ended) else Opening(True)


def is_active(window: FreezeWindow, now: datetime) -> bool:
    """True when the schedule fired less than `duration_seconds` ago."""
    length = timedelta(seconds=window.duration_seconds)
    return any(start <= now < start + length for start in _starts(window, now - length, now))


def _closed_by(windows: Sequence[FreezeWindow], active: Sequence[FreezeWindow], *, manual: bool) -> str:
    """Why nothing may be written while the `active` ones of all windows are; empty when it may."""
    denies = [w for w in active if w.kind == "deny" and not (manual and w.manual_sync)]
    if denies:
        return f"freeze window {denies[0].schedule!r} ({denies[0].time_zone}) is active"
    allows = [w for w in windows if w.kind == "allow"]
    if not allows or any(w.kind == "allow" for w in active) or (manual and any(w.manual_sync for w in allows)):
        return ""
    return "no allow window is active"


def _next_opening(windows: Sequence[FreezeWindow], now: datetime, *, manual: bool) -> datetime | None:
    """The first moment after `now` that is let through: the end of a deny or the start of an allow.

    Looks a year ahead in growing steps, so that the usual answer (tonight, next week) is cheap; a schedule that fires
    every minute is followed for a month.
    """
    per_day = sum(parse(window.schedule).fires_a_day for window in windows)
    for days in _HORIZONS_DAYS:
        if per_day * days > _STARTS_MAX:
            break
        until = now + timedelta(days=days)
        spans = [(window, _spans(window, now, until)) for window in windows]
        moments = {start if window.kind == "allow" else end for window, found in spans for start, end in found}
        for moment in sorted(moment for moment in moments if now < moment <= until):
            active = [window for window, found in spans if _covers(found, moment)]
            if not _closed_by(windows, active, manual=manual):
                return moment
    return None


def _covers(spans: Sequence[tuple[datetime, datetime]], moment: datetime) -> bool:
    place = bisect.bisect_right(spans, moment, key=lambda span: span[0])
    return place > 0 and moment < spans[place - 1][1]


def _spans(window: FreezeWindow, after: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    """The times the window is active around `after`..`until`, sorted, with touching ones joined."""
    length = timedelta(seconds=window.duration_seconds)
    joined: list[tuple[datetime, datetime]] = []
    for start in sorted(_starts(window, after - length, until)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], start + length)
        else:
            joined.append((start, start + length))
    return joined


def _starts(window: FreezeWindow, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every firing of the schedule from `after` to `until`, in UTC.

    A local time that daylight saving skips fires as many minutes after the change as it lies past it; one that occurs
    twice fires the first time only.
    """
    schedule = parse(window.schedule)
    zone = zoneinfo.ZoneInfo(window.time_zone)
    day = after.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    last = until.astimezone(zone).replace(tzinfo=None)
    while day <= last:
        if schedule.fires_on(day):
            for hour in sorted(schedule.hours):
                for minute in sorted(schedule.minutes):
                    start = day.replace(hour=hour, minute=minute, tzinfo=zone).astimezone(UTC)
                    if after <= start <= until:
                        yield start
        day += timedelta(days=1)
