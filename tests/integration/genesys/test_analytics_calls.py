"""Aggregates and queues as the client reads them from the sandbox."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from reconciler.errors import Forbidden, Rejected, TimedOut
from reconciler.genesys import analytics, lookups, queues
from reconciler.genesys.analytics import Query
from reconciler.genesys.queues import Standing
from reconciler.genesys.wire.settings import RemoteSettings
from tests.integration.remotes.remote_stage import Stage, flow

pytestmark = pytest.mark.anyio


def callers(stage: Stage, **script: object) -> None:
    assert stage.control.post("/_sandbox/callers", json=script).status_code == 201


def lately(stage: Stage, *metrics: str, **more: object) -> Query:
    now = stage.time.now()
    return Query(start=now - timedelta(hours=1), end=now + timedelta(seconds=1), metrics=metrics, **more)


async def queue_ids(stage: Stage) -> dict[str, str]:
    return {str(row["name"]): str(row["id"]) for row in await lookups.queues(stage.client)}


async def test_abandoned_callers_are_counted_by_queue(stage: Stage) -> None:
    ids = await queue_ids(stage)
    callers(stage, queue="Support", outcome="abandoned", waitSeconds=90, count=3)
    callers(stage, queue="Sales", outcome="answered", count=5)
    callers(stage, queue="Billing", outcome="abandoned")
    query = lately(
        stage, "nOffered", "tAbandon", group_by=["queueId"], where={"queueId": [ids["Support"], ids["Sales"]]}
    )
    found = await analytics.conversations(stage.client, query)
    assert {(one.group["queueId"], one.metric): (one.count, one.total) for one in found} == {
        (ids["Support"], "nOffered"): (3, 0.0),
        (ids["Support"], "tAbandon"): (3, 270_000.0),
        (ids["Sales"], "nOffered"): (5, 0.0),
    }


async def test_callers_of_a_flow_are_counted_by_version(stage: Stage) -> None:
    await stage.apply(flow())
    callers(stage, flow="Main IVR", outcome="abandonedInFlow", ivrSeconds=4, count=2)
    query = lately(stage, "nFlow", "tFlowDisconnect", group_by=["flowVersion"], where={"flowName": ["Main IVR"]})
    found = await analytics.flows(stage.client, query)
    assert {one.metric: one.count for one in found} == {"nFlow": 2, "tFlowDisconnect": 2}
    assert {one.group["flowVersion"] for one in found} == {"1.0"}


async def test_a_granularity_gives_a_count_for_each_bucket(stage: Stage) -> None:
    callers(stage, queue="Sales", outcome="answered")
    stage.time.advance(1800)
    callers(stage, queue="Sales", outcome="answered")
    found = await analytics.conversations(stage.client, lately(stage, "nOffered", granularity="PT15M"))
    assert [one.count for one in found] == [1, 1]
    assert len({one.interval for one in found}) == 2


async def test_a_job_is_read_to_its_last_page(stage: Stage) -> None:
    stage.become("reconciler", RemoteSettings(analytics_page_size=2))
    for name in ("Sales", "Support", "Billing"):
        callers(stage, queue=name, outcome="answered")
    query = lately(stage, "nOffered", group_by=["queueId"], where={"mediaType": ["voice"]})
    at_once = await analytics.conversations(stage.client, query)
    stage.forget_requests()
    by_job = await analytics.conversations_by_job(stage.client, query)
    assert Counter(one.group["queueId"] for one in by_job) == Counter(one.group["queueId"] for one in at_once)
    assert stage.requests()[f"GET {analytics.CONVERSATION_RESULTS}"] == 2


async def test_a_job_of_flows_tells_the_same_as_a_query(stage: Stage) -> None:
    await stage.apply(flow())
    callers(stage, flow="Main IVR", outcome="disconnectedByFlow")
    query = lately(stage, "nFlow")
    assert await analytics.flows_by_job(stage.client, query) == await analytics.flows(stage.client, query)


async def test_a_failed_job_says_why(stage: Stage) -> None:
    stage.fault("POST", analytics.FLOW_JOBS, "job_failure", message="too many groups")
    with pytest.raises(Rejected, match="FAILED: too many groups"):
        await analytics.flows_by_job(stage.client, lately(stage, "nFlow"))


async def test_a_job_that_does_not_end_is_given_up(stage: Stage) -> None:
    stage.become("reconciler", RemoteSettings(analytics_seconds=0.5, analytics_poll_seconds=0.4))
    with pytest.raises(TimedOut, match="QUEUED"):
        await analytics.flows_by_job(stage.client, lately(stage, "nFlow"))


async def test_where_nothing_happened_nothing_is_counted(stage: Stage) -> None:
    assert await analytics.conversations(stage.client, lately(stage, "nOffered")) == []


async def test_queues_stand_as_they_are(stage: Stage) -> None:
    ids = await queue_ids(stage)
    users = {"IDLE": 1, "INTERACTING": 2, "OFF_QUEUE": 3}
    script = {"name": "Support", "waits": [60, 20], "interacting": 2, "users": users, "waitSeconds": 180}
    stage.control.post("/_sandbox/queues", json=script)
    found = await queues.observe(stage.client, [ids["Support"], ids["Sales"]])
    assert found == {
        ids["Support"]: Standing(waiting=2, interacting=2, on_queue_users=3),
        ids["Sales"]: Standing(waiting=0, interacting=0, on_queue_users=None),
    }
    assert await queues.estimated_wait(stage.client, ids["Support"]) == 180
    assert await queues.estimated_wait(stage.client, ids["Sales"]) is None


async def test_messages_that_wait_do_not_count_as_calls(stage: Stage) -> None:
    id = (await queue_ids(stage))["Support"]
    stage.control.post("/_sandbox/queues", json={"name": "Support", "mediaType": "message", "waits": [5]})
    assert (await queues.observe(stage.client, [id]))[id].waiting == 0
    assert (await queues.observe(stage.client, [id], media_type="message"))[id].waiting == 1


async def test_no_queues_cost_no_request(stage: Stage) -> None:
    stage.forget_requests()
    assert await queues.observe(stage.client, []) == {}
    assert stage.requests() == {}


async def test_a_missing_permission_is_named(stage: Stage) -> None:
    clients = [{"id": "ci", "secret": "secret", "permissions": ["routing:queue:view"]}]
    stage.control.put("/_sandbox/state", json={"clients": clients})
    stage.become("ci", RemoteSettings())
    with pytest.raises(Forbidden, match="analytics:queueObservation:view"):
        await queues.observe(stage.client, ["some-queue"])
