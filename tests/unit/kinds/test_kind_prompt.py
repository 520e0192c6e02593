from __future__ import annotations

import pytest

from reconciler.kinds.prompt.normal import differences, nearest_name
from reconciler.model.policy import Policy

HEAD = "apiVersion: reconciler/v1\nkind: Prompt\n"


def prompt(resources: str, *, name: str = "welcome", description: str = "") -> str:
    return HEAD + f"metadata: {{name: {name}}}\nspec: {{description: '{description}', resources: {{{resources}}}}}\n"


def test_languages_are_lower_case_and_audio_is_known_by_digest_and_length(normalise, wav):
    recording = wav(1.5)
    normal, problems = normalise(prompt("EN-us: {audio: a.wav, tts: Hi}"), {"a.wav": recording})
    assert problems == []
    (desired,) = normal.resources
    audio = desired.spec["resources"]["en-us"]["audio"]
    assert (audio["seconds"], len(audio["sha256"])) == (1.5, 64)
    assert desired.assets["en-us"].content == recording


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("Main menu – welcome", "Main_menu_welcome"),
        ("_hidden", "hidden"),
        ("menü-2", "menu_2"),
        ("a__b", "a__b"),
        ("x" * 201, "x" * 200),
        ("---", ""),
    ],
)
def test_an_illegal_name_gets_the_nearest_legal_one(name, legal):
    assert nearest_name(name) == legal


@pytest.mark.parametrize("name", ["a", "9", "A_1", "x" * 200, "a__b_"])
def test_legal_names_pass(codes, name):
    assert codes(prompt("en-us: {tts: Hi}", name=f'"{name}"')) == []


@pytest.mark.parametrize("name", ['"a b"', '"_a"', '"ä"', '"' + "x" * 201 + '"', '"a-b"'])
def test_illegal_names_are_refused(codes, name):
    assert codes(prompt("en-us: {tts: Hi}", name=name)) == ["REC1109"]


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ("", ["REC1107"]),
        ("en-us: {}", ["REC1113"]),
        ("en-us: {text: Hi}", ["REC1113"]),
        ("en-us: {tts: '  '}", ["REC1113"]),
        ("en_US: {tts: Hi}", ["REC1107"]),
        ("english: {tts: Hi}", ["REC1107"]),
        ("en-us: {tts: Hi}, EN-US: {tts: Ho}", ["REC1113"]),
        ("es-419: {tts: Hi}, zh-hant-tw: {tts: Hi}, en: {tts: Hi}", []),
        ("en-us: {audio: 'https://example.com/a.wav', sha256: abc}", ["REC1308"]),
        ("en-us: {tts: Hi, sha256: abc}", ["REC1308"]),
        ("en-us: {tts: 5}", ["REC1106"]),
        ("en-us: {tts: Hi, volume: 5}", ["REC1104"]),
        ("en-us: Hi", ["REC1106"]),
    ],
)
def test_what_a_language_needs(codes, resources, expected):
    assert codes(prompt(resources)) == expected


def test_a_description_has_at_most_1024_characters(codes):
    assert codes(prompt("en-us: {tts: Hi}", description="x" * 1024)) == []
    assert codes(prompt("en-us: {tts: Hi}", description="x" * 1025)) == ["REC1107"]


def test_a_recording_is_at_most_as_long_as_the_policy_says(codes, wav):
    text = prompt("en-us: {audio: a.wav}")
    assert codes(text, {"a.wav": wav(90)}) == []
    assert codes(text, {"a.wav": wav(90.5)}) == ["REC1305"]
    assert codes(text, {"a.wav": wav(90.5)}, Policy(prompt_max_duration_seconds=120)) == []


def test_a_recording_beyond_25_mb_is_refused(codes):
    assert codes(prompt("en-us: {audio: a.wav}"), {"a.wav": b"RIFF" + bytes(25 * 1024 * 1024)}) == ["REC1306"]


def test_truncated_empty_and_foreign_recordings_are_refused(codes, wav):
    text = prompt("en-us: {audio: a.wav}")
    assert codes(text, {"a.wav": wav(2)[:-1000]}) == ["REC1303"]
    assert codes(text, {"a.wav": wav(0)}) == ["REC1309"]
    assert codes(text, {"a.wav": b"#!AMR" + bytes(100)}) == ["REC1302"]


# What differs from the platform.

WANTED = {
    "description": "d",
    "resources": {"en-us": {"tts": "Hi", "text": None, "audio": {"sha256": "0" * 64, "seconds": 1.5}}},
}


def live(**changes):
    resource = {"tts": "Hi", "text": "", "audio": {"seconds": 1.52, "status": "transcoded"}} | changes
    return {
        "description": "d",
        "resources": {"en-us": resource, "fr-ca": {"tts": "Salut", "text": None, "audio": None}},
    }


def test_a_prompt_in_sync_has_no_differences_and_foreign_languages_are_left_alone():
    assert differences(WANTED, live()) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"tts": "Ho"}, "resources.en-us.tts"),
        ({"text": "Ho"}, "resources.en-us.text"),
        ({"audio": None}, "resources.en-us.audio"),
        ({"audio": {"seconds": 1.7, "status": "transcoded"}}, "resources.en-us.audio"),
        ({"audio": {"seconds": 1.5, "status": "transcodeFailed"}}, "resources.en-us.audio"),
        ({"audio": {"seconds": None, "status": "transcoded"}}, "resources.en-us.audio"),
    ],
)
def test_each_field_that_moved_is_one_difference(change, path):
    assert [found[0] for found in differences(WANTED, live(**change))] == [path]


def test_a_missing_language_and_another_description_are_differences():
    found = differences(WANTED, {"description": "", "resources": {}})
    assert found == [("description", "", "d"), ("resources.en-us", None, WANTED["resources"]["en-us"])]
