"""What an orchestrator is told: alive, ready, and the figures."""

from __future__ import annotations

import math
from dataclasses import replace

import httpx
import pytest

from reconciler.errors import StoreError, UsageError
from reconciler.kinds.prompt.readiness import Readiness
from reconciler.model import identity
from reconciler.model.change import Action, Cause, Drift
from reconciler.model.event import Result
from reconciler.model.outcome import Delivery, DeliveryState
from reconciler.report.results import ChangeResult
from reconciler.runtime import health
from reconciler.runtime.delivery import Attempted
from reconciler.runtime.metrics import Metrics
from reconciler.runtime.standing import Standing
from tests.builders import MAIN, change
from tests.clocks import ManualClock
from tests.runtime_stage import passed

pytestmark = pytest.mark.anyio

INTERVAL = 300.0
DAY = 86_400.0


@pytest.mark.parametrize(
    ("busy_since", "now", "verdict"),
    [
        (None, DAY, ""),
        (0.0, 1200.0, ""),
        (0.0, 1201.0, "no sign of life for 1201 s"),
    ],
    ids=["resting for a day", "at work", "hung"],
)
def test_alive_means_that_the_turn_under_way_gets_on(busy_since, now, verdict):
    assert health.is_alive(Standing(turns=1, busy_since_monotonic=busy_since), now) == verdict


@pytest.mark.parametrize(
    ("standing", "now", "verdict"),
    [
        (Standing(), 5.0, "no pass has ended yet"),
        (Standing(last_error="no host"), 5.0, "no host"),
        (Standing(last_pass_monotonic=0.0), 2100.0, ""),
        (Standing(last_pass_monotonic=0.0, last_error="no host"), 2100.0, ""),
        (Standing(last_pass_monotonic=0.0), 2101.0, "the last good pass is 2101 s old"),
        (Standing(last_pass_monotonic=0.0, last_error="no host"), 2101.0, "the last good pass is 2101 s old: no host"),
        (Standing(last_pass_monotonic=0.0, stopping=True), 1.0, "stopping"),
    ],
    ids=["new", "new and failing", "good", "failing lately", "old", "failing for long", "stopping"],
)
def test_ready_means_a_good_pass_not_too_long_ago_and_no_stop(standing, now, verdict):
    assert health.is_ready(standing, now, interval_seconds=INTERVAL) == verdict


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ("127.0.0.1:9440", "127.0.0.1", 9440),
        ("[::1]:9440", "::1", 9440),
        (":9440", "127.0.0.1", 9440),
        ("0.0.0.0:0", "0.0.0.0", 0),
    ],
)
def test_where_to_listen_is_a_host_and_a_port(listen, host, port):
    assert health.split_listen(listen) == (host, port)


@pytest.mark.parametrize("listen", ["9440", "localhost", "localhost:", "localhost:http", "localhost:65536", "a:²"])
def test_anything_else_is_refused_with_an_example(listen):
    with pytest.raises(UsageError, match=r"write host:port, for example 127\.0\.0\.1:9440"):
        health.split_listen(listen)


async def two_waiting() -> int:
    return 2


async def forgotten() -> int:
    raise StoreError("closed")


def client(standing, waiting=two_waiting, metrics=None):
    metrics = metrics or Metrics()
    pages = health.app(standing, ManualClock(), metrics, interval_seconds=INTERVAL, waiting=waiting)
    return httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url="http://health")


@pytest.mark.parametrize(
    ("standing", "page", "status", "text"),
    [
        (Standing(), "/healthz", 200, "ok"),
        (Standing(busy_since_monotonic=-2_000.0), "/healthz", 503, "no sign of life for 2000 s"),
        (Standing(last_pass_monotonic=0.0), "/readyz", 200, "ok"),
        (Standing(stopping=True), "/readyz", 503, "stopping"),
    ],
)
async def test_the_pages_say_why(standing, page, status, text):
    async with client(standing) as pages:
        answer = await pages.get(page)
    assert (answer.status_code, answer.text) == (status, text)


async def test_the_outbox_is_counted_when_somebody_looks():
    async with client(Standing()) as pages:
        answer = await pages.get("/metrics")
    assert "reconciler_outbox_pending 2.0" in answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")


async def test_a_ledger_in_trouble_does_not_hide_the_other_figures():
    async with client(Standing(), forgotten) as pages:
        answer = await pages.get("/metrics")
    assert answer.status_code == 200
    assert "reconciler_last_sync_timestamp" in answer.text


def figures(metrics: Metrics) -> dict[str, float]:
    lines = metrics.text().decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {
        name: float(number) for name, number in pairs if not name.partition("{")[0].endswith(("_bucket", "_created"))
    }


def test_the_names_of_the_metrics_are_the_documented_ones():
    metrics = Metrics()
    names = {line.split()[2] for line in metrics.text().decode().splitlines() if line.startswith("# TYPE")}
    assert {name for name in names if not name.endswith("_created")} == {
        "reconciler_reconcile_duration_seconds",
        "reconciler_changes_total",
        "reconciler_plan_changes",
        "reconciler_drifted",
        "reconciler_prompt_deployment_seconds",
        "reconciler_prompts_ready_ratio",
        "reconciler_api_requests_total",
        "reconciler_api_rate_limit_remaining",
        "reconciler_outbox_pending",
        "reconciler_webhook_deliveries_total",
        "reconciler_last_sync_timestamp",
    }


def test_a_prompt_that_callers_hear_is_counted_with_the_seconds_that_took():
    metrics = Metrics()
    heard = ChangeResult(change=change(Action.CREATE), result=Result.APPLIED, seconds=3.0)
    others = [
        ChangeResult(change=change(Action.UPDATE, identity.prompt("failed")), result=Result.FAILED, seconds=5.0),
        ChangeResult(change=change(Action.ADOPT, identity.prompt("adopted")), result=Result.APPLIED, seconds=5.0),
        ChangeResult(change=change(Action.CREATE, MAIN), result=Result.APPLIED, seconds=5.0),
    ]
    metrics.count_pass(passed(heard, *others), 9.0, unix_time=100.0)
    seen = figures(metrics)
    assert seen["reconciler_prompt_deployment_seconds_count"] == 1
    assert seen["reconciler_prompt_deployment_seconds_sum"] == 3.0


def test_the_share_of_prompts_that_play_is_unknown_before_the_first_pass():
    metrics = Metrics()
    assert math.isnan(figures(metrics)["reconciler_prompts_ready_ratio"])
    metrics.count_pass(replace(passed(), prompts=Readiness(3, 4)), 1.0, unix_time=100.0)
    assert figures(metrics)["reconciler_prompts_ready_ratio"] == 0.75


def test_a_pass_is_counted_by_what_came_of_it():
    metrics = Metrics()
    drifted = change(Action.UPDATE, MAIN, Cause.DRIFT, drift=Drift(by="supervisor-1"))
    done = ChangeResult(change=change(Action.CREATE), result=Result.APPLIED)
    failed = ChangeResult(change=drifted, result=Result.FAILED)
    metrics.count_pass(passed(done, failed), 2.0, unix_time=100.0)
    metrics.count_pass(None, 1.0, unix_time=200.0)
    seen = figures(metrics)
    assert seen['reconciler_changes_total{action="create",kind="Prompt",result="applied"}'] == 1
    assert seen['reconciler_changes_total{action="update",kind="Flow",result="failed"}'] == 1
    assert seen['reconciler_reconcile_duration_seconds_sum{result="partial"}'] == 2
    assert seen['reconciler_reconcile_duration_seconds_count{result="error"}'] == 1
    assert seen['reconciler_plan_changes{op="add"}'] == 1
    assert seen['reconciler_drifted{kind="Flow"}'] == 1
    assert seen['reconciler_drifted{kind="Prompt"}'] == 0
    assert seen["reconciler_last_sync_timestamp"] == 0


def test_a_pass_that_leaves_nothing_open_moves_the_time_of_the_last_sync():
    metrics = Metrics()
    metrics.count_pass(passed(), 2.0, unix_time=100.0)
    assert figures(metrics)["reconciler_last_sync_timestamp"] == 100
    assert figures(metrics)['reconciler_reconcile_duration_seconds_count{result="success"}'] == 1


def test_a_change_that_was_not_begun_is_counted_as_skipped():
    metrics = Metrics()
    metrics.count_pass(passed(ChangeResult(change=change(Action.CREATE), result=None)), 2.0, unix_time=100.0)
    assert figures(metrics)['reconciler_changes_total{action="create",kind="Prompt",result="skipped"}'] == 1


def test_requests_are_counted_by_status_and_never_by_name():
    metrics = Metrics()
    metrics.count_request("GET /api/v2/flows", 200, 0.1, 250)
    metrics.count_request("GET /api/v2/flows", 0, 0.1, None)
    seen = figures(metrics)
    assert seen['reconciler_api_requests_total{code="200"}'] == 1
    assert seen['reconciler_api_requests_total{code="none"}'] == 1
    assert seen["reconciler_api_rate_limit_remaining"] == 250
    assert "flows" not in metrics.text().decode()


def test_deliveries_are_counted_by_what_came_of_them():
    metrics = Metrics()
    row = Delivery(id="e", endpoint="archive", type="t", subject="s", body=b"", created_at="2026-03-02T12:00:00Z")
    for state in (DeliveryState.DELIVERED, DeliveryState.PENDING, DeliveryState.DEAD):
        metrics.count_delivery(Attempted(delivery=replace(row, state=state), status=204, seconds=0.1))
    seen = figures(metrics)
    assert [seen[f'reconciler_webhook_deliveries_total{{result="{state}"}}'] for state in DeliveryState] == [1, 1, 1]
