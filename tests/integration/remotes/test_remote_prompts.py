"""Prompts against the sandbox: only what changed is sent, and done means playable."""

from __future__ import annotations

from dataclasses import replace

import pytest
from remote_stage import EN, ES, prompt, remembered, sound

from reconciler.errors import AmbiguousError, Conflicted, Rejected
from reconciler.model.change import Action, Change
from reconciler.model.outcome import Fate
from reconciler.model.resource import Gone, Observed

pytestmark = pytest.mark.anyio
ROOT = "/api/v2/architect/prompts"
UPLOADS = f"POST {ROOT}/{{promptId}}/resources/{{languageCode}}/uploads"


async def test_a_created_prompt_is_listed_as_it_was_written(stage):
    base = await stage.apply(prompt())
    have = await stage.observed(base.key)
    assert have.version == base.version
    assert have.spec == {
        "description": "Greeting",
        "resources": {
            EN: {"tts": "Hello", "text": None, "audio": {"seconds": 1.0, "status": "transcoded"}},
            ES: {"tts": "Hola", "text": None, "audio": None},
        },
    }


async def test_observing_costs_the_list_pages_and_nothing_else(stage):
    for number in range(3):
        await stage.apply(prompt(f"p{number}", en_us={"tts": "x"}))
    stage.forget_requests()
    assert len(await stage.prompts.observe()) == 3
    assert stage.requests() == {f"GET {ROOT}": 1}


async def test_a_changed_description_is_one_put_and_no_upload(stage):
    base = await stage.apply(prompt())
    change = await stage.update(prompt(description="Changed"), base)
    stage.forget_requests()
    written = await stage.write(change)
    assert stage.writes() == {f"PUT {ROOT}/{{promptId}}": 1}
    assert written.version == (await stage.observed(base.key)).version


async def test_one_changed_recording_is_one_upload_and_no_other_write(stage):
    first = {"en_us": {"tts": "Hello", "audio": (sound(), 1.0)}, "es_us": {"tts": "Hola", "audio": (sound(), 1.0)}}
    base = await stage.apply(prompt(**first))
    second = {**first, "en_us": {"tts": "Hello", "audio": (sound(level=7), 1.0)}}
    change = await stage.update(prompt(**second), base)
    stage.forget_requests()
    await stage.write(change)
    writes = stage.writes()
    assert writes.pop(UPLOADS) == 1
    assert sum(writes.values()) == 1, writes
    assert all("/uploads/" in route for route in writes)


async def test_only_the_language_whose_text_changed_is_written(stage):
    base = await stage.apply(prompt())
    change = await stage.update(prompt(en_us={"tts": "Hello", "audio": (sound(), 1.0)}, es_us={"tts": "Buenas"}), base)
    stage.forget_requests()
    await stage.write(change)
    assert stage.writes() == {f"PUT {ROOT}/{{promptId}}/resources/{{languageCode}}": 1}
    assert (await stage.observed(base.key)).spec["resources"][ES]["tts"] == "Buenas"


async def test_a_language_removed_from_git_goes_and_foreign_ones_stay(stage):
    base = await stage.apply(prompt())
    bare = prompt(en_us={"tts": "Hello", "audio": (sound(), 1.0)})
    adopted = remembered(bare, await stage.write(await stage.update(bare, base)))
    assert set((await stage.observed(base.key)).spec["resources"]) == {EN}
    third = prompt(es_us={"tts": "Hola"})
    await stage.write(await stage.update(third, None))
    assert set((await stage.observed(base.key)).spec["resources"]) == {EN, ES}
    assert adopted.id == base.id


async def test_foreign_audio_is_archived_before_it_is_replaced(stage):
    theirs = sound(0.5, level=3)
    await stage.apply(prompt(en_us={"tts": "Hello", "audio": (theirs, 0.5)}))
    await stage.write(await stage.update(prompt(en_us={"tts": "Hello", "audio": (sound(), 1.0)}), None))
    assert [(key, name) for key, name, _ in stage.archived] == [("Prompt/welcome", "en-us.wav")]
    assert stage.archived[0][2].startswith(b"RIFF")


async def test_our_own_audio_is_replaced_without_archiving(stage):
    base = await stage.apply(prompt())
    other = prompt(en_us={"tts": "Hello", "audio": (sound(2.0), 2.0)}, es_us={"tts": "Hola"})
    await stage.write(await stage.update(other, base))
    assert stage.archived == []


async def test_audio_taken_out_of_git_is_taken_off_the_platform(stage):
    base = await stage.apply(prompt())
    await stage.write(await stage.update(prompt(en_us={"tts": "Hello"}, es_us={"tts": "Hola"}), base))
    assert (await stage.observed(base.key)).spec["resources"][EN]["audio"] is None


async def test_audio_that_cannot_be_converted_fails_the_change(stage):
    stage.fault("POST", UPLOADS.removeprefix("POST "), "transcode_failure")
    with pytest.raises(Rejected, match=r"could not convert the audio for en-us.*8 kHz"):
        await stage.apply(prompt())


async def test_audio_that_is_never_converted_leaves_the_result_unknown(stage):
    want = prompt(en_us={"tts": "Hello", "audio": (sound(), 1.0)})
    change = Change(Action.CREATE, want.key, desired=want)
    notes = stage.notebook(change)
    stage.time.platform_stands_still = True
    with pytest.raises(AmbiguousError, match=r"after 60 s .* resources\.en-us\.audio"):
        await stage.prompts.write(change, notes)
    assert notes.stages == ["creating", "created", "writing", "writing", "uploaded"]


async def test_upload_falls_back_to_the_older_form_when_the_new_one_is_not_offered(stage):
    stage.fault("POST", UPLOADS.removeprefix("POST "), "status", status=404)
    await stage.apply(prompt())
    have = await stage.observed(prompt().key)
    assert have.spec["resources"][EN]["audio"] == {"seconds": 1.0, "status": "transcoded"}


async def test_both_upload_routes_serve_one_prompt(stage):
    one_language = f"{ROOT}/{{promptId}}/resources/es-us/uploads"
    stage.fault("POST", one_language, "status", status=404)
    stage.forget_requests()
    await stage.apply(bilingual())
    writes = stage.writes()
    assert [route for route in writes if route.startswith("PUT /uploads/")], writes
    assert [route for route in writes if route.startswith("POST /uploads/")], writes
    assert {tag: one["audio"]["status"] for tag, one in (await shown(stage)).items()} == {
        EN: "transcoded",
        ES: "transcoded",
    }


async def test_a_prompt_is_not_done_before_every_language_plays(stage):
    want = bilingual()
    stage.time.platform_stands_still = True
    with pytest.raises(AmbiguousError, match=r"resources\.en-us\.audio, resources\.es-us\.audio"):
        await stage.apply(want)
    stage.time.platform_stands_still = False
    stage.time.advance(10)
    assert {tag: one["audio"]["status"] for tag, one in (await shown(stage)).items()} == {
        EN: "transcoded",
        ES: "transcoded",
    }


async def test_of_two_languages_the_one_that_cannot_be_converted_is_named(stage):
    stage.fault("POST", f"{ROOT}/{{promptId}}/resources/es-us/uploads", "transcode_failure")
    with pytest.raises(Rejected, match=r"could not convert the audio for es-us:"):
        await stage.apply(bilingual())
    assert (await shown(stage))[EN]["audio"]["status"] == "transcoded"


def bilingual():
    audio = (sound(), 1.0)
    return prompt(en_us={"tts": "Hello", "audio": audio}, es_us={"tts": "Hola", "audio": audio})


async def shown(stage):
    return (await stage.observed(bilingual().key)).spec["resources"]


async def test_a_prompt_changed_after_the_plan_is_not_overwritten(stage):
    base = await stage.apply(prompt())
    change = await stage.update(prompt(description="Ours"), base)
    stage.person("edit", "Prompt", "welcome", set={"description": "Theirs"})
    with pytest.raises(Conflicted, match="changed on the platform"):
        await stage.write(change)
    assert (await stage.observed(base.key)).spec["description"] == "Theirs"


async def test_a_rename_keeps_the_id(stage):
    base = await stage.apply(prompt())
    written = await stage.write(await stage.update(prompt("greeting"), base))
    assert written.id == base.id
    assert [have.key.name for have in await stage.prompts.observe()] == ["greeting"]


async def test_a_deleted_prompt_is_gone_and_proven_so(stage):
    base = await stage.apply(prompt())
    written = await stage.write(await stage.delete(base))
    assert written.version == ""
    assert await stage.prompts.read(base.id) == Gone(base.id)


async def test_a_name_that_appeared_meanwhile_is_a_conflict(stage):
    want = prompt()
    await stage.apply(want)
    with pytest.raises(Conflicted, match="already"):
        await stage.apply(want)


@pytest.mark.parametrize("fault", ["reset_after", "truncate"])
async def test_a_create_without_an_answer_is_found_after_the_window_and_left_for_the_plan_to_complete(stage, fault):
    stage.fault("POST", ROOT, fault)
    want = prompt()
    change = Change(Action.CREATE, want.key, desired=want)
    notes = stage.notebook(change)
    with pytest.raises(AmbiguousError):
        await stage.prompts.write(change, notes)
    assert notes.stages == ["creating"]
    assert (await stage.prompts.recover(notes.intent)).fate is Fate.UNDECIDED
    stage.time.advance(91)
    stage.forget_requests()
    found = await stage.prompts.recover(notes.intent)
    assert (found.fate, found.made) == (Fate.NOT_APPLIED, (await stage.observed(want.key)).id)
    assert stage.writes() == {}


async def test_a_create_that_never_arrived_is_told_after_the_window(stage):
    stage.fault("POST", ROOT, "reset_before")
    want = prompt()
    change = Change(Action.CREATE, want.key, desired=want)
    notes = stage.notebook(change)
    with pytest.raises(AmbiguousError):
        await stage.prompts.write(change, notes)
    assert (await stage.prompts.recover(notes.intent)).fate is Fate.UNDECIDED
    stage.time.advance(91)
    assert (await stage.prompts.recover(notes.intent)).fate is Fate.NOT_APPLIED


async def test_an_update_whose_answer_was_lost_is_found_done(stage):
    base = await stage.apply(prompt())
    change = await stage.update(prompt(description="Changed"), base)
    notes = stage.notebook(change)
    stage.fault("PUT", f"{ROOT}/{{promptId}}", "reset_after")
    with pytest.raises(AmbiguousError):
        await stage.prompts.write(change, notes)
    found = await stage.prompts.recover(notes.intent)
    assert found.fate is Fate.APPLIED
    assert found.written is not None
    assert found.written.version == (await stage.observed(base.key)).version


async def test_a_language_that_is_still_there_is_not_taken_for_removed(stage):
    base = await stage.apply(prompt())
    change = await stage.update(prompt(en_us={"tts": "Hello", "audio": (sound(), 1.0)}), base)
    notes = stage.notebook(change)
    stage.fault("DELETE", f"{ROOT}/{{promptId}}/resources/{{languageCode}}", "reset_before")
    with pytest.raises(AmbiguousError):
        await stage.prompts.write(change, notes)
    assert (await stage.prompts.recover(notes.intent)).fate is Fate.UNDECIDED
    stage.time.advance(91)
    assert (await stage.prompts.recover(notes.intent)).fate is Fate.NOT_APPLIED
    await stage.write(await stage.update(prompt(en_us={"tts": "Hello", "audio": (sound(), 1.0)}), base))
    notes.intent = replace(notes.intent, last_send_at=None)
    assert (await stage.prompts.recover(notes.intent)).fate is Fate.APPLIED


async def test_a_half_made_prompt_that_somebody_edited_is_left_alone(stage):
    stage.fault("POST", f"{ROOT}/{{promptId}}/resources", "reset_before")
    want = prompt()
    change = Change(Action.CREATE, want.key, desired=want)
    notes = stage.notebook(change)
    with pytest.raises(AmbiguousError):
        await stage.prompts.write(change, notes)
    stage.person("edit", "Prompt", "welcome", set={"description": "Mine now"})
    stage.time.advance(91)
    found = await stage.prompts.recover(notes.intent)
    assert found.fate is Fate.FAILED
    assert "edited since" in found.message
    assert isinstance(await stage.observed(want.key), Observed)


async def test_the_forecast_matches_what_a_text_change_costs(stage):
    base = await stage.apply(prompt())
    change = await stage.update(prompt(description="Changed"), base)
    stage.forget_requests()
    await stage.write(change)
    assert stage.prompts.requests_for(change) == sum(stage.requests().values())
