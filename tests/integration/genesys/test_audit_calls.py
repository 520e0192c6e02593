"""Audits as the client reads them, and what the trail makes of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.errors import Forbidden, Rejected, TimedOut
from reconciler.genesys import audits
from reconciler.genesys.audits import Query
from reconciler.genesys.wire.settings import RemoteSettings
from tests.integration.remotes.remote_stage import Stage, prompt

pytestmark = pytest.mark.anyio
REALTIME = "POST /api/v2/audits/query/realtime"


def query(stage: Stage, *, service: str = "Architect", **filters: str) -> Query:
    now = stage.time.now()
    return Query(start=now - timedelta(days=1), end=now + timedelta(minutes=1), service=service, filters=filters)


async def test_an_entry_tells_person_time_application_and_fields(stage: Stage) -> None:
    await stage.apply(prompt())
    stage.person("edit", "Prompt", "welcome", set={"description": "Other"})
    entries, more = await audits.realtime(stage.client, query(stage, EntityType="Prompt"), page=1)
    newest, *_, created = entries
    assert not more
    assert (newest.action, newest.by, newest.client, newest.ours) == ("Update", "supervisor-1", None, False)
    assert (newest.application, newest.fields) == ("Architect", ("description",))
    assert (created.action, created.client, created.ours, created.by) == ("Create", "reconciler", True, None)


async def test_the_query_that_runs_as_a_job_reads_all_pages(stage: Stage, monkeypatch) -> None:
    monkeypatch.setattr(audits, "RESULTS_PAGE_SIZE", 2)
    for name in ("a", "b", "c"):
        await stage.apply(prompt(name, en_us={"tts": "Hi"}))
    found = await audits.everything(stage.client, query(stage, Action="Create"), entries_max=100)
    assert [entry.entity_name for entry in found if entry.entity_type == "Prompt"] == ["c", "b", "a"]
    assert len(await audits.everything(stage.client, query(stage), entries_max=3)) == 3


async def test_a_query_that_takes_too_long_or_fails_says_so(stage: Stage) -> None:
    stage.fault("POST", "/api/v2/audits/query", "job_failure")
    with pytest.raises(Rejected, match="Failed"):
        await audits.everything(stage.client, query(stage), entries_max=1)
    stage.become("reconciler", RemoteSettings(audit_seconds=1.0))
    stage.time.platform_stands_still = True
    with pytest.raises(TimedOut, match="Queued"):
        await audits.everything(stage.client, query(stage), entries_max=1)


async def test_services_tell_which_entities_they_hold(stage: Stage) -> None:
    assert "IVR" in (await audits.services(stage.client))["Telephony"]
    assert "Prompt" in (await audits.realtime_services(stage.client))["Architect"]


async def test_a_missing_permission_is_named(stage: Stage) -> None:
    stage.control.put("/_sandbox/state", json={"clients": [{"id": "ci", "secret": "secret", "permissions": []}]})
    stage.become("ci", RemoteSettings())
    with pytest.raises(Forbidden, match="audits:audit:view"):
        await audits.realtime(stage.client, query(stage), page=1)


# -- the trail ------------------------------------------------------------------------------------------------------


async def test_the_trail_names_the_last_change_of_somebody_else_with_one_request_for_many(stage: Stage) -> None:
    ids = [(await stage.apply(prompt(name, en_us={"tts": "Hi"}))).id for name in ("a", "b")]
    for name in ("a", "b"):
        stage.person("edit", "Prompt", name)
    stage.forget_requests()
    found = [await stage.trail.last_change({id}) for id in ids]
    assert [message.by for message in found if message] == ["supervisor-1", "supervisor-1"]
    assert stage.requests() == {REALTIME: 1}


async def test_the_trail_is_unknown_when_our_own_client_was_the_last(stage: Stage) -> None:
    base = await stage.apply(prompt())
    stage.person("edit", "Prompt", "welcome")
    await stage.write(await stage.update(prompt(description="New"), base))
    assert await stage.trail.last_change({base.id}) is None


async def test_the_trail_reads_on_only_as_far_as_it_must_and_not_for_ever(stage: Stage) -> None:
    stage.become("reconciler", RemoteSettings(audit_page_size=2, audit_pages_max=3))
    first = await stage.apply(prompt("first", en_us={"tts": "Hi"}))
    stage.person("edit", "Prompt", "first")
    for name in ("a", "b"):
        await stage.apply(prompt(name, en_us={"tts": "Hi"}))
    stage.forget_requests()
    found = await stage.trail.last_change({first.id})
    assert found is not None
    assert found.by == "supervisor-1"
    assert stage.requests() == {REALTIME: 3}
    assert await stage.trail.last_change({"nobody"}) is None
    assert stage.requests() == {REALTIME: 3}
    stage.trail.begin_pass()
    await stage.trail.last_change({"nobody"})
    assert stage.requests() == {REALTIME: 6}


async def test_without_the_permission_nobody_is_named_and_nothing_is_asked_twice(stage: Stage) -> None:
    base = await stage.apply(prompt())
    stage.person("edit", "Prompt", "welcome")
    clients = [{"id": "reconciler", "secret": "secret", "permissions": ["architect:userPrompt:*"]}]
    stage.control.put("/_sandbox/state", json={"clients": clients})
    stage.forget_requests()
    assert await stage.trail.last_change({base.id}) is None
    assert await stage.trail.last_change({base.id}) is None
    assert stage.requests() == {REALTIME: 1}


async def test_a_service_that_the_realtime_query_does_not_cover_is_asked_as_a_job(stage: Stage) -> None:
    base = await stage.apply(prompt())
    stage.person("edit", "Prompt", "welcome")
    stage.fault("POST", "/api/v2/audits/query/realtime", "status", status=400, code="invalid.value")
    found = await stage.trail.last_change({base.id})
    assert found is not None
    assert found.by == "supervisor-1"


async def test_drift_of_a_prompt_names_who_when_and_with_what(stage: Stage) -> None:
    base = await stage.apply(prompt())
    stage.person("edit", "Prompt", "welcome", set={"resources": {"es-us": {"ttsString": "Otro"}}})
    at = stage.state()["audits"][-1]["eventDate"]
    drift = await stage.prompts.attribute(await stage.observed(base.key))
    assert (drift.by, drift.at, drift.application) == ("supervisor-1", at, "Architect")


async def test_drift_by_another_client_names_the_client(stage: Stage) -> None:
    base = await stage.apply(prompt())
    body = {"name": "welcome", "description": "By a script"}
    headers = {"Authorization": f"Bearer {stage.token('a-script')}"}
    assert stage.control.put(f"/api/v2/architect/prompts/{base.id}", json=body, headers=headers).status_code == 200
    drift = await stage.prompts.attribute(await stage.observed(base.key))
    assert (drift.by, drift.application) == (None, "a-script")
