"""`--deep`: audio replaced in the web UI at equal length, which no list and no version tells."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest
from pass_stage import Town, ended
from remote_stage import EN, flow, prompt, sound

from reconciler.model.change import Action, Cause
from reconciler.model.policy import DriftPolicy, Policy
from reconciler.runtime.parts import Mode

pytestmark = pytest.mark.anyio

ROOT = "/api/v2/architect/prompts"
MEDIA = "GET /media/{key}"


@pytest.fixture
def town(stage, tmp_path) -> Town:
    return Town(stage, tmp_path)


def greeting(level: int = 1, seconds: float = 1.0, **more):
    return prompt(en_us={"tts": "Hello", "audio": (sound(seconds, level=level), seconds)}, **more)


def replace_audio(stage, content: bytes) -> None:
    """As somebody with another client would: the new upload route, by hand."""
    headers = {"Authorization": f"Bearer {stage.token('someone-else')}"}
    one = next(one for one in stage.state()["prompts"].values() if one["name"] == "welcome")
    slot = stage.control.post(f"{ROOT}/{one['id']}/resources/{EN}/uploads", headers=headers).json()
    assert httpx.put(slot["url"], headers=slot["headers"], content=content).status_code == 200
    stage.time.advance(10)


def heard(stage) -> str:
    (one,) = stage.state()["prompts"].values()
    return one["_resources"][EN]["_audio"]


async def test_audio_replaced_at_equal_length_is_found_archived_and_put_back(town, stage):
    town.want(greeting())
    await town.turn()
    ours = heard(stage)
    replace_audio(stage, sound(level=9))
    assert heard(stage) != ours
    assert (await town.turn()).plan.changes == ()
    (change,) = (await town.turn(mode=Mode.PLAN, deep=True)).plan.changes
    assert (change.action, change.cause) == (Action.UPDATE, Cause.DRIFT)
    assert [(one.path, one.cause) for one in change.fields] == [("resources.en-us.audio", Cause.DRIFT)]
    assert ended(await town.turn(deep=True)) == {"welcome": "applied"}
    assert heard(stage) == ours
    assert [(key, name) for key, name, _ in stage.archived] == [("Prompt/welcome", "en-us.wav")]
    assert (await town.turn(deep=True)).plan.changes == ()


async def test_a_deep_look_costs_one_request_per_prompt_with_audio_and_a_download_per_recording(town, stage):
    town.want(greeting(), prompt("text_only", en_us={"tts": "Hi"}))
    await town.turn()
    stage.forget_requests()
    assert (await town.turn(deep=True)).plan.changes == ()
    requests = stage.requests()
    assert requests[f"GET {ROOT}/{{promptId}}"] == 1
    assert requests[MEDIA] == 1
    stage.forget_requests()
    await town.turn()
    assert MEDIA not in stage.requests()


async def test_a_change_in_git_after_a_replacement_is_a_conflict(town, stage):
    town.want(greeting())
    await town.turn()
    replace_audio(stage, sound(level=9))
    town.want(greeting(3))
    (change,) = (await town.turn(mode=Mode.PLAN, deep=True)).plan.changes
    assert (change.cause, change.blocked is not None) == (Cause.BOTH, True)


async def test_a_warned_replacement_is_reported_and_left_alone(town, stage):
    town.want(greeting(), policy=Policy(drift=DriftPolicy.WARN))
    await town.turn()
    replace_audio(stage, sound(level=9))
    theirs = heard(stage)
    (change,) = (await town.turn(deep=True)).plan.changes
    assert (change.action, change.cause) == (Action.NONE, Cause.DRIFT)
    assert heard(stage) == theirs


async def test_adopted_audio_is_known_from_the_first_deep_look_on(town, stage):
    await stage.apply(greeting())
    town.want(greeting())
    await town.turn()
    (change,) = (await town.turn(deep=True)).plan.changes
    assert change.action is Action.ADOPT
    assert (await town.turn(deep=True)).plan.changes == ()
    replace_audio(stage, sound(level=9))
    (change,) = (await town.turn(mode=Mode.PLAN, deep=True)).plan.changes
    assert (change.action, change.cause) == (Action.UPDATE, Cause.DRIFT)


async def test_a_text_change_keeps_the_mark_of_the_upload(town, stage):
    town.want(greeting())
    await town.turn()
    town.want(greeting(description="Changed"))
    await town.turn()
    replace_audio(stage, sound(level=9))
    (change,) = (await town.turn(mode=Mode.PLAN, deep=True)).plan.changes
    assert change.cause is Cause.DRIFT


async def test_an_upload_that_cannot_be_looked_at_afterwards_is_applied_all_the_same(town, stage):
    stage.fault("GET", "/media/{key}", "status", status=500, times=10)
    town.want(greeting())
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert (await town.turn()).plan.changes == ()


async def test_flows_are_exported_and_found_as_they_were_left(town, stage):
    town.want(flow())
    await town.turn()
    stage.forget_requests()
    assert (await town.turn(deep=True)).plan.changes == ()
    assert stage.requests()["POST /api/v2/flows/export/jobs"] == 1


async def test_no_signed_address_is_in_what_is_kept(town, stage, tmp_path):
    town.want(greeting())
    result = await town.turn()
    await town.turn(deep=True)
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"Signature" not in stored
    assert "Signature" not in repr(replace(result, outcomes={}))


@pytest.mark.parametrize("then", ["other audio", "no audio", "no language", "no prompt"])
async def test_replaced_audio_that_nobody_saw_is_kept_before_git_takes_it_away(town, stage, then):
    spanish = {"es_us": {"tts": "Hola"}}
    other = prompt("other", en_us={"tts": "Hi"})
    town.want(greeting(1, **spanish), other, policy=Policy(prune=True))
    await town.turn()
    replace_audio(stage, sound(level=9))
    later = {
        "other audio": [greeting(3, **spanish)],
        "no audio": [prompt(en_us={"tts": "Hello"}, **spanish)],
        "no language": [prompt(**spanish)],
        "no prompt": [],
    }
    town.want(*later[then], other)
    assert ended(await town.turn()) == {"welcome": "applied"}
    ((key, name, content),) = stage.archived
    assert (key, name) == ("Prompt/welcome", "en-us.wav")
    assert (9).to_bytes(2, "little") * 100 in content


async def test_our_own_audio_is_not_kept_when_git_takes_it_away(town, stage):
    town.want(greeting(1))
    await town.turn()
    town.want(greeting(3))
    assert ended(await town.turn()) == {"welcome": "applied"}
    assert stage.archived == []


async def test_media_that_cannot_be_looked_at_keep_no_change_from_being_made(town, stage):
    town.want(greeting(1))
    await town.turn()
    stage.fault("GET", "/media/{key}", "status", status=500, times=50)
    town.want(greeting(3))
    assert ended(await town.turn()) == {"welcome": "applied"}
