"""What Architect's export writes although nobody asked for it, so that comparing can leave it out.

Every entry was seen in real exports or in the scripting SDK's declarations. A default that is not certain is not here:
a missing rule shows as a difference, a wrong one would hide a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reconciler.architect import bot_defaults
from reconciler.architect.flow import CALL_TYPES

NO_VALUE: Final = {"noValue": True}


def _lit(value: Any) -> dict[str, Any]:
    return {"lit": value}


ANYWHERE: Final[Mapping[str, Any]] = {
    "description": "",
    "globalDtmf": False,
    "globalSpeechRecTerms": False,
    "isInput": False,
    "isOutput": False,
    "priority": _lit(0),
    "preferredAgents": NO_VALUE,
    "directAgent": NO_VALUE,
    "languageSkill": NO_VALUE,
    "defaultLanguageSkill": NO_VALUE,
    "initialValue": NO_VALUE,
    "processingPrompt": NO_VALUE,
    "connectTimeout": NO_VALUE,
    "outputPath": {"name": "default"},
    "speechRecTerms": {},
    "variables": [],
    "startUpTaskVariables": [],
    "failureOutputs": {},
    "outputs": {},
}
"""Keys and the values that mean the same as leaving the key out."""

CALL_SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "settingsMenu": {
        "extensionDialingMaxDelay": _lit({"seconds": 1}),
        "listenForExtensionDialing": _lit(True),
        "menuSelectionTimeout": _lit({"seconds": 10}),
        "repeatCount": _lit(3),
    },
    "settingsSpeechRec": {
        "completeMatchTimeout": _lit({"ms": 100}),
        "incompleteMatchTimeout": _lit({"ms": 1500}),
        "maxSpeechLengthTimeout": _lit({"seconds": 20}),
        "minConfidenceLevel": _lit(50),
        "asrCompanyDir": "none",
        "asrEnabledOnFlow": True,
        "suppressRecording": False,
    },
    "settingsActionDefaults": {
        "playAudioOnSilence": {"timeout": _lit({"seconds": 40})},
        "detectSilence": {"timeout": _lit({"seconds": 40})},
        "collectInput": {"noEntryTimeout": _lit({"seconds": 5})},
        "dialByExtension": {"interDigitTimeout": _lit({"seconds": 6})},
        "transferToFlowSecure": {"connectTimeout": _lit({"seconds": 15})},
        # What is left of these once their `noValue` has been dropped.
        "callData": {},
        "callBridge": {},
        "transferToUser": {},
        "transferToNumber": {},
        "transferToGroup": {},
    },
    "settingsErrorHandling": {"errorHandling": {"disconnect": {"none": True}}},
    "settingsPrompts": {
        "ensureAudioInPrompts": False,
        "promptMediaToValidate": [{"mediaType": "audio"}, {"mediaType": "tts"}],
    },
    "settingsInQueueCall": {"holdMusic": _lit({"name": "PromptSystem.on_hold_music"})},
}
"""Settings at the top of a call flow, with the values exports write when nobody changed them."""

_PROMPTS: Final = {"settingsPrompts": CALL_SETTINGS["settingsPrompts"]}


def _errors(handling: str) -> dict[str, Any]:
    return {"settingsErrorHandling": {"errorHandling": {handling: {"none": True}}}}


SETTINGS: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    **dict.fromkeys(CALL_TYPES, CALL_SETTINGS),
    "workflow": _errors("endWorkflow"),
    "inboundShortMessage": _errors("disconnect"),
    "inboundChat": _errors("disconnect"),
    "inboundEmail": {
        **_errors("disconnect"),
        "settingsInboundEmailHandling": {"emailHandling": {"disconnect": {"none": True}}},
    },
    "inqueueEmail": _errors("endInQueueState"),
    "inqueueShortMessage": _errors("endInQueueState"),
    "botFlow": {**bot_defaults.SETTINGS, **_PROMPTS},
    "digitalBot": {**bot_defaults.SETTINGS, **_PROMPTS},
}
"""The same by type of flow. Of types that are not here, no export with settings has been seen."""

BOT_TYPES: Final = frozenset({"botFlow", "digitalBot"})

MENU_SETTINGS: Final = frozenset({"settingsMenu", "settingsSpeechRec"})
"""Blocks inside a menu whose `noValue` entries mean: as the flow says."""

UNORDERED: Final = frozenset(
    {
        "variables", "startUpTaskVariables", "terms", "compatibleFlowTypes", "promptMediaToValidate", "menus", "tasks",
        "states",
    }
)  # fmt: skip
"""Lists whose order means nothing. The choices of a menu are unordered too: their keys decide."""

NO_AUDIO: Final = {"exp": "ToAudio(NOT_SET)"}
"""How exports spell an audio field that nobody filled."""

UNFILLED: Final = (NO_AUDIO, {"exp": "ToCommunication(NOT_SET)"})
"""The same for whatever is said or written."""

PROCESSING: Final = _lit({"name": "PromptSystem.processing"})
"""What some exports of call flows say is played while data is looked up; others say `noValue`. Which of the two a flow
gets that says nothing has no visible rule, so neither is a difference from silence."""

PROCESSING_ACTIONS: Final = frozenset({"callData", "callBridge"})
"""The action defaults that hold a processing prompt."""

ERROR_AUDIO: Final = {"tts": "Sorry, an error occurred. Please try your call again."}
"""What exports of call flows say before their error handling unless somebody wrote something else."""
