"""The content of many flows: batches of export jobs against the sandbox, split where something is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest
from remote_stage import flow, inline, prompt, sound

from reconciler.bootstrap.contents import PlatformContents
from reconciler.core.breaker import OPEN_SECONDS_FIRST
from reconciler.errors import Forbidden, Unavailable
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.ports import Unreadable

pytestmark = pytest.mark.anyio
JOBS = "/api/v2/flows/export/jobs"


async def organisation(stage, number: int):
    """So many flows, listed."""
    for one in range(number):
        await stage.apply(flow(f"Flow {one}"))
    stage.forget_requests()
    return await stage.flows.observe()


async def outage(stage) -> None:
    """Lists fail until the breaker is open."""
    stage.fault("GET", "/api/v2/flows", "status", status=503, times=40)
    while not stage.client.held_back:
        with pytest.raises(Unavailable):
            await stage.flows.observe()


async def contents(stage, flows, **versions):
    told = []
    found = await PlatformContents(client=stage.client, offload=inline).flows(
        [(have, versions.get(have.key.name.replace(" ", "_"), have.version)) for have in flows], told.append
    )
    assert told == sorted(told)
    return {have.key.name: found[have.id] for have in flows}


def jobs(stage) -> int:
    return stage.requests()[f"POST {JOBS}"]


async def test_several_flows_come_as_one_archive_from_one_job(stage):
    flows = await organisation(stage, 3)
    found = await contents(stage, flows)
    assert jobs(stage) == 1
    assert all(f"name: {name}".encode() in content for name, content in found.items())


async def test_a_single_flow_comes_as_it_is(stage):
    (have,) = await organisation(stage, 1)
    found = await contents(stage, [have])
    assert found["Flow 0"].startswith(b"inboundCall:")


async def test_jobs_are_pinned_to_the_version_asked_for(stage):
    (have,) = await organisation(stage, 1)
    stage.person("publish", "Flow", "Flow 0")
    assert (await contents(stage, [have]))["Flow 0"] != (await contents(stage, [have], Flow_0="2.0"))["Flow 0"]


async def test_one_flow_that_cannot_be_exported_does_not_hold_up_the_others(stage):
    flows = await organisation(stage, 5)
    found = await contents(stage, flows, Flow_3="99.0")
    assert isinstance(found.pop("Flow 3"), Unreadable)
    assert len(found) == 4
    assert all(isinstance(content, bytes) for content in found.values())


async def test_a_flow_deleted_meanwhile_looks_like_throttling_and_is_given_up_alone(stage):
    flows = await organisation(stage, 3)
    stage.person("delete", "Flow", "Flow 1")
    before = stage.time.passed
    found = await contents(stage, flows)
    assert isinstance(found["Flow 1"], Unreadable)
    assert "too busy" in found["Flow 1"].reason
    assert isinstance(found["Flow 0"], bytes)
    assert stage.time.passed - before >= stage.client.settings.export_retry_seconds


@pytest.mark.parametrize("status", [413, 503])
async def test_a_job_that_is_refused_for_its_size_is_halved(stage, status):
    flows = await organisation(stage, 4)
    stage.fault("POST", JOBS, "status", status=status, times=1)
    found = await contents(stage, flows)
    assert all(isinstance(content, bytes) for content in found.values())
    assert jobs(stage) == 3


async def test_trouble_down_to_the_last_flow_is_waited_out_and_nothing_is_lost(stage):
    flows = await organisation(stage, 8)
    stage.fault("POST", JOBS, "status", status=500, times=14)
    found = await contents(stage, flows)
    assert all(isinstance(content, bytes) for content in found.values())
    assert stage.client.held_back == ""


async def test_a_breaker_that_opens_meanwhile_is_waited_for(stage):
    flows = await organisation(stage, 4)
    await outage(stage)
    before = stage.time.passed
    found = await contents(stage, flows)
    assert all(isinstance(content, bytes) for content in found.values())
    assert stage.time.passed - before >= OPEN_SECONDS_FIRST - 1


async def test_a_recording_waits_for_the_breaker(stage):
    base = await stage.apply(prompt(en_us={"tts": "Hello", "audio": (sound(0.5, level=9), 0.5)}))
    have = await stage.observed(base.key)
    await outage(stage)
    found = await PlatformContents(client=stage.client, offload=inline).recording(have, "en-us")
    assert isinstance(found, bytes)


async def test_an_archive_cut_short_is_asked_for_in_halves(stage):
    flows = await organisation(stage, 2)
    stage.fault("GET", "/downloads/flows/{jobId}", "truncate", times=1)
    found = await contents(stage, flows)
    assert all(isinstance(content, bytes) for content in found.values())
    assert jobs(stage) == 3


async def test_what_is_too_large_together_is_had_one_by_one(stage):
    flows = await organisation(stage, 2)
    single = len((await contents(stage, flows[:1]))["Flow 0"])
    stage.become("reconciler", RemoteSettings(export_bytes_max=single + 50))
    found = await contents(stage, flows)
    assert all(isinstance(content, bytes) for content in found.values())


async def test_a_flow_over_the_limit_is_told_as_such(stage):
    flows = await organisation(stage, 1)
    stage.become("reconciler", RemoteSettings(export_bytes_max=100))
    found = await contents(stage, flows)
    assert isinstance(found["Flow 0"], Unreadable)
    assert "larger than" in found["Flow 0"].reason or "100" in found["Flow 0"].reason


async def test_without_the_right_to_export_nothing_is_tried_twice(stage):
    flows = await organisation(stage, 2)
    stage.fault("POST", JOBS, "status", status=403, code="missing.permissions", times=None)
    with pytest.raises(Forbidden):
        await contents(stage, flows)
    assert jobs(stage) == 1


async def test_a_platform_in_trouble_is_not_asked_for_every_flow(stage):
    flows = await organisation(stage, 6)
    stage.fault("POST", JOBS, "status", status=503, times=None)
    before = stage.time.passed
    found = await contents(stage, flows)
    assert all(isinstance(content, Unreadable) for content in found.values())
    assert jobs(stage) == 5 + 6 * stage.client.settings.export_tries_max
    assert stage.time.passed - before < 60


class Choosy(httpx.AsyncBaseTransport):
    """A platform that answers 500 to the export jobs that `fails` says, by the ids of their flows."""

    def __init__(self, inner: httpx.AsyncBaseTransport, fails: Callable[[list[str]], bool]) -> None:
        self._inner, self._fails = inner, fails

    async def handle_async_request(self, request):
        if request.method == "POST" and request.url.path == JOBS:
            ids = [row["flow"]["id"] for row in json.loads(request.content)["flows"]]
            if self._fails(ids):
                return httpx.Response(500, json={"message": "boom", "code": "internal.server.error", "status": 500})
        return await self._inner.handle_async_request(request)

    async def aclose(self):
        await self._inner.aclose()


def becomes_choosy(stage, fails: Callable[[list[str]], bool], **settings) -> None:
    stage.become("reconciler", RemoteSettings(**settings), wrap=lambda inner: Choosy(inner, fails))


async def test_flows_that_break_every_job_they_are_in_cost_only_themselves(stage):
    flows = await organisation(stage, 12)
    bad = {have.id for have in flows[3:8]}
    becomes_choosy(stage, lambda ids: bool(bad & set(ids)))
    found = await contents(stage, flows)
    lost = {name for name, content in found.items() if isinstance(content, Unreadable)}
    assert lost == {have.key.name for have in flows if have.id in bad}
    assert stage.client.held_back == ""


class Hanging(httpx.AsyncBaseTransport):
    """A platform whose export jobs never end when a certain flow is among theirs."""

    def __init__(self, inner: httpx.AsyncBaseTransport, id: str) -> None:
        self._inner, self._id, self._stuck = inner, id, set()

    async def handle_async_request(self, request):
        answer = await self._inner.handle_async_request(request)
        if request.url.path.startswith(JOBS):
            await answer.aread()
            job = answer.json()
            if request.method == "POST" and self._id in request.content.decode():
                self._stuck.add(job["id"])
            if job["id"] in self._stuck:
                return httpx.Response(200, json={**job, "status": "Started"})
        return answer

    async def aclose(self):
        await self._inner.aclose()


async def test_a_flow_whose_jobs_never_end_costs_only_itself(stage):
    flows = await organisation(stage, 12)
    stage.become("reconciler", RemoteSettings(), wrap=lambda inner: Hanging(inner, flows[0].id))
    found = await contents(stage, flows)
    assert [name for name, content in found.items() if isinstance(content, Unreadable)] == [flows[0].key.name]


async def test_looks_at_a_job_that_fail_do_not_count_as_an_outage(stage):
    flows = await organisation(stage, 2)
    stage.fault("GET", f"{JOBS}/{{jobId}}", "status", status=500, times=2)
    found = await contents(stage, flows)
    assert all(isinstance(content, bytes) for content in found.values())
    assert jobs(stage) == 1


async def test_an_address_that_has_expired_is_asked_for_again(stage):
    (have,) = await organisation(stage, 1)
    stage.fault("GET", "/downloads/flows/{jobId}", "expired", times=1)
    assert isinstance((await contents(stage, [have]))["Flow 0"], bytes)
    assert jobs(stage) == 1


async def test_a_platform_that_takes_few_flows_at_once_gets_few(stage):
    flows = await organisation(stage, 12)
    becomes_choosy(stage, lambda ids: len(ids) > 2)
    found = await contents(stage, flows)
    assert all(isinstance(content, bytes) for content in found.values())


async def test_patience_ends_and_what_was_had_before_stays(stage):
    flows = await organisation(stage, 6)
    good = {have.id for have in flows[:3]}
    becomes_choosy(stage, lambda ids: not set(ids) <= good, export_patience_seconds=0.5)
    found = await contents(stage, flows)
    assert sum(isinstance(content, bytes) for content in found.values()) == 3
    assert any("Given up" in content.reason for content in found.values() if isinstance(content, Unreadable))


async def test_a_recording_comes_without_our_token(stage):
    base = await stage.apply(prompt(en_us={"tts": "Hello", "audio": (sound(0.5, level=9), 0.5)}))
    have = await stage.observed(base.key)
    found = await PlatformContents(client=stage.client, offload=inline).recording(have, "en-us")
    assert isinstance(found, bytes)
    assert found.startswith(b"RIFF")


async def test_a_recording_that_cannot_be_had_is_told(stage):
    base = await stage.apply(prompt(en_us={"tts": "Hello", "audio": (sound(0.5), 0.5)}))
    have = await stage.observed(base.key)
    stage.fault("GET", "/api/v2/architect/prompts/{promptId}/resources/{languageCode}", "status", status=403)
    found = await PlatformContents(client=stage.client, offload=inline).recording(have, "en-us")
    assert isinstance(found, Unreadable)
