"""Conversation and flow aggregates: one function per endpoint [SDK 269], and a job read to its end.

Conversation aggregates (`analytics:conversationAggregate:view`) know queues and no flows; flow aggregates
(`analytics:flowAggregate:view`) know flow and version. There is no metric for abandoned calls: their number is the
count of `tAbandon`. Times are milliseconds. How soon a conversation shows, and how long an interval may be, is
UNVERIFIED: read a little later than you need, and a day at a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from reconciler.errors import Rejected, TimedOut
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place
from reconciler.model import moment

CONVERSATIONS = "/api/v2/analytics/conversations/aggregates/query"
FLOWS = "/api/v2/analytics/flows/aggregates/query"
CONVERSATION_JOBS = "/api/v2/analytics/conversations/aggregates/jobs"
CONVERSATION_JOB = f"{CONVERSATION_JOBS}/{{jobId}}"
CONVERSATION_RESULTS = f"{CONVERSATION_JOB}/results"
FLOW_JOBS = "/api/v2/analytics/flows/aggregates/jobs"
FLOW_JOB = f"{FLOW_JOBS}/{{jobId}}"
FLOW_RESULTS = f"{FLOW_JOB}/results"

RESULT_PAGES_MAX = 100
FULFILLED = "FULFILLED"
_OVER = (FULFILLED, "FAILED", "CANCELLED", "EXPIRED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to count from `start` up to `end`. `where` maps a dimension to the values that count.

    `granularity` is an ISO-8601 period (`PT1H`, `P1D`); without one the interval is one bucket.
    """

    start: datetime
    end: datetime
    metrics: Sequence[str]
    group_by: Sequence[str] = ()
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    granularity: str | None = None

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "interval": f"{moment.text(self.start)}/{moment.text(self.end)}",
            "metrics": list(self.metrics),
        }
        if self.group_by:
            body["groupBy"] = list(self.group_by)
        if self.granularity:
            body["granularity"] = self.granularity
        if self.where:
            clauses = [_any_of(dimension, values) for dimension, values in self.where.items()]
            body["filter"] = {"type": "and", "clauses": clauses}
        return body


@dataclass(frozen=True, slots=True)
class Count:
    """One metric of one group in one bucket of time. Of metrics that only count, `total` is 0."""

    group: Mapping[str, str]
    interval: str
    metric: str
    count: int
    total: float
    """Sum in milliseconds."""


async def conversations(client: Client, query: Query) -> list[Count]:
    """Empty where nothing happened."""
    body = await client.request("POST", CONVERSATIONS, effect=Effect.READ, json=query.body())
    return _counts(body, Place("POST", CONVERSATIONS))


async def flows(client: Client, query: Query) -> list[Count]:
    """Empty where nothing happened."""
    body = await client.request("POST", FLOWS, effect=Effect.READ, json=query.body())
    return _counts(body, Place("POST", FLOWS))


async def conversations_by_job(client: Client, query: Query) -> list[Count]:
    """The same for much data. Raises TimedOut after `analytics_seconds`, Rejected when the job fails."""
    body = {**query.body(), "pageSize": client.settings.analytics_page_size}
    begun = await client.request("POST", CONVERSATION_JOBS, effect=Effect.READ, json=body, needs=("jobId",))
    return await _finished(client, str(begun["jobId"]), status=CONVERSATION_JOB, results=CONVERSATION_RESULTS)


async def flows_by_job(client: Client, query: Query) -> list[Count]:
    """The same for much data. Raises TimedOut after `analytics_seconds`, Rejected when the job fails."""
    body = {**query.body(), "pageSize": client.settings.analytics_page_size}
    begun = await client.request("POST", FLOW_JOBS, effect=Effect.READ, json=body, needs=("jobId",))
    return await _finished(client, str(begun["jobId"]), status=FLOW_JOB, results=FLOW_RESULTS)


async def _finished(client: Client, id: str, *, status: str, results: str) -> list[Count]:
    await _fulfilled(client, id, status)
    found: list[Count] = []
    cursor: str | None = None
    for _ in range(RESULT_PAGES_MAX):
        body = await client.get(results, path={"jobId": id}, query={"cursor": cursor})
        found += _counts(body, Place("GET", results))
        cursor = bodies.optional_text(body, "cursor") or None
        if cursor is None:
            return found
    told = f"The analytics job has more than {RESULT_PAGES_MAX} pages of results; ask for less at a time."
    raise Rejected(told, method="GET", path=results)


async def _fulfilled(client: Client, id: str, status: str) -> None:
    settings, clock, place = client.settings, client.clock, Place("GET", status)
    started, pause = clock.monotonic(), settings.analytics_poll_seconds
    while True:
        body = await client.get(status, path={"jobId": id})
        if not isinstance(body, dict):
            raise bodies.missing("state", place)
        state = bodies.text(body, "state", place)
        if state in _OVER:
            break
        if clock.monotonic() - started + pause > settings.analytics_seconds:
            told = f"No results of the analytics job within {settings.analytics_seconds:g} s ({state})."
            raise TimedOut(told, method=place.method, path=place.template)
        await clock.sleep(pause)
        pause = min(pause * 1.5, settings.analytics_poll_seconds_max)
    if state != FULFILLED:
        why = bodies.optional_text(body, "errorMessage") or "the platform gives no reason"
        told = f"The analytics job ended as {state}: {why}."
        raise Rejected(told, method=place.method, path=place.template)


def _any_of(dimension: str, values: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "or",
        "predicates": [
            {"type": "dimension", "dimension": dimension, "operator": "matches", "value": value} for value in values
        ],
    }


def _counts(body: Any, place: Place) -> list[Count]:
    return [
        count
        for container in bodies.parts(body, "results", place)
        for bucket in bodies.parts(container, "data", place)
        for count in _of_bucket(bodies.part(container, "group") or {}, bucket, place)
    ]


def _of_bucket(group: Mapping[str, Any], bucket: Mapping[str, Any], place: Place) -> list[Count]:
    interval = bodies.text(bucket, "interval", place)
    found = []
    for entry in bodies.parts(bucket, "metrics", place):
        stats = bodies.part(entry, "stats")
        count, total = (stats.get("count", 0), stats.get("sum", 0.0)) if stats is not None else (None, None)
        if not isinstance(count, int) or not isinstance(total, (int, float)):
            raise bodies.missing("stats", place)
        found.append(Count(group, interval, bodies.text(entry, "metric", place), count, float(total)))
    return found
