"""Passes that fail half way, and what the passes after them make of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pass_stage import Rewriting, Town, Trouble, blocked, ended
from remote_stage import Stage, flow, prompt, route, sound

from reconciler.model.resource import Asset

pytestmark = pytest.mark.anyio

PROMPTS = "/api/v2/architect/prompts"
UPLOADS = f"{PROMPTS}/{{promptId}}/resources/{{languageCode}}/uploads"
FLOWS = "/api/v2/flows"
JOBS = f"{FLOWS}/jobs"


@pytest.fixture
def town(stage, tmp_path) -> Town:
    return Town(stage, tmp_path)


def greeting(level: int, seconds: float = 1.0):
    return prompt(en_us={"tts": "Hello", "audio": (sound(seconds, level=level), seconds)})


def heard(stage: Stage, name: str = "welcome") -> tuple[str, bytes]:
    """Status and bytes of what callers hear in English."""
    state = stage.state()
    resource = next(p for p in state["prompts"].values() if p["name"] == name)["_resources"]["en-us"]
    return resource["uploadStatus"], resource.get("_audio", b"")


def holder(stage: Stage, name: str = "Main IVR") -> object:
    return next(f for f in stage.state()["flows"].values() if f["name"] == name)["_lock"]


# -- prompts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [1.0, 2.0], ids=["same-length", "other-length"])
async def test_audio_that_could_not_be_converted_is_replaced_once_git_is_fixed(town, stage, seconds):
    town.want(greeting(1))
    await town.turn()
    town.want(greeting(2, seconds))
    stage.fault("POST", UPLOADS, "transcode_failure")
    assert ended(await town.turn()) == {"welcome": "failed"}
    town.want(greeting(3, seconds))
    fixed = await town.turn()
    assert (blocked(fixed), ended(fixed)) == ({}, {"welcome": "applied"})
    assert (await town.turn()).plan.changes == ()


@pytest.mark.parametrize("seconds", [1.0, 2.0], ids=["same-length", "other-length"])
async def test_audio_that_could_not_be_converted_is_replaced_when_git_goes_back(town, stage, seconds):
    town.want(greeting(1))
    await town.turn()
    before = heard(stage)
    town.want(greeting(2, seconds))
    stage.fault("POST", UPLOADS, "transcode_failure")
    await town.turn()
    assert heard(stage)[0] == "transcodeFailed"
    town.want(greeting(1))
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert heard(stage) == before


async def test_new_audio_of_the_same_length_is_taken_back_when_git_goes_back_after_a_failure(town, stage):
    def both(level: int, text: str):
        return prompt(en_us={"tts": "Hello", "audio": (sound(level=level), 1.0)}, es_us={"tts": text})

    town.want(both(1, "Hola"))
    await town.turn()
    before = heard(stage)
    town.want(both(2, "Buenas"))
    stage.fault("PUT", f"{PROMPTS}/{{promptId}}/resources/{{languageCode}}", "status", status=400)
    assert ended(await town.turn()) == {"welcome": "failed"}
    assert heard(stage) != before
    town.want(both(1, "Hola"))
    await town.turn()
    assert heard(stage) == before


async def test_what_somebody_edits_while_our_upload_fails_is_not_taken_for_ours(town, stage):
    town.want(greeting(1))
    await town.turn()
    town.want(greeting(2, 2.0))
    stage.fault("POST", UPLOADS, "transcode_failure")
    town.when(lambda request: "/uploads" in request.url.path and request.method == "PUT",
              lambda: stage.person("edit", "Prompt", "welcome", set={"description": "Theirs"}))  # fmt: skip
    assert ended(await town.turn()) == {"welcome": "failed"}
    assert "conflict" in blocked(await town.turn())["welcome"]


@pytest.mark.parametrize("trouble", [Trouble.ANSWER_LOST, Trouble.REFUSED], ids=["unanswered", "refused"])
async def test_a_creation_made_whole_later_is_told_as_created(town, stage, trouble):
    town.want(greeting(1))
    stage.forget_requests()
    fault = {Trouble.ANSWER_LOST: {"fault": "reset_after"}, Trouble.REFUSED: {"fault": "status", "status": 400}}[
        trouble
    ]
    stage.fault("POST", f"{PROMPTS}/{{promptId}}/resources", **fault)
    await town.turn()
    stage.time.advance(120)
    await town.turn()
    assert [entry[1:] for entry in await town.audit()][-1] == ("create", "applied")
    assert (await town.turn()).plan.changes == ()


async def test_a_renamed_prompt_is_one_write_and_no_upload(town, stage):
    town.want(greeting(1))
    await town.turn()
    town.want(replace(prompt("hello", en_us={"tts": "Hello", "audio": (sound(level=1), 1.0)}), renamed_from="welcome"))
    stage.forget_requests()
    assert ended(await town.turn()) == {"hello": "applied"}
    assert stage.writes() == {f"PUT {PROMPTS}/{{promptId}}": 1}
    assert stage.archived == []


# -- flows ------------------------------------------------------------------------------------------------------


async def test_a_rename_whose_publish_failed_goes_on_once_git_is_fixed(town, stage):
    town.want(flow())
    await town.turn()
    town.want(replace(flow("Front door", greeting="Bad"), renamed_from="Main IVR"))
    stage.fault("POST", JOBS, "job_failure", message="No.")
    assert ended(await town.turn()) == {"Front door": "failed"}
    assert holder(stage, "Front door") is None
    town.want(replace(flow("Front door", greeting="Good"), renamed_from="Main IVR"))
    assert ended(await town.turn()) == {"Front door": "applied"}
    assert (await town.turn()).plan.changes == ()


@pytest.mark.parametrize("path", [f"POST {FLOWS}/actions/revert", f"GET {FLOWS}/{{flowId}}"])
async def test_a_lock_that_cannot_be_given_back_now_is_given_back_by_the_next_pass(town, stage, path):
    town.want(flow())
    await town.turn()
    town.want(flow(greeting="Two"))
    stage.fault("POST", JOBS, "job_failure", message="No.")
    method, _, place = path.partition(" ")
    town.when(lambda request: request.method == "PUT" and "/uploads/" in request.url.path,
              lambda: stage.fault(method, place, "status", status=503, times=None))  # fmt: skip
    await town.turn()
    assert holder(stage) is not None
    stage.control.delete("/_sandbox/faults")
    stage.time.advance(120)
    after = await town.turn()
    assert blocked(after) == {}
    assert holder(stage) is None
    assert ended(await town.turn()) in ({"Main IVR": "applied"}, {})
    assert (await town.turn()).plan.changes == ()


async def test_a_flow_somebody_made_while_our_create_failed_is_not_taken_for_ours(town, stage):
    town.want(flow())
    stage.fault("POST", JOBS, "job_failure", message="No.")
    yaml = flow(greeting="Theirs").assets["yaml"].content.decode()
    town.when(lambda request: request.method == "POST" and request.url.path == JOBS,
              lambda: stage.person("publish", "Flow", "Main IVR", type="inboundCall", yaml=yaml))  # fmt: skip
    assert ended(await town.turn()) == {"Main IVR": "failed"}
    assert await town.remembered() == {}
    assert "not ours" in blocked(await town.turn())["Main IVR"]


TRANSFER = b"""- transferToAcd:
              name: Go
              targetQueue:
                lit:
                  name: Nowhere"""


def unpublishable():
    """A flow that the platform saves and does not publish."""
    broken = flow()
    content = broken.assets["yaml"].content.replace(b"- disconnect:\n              name: End", TRANSFER)
    return replace(broken, digest="broken", assets={"yaml": Asset("main.yaml", "0", content)})


@pytest.mark.parametrize("dies", [False, True], ids=["alive", "died meanwhile"])
async def test_a_flow_our_create_saved_and_could_not_publish_is_completed(town, stage, dies):
    town.want(unpublishable())
    stage.fault("DELETE", f"{FLOWS}/{{flowId}}", "status", status=403, code="missing.permissions", times=None)
    if dies:
        town.when(lambda request: request.method == "GET" and request.url.path.startswith(JOBS), town.die)
        await town.troubled(Trouble.DIES_BEFORE, at=0)
        stage.time.advance(10)
    first = await town.turn()
    assert ended(first) == {"Main IVR": "failed"}
    town.want(flow())
    assert ended(await town.turn()) == {"Main IVR": "applied"}
    assert len(stage.state()["flows"]) == 1


@pytest.mark.parametrize("what", ["deleted", "published over", "rolled back"])
async def test_a_publish_that_was_undone_before_we_came_back_is_decided(town, stage, what):
    town.want(flow())
    await town.turn()
    town.want(flow(greeting="Two"))
    town.when(lambda request: request.method == "GET" and request.url.path.startswith(JOBS), town.die)
    await town.troubled(Trouble.DIES_BEFORE, at=0)
    stage.time.advance(10)
    id = next(iter(stage.state()["flows"]))
    match what:
        case "deleted":
            stage.person("delete", "Flow", "Main IVR")
        case "published over":
            stage.person("publish", "Flow", "Main IVR")
        case "rolled back":
            answer = stage.control.post(f"{FLOWS}/actions/publish", params={"flow": id, "version": "1.0"},
                                        headers={"Authorization": f"Bearer {stage.token()}"})  # fmt: skip
            assert answer.status_code == 200, answer.text
            stage.time.advance(10)
    stage.time.advance(120)
    results = [await town.turn() for _ in range(3)]
    assert blocked(results[-1]) == {}
    assert results[-1].plan.changes == ()
    assert await town.intents() == []


async def test_a_flow_that_cannot_be_exported_now_does_not_hold_up_the_rest(town, stage):
    town.want(flow(), greeting(1))
    await town.turn()
    stage.person("publish", "Flow", "Main IVR")
    town.want(flow(), greeting(2, 2.0))
    stage.fault("GET", f"{FLOWS}/export/jobs/{{jobId}}", "status", status=503, times=None)
    result = await town.turn()
    assert "cannot be compared" in blocked(result)["Main IVR"]
    assert ended(result) == {"welcome": "applied"}


async def test_a_flow_the_list_does_not_show_yet_is_found_by_its_route(town, stage):
    town.want(flow())
    await town.turn()
    town.want(flow(), route())
    stage.fault(
        "GET", FLOWS, "status", status=200, body='{"pageCount": 0, "total": 0}', content_type="application/json"
    )
    assert ended(await town.turn()) == {"Main number": "applied"}


async def test_a_platform_that_names_other_makers_does_not_make_us_publish_again_and_again(town, stage):
    town.rewrite = Rewriting(b'"createdByClient"', b'"createdBy"')
    town.want(flow())
    await town.turn()
    town.want(flow(greeting="Two"))
    assert ended(await town.turn()) == {"Main IVR": "applied"}
    assert (await town.turn()).plan.changes == ()


# -- what callers hear at the end of a pass ---------------------------------------------------------------------


async def test_prompts_that_play_are_counted_as_the_pass_leaves_them(town, stage):
    spoken = prompt("spoken", en_us={"tts": "Hi"})
    town.want(greeting(1), spoken)
    stage.fault("POST", UPLOADS, "transcode_failure")
    first = await town.turn()
    assert (first.prompts.ready, first.prompts.wanted) == (1, 2)
    again = await town.turn()
    assert (again.prompts.ready, again.prompts.wanted) == (2, 2)
    quiet = await town.turn()
    assert (quiet.plan.changes, quiet.prompts.share) == ((), 1.0)
