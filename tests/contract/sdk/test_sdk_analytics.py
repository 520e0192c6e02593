"""What callers did and how queues stand, through the official SDK."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.sdk.guest import Guest, flow, known


@pytest.fixture
def analytics(guest: Guest) -> Any:
    return guest.sdk.AnalyticsApi(guest.client)


@pytest.fixture
def support(guest: Guest) -> str:
    """The queue's id."""
    return str(guest.sdk.RoutingApi(guest.client).get_routing_queues(name="Support").entities[0].id)


def only(sdk: Any, area: str, dimension: str, value: str) -> Any:
    """The SDK's own filter of that area: this value of that dimension."""
    predicate, chosen = getattr(sdk, f"{area}QueryPredicate")(), getattr(sdk, f"{area}QueryFilter")()
    predicate.type, predicate.dimension, predicate.operator, predicate.value = "dimension", dimension, "matches", value
    chosen.type, chosen.predicates = "and", [predicate]
    return chosen


def conversations(guest: Guest, queue: str, query: Any) -> Any:
    query.interval, query.metrics = guest.around_now(), ["nOffered", "tAbandon"]
    query.filter = only(guest.sdk, "ConversationAggregate", "queueId", queue)
    return query


def flows(guest: Guest, id: str, query: Any) -> Any:
    query.interval, query.metrics, query.group_by = guest.around_now(), ["nFlow"], ["flowVersion"]
    query.filter = only(guest.sdk, "FlowAggregate", "flowId", id)
    return query


def counts(answer: Any) -> dict[str, int]:
    """Of an answer with at most one group and one bucket."""
    return {one.metric: one.stats.count for group in answer.results for data in group.data for one in data.metrics}


def test_callers_of_a_queue_are_aggregated(guest: Guest, analytics, support) -> None:
    guest.control("callers", {"queue": "Support", "outcome": "answered", "count": 3})
    guest.control("callers", {"queue": "Support", "outcome": "abandoned", "waitSeconds": 90, "count": 2})
    query = conversations(guest, support, guest.sdk.ConversationAggregationQuery())
    assert counts(known(analytics.post_analytics_conversations_aggregates_query(query))) == {
        "nOffered": 5,
        "tAbandon": 2,
    }


def test_callers_of_a_flow_are_aggregated_by_version(guest: Guest, analytics) -> None:
    made = guest.published(flow())
    guest.control("callers", {"flow": "Main IVR", "outcome": "abandonedInFlow", "ivrSeconds": 5, "count": 4})
    query = flows(guest, made.id, guest.sdk.FlowAggregationQuery())
    answer = known(analytics.post_analytics_flows_aggregates_query(query))
    assert counts(answer) == {"nFlow": 4}
    assert answer.results[0].group["flowVersion"] == made.published_version.id


def test_aggregates_run_as_jobs_too(guest: Guest, analytics, support) -> None:
    made = guest.published(flow())
    guest.control("callers", {"flow": "Main IVR", "queue": "Support", "outcome": "answered", "count": 2})
    job = known(
        analytics.post_analytics_conversations_aggregates_jobs(
            conversations(guest, support, guest.sdk.ConversationAsyncAggregationQuery())
        )
    )
    assert analytics.get_analytics_conversations_aggregates_job(job.job_id).state == "QUEUED"
    guest.waited(lambda: analytics.get_analytics_conversations_aggregates_job(job.job_id), "FULFILLED", field="state")
    assert counts(known(analytics.get_analytics_conversations_aggregates_job_results(job.job_id)))["nOffered"] == 2
    job = known(
        analytics.post_analytics_flows_aggregates_jobs(flows(guest, made.id, guest.sdk.FlowAsyncAggregationQuery()))
    )
    guest.waited(lambda: analytics.get_analytics_flows_aggregates_job(job.job_id), "FULFILLED", field="state")
    assert counts(known(analytics.get_analytics_flows_aggregates_job_results(job.job_id))) == {"nFlow": 2}


def test_a_queue_is_observed(guest: Guest, analytics, support) -> None:
    guest.control("queues", {"name": "Support", "waits": [30, 120], "users": {"IDLE": 1}})
    query = guest.sdk.QueueObservationQuery()
    query.filter = only(guest.sdk, "QueueObservation", "queueId", support)
    query.metrics, query.detail_metrics = ["oWaiting", "oOnQueueUsers"], ["oWaiting"]
    calls, people = known(analytics.post_analytics_queues_observations_query(query)).results
    assert (calls.group["mediaType"], calls.data[0].metric, calls.data[0].stats.count) == ("voice", "oWaiting", 2)
    assert len(calls.data[0].observations) == 2
    assert [(one.metric, one.qualifier) for one in people.data] == [("oOnQueueUsers", "IDLE")]


def test_the_estimated_wait_of_a_queue(guest: Guest, support) -> None:
    guest.control("queues", {"name": "Support", "waitSeconds": 240})
    routing = guest.sdk.RoutingApi(guest.client)
    (whole,) = known(routing.get_routing_queue_estimatedwaittime(support)).results
    assert (whole.intent, whole.estimated_wait_time_seconds) == ("ALL", 240)
    (calls,) = known(routing.get_routing_queue_mediatype_estimatedwaittime(support, "call")).results
    assert calls.intent == "CALL"


def test_a_metric_that_does_not_exist_is_refused(guest: Guest, analytics) -> None:
    body = {"interval": guest.around_now(), "metrics": ["nAbandon"]}
    refused = guest.refusal(lambda: analytics.post_analytics_conversations_aggregates_query(body))
    assert (refused.status, refused.error.code) == (400, "invalid.value")
