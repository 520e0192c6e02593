"""Prompts, their languages and their audio, through the official SDK."""

from __future__ import annotations

import pytest

from tests.contract.sdk.guest import Guest, known, sound


@pytest.fixture
def welcome(guest: Guest):
    """A prompt with a spoken English resource."""
    sdk = guest.sdk
    prompt = sdk.Prompt()
    prompt.name, prompt.description = "welcome", "Greeting"
    made = known(guest.architect.post_architect_prompts(prompt))
    resource = sdk.PromptAssetCreate()
    resource.language, resource.tts_string, resource.text = "en-us", "Welcome", "Welcome"
    known(guest.architect.post_architect_prompt_resources(made.id, resource))
    return known(guest.architect.get_architect_prompt(made.id))


def test_a_prompt_with_its_resource_reads_back_as_written(welcome) -> None:
    assert (welcome.name, welcome.description, welcome.division.name) == ("welcome", "Greeting", "Home")
    (english,) = welcome.resources
    assert (english.language, english.tts_string, english.text) == ("en-us", "Welcome", "Welcome")
    assert english.upload_status == "created"


def test_lists_page_filter_and_know_several_names(guest: Guest) -> None:
    for name in ("alpha", "beta", "gamma"):
        guest.architect.post_architect_prompts({"name": name})
    page = known(guest.architect.get_architect_prompts(page_size=2, page_number=2, sort_by="name"))
    assert ([row.name for row in page.entities], page.total, page.page_count) == (["gamma"], 3, 2)
    some = guest.architect.get_architect_prompts(name=["alpha", "gamma"])
    assert {row.name for row in some.entities} == {"alpha", "gamma"}
    light = guest.architect.get_architect_prompts(include_media_uris=False, include_resources=False)
    assert all(not row.resources for row in light.entities)


def test_audio_goes_up_by_a_signed_address_and_is_converted(guest: Guest, welcome) -> None:
    slot = known(guest.architect.post_architect_prompt_resource_uploads(welcome.id, "en-us"))
    guest.upload(slot.url, slot.headers, sound(1.5))

    def look():
        return guest.architect.get_architect_prompt_resource(welcome.id, "en-us")

    assert look().upload_status == "uploaded"
    done = guest.waited(look, "transcoded", "transcodeFailed", field="upload_status")
    assert (done.upload_status, done.duration_seconds) == ("transcoded", 1.5)
    assert guest.plain.get(done.media_uri).status_code == 200
    guest.architect.delete_architect_prompt_resource_audio(welcome.id, "en-us")
    assert look().media_uri is None
    assert look().tts_string == "Welcome"


def test_a_resource_is_replaced_by_its_language(guest: Guest, welcome) -> None:
    resource = welcome.resources[0]
    resource.tts_string = "Good day"
    known(guest.architect.put_architect_prompt_resource(welcome.id, "en-us", resource))
    listed = known(guest.architect.get_architect_prompt_resources(welcome.id))
    assert [row.tts_string for row in listed.entities] == ["Good day"]
    guest.architect.delete_architect_prompt_resource(welcome.id, "en-us")
    assert not guest.architect.get_architect_prompt_resources(welcome.id).entities


def test_a_whole_prompt_read_can_be_written_back(guest: Guest, welcome) -> None:
    welcome.description = "First words"
    assert known(guest.architect.put_architect_prompt(welcome.id, welcome)).description == "First words"
    assert guest.architect.get_architect_prompt(welcome.id).resources[0].tts_string == "Welcome"


def test_refusals_carry_the_platforms_codes(guest: Guest, welcome) -> None:
    architect = guest.architect
    taken = guest.refusal(lambda: architect.post_architect_prompts({"name": "welcome"}))
    assert (taken.status, taken.error.code) == (409, "architect.prompt.already.exists")
    bad = guest.refusal(lambda: architect.post_architect_prompts({"name": "not allowed"}))
    assert (bad.status, bad.error.code) == (400, "architect.prompt.validate.failed.name")
    assert bad.error.details[0].field_name == "name"
    full = guest.refusal(lambda: architect.delete_architect_prompt(welcome.id))
    assert (full.status, full.error.code) == (409, "architect.prompt.has.resources")
    twice = {"language": "en-us", "ttsString": "Again"}
    again = guest.refusal(lambda: architect.post_architect_prompt_resources(welcome.id, twice))
    assert (again.status, again.error.code) == (409, "architect.prompt.resource.already.exists")


def test_a_prompt_is_deleted_with_its_resources(guest: Guest, welcome) -> None:
    assert guest.architect.delete_architect_prompt(welcome.id, all_resources=True) is None
    gone = guest.refusal(lambda: guest.architect.get_architect_prompt(welcome.id))
    assert (gone.status, gone.error.code) == (404, "architect.prompt.not.found")


def test_prompts_are_deleted_together(guest: Guest) -> None:
    ids = [guest.architect.post_architect_prompts({"name": name}).id for name in ("one", "two")]
    operation = known(guest.architect.delete_architect_prompts(ids))
    assert operation.complete
    assert guest.architect.get_architect_prompts().total == 0
