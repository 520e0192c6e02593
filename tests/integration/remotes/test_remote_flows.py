"""Flows against the sandbox: locked while they are published, read back by id, nobody's draft touched."""

from __future__ import annotations

from dataclasses import replace

import pytest
from remote_stage import flow, remembered, route

from reconciler.errors import AmbiguousError, Conflicted, Forbidden, Rejected
from reconciler.genesys import flow_jobs
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.settings import FlowLock, RemoteSettings
from reconciler.model.change import Action, Change
from reconciler.model.outcome import Fate
from reconciler.model.resource import Gone

pytestmark = pytest.mark.anyio
ROOT = "/api/v2/flows"
JOBS = f"{ROOT}/jobs"


def holder(stage, name="Main IVR"):
    return next(f for f in stage.state()["flows"].values() if f["name"] == name)["_lock"]


async def test_a_created_flow_is_published_by_us_and_exported_once(stage):
    base = await stage.apply(flow())
    have = await stage.observed(base.key)
    assert have.version == base.version == "1.0"
    assert have.changed_by is not None
    assert (have.changed_by.id, have.changed_by.is_client) == ("reconciler", True)
    assert base.live is not None
    assert base.live["document"]["inboundCall"]["name"] == "Main IVR"
    assert stage.requests()["POST /api/v2/flows/export/jobs"] == 1


async def test_an_export_equals_what_was_exported_before(stage):
    base = await stage.apply(flow())
    seen = await stage.flows.inspect(await stage.observed(base.key))
    assert seen.comparable
    assert seen.spec == base.live


async def test_observing_costs_the_list_pages_and_nothing_else(stage):
    await stage.apply(flow())
    stage.forget_requests()
    await stage.flows.observe()
    assert stage.requests() == {f"GET {ROOT}": 1}


async def test_an_update_is_made_under_the_lock_and_gives_it_back(stage):
    base = await stage.apply(flow())
    want = flow(greeting="Good morning")
    change = await stage.update(want, base)
    notes = stage.notebook(change)
    written = await stage.flows.write(change, notes)
    assert notes.stages == ["locking", "locked", "job"]
    assert notes.intent.data["job"]
    assert written.version == "2.0"
    assert written.payload_sha256 == want.assets["yaml"].sha256
    assert holder(stage) is None


async def test_a_foreign_lock_is_named_and_left(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Ours"), base)
    stage.person("lock", "Flow", "Main IVR")
    stage.forget_requests()
    with pytest.raises(Conflicted, match=r"locked by .*supervisor-1"):
        await stage.write(change)
    assert stage.writes() == {}
    assert holder(stage)["name"] == "supervisor-1"


async def test_a_foreign_lock_is_listed(stage):
    base = await stage.apply(flow())
    stage.person("lock", "Flow", "Main IVR")
    have = await stage.observed(base.key)
    assert have.locked_by is not None
    assert (have.locked_by.name, have.locked_by.is_client) == ("supervisor-1", False)


async def test_a_version_published_after_the_plan_stops_the_write(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Ours"), base)
    stage.person("publish", "Flow", "Main IVR")
    with pytest.raises(Conflicted, match=r"version 2\.0 is published by supervisor-1, the plan was made for 1\.0"):
        await stage.write(change)


async def test_somebodys_draft_is_listed_and_stops_the_write(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Ours"), base)
    stage.person("save", "Flow", "Main IVR")
    stage.person("unlock", "Flow", "Main IVR")
    have = await stage.observed(base.key)
    assert have.version == "1.0"
    assert have.draft_version is not None
    with pytest.raises(Conflicted, match="newer draft"):
        await stage.write(change)


def forced(want):
    return replace(want, annotations={"reconciler/onLocked": "force"})


@pytest.mark.parametrize("action", ["lock", "save"])
async def test_a_lock_is_pushed_aside_when_the_manifest_says_so_and_what_was_saved_is_kept_first(stage, action):
    base = await stage.apply(flow())
    theirs = flow(greeting="Theirs").assets["yaml"].content.decode()
    stage.person(action, "Flow", "Main IVR", **({"yaml": theirs} if action == "save" else {}))
    written = await stage.write(await stage.update(forced(flow(greeting="Ours")), base))
    assert holder(stage) is None
    assert "Pushed the lock of supervisor-1 aside" in written.note
    have = await stage.observed(base.key)
    assert (have.version, have.draft_version) == (written.version, None)
    assert have.changed_by.name == "reconciler"
    archived = stage.archived[-1][2].decode()
    assert ("Theirs" in archived) is (action == "save")


async def test_what_cannot_be_archived_is_not_pushed_aside(stage):
    base = await stage.apply(flow())
    stage.person("lock", "Flow", "Main IVR")
    stage.fault("GET", f"{ROOT}/{{flowId}}/latestconfiguration", "status", status=403)
    with pytest.raises(Forbidden):
        await stage.write(await stage.update(forced(flow(greeting="Ours")), base))
    assert holder(stage)["name"] == "supervisor-1"


async def test_a_version_published_after_the_plan_is_not_pushed_aside(stage):
    base = await stage.apply(flow())
    change = await stage.update(forced(flow(greeting="Ours")), base)
    stage.person("publish", "Flow", "Main IVR")
    stage.person("lock", "Flow", "Main IVR")
    with pytest.raises(Conflicted, match="is published by"):
        await stage.write(change)
    assert holder(stage)["name"] == "supervisor-1"


async def test_an_unlock_without_an_answer_is_settled_by_reading(stage):
    base = await stage.apply(flow())
    stage.person("lock", "Flow", "Main IVR")
    stage.fault("POST", f"{ROOT}/actions/unlock", "reset_after")
    written = await stage.write(await stage.update(forced(flow(greeting="Ours")), base))
    assert written.version == "2.0"


async def test_a_failed_job_reports_its_messages_and_gives_the_lock_back(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Ours"), base)
    stage.fault("POST", JOBS, "job_failure", message="Something is wrong in the flow.")
    with pytest.raises(Rejected, match=r"Flow/Main IVR was not published: Something is wrong in the flow\."):
        await stage.write(change)
    assert holder(stage) is None


async def test_a_job_that_fails_without_a_word_still_says_what_to_do(stage):
    stage.fault("POST", JOBS, "job_failure")
    with pytest.raises(Rejected, match="try the file in Architect"):
        await stage.apply(flow())


async def test_what_our_own_failed_job_saved_is_no_draft_of_anybody(stage):
    broken = flow()
    asset = broken.assets["yaml"]
    content = asset.content.replace(b"- disconnect:\n              name: End", TRANSFER)
    broken = type(broken)(
        broken.key,
        broken.spec,
        broken.digest,
        broken.source,
        assets={"yaml": type(asset)(asset.path, asset.sha256, content)},
    )
    notes = stage.notebook(change := Change(Action.CREATE, broken.key, desired=broken))
    with pytest.raises(Rejected, match="Nowhere"):
        await stage.flows.write(change, notes)
    have = await stage.observed(broken.key)
    assert (have.version, have.draft_version, have.locked_by) == ("", None, None)
    assert notes.intent.data["id"] == have.id


TRANSFER = b"""- transferToAcd:
              name: Go
              targetQueue:
                lit:
                  name: Nowhere"""


async def test_our_own_lock_in_the_way_of_our_job_makes_us_only_check(stage):
    base = await stage.apply(flow())
    stage.setting(jobRefusesOwnLock=True)
    written = await stage.write(await stage.update(flow(greeting="Two"), base))
    assert written.version == "2.0"
    assert holder(stage) is None
    stage.forget_requests()
    base = remembered(flow(greeting="Two"), written)
    await stage.write(await stage.update(flow(greeting="Three"), base))
    assert f"POST {ROOT}/actions/checkout" not in stage.requests()


async def test_in_check_mode_no_lock_is_taken(stage):
    base = await stage.apply(flow())
    stage.become("reconciler", RemoteSettings(flow_lock=FlowLock.CHECK))
    stage.forget_requests()
    await stage.write(await stage.update(flow(greeting="Two"), base))
    assert f"POST {ROOT}/actions/checkout" not in stage.requests()


@pytest.mark.parametrize("mode", list(FlowLock))
async def test_a_rename_keeps_the_id(stage, mode):
    base = await stage.apply(flow())
    stage.become("reconciler", RemoteSettings(flow_lock=mode))
    written = await stage.write(await stage.update(flow("Front door"), base))
    assert written.id == base.id
    assert [have.key.name for have in await stage.flows.observe()] == ["Front door"]
    assert holder(stage, "Front door") is None


@pytest.mark.parametrize("action", ["update", "delete"])
async def test_a_flow_renamed_after_the_plan_is_left(stage, action):
    base = await stage.apply(flow())
    change = await (stage.update(flow(greeting="Two"), base) if action == "update" else stage.delete(base))
    rename(stage, base.id, "Front door")
    stage.forget_requests()
    with pytest.raises(Conflicted, match="renamed to 'Front door'"):
        await stage.write(change)
    assert stage.writes() == {}


def rename(stage, id: str, name: str) -> None:
    """As another program would."""
    headers = {"Authorization": f"Bearer {stage.token('another')}"}
    for method, path in (
        ("POST", f"{ROOT}/actions/checkout?flow={id}"),
        ("PUT", f"{ROOT}/{id}"),
        ("POST", f"{ROOT}/actions/revert?flow={id}"),
    ):
        body = {"name": name, "type": "INBOUNDCALL"} if method == "PUT" else None
        answer = stage.control.request(method, path, headers=headers, json=body)
        assert answer.status_code == 200, answer.text


async def test_a_flow_that_appeared_meanwhile_is_not_overwritten(stage):
    await stage.apply(flow())
    with pytest.raises(Conflicted, match="has appeared on the platform"):
        await stage.apply(flow(greeting="Other"))


async def test_a_refused_export_leaves_a_note_and_the_publish_counts(stage):
    stage.fault("POST", f"{ROOT}/export/jobs", "status", status=403, code="missing.permissions",
                message="You need architect:jobExport:create.")  # fmt: skip
    base = await stage.apply(flow())
    assert base.version == "1.0"
    assert base.live is None


async def test_a_flow_whose_export_is_refused_is_not_comparable(stage):
    base = await stage.apply(flow())
    stage.fault("POST", f"{ROOT}/export/jobs", "status", status=403, code="missing.permissions")
    assert not (await stage.flows.inspect(await stage.observed(base.key))).comparable


async def test_a_deleted_flow_is_proven_gone(stage):
    base = await stage.apply(flow())
    await stage.write(await stage.delete(base))
    assert await stage.flows.read(base.id) == Gone(base.id)


async def test_drift_names_the_person_without_another_request(stage):
    base = await stage.apply(flow())
    stage.person("publish", "Flow", "Main IVR")
    have = await stage.observed(base.key)
    stage.forget_requests()
    drift = await stage.flows.attribute(have)
    assert drift.by == "supervisor-1"
    assert drift.at is not None
    assert stage.requests() == {}


# -- after a crash ----------------------------------------------------------------------------------------------


async def interrupted(stage, change, method, path, fault="reset_after", **more):
    """The notebook of a write that ended without an answer."""
    notes = stage.notebook(change)
    stage.fault(method, path, fault, **more)
    with pytest.raises(AmbiguousError):
        await stage.flows.write(change, notes)
    return notes


async def test_a_checkout_without_an_answer_is_settled_by_reading(stage):
    base = await stage.apply(flow())
    stage.fault("POST", f"{ROOT}/actions/checkout", "reset_after")
    written = await stage.write(await stage.update(flow(greeting="Two"), base))
    assert written.version == "2.0"


async def test_a_checkout_that_never_arrived_leaves_nothing_behind(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Two"), base)
    notes = await interrupted(stage, change, "POST", f"{ROOT}/actions/checkout", "reset_before")
    assert (await stage.flows.recover(notes.intent)).fate is Fate.UNDECIDED
    stage.time.advance(91)
    assert (await stage.flows.recover(notes.intent)).fate is Fate.NOT_APPLIED


async def test_a_running_job_is_resumed_by_the_next_process(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Two"), base)
    notes = await interrupted(stage, change, "GET", f"{JOBS}/{{jobId}}", "status", status=403)
    assert holder(stage) is not None
    found = await stage.flows.recover(notes.intent)
    assert found.fate is Fate.APPLIED
    assert found.written is not None
    assert found.written.version == "2.0"
    assert holder(stage) is None


async def test_a_job_that_failed_while_we_were_gone_is_reported_and_unlocked(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Two"), base)
    stage.fault("POST", JOBS, "job_failure", message="Broken.")
    notes = await interrupted(stage, change, "GET", f"{JOBS}/{{jobId}}", "status", status=403)
    found = await stage.flows.recover(notes.intent)
    assert found.fate is Fate.FAILED
    assert "Broken." in found.message
    assert holder(stage) is None


async def test_a_job_that_cannot_be_registered_gives_the_lock_back(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Two"), base)
    notes = stage.notebook(change)
    stage.fault("POST", JOBS, "status", status=400, code="bad.request", message="no")
    with pytest.raises(Rejected):
        await stage.flows.write(change, notes)
    assert holder(stage) is None


async def test_a_lock_that_the_intent_did_not_take_is_never_reverted(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Two"), base)
    notes = stage.notebook(change)
    await notes.stage("locking", id=base.id)
    stage.person("lock", "Flow", "Main IVR")
    stage.time.advance(91)
    stage.forget_requests()
    assert (await stage.flows.recover(notes.intent)).fate is Fate.NOT_APPLIED
    assert stage.writes() == {}
    assert holder(stage)["name"] == "supervisor-1"


async def test_a_job_that_runs_for_hours_is_given_up_and_unlocked(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Two"), base)
    notes = await interrupted(stage, change, "GET", f"{JOBS}/{{jobId}}", "status", status=403)
    stage.time.platform_stands_still = True
    assert (await stage.flows.recover(notes.intent)).fate is Fate.UNDECIDED
    stage.time.advance(7 * 3600)
    assert (await stage.flows.recover(notes.intent)).fate is Fate.NOT_APPLIED
    assert holder(stage) is None


async def test_a_file_that_never_arrived_is_told_after_the_window(stage):
    base = await stage.apply(flow())
    change = await stage.update(flow(greeting="Two"), base)
    notes = stage.notebook(change)
    await notes.stage("locking", id=base.id)
    await stage.client.request("POST", f"{ROOT}/actions/checkout", effect=Effect.WRITE, query={"flow": base.id})
    slot = await flow_jobs.register(stage.client)
    await notes.stage("job", id=base.id, job=slot.id)
    assert (await stage.flows.recover(notes.intent)).fate is Fate.UNDECIDED
    stage.time.advance(91)
    assert (await stage.flows.recover(notes.intent)).fate is Fate.NOT_APPLIED
    assert holder(stage) is None


async def test_a_flow_in_use_names_what_uses_it(stage):
    await stage.apply(flow())
    base = await stage.apply(flow("Other"))
    await stage.apply(route(open="Other"))
    with pytest.raises(Rejected, match="still in use"):
        await stage.write(await stage.delete(base))
