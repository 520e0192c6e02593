"""Prompts, their languages, and audio in and out."""

from __future__ import annotations

import pytest
from sandbox_samples import MAIN, PROMPTS, TRANSCODE_SECONDS, Platform, silence


def test_a_prompt_is_created_read_changed_and_deleted(platform: Platform) -> None:
    prompt = platform.prompt("welcome", description="First")
    changed = platform.put(f"{PROMPTS}/{prompt['id']}", {"name": "welcome", "description": "Second"})
    assert (changed["id"], changed["description"]) == (prompt["id"], "Second")
    assert platform.http.delete(f"{PROMPTS}/{prompt['id']}").status_code == 204
    assert platform.refusal("GET", f"{PROMPTS}/{prompt['id']}") == (404, "architect.prompt.not.found")


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("two words", (400, "architect.prompt.validate.failed.name")),
        ("_first", (400, "architect.prompt.validate.failed.name")),
        ("___", (400, "architect.prompt.validate.failed.name.no.alpha")),
        ("x" * 201, (400, "architect.prompt.validate.failed.name")),
        (None, (400, "architect.prompt.validate.failed.missing.name")),
        ("taken", (409, "architect.prompt.already.exists")),
    ],
)
def test_bad_names_are_refused(platform: Platform, name, refusal) -> None:
    platform.prompt("taken")
    assert platform.refusal("POST", PROMPTS, {"name": name}) == refusal


def test_lists_come_in_pages_with_addresses(platform: Platform) -> None:
    for number in range(5):
        platform.prompt(f"p{number}")
    page = platform.get(PROMPTS, pageSize=2, pageNumber=2)
    assert [p["name"] for p in page["entities"]] == ["p2", "p3"]
    assert (page["total"], page["pageCount"], page["pageNumber"], page["pageSize"]) == (5, 3, 2, 2)
    assert platform.get(page["nextUri"])["entities"][0]["name"] == "p4"
    assert platform.get(page["previousUri"])["entities"][0]["name"] == "p0"
    assert "nextUri" not in platform.get(PROMPTS, pageSize=2, pageNumber=3)
    assert "entities" not in platform.get(PROMPTS, pageSize=2, pageNumber=4)
    assert platform.refusal("GET", PROMPTS, pageSize=101) == (400, "invalid.value")


def test_names_may_be_repeated_or_joined_take_wildcards_and_make_other_filters_void(platform: Platform) -> None:
    for name in ("alpha", "ALPHABET", "beta", "gamma"):
        platform.prompt(name)
    assert platform.names(PROMPTS, name=["beta", "gamma"]) == ["beta", "gamma"]
    assert platform.names(PROMPTS, name="beta,gamma") == ["beta", "gamma"]
    assert platform.names(PROMPTS, name="alpha*", description="nothing") == ["alpha", "ALPHABET"]
    assert platform.names(PROMPTS, description="nothing") == []


def test_a_list_reaches_ten_thousand_and_no_further(platform: Platform) -> None:
    prompts = [{"name": f"p{number:05}", "_resources": {}} for number in range(10_050)]
    platform.set_state(prompts=prompts)
    last = platform.get(PROMPTS, pageSize=100, pageNumber=100)
    assert (last["total"], last["pageCount"], last["entities"][-1]["name"]) == (10_000, 100, "p09999")
    assert "entities" not in platform.get(PROMPTS, pageSize=100, pageNumber=101)
    assert platform.get(PROMPTS, name="p1*")["total"] == 50


def test_a_list_carries_resources_and_media_only_when_wanted(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    platform.upload(prompt, "en-us", silence())
    platform.clock.advance(TRANSCODE_SECONDS)
    [full] = platform.get(PROMPTS)["entities"]
    assert "mediaUri" in full["resources"][0]
    [lean] = platform.get(PROMPTS, includeMediaUris="false")["entities"]
    assert "mediaUri" not in lean["resources"][0]
    assert lean["resources"][0]["durationSeconds"] == 1.0
    [bare] = platform.get(PROMPTS, includeResources="false")["entities"]
    assert "resources" not in bare


def test_resources_are_known_by_language(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    where = f"{PROMPTS}/{prompt['id']}/resources"
    assert platform.get(f"{where}/en-us")["uploadStatus"] == "created"
    assert platform.refusal("POST", where, {"language": "en-us"}) == (409, "architect.prompt.resource.already.exists")
    wrong = (400, "architect.prompt.resource.validate.failed.language")
    assert platform.refusal("POST", where, {"language": "English!"}) == wrong
    platform.put(f"{where}/en-us", {"language": "en-us", "ttsString": "Bye", "text": "Bye"})
    assert platform.get(f"{where}/en-us")["ttsString"] == "Bye"
    assert platform.refusal("GET", f"{where}/es-us") == (404, "architect.prompt.resource.not.found")
    assert platform.refusal("DELETE", f"{PROMPTS}/{prompt['id']}") == (409, "architect.prompt.has.resources")
    assert platform.http.delete(f"{PROMPTS}/{prompt['id']}", params={"allResources": "true"}).status_code == 204


def test_equal_tags_collide(platform: Platform) -> None:
    prompt = platform.prompt("welcome")
    where = f"{PROMPTS}/{prompt['id']}/resources"
    platform.post(where, {"language": "en-us", "tags": {"filename": ["a.wav"]}})
    twice = {"language": "es-us", "tags": {"filename": ["a.wav"]}}
    assert platform.refusal("POST", where, twice) == (409, "architect.prompt.resource.tags.already.exist")
    broken = {"language": "es-us", "tags": ["a.wav"]}
    assert platform.refusal("POST", where, broken) == (400, "architect.prompt.resource.invalid.tags")


def test_uploaded_audio_is_transcoded_after_a_while(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    source = silence(2)
    assert platform.upload(prompt, "en-us", source).status_code == 200
    assert platform.resource(prompt, "en-us")["uploadStatus"] == "uploaded"
    platform.clock.advance(TRANSCODE_SECONDS)
    resource = platform.resource(prompt, "en-us")
    assert (resource["uploadStatus"], resource["durationSeconds"]) == ("transcoded", 2.0)
    assert resource["audioFormat"] == {"channels": 1, "bitsPerSample": 16, "sampleRate": 8000, "encoding": "PCM"}
    stored = [platform.bare.get(resource["mediaUri"]).content for _ in range(2)]
    assert stored[0] == stored[1] != source


def test_the_old_way_of_uploading_takes_a_form_and_the_token(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    address, files = platform.resource(prompt, "en-us")["uploadUri"], {"file": ("a.wav", silence(), "audio/wav")}
    assert platform.bare.post(address, files=files).status_code == 401
    bearer = platform.http.headers["Authorization"]
    for authorization in (bearer, bearer.removeprefix("Bearer ")):
        answer = platform.bare.post(address, files=files, headers={"Authorization": authorization})
        assert answer.status_code == 200
        platform.clock.advance(TRANSCODE_SECONDS)
        assert platform.resource(prompt, "en-us")["durationSeconds"] == 1.0
    wrong = platform.bare.post(address, files={"other": b"x"}, headers={"Authorization": bearer})
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    "data",
    [b"not a wav", b"", silence()[:30], silence()[:-100], silence().replace(b"fmt ", b"junk")],
    ids=["garbage", "empty", "header only", "truncated", "no format"],
)
def test_what_is_no_wav_fails_to_transcode(platform: Platform, data: bytes) -> None:
    prompt = platform.prompt("welcome", "en-us")
    platform.upload(prompt, "en-us", data)
    platform.clock.advance(TRANSCODE_SECONDS)
    resource = platform.resource(prompt, "en-us")
    assert resource["uploadStatus"] == "transcodeFailed"
    assert "mediaUri" not in resource


def test_only_the_last_of_two_uploads_counts(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    platform.upload(prompt, "en-us", b"garbage")
    platform.clock.advance(TRANSCODE_SECONDS - 1)
    platform.upload(prompt, "en-us", silence())
    platform.clock.advance(1)
    assert platform.resource(prompt, "en-us")["uploadStatus"] == "uploaded"
    platform.clock.advance(TRANSCODE_SECONDS)
    assert platform.resource(prompt, "en-us")["uploadStatus"] == "transcoded"


def test_a_signed_upload_wants_its_headers_and_no_token(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    slot = platform.post(f"{PROMPTS}/{prompt['id']}/resources/en-us/uploads")
    with_token = {**slot["headers"], "Authorization": "Bearer x"}
    assert platform.bare.put(slot["url"], headers=with_token, content=silence()).status_code == 400
    assert platform.bare.put(slot["url"], content=silence()).status_code == 403
    platform.clock.advance(3_600)
    assert platform.bare.put(slot["url"], headers=slot["headers"], content=silence()).status_code == 403


def test_a_media_address_expires_and_cannot_be_forged(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    platform.upload(prompt, "en-us", silence())
    platform.clock.advance(TRANSCODE_SECONDS)
    address = platform.resource(prompt, "en-us")["mediaUri"]
    assert platform.bare.get(address).status_code == 200
    assert platform.bare.get(address + "0").status_code == 403
    platform.clock.advance(3_600)
    assert platform.bare.get(address).status_code == 403


def test_removing_the_audio_keeps_the_spoken_text(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    platform.upload(prompt, "en-us", silence())
    platform.clock.advance(TRANSCODE_SECONDS)
    assert platform.http.delete(f"{PROMPTS}/{prompt['id']}/resources/en-us/audio").status_code == 204
    resource = platform.resource(prompt, "en-us")
    assert (resource["uploadStatus"], resource["ttsString"]) == ("created", "Hello")
    assert "durationSeconds" not in resource


def test_a_prompt_in_use_stays(platform: Platform) -> None:
    prompt = platform.prompt("welcome", "en-us")
    platform.published(MAIN.replace("{tts: Hello}", "{prompt: Prompt.welcome}"))
    answer = platform.http.delete(f"{PROMPTS}/{prompt['id']}", params={"allResources": "true"})
    assert (answer.status_code, answer.json()["code"]) == (409, "architect.dependency.object.in.use")
    assert "Main IVR" in answer.json()["message"]
    assert platform.refusal("DELETE", PROMPTS, id=prompt["id"]) == (409, "architect.dependency.object.in.use")


def test_prompts_are_deleted_in_a_batch(platform: Platform) -> None:
    ids = [platform.prompt(name)["id"] for name in ("a", "b")]
    assert platform.refusal("DELETE", PROMPTS) == (400, "architect.query.parameter.missing")
    assert platform.refusal("DELETE", PROMPTS, id=[*ids, "x"]) == (400, "architect.batch.delete.failed")
    assert platform.http.delete(PROMPTS, params={"id": ids}).json()["actionName"] == "DELETE"
    assert platform.names(PROMPTS) == []


def test_lists_lag_behind_writes_and_reads_by_id_do_not(start) -> None:
    slow = start(list_lag_seconds=10.0)
    prompt = slow.prompt("welcome", description="First")
    assert slow.get(f"{PROMPTS}/{prompt['id']}")["name"] == "welcome"
    assert slow.names(PROMPTS) == []
    slow.clock.advance(10)
    slow.put(f"{PROMPTS}/{prompt['id']}", {"name": "welcome", "description": "Second"})
    assert slow.get(PROMPTS)["entities"][0]["description"] == "First"
    slow.clock.advance(10)
    assert slow.get(PROMPTS)["entities"][0]["description"] == "Second"
    slow.http.delete(f"{PROMPTS}/{prompt['id']}")
    assert slow.names(PROMPTS) == ["welcome"]
    slow.clock.advance(10)
    assert slow.names(PROMPTS) == []


def test_reads_by_id_lag_too_when_so_set(start) -> None:
    slow = start(list_lag_seconds=10.0)
    slow.set_state(settings={"lagReads": True})
    id = slow.post(PROMPTS, {"name": "welcome", "description": "First"})["id"]
    assert slow.refusal("GET", f"{PROMPTS}/{id}") == (404, "architect.prompt.not.found")
    slow.clock.advance(10)
    slow.put(f"{PROMPTS}/{id}", {"name": "welcome", "description": "Second"})
    assert slow.get(f"{PROMPTS}/{id}")["description"] == "First"
