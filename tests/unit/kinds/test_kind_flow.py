"""What counts as a difference between an authored flow and the platform's export of it."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.kinds.flow.normal import differences, is_cosmetic

AUTHORED: dict[str, Any] = {"name": "Line", "defaultLanguage": "en-us", "startUpRef": "/inboundCall/tasks/task[a]"}


PROCESSING = {"lit": {"name": "PromptSystem.processing"}}


def spec(**more: Any) -> dict[str, Any]:
    return {"document": {"inboundCall": {**AUTHORED, **more}}}


@pytest.mark.parametrize(
    "filled_in",
    [
        {"division": "Home"},
        {"supportedLanguages": {"en-us": {"textToSpeech": {"defaultEngine": {"voice": "Jill"}}}}},
        {
            "settingsErrorHandling": {
                "preHandlingAudio": {"tts": "Sorry, an error occurred. Please try your call again."}
            }
        },
        {"failureTransferAudio": {"exp": "ToAudio(NOT_SET)"}},
        {"failureTransferCommunication": {"exp": "ToCommunication(NOT_SET)"}},
        {"supportedLanguages": {"en-us": {"speechToText": {"engine": {"name": "Fast"}}}}},
        {"settingsActionDefaults": {"callData": {"processingPrompt": PROCESSING}}},
        {
            "settingsActionDefaults": {
                "callData": {"processingPrompt": PROCESSING},
                "callBridge": {"processingPrompt": PROCESSING},
            }
        },
    ],
    ids=lambda filled_in: next(iter(filled_in)),
)
def test_what_the_engine_fills_in_is_no_difference(filled_in: dict[str, Any]) -> None:
    assert differences(spec(), spec(**filled_in)) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"supportedLanguages": {"en-us": {}, "es-us": {}}},
        {"settingsErrorHandling": {"preHandlingAudio": {"tts": "Something else."}}},
        {"initialGreeting": {"tts": "Hello"}},
        {"failureTransferAudio": {"exp": "Prompt.sorry"}},
        {"supportedLanguages": {"en-us": {"defaultLanguageSkill": {"lit": {"name": "Spanish"}}}}},
        {"settingsActionDefaults": {"callData": {"processingPrompt": {"lit": {"name": "Prompt.wait"}}}}},
        {"settingsActionDefaults": {"collectInput": {"processingPrompt": PROCESSING}}},
        {"processingPrompt": PROCESSING},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_what_a_person_added_on_the_platform_is_a_difference(changed: dict[str, Any]) -> None:
    assert [path for path, _, _ in differences(spec(), spec(**changed))] == [f"inboundCall.{next(iter(changed))}"]


def test_a_processing_prompt_is_filled_in_at_whatever_depth_git_is_silent() -> None:
    live = spec(settingsActionDefaults={"callData": {"processingPrompt": PROCESSING}, "wait": {"x": 1}})
    for silent in ({"wait": {"x": 1}}, {"callData": {}, "wait": {"x": 1}}):
        assert differences(spec(settingsActionDefaults=silent), live) == []
    loud = spec(
        settingsActionDefaults={"callData": {"processingPrompt": {"lit": {"name": "Prompt.a"}}}, "wait": {"x": 1}}
    )
    assert differences(loud, live) != []


def test_a_division_that_git_names_is_compared() -> None:
    assert differences(spec(division="Sales"), spec(division="Home")) == [("inboundCall.division", "Home", "Sales")]


SHORT = {"initialGreeting": {"tts": "Hello"}}
LONG = {"initialGreeting": {"exp": 'AudioPlaybackOptions(ToAudioTTS("Hello"), true)'}}


@pytest.mark.parametrize(
    ("wanted", "live", "expected"),
    [
        (SHORT, SHORT, False),
        (SHORT, LONG, True),
        (LONG, SHORT, True),
        ({}, {"settingsNextYear": {"speed": {"lit": 2}}}, True),
        ({"settingsNextYear": {"speed": {"lit": 2}}}, {}, False),
        ({}, {"division": "Home"}, True),
        (SHORT, {"initialGreeting": {"exp": 'AudioPlaybackOptions(ToAudioTTS("Hi"), true)'}}, False),
        (SHORT, {**LONG, "defaultLanguage": "es-us"}, False),
    ],
)
def test_only_spelling_between_two_flows_is_cosmetic(wanted, live, expected) -> None:
    assert is_cosmetic(spec(**wanted), spec(**live)) is expected
    assert not expected or differences(spec(**wanted), spec(**live)) == []


def test_the_voices_of_several_languages_are_the_engines_until_git_names_them():
    def languages(**voice):
        return {"en-us": dict(voice), "es-us": {}}

    def document(spoken):
        return {"document": {"inboundCall": {"name": "A", "defaultLanguage": "en-us", "supportedLanguages": spoken}}}

    jill, joe = ({"textToSpeech": {"defaultEngine": {"voice": name}}} for name in ("Jill", "Joe"))
    assert differences(document(languages()), document(languages(**jill))) == []
    assert differences(document(languages(**joe)), document(languages(**jill))) != []
