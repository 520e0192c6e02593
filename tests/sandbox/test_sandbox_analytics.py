"""What scripted callers did shows in aggregates, at once and by job; queues stand as they were told to."""

from __future__ import annotations

import pytest
from sandbox_samples import JOB_SECONDS, MAIN, ROUTES, Platform

from reconciler.sandbox.clock import iso

CONVERSATIONS = "/api/v2/analytics/conversations/aggregates"
FLOWS = "/api/v2/analytics/flows/aggregates"
OBSERVATIONS = "/api/v2/analytics/queues/observations/query"
HOUR = 3600.0


def queue(platform: Platform, name: str = "Support") -> str:
    return str(platform.get("/api/v2/routing/queues", name=name)["entities"][0]["id"])


def told(platform: Platform, **script) -> None:
    platform.post("/_sandbox/callers", script)


def last_hour(platform: Platform, *metrics: str, **more) -> dict:
    now = platform.clock.now()
    return {"interval": f"{iso(now - HOUR)}/{iso(now + 1)}", "metrics": list(metrics), **more}


def matches(dimension: str, value: str) -> dict:
    predicate = {"type": "dimension", "dimension": dimension, "operator": "matches", "value": value}
    return {"type": "and", "predicates": [predicate]}


def counts(answer: dict) -> dict[str, int]:
    """Of an answer with at most one group and one bucket."""
    metrics = [one for group in answer["results"] for bucket in group["data"] for one in bucket["metrics"]]
    assert len(metrics) == len({one["metric"] for one in metrics})
    return {one["metric"]: one["stats"]["count"] for one in metrics}


def test_callers_of_a_queue_are_counted_by_what_became_of_them(platform: Platform) -> None:
    told(platform, queue="Support", outcome="answered", waitSeconds=10, talkSeconds=60, count=3)
    told(platform, queue="Support", outcome="abandoned", waitSeconds=90, count=2)
    told(platform, queue="Sales", outcome="answered")
    query = last_hour(
        platform, "nOffered", "tAnswered", "tAbandon", "tTalk", filter=matches("queueId", queue(platform))
    )
    answer = platform.post(f"{CONVERSATIONS}/query", query)
    assert counts(answer) == {"nOffered": 5, "tAnswered": 3, "tAbandon": 2, "tTalk": 3}
    abandoned = next(m for m in answer["results"][0]["data"][0]["metrics"] if m["metric"] == "tAbandon")
    assert abandoned["stats"] == {"max": 90_000.0, "min": 90_000.0, "count": 2, "sum": 180_000.0}


def test_callers_of_a_flow_are_counted_by_version_and_end(platform: Platform) -> None:
    flow = platform.published(MAIN)
    platform.post(ROUTES, {"name": "Main", "dnis": ["+13175550100"], "openHoursFlow": {"id": flow["id"]}})
    told(platform, number="+13175550100", outcome="abandonedInFlow", ivrSeconds=5, count=4)
    told(platform, flow="Main IVR", queue="Sales", outcome="answered", ivrSeconds=20, count=6)
    platform.published(MAIN)
    told(platform, flow="Main IVR", outcome="disconnectedByFlow", ivrSeconds=7)
    query = last_hour(platform, "nFlow", "tFlowDisconnect", groupBy=["flowVersion"])
    query["filter"] = matches("flowId", flow["id"])
    results = platform.post(f"{FLOWS}/query", query)["results"]
    assert [one["group"] for one in results] == [
        {"mediaType": "voice", "flowVersion": "1.0"},
        {"mediaType": "voice", "flowVersion": "2.0"},
    ]
    assert [counts({"results": [one]}) for one in results] == [
        {"nFlow": 10, "tFlowDisconnect": 4},
        {"nFlow": 1, "tFlowDisconnect": 1},
    ]


def test_time_is_cut_into_buckets_and_bounded_by_the_interval(platform: Platform) -> None:
    start = platform.clock.now() - 2 * HOUR
    for minute in (0, 29, 30, 60):
        told(platform, queue="Sales", outcome="answered", at=iso(start + minute * 60))
    query = {"interval": f"{iso(start)}/{iso(start + HOUR)}", "metrics": ["nOffered"], "granularity": "PT30M"}
    (group,) = platform.post(f"{CONVERSATIONS}/query", query)["results"]
    assert [(one["interval"], one["metrics"][0]["stats"]["count"]) for one in group["data"]] == [
        (f"{iso(start)}/{iso(start + HOUR / 2)}", 2),
        (f"{iso(start + HOUR / 2)}/{iso(start + HOUR)}", 1),
    ]


def test_where_nothing_happened_there_is_no_result(platform: Platform) -> None:
    assert platform.post(f"{CONVERSATIONS}/query", last_hour(platform, "nOffered")) == {"results": []}


def test_what_happened_shows_after_a_delay(platform: Platform) -> None:
    platform.set_state(settings={"analyticsDelaySeconds": 60})
    told(platform, queue="Sales", outcome="answered")
    query = last_hour(platform, "nOffered")
    assert platform.post(f"{CONVERSATIONS}/query", query)["results"] == []
    platform.clock.advance(60)
    assert counts(platform.post(f"{CONVERSATIONS}/query", query)) == {"nOffered": 1}


def test_a_filter_combines_clauses(platform: Platform) -> None:
    told(platform, queue="Sales", outcome="answered", mediaType="message")
    told(platform, queue="Support", outcome="answered")
    told(platform, queue="Billing", outcome="answered")
    either = [
        {"type": "dimension", "dimension": "queueId", "value": queue(platform, name)} for name in ("Sales", "Billing")
    ]
    voice = [{"dimension": "mediaType", "value": "voice"}]
    clauses = [{"type": "or", "predicates": either}, {"type": "and", "predicates": voice}]
    query = last_hour(platform, "nOffered", filter={"type": "and", "clauses": clauses})
    assert counts(platform.post(f"{CONVERSATIONS}/query", query)) == {"nOffered": 1}
    query["filter"] = {"type": "and", "predicates": [{"dimension": "queueId", "operator": "notExists"}]}
    assert platform.post(f"{CONVERSATIONS}/query", query)["results"] == []


@pytest.mark.parametrize("root", [CONVERSATIONS, FLOWS])
def test_a_job_gives_its_results_by_cursor_once_it_is_done(platform: Platform, root: str) -> None:
    platform.published(MAIN)
    for version in ("1.0", "2.0", "3.0"):
        told(
            platform,
            flow="Main IVR",
            version=version,
            queue="Sales",
            outcome="answered",
            number=f"+1317555010{version[0]}",
        )
    metric, dimension = ("nFlow", "flowVersion") if root == FLOWS else ("nOffered", "dnis")
    id = platform.post(f"{root}/jobs", {**last_hour(platform, metric, groupBy=[dimension]), "pageSize": 2})["jobId"]
    assert platform.get(f"{root}/jobs/{id}")["state"] == "QUEUED"
    assert platform.refusal("GET", f"{root}/jobs/{id}/results") == (400, "bad.request")
    platform.clock.advance(JOB_SECONDS / 2)
    assert platform.get(f"{root}/jobs/{id}")["state"] == "PENDING"
    platform.clock.advance(JOB_SECONDS / 2)
    assert platform.get(f"{root}/jobs/{id}")["state"] == "FULFILLED"
    first = platform.get(f"{root}/jobs/{id}/results")
    last = platform.get(f"{root}/jobs/{id}/results", cursor=first["cursor"])
    assert (len(first["results"]), len(last["results"]), "cursor" in last) == (2, 1, False)
    other = CONVERSATIONS if root == FLOWS else FLOWS
    assert platform.refusal("GET", f"{other}/jobs/{id}") == (404, "not.found")


def test_a_job_fails_when_a_fault_says_so(platform: Platform) -> None:
    platform.fault(method="POST", path=f"{FLOWS}/jobs", fault="job_failure", message="too much")
    id = platform.post(f"{FLOWS}/jobs", last_hour(platform, "nFlow"))["jobId"]
    platform.clock.advance(JOB_SECONDS)
    status = platform.get(f"{FLOWS}/jobs/{id}")
    assert (status["state"], status["errorMessage"]) == ("FAILED", "too much")
    assert platform.refusal("GET", f"{FLOWS}/jobs/{id}/results") == (400, "bad.request")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"interval": None}, "bad.request"),
        ({"interval": "yesterday"}, "invalid.date"),
        ({"interval": "2026-03-02T13:00:00Z/2026-03-02T12:00:00Z"}, "invalid.date"),
        ({"metrics": []}, "bad.request"),
        ({"metrics": ["nAbandon"]}, "invalid.value"),
        ({"metrics": ["nFlow"]}, "invalid.value"),
        ({"groupBy": ["flowId"]}, "invalid.value"),
        ({"granularity": "half an hour"}, "bad.request"),
        ({"timeZone": "Mars/Olympus"}, "invalid.value"),
        ({"filter": {"predicates": []}}, "bad.request"),
        ({"filter": {"type": "and", "predicates": [{"dimension": "flowId", "value": "x"}]}}, "invalid.value"),
        ({"filter": {"type": "and", "predicates": [{"dimension": "queueId"}]}}, "bad.request"),
        ({"filter": {"type": "and", "predicates": [{"dimension": "queueId", "operator": "is"}]}}, "invalid.value"),
        ({"filter": {"type": "and", "clauses": [{"type": "or", "clauses": [{}]}]}}, "bad.request"),
        ({"colour": "red"}, "bad.request"),
    ],
)
def test_a_query_that_the_platform_refuses_is_refused(platform: Platform, change: dict, code: str) -> None:
    query = {key: value for key, value in (last_hour(platform, "nOffered") | change).items() if value is not None}
    assert platform.refusal("POST", f"{CONVERSATIONS}/query", query) == (400, code)


def test_what_the_sandbox_cannot_do_is_said(platform: Platform) -> None:
    query = last_hour(platform, "nOffered", queryType="topN", limit=3)
    assert platform.refusal("POST", f"{CONVERSATIONS}/query", query) == (501, "not.implemented")


def test_aggregates_and_observations_need_their_permissions(platform: Platform) -> None:
    permissions = ["analytics:conversationAggregate:view"]
    platform.set_state(clients=[{"id": "ci", "secret": "s", "permissions": permissions}])
    platform.login("ci")
    platform.post(f"{CONVERSATIONS}/query", last_hour(platform, "nOffered"))
    assert platform.refusal("POST", f"{FLOWS}/query", last_hour(platform, "nFlow")) == (403, "missing.permissions")
    assert platform.refusal("POST", OBSERVATIONS, {}) == (403, "missing.permissions")


@pytest.mark.parametrize(
    "script",
    [
        {"queue": "Support"},
        {"queue": "Support", "outcome": "lost"},
        {"queue": "Nobody", "outcome": "answered"},
        {"queue": "Support", "outcome": "abandonedInFlow"},
        {"outcome": "answered"},
        {"outcome": "abandonedInFlow"},
        {"flow": "Nothing", "outcome": "abandonedInFlow"},
        {"number": "+13175550199", "outcome": "abandonedInFlow"},
        {"queue": "Support", "outcome": "answered", "count": 0},
        {"queue": "Support", "outcome": "answered", "waitSeconds": -1},
        {"queue": "Support", "outcome": "answered", "at": "noon"},
        {"queue": "Support", "outcome": "answered", "mediaType": "telegraph"},
        {"queue": "Support", "outcome": "answered", "press": "1"},
    ],
)
def test_a_caller_script_with_a_mistake_is_refused(platform: Platform, script: dict) -> None:
    assert platform.refusal("POST", "/_sandbox/callers", script) == (400, "bad.request")
    assert platform.get("/_sandbox/callers") == []


# -- queues now -------------------------------------------------------------------------------------------------


def observed(platform: Platform, id: str, *metrics: str, **more) -> list[dict]:
    body = {"filter": matches("queueId", id), "metrics": list(metrics), **more}
    return platform.post(OBSERVATIONS, body)["results"]


def test_a_queue_stands_as_it_was_told(platform: Platform) -> None:
    users = {"IDLE": 1, "INTERACTING": 2, "OFF_QUEUE": 4}
    platform.post("/_sandbox/queues", {"name": "Support", "waits": [30, 120], "interacting": 2, "users": users})
    id = queue(platform)
    calls, people = observed(platform, id, "oWaiting", "oInteracting", "oOnQueueUsers", "oOffQueueUsers")
    assert calls["group"] == {"queueId": id, "mediaType": "voice"}
    assert {one["metric"]: one["stats"]["count"] for one in calls["data"]} == {"oWaiting": 2, "oInteracting": 2}
    assert people["group"] == {"queueId": id}
    assert [(one["metric"], one.get("qualifier"), one["stats"]["count"]) for one in people["data"]] == [
        ("oOnQueueUsers", "IDLE", 1),
        ("oOnQueueUsers", "INTERACTING", 2),
        ("oOffQueueUsers", None, 4),
    ]


def test_details_say_since_when_somebody_waits(platform: Platform) -> None:
    platform.post("/_sandbox/queues", {"name": "Support", "waits": [30, 120]})
    began = platform.clock.now() - 120
    platform.clock.advance(10)
    (calls,) = observed(platform, queue(platform), "oWaiting", detailMetrics=["oWaiting"])
    (waiting,) = calls["data"]
    assert waiting["observations"][0] == {"observationDate": iso(began)}
    assert len(waiting["observations"]) == 2


def test_a_queue_nobody_described_is_empty(platform: Platform) -> None:
    (calls,) = observed(platform, queue(platform), "oWaiting", "oOnQueueUsers")
    assert calls["data"] == [{"metric": "oWaiting", "stats": {"count": 0}}]


@pytest.mark.parametrize(
    "body",
    [
        {"metrics": ["oWaiting"]},
        {"metrics": ["oWaiting"], "filter": {"type": "and"}},
        {"filter": {"type": "and", "predicates": [{"dimension": "queueId", "value": "x"}]}},
        {
            "metrics": ["oLongestWaiting"],
            "filter": {"type": "and", "predicates": [{"dimension": "queueId", "value": ""}]},
        },
        {"metrics": ["oWaiting"], "filter": {"type": "and", "predicates": [{"dimension": "userId", "value": "x"}]}},
    ],
)
def test_an_observation_that_the_platform_refuses_is_refused(platform: Platform, body: dict) -> None:
    assert platform.refusal("POST", OBSERVATIONS, body)[0] == 400


def test_the_estimated_wait_is_what_was_told(platform: Platform) -> None:
    id = queue(platform)
    path = f"/api/v2/routing/queues/{id}"
    assert platform.get(f"{path}/mediatypes/call/estimatedwaittime") == {"results": []}
    platform.post("/_sandbox/queues", {"name": "Support", "waitSeconds": 240})
    told = {"formula": "BEST", "estimatedWaitTimeSeconds": 240}
    assert platform.get(f"{path}/estimatedwaittime") == {"results": [{"intent": "ALL", **told}]}
    assert platform.get(f"{path}/mediatypes/call/estimatedwaittime") == {"results": [{"intent": "CALL", **told}]}
    assert platform.get(f"{path}/mediatypes/message/estimatedwaittime") == {"results": []}
    assert platform.refusal("GET", f"{path}/mediatypes/voice/estimatedwaittime") == (400, "invalid.value")
    assert platform.refusal("GET", "/api/v2/routing/queues/nothing/estimatedwaittime") == (404, "not.found")


@pytest.mark.parametrize(
    "script",
    [
        {"name": "Nobody"},
        {"name": "Support", "waits": [-1]},
        {"name": "Support", "users": {"AWAY": 1}},
        {"name": "Support", "agents": 3},
    ],
)
def test_a_queue_script_with_a_mistake_is_refused(platform: Platform, script: dict) -> None:
    assert platform.refusal("POST", "/_sandbox/queues", script) == (400, "bad.request")
