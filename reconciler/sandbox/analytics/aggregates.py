"""Conversation and flow aggregates over scripted traffic, at once or as a job with results by cursor.

Groups carry the media type beside what was asked for, and metrics of time are milliseconds. UNVERIFIED on the platform:
how soon a conversation shows (the setting `analyticsDelaySeconds`), that media types always part the groups, and how
results of a job that is not done are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from reconciler.sandbox.analytics import names as known
from reconciler.sandbox.analytics import query as asked
from reconciler.sandbox.analytics import traffic
from reconciler.sandbox.analytics.query import Query
from reconciler.sandbox.analytics.traffic import Fact
from reconciler.sandbox.answers import Json, Reply, bad_request, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso
from reconciler.sandbox.world import World

PAGE_SIZE_DEFAULT = 1000
KEPT_SECONDS = 86_400.0
"""How long the results of a job are kept here; the platform tells by `expirationDate`."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of aggregates: where it is served, what may be asked, and the rows."""

    name: str
    root: str
    needs: tuple[str, ...]
    metrics: frozenset[str]
    dimensions: frozenset[str]
    facts: Callable[[World], Iterator[Fact]]

    def read(self, body: Json, *more: str) -> Query:
        return asked.aggregate(body, metrics=self.metrics, dimensions=self.dimensions, more=more)


FAMILIES = (
    Family(
        "conversations",
        "/api/v2/analytics/conversations/aggregates",
        ("analytics:conversationAggregate:view",),
        known.CONVERSATION_METRICS,
        known.CONVERSATION_DIMENSIONS,
        traffic.conversation_facts,
    ),
    Family(
        "flows",
        "/api/v2/analytics/flows/aggregates",
        ("analytics:flowAggregate:view",),
        known.FLOW_METRICS,
        known.FLOW_DIMENSIONS,
        traffic.flow_facts,
    ),
)


def answer(world: World, facts: Iterable[Fact], query: Query) -> list[Json]:
    """One container for each group, one entry for each bucket of time that has something in it."""
    newest = world.now() - world.setting("analyticsDelaySeconds")
    keys = ("mediaType", *(name for name in query.group_by if name != "mediaType"))
    groups: dict[tuple[tuple[str, str], ...], dict[int, dict[str, list[Fact]]]] = {}
    for fact in facts:
        in_time = query.start <= fact.at < query.end and fact.at <= newest
        if in_time and fact.metric in query.metrics and query.filter.holds(fact.dimensions):
            group = tuple((key, fact.dimensions[key]) for key in keys if key in fact.dimensions)
            bucket = int((fact.at - query.start) // query.step)
            groups.setdefault(group, {}).setdefault(bucket, {}).setdefault(fact.metric, []).append(fact)
    return [
        {"group": dict(group), "data": [_bucket(query, number, found) for number, found in sorted(buckets.items())]}
        for group, buckets in sorted(groups.items())
    ]


def _bucket(query: Query, number: int, found: dict[str, list[Fact]]) -> Json:
    start = query.start + number * query.step
    return {
        "interval": f"{iso(start)}/{iso(min(start + query.step, query.end))}",
        "metrics": [{"metric": name, "stats": _stats(found[name])} for name in query.metrics if name in found],
    }


def _stats(facts: list[Fact]) -> Json:
    count = sum(fact.count for fact in facts)
    measured = [(fact.milliseconds, fact.count) for fact in facts if fact.milliseconds is not None]
    if not measured:
        return {"count": count}
    values = [value for value, _ in measured]
    return {"max": max(values), "min": min(values), "count": count, "sum": sum(v * n for v, n in measured)}


# -- endpoints --------------------------------------------------------------------------------------------------


def _query(family: Family) -> Callable[[Call], Reply]:
    def query(call: Call) -> Reply:
        return ok({"results": answer(call.world, family.facts(call.world), family.read(call.json()))})

    return query


def _begin(family: Family) -> Callable[[Call], Reply]:
    def begin(call: Call) -> Reply:
        world, body = call.world, call.json()
        family.read(body, "pageSize")
        size = body.get("pageSize", PAGE_SIZE_DEFAULT)
        if type(size) is not int or size < 1:
            raise bad_request("pageSize must be a number from 1.", "pageSize", code="invalid.value")
        now, long = world.now(), world.options.job_duration_seconds
        job = {"id": world.new_id(), "family": family.name, "query": body, "size": size, "submitted": now}
        job |= {"pending": now + long / 2, "done": now + long}
        job["fails"] = call.fault.text("message", "") if call.fault and call.fault.kind == "job_failure" else None
        world.put_passing("analyticsjobs", job)
        return ok({"jobId": job["id"]}, status=202)

    return begin


def _find(family: Family, call: Call) -> Json:
    job = call.world.get("analyticsjobs", call.params["jobId"])
    if job is None or job["family"] != family.name:
        raise not_found("not.found", "a job", call.params["jobId"])
    return job


def _state(world: World, job: Json) -> str:
    now = world.now()
    if now < job["pending"]:
        return "QUEUED"
    if now < job["done"]:
        return "PENDING"
    if job["fails"] is not None:
        return "FAILED"
    return "FULFILLED" if now < job["done"] + KEPT_SECONDS else "EXPIRED"


def _status(family: Family) -> Callable[[Call], Reply]:
    def status(call: Call) -> Reply:
        job = _find(family, call)
        state = _state(call.world, job)
        body: Json = {"state": state, "submissionDate": iso(job["submitted"])}
        body["expirationDate"] = iso(job["done"] + KEPT_SECONDS)
        if state in ("FULFILLED", "FAILED", "EXPIRED"):
            body["completionDate"] = iso(job["done"])
        if state == "FAILED" and job["fails"]:
            body["errorMessage"] = job["fails"]
        return ok(body)

    return status


def _results(family: Family) -> Callable[[Call], Reply]:
    def results(call: Call) -> Reply:
        world, job, cursor = call.world, _find(family, call), call.query.one("cursor") or "0"
        if (state := _state(world, job)) != "FULFILLED":
            raise bad_request(f"The job has no results; its state is {state}.")
        if not cursor.isdecimal():
            raise bad_request("cursor must be one that was given out.", "cursor", code="invalid.value")
        found = answer(world, family.facts(world), family.read(job["query"], "pageSize"))
        at, size = int(cursor), job["size"]
        body: Json = {"results": found[at : at + size]}
        if at + size < len(found):
            body["cursor"] = str(at + size)
        return ok(body)

    return results


ENDPOINTS = [
    endpoint
    for family in FAMILIES
    for endpoint in (
        Endpoint("POST", f"{family.root}/query", _query(family), family.needs),
        Endpoint("POST", f"{family.root}/jobs", _begin(family), family.needs),
        Endpoint("GET", f"{family.root}/jobs/{{jobId}}", _status(family), family.needs),
        Endpoint("GET", f"{family.root}/jobs/{{jobId}}/results", _results(family), family.needs),
    )
]
