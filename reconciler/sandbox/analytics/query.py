"""Reading an analytics query: interval, granularity, dimensions, metrics and filters, refused as the platform does.

Which metrics and dimensions there are is the SDK's list [SDK 269]. What the platform does and this stand-in does not
(views, ranked queries, filters on metrics) is refused with 501, so that nobody takes its silence for an answer.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from reconciler.sandbox.answers import ApiError, Json, bad_request
from reconciler.sandbox.clock import parse_iso

OPERATORS = ("matches", "exists", "notExists")
COMMON = ("interval", "granularity", "timeZone", "groupBy", "filter", "metrics", "flattenMultivaluedDimensions")
NOT_HERE = ("views", "alternateTimeDimension", "queryType", "sortMetric", "limit")
BUCKETS_MAX = 10_000
_PERIOD = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_UNITS = (604_800, 86_400, 3_600, 60, 1)


@dataclass(frozen=True, slots=True)
class Predicate:
    dimension: str
    operator: str
    value: str

    def holds(self, row: Mapping[str, str]) -> bool:
        match self.operator:
            case "exists":
                return self.dimension in row
            case "notExists":
                return self.dimension not in row
            case _:
                return row.get(self.dimension) == self.value


@dataclass(frozen=True, slots=True)
class Filter:
    """Predicates and clauses under `and` or `or`; clauses hold predicates only."""

    every: bool
    parts: tuple[Predicate | Filter, ...]

    def holds(self, row: Mapping[str, str]) -> bool:
        found = [part.holds(row) for part in self.parts]
        return all(found) if self.every else any(found)


EVERYTHING = Filter(every=True, parts=())


@dataclass(frozen=True, slots=True)
class Query:
    """`step` is the length of one bucket in seconds, the whole interval when no granularity was given."""

    start: float
    end: float
    step: float
    metrics: tuple[str, ...]
    group_by: tuple[str, ...]
    filter: Filter


def aggregate(body: Json, *, metrics: Collection[str], dimensions: Collection[str], more: Sequence[str] = ()) -> Query:
    """An aggregate query. Raises ApiError 400, or 501 for what the stand-in cannot do."""
    _known_keys(body, (*COMMON, *NOT_HERE, *more))
    for key in NOT_HERE:
        if body.get(key) not in (None, [], "groupBy"):
            raise ApiError(501, "not.implemented", f"The sandbox does not do {key}.")
    start, end = _interval(body.get("interval"))
    zone = body.get("timeZone")
    if zone is not None and zone not in zoneinfo.available_timezones():
        raise bad_request(f"timeZone {zone} is not an IANA time zone.", "timeZone", code="invalid.value")
    return Query(
        start=start,
        end=end,
        step=_step(body.get("granularity"), end - start),
        metrics=names(body, "metrics", metrics, required=True),
        group_by=names(body, "groupBy", dimensions),
        filter=read_filter(body["filter"], dimensions) if body.get("filter") is not None else EVERYTHING,
    )


def observation(body: Json, *, metrics: Collection[str], dimensions: Collection[str]) -> Query:
    """A query about now: no interval, and a filter that says which queues."""
    _known_keys(body, ("filter", "metrics", "detailMetrics"))
    if body.get("filter") is None:
        raise bad_request("filter is required.", "filter")
    chosen = read_filter(body["filter"], dimensions)
    if not chosen.parts:
        # UNVERIFIED on the platform: whether an empty filter means every queue.
        raise bad_request("filter needs at least one predicate or clause.", "filter")
    return Query(0, 0, 0, names(body, "metrics", metrics, required=True), (), chosen)


def _known_keys(body: Json, known: Sequence[str]) -> None:
    if unknown := sorted(set(body) - set(known)):
        raise bad_request(f"The query has no field {unknown[0]}.", unknown[0])


def _interval(written: object) -> tuple[float, float]:
    if written is None:
        raise bad_request("interval is required.", "interval")
    try:
        start, end = (parse_iso(part) for part in str(written).split("/"))
    except ValueError as reason:
        text = "interval must be two ISO-8601 date-times with a slash between them."
        raise bad_request(text, "interval", code="invalid.date") from reason
    if end <= start:
        raise bad_request("interval must end after it starts.", "interval", code="invalid.date")
    return start, end


def _step(written: object, whole: float) -> float:
    if written is None:
        return whole
    matched = _PERIOD.fullmatch(str(written))
    seconds = sum(int(n or 0) * unit for n, unit in zip(matched.groups(), _UNITS, strict=True)) if matched else 0
    if not seconds:
        if re.fullmatch(r"P\d+[YM].*", str(written)):
            raise ApiError(501, "not.implemented", "The sandbox does not do granularities of months and years.")
        raise bad_request("granularity must be an ISO-8601 period such as PT30M or P1D.", "granularity")
    if whole / seconds > BUCKETS_MAX:
        raise bad_request("granularity is too fine for the interval.", "granularity")
    return float(seconds)


def names(body: Json, field: str, known: Collection[str], *, required: bool = False) -> tuple[str, ...]:
    """A list of known names. Raises ApiError 400."""
    listed = body.get(field) or []
    if not isinstance(listed, list) or (required and not listed):
        raise bad_request(f"{field} must be a list of at least one name.", field)
    for name in listed:
        if name not in known:
            raise bad_request(f"{field} does not have {name}.", field, code="invalid.value")
    return tuple(listed)


def read_filter(written: object, dimensions: Collection[str], *, nested: bool = False) -> Filter:
    """Raises ApiError 400 for a filter that the platform refuses; two levels are all there are [SDK 269]."""
    if not isinstance(written, dict) or written.get("type") not in ("and", "or"):
        raise bad_request("A filter and each of its clauses need the type and or or.", "filter")
    clauses, predicates = written.get("clauses") or [], written.get("predicates") or []
    if not isinstance(clauses, list) or not isinstance(predicates, list) or (nested and clauses):
        raise bad_request("A filter has predicates, and clauses that have predicates only.", "filter")
    parts: list[Predicate | Filter] = [_predicate(one, dimensions) for one in predicates]
    parts += [read_filter(one, dimensions, nested=True) for one in clauses]
    if nested and not parts:
        raise bad_request("A clause needs predicates.", "filter")
    return Filter(written["type"] == "and", tuple(parts))


def _predicate(written: object, dimensions: Collection[str]) -> Predicate:
    if not isinstance(written, dict):
        raise bad_request("A predicate must be an object.", "filter")
    if written.get("type", "dimension") != "dimension" or written.get("range") is not None:
        raise ApiError(501, "not.implemented", "The sandbox filters by the values of dimensions only.")
    dimension, operator = written.get("dimension"), written.get("operator") or "matches"
    if dimension not in dimensions:
        raise bad_request(f"There is no dimension {dimension}.", "filter", code="invalid.value")
    if operator not in OPERATORS:
        raise bad_request(f"operator must be one of {', '.join(OPERATORS)}.", "filter", code="invalid.value")
    value = written.get("value")
    if operator == "matches" and not isinstance(value, str):
        raise bad_request(f"The predicate on {dimension} needs a value.", "filter")
    return Predicate(str(dimension), operator, str(value))
