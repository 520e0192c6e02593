"""The settings an export spells out although nobody wrote them, by type of flow.

The stand-in's own tables, read off public exports: whoever compares flows has others, so that each can prove the other
wrong.
"""

from __future__ import annotations

from reconciler.sandbox.answers import Json

NO_VALUE = {"noValue": True}
NONE = {"none": True}
CALL_TYPES = ("INBOUNDCALL", "OUTBOUNDCALL", "SECURECALL")


def _seconds(number: int) -> Json:
    return {"lit": {"seconds": number}}


def _milliseconds(number: int) -> Json:
    return {"lit": {"ms": number}}


SETTINGS_MENU = {
    "extensionDialingMaxDelay": _seconds(1),
    "listenForExtensionDialing": {"lit": True},
    "menuSelectionTimeout": _seconds(10),
    "repeatCount": {"lit": 3},
}
SETTINGS_SPEECH = {
    "completeMatchTimeout": _milliseconds(100),
    "incompleteMatchTimeout": _milliseconds(1500),
    "maxSpeechLengthTimeout": _seconds(20),
    "minConfidenceLevel": {"lit": 50},
}
CALL_SETTINGS: Json = {
    "settingsActionDefaults": {
        "playAudioOnSilence": {"timeout": _seconds(40)},
        "detectSilence": {"timeout": _seconds(40)},
        "callData": {"processingPrompt": NO_VALUE},
        "collectInput": {"noEntryTimeout": _seconds(5)},
        "dialByExtension": {"interDigitTimeout": _seconds(6)},
        "transferToUser": {"connectTimeout": NO_VALUE},
        "transferToNumber": {"connectTimeout": NO_VALUE},
        "transferToGroup": {"connectTimeout": NO_VALUE},
        "transferToFlowSecure": {"connectTimeout": _seconds(15)},
    },
    "settingsErrorHandling": {
        "errorHandling": {"disconnect": NONE},
        "preHandlingAudio": {"tts": "Sorry, an error occurred. Please try your call again."},
    },
    "settingsMenu": SETTINGS_MENU,
    "settingsPrompts": {
        "ensureAudioInPrompts": False,
        "promptMediaToValidate": [{"mediaType": "audio"}, {"mediaType": "tts"}],
    },
    "settingsSpeechRec": {
        **SETTINGS_SPEECH,
        "asrCompanyDir": "none",
        "asrEnabledOnFlow": True,
        "suppressRecording": False,
    },
}
MENU_SETTINGS = {
    "settingsMenu": dict.fromkeys(SETTINGS_MENU, NO_VALUE),
    "settingsSpeechRec": dict.fromkeys(SETTINGS_SPEECH, NO_VALUE),
}
TRANSFER = {
    "priority": {"lit": 0},
    "preferredAgents": NO_VALUE,
    "languageSkill": NO_VALUE,
    "failureOutputs": {"errorType": NO_VALUE, "errorMessage": NO_VALUE},
}
CALL_TRANSFER = {"preTransferAudio": {"exp": "ToAudio(NOT_SET)"}, "failureTransferAudio": {"exp": "ToAudio(NOT_SET)"}}
COMMUNICATION_TRANSFER = {
    "preTransferCommunication": {"exp": "ToCommunication(NOT_SET)"},
    "failureTransferCommunication": {"exp": "ToCommunication(NOT_SET)"},
    "directAgent": NO_VALUE,
}
MESSAGE_TRANSFER: dict[str, Json] = {
    "INBOUNDSHORTMESSAGE": COMMUNICATION_TRANSFER,
    "DIGITALBOT": COMMUNICATION_TRANSFER,
    "INBOUNDEMAIL": {"directAgent": NO_VALUE},
}

ERROR_HANDLING = {
    "WORKFLOW": "endWorkflow",
    "INBOUNDSHORTMESSAGE": "disconnect",
    "INBOUNDCHAT": "disconnect",
    "INBOUNDEMAIL": "disconnect",
    "INQUEUEEMAIL": "endInQueueState",
    "INQUEUESHORTMESSAGE": "endInQueueState",
}


def flow_settings(type: str, language: object) -> Json:
    """The blocks of settings for a flow of this type."""
    if type in CALL_TYPES:
        return CALL_SETTINGS
    if type in ("BOT", "DIGITALBOT"):
        return _bot_settings(language, "MakeCommunication" if type == "BOT" else "ToCommunication")
    if type not in ERROR_HANDLING:
        return {}
    settings: Json = {"settingsErrorHandling": {"errorHandling": {ERROR_HANDLING[type]: NONE}}}
    if type == "INBOUNDEMAIL":
        settings["settingsInboundEmailHandling"] = {"emailHandling": {"disconnect": NONE}}
    return settings


def _bot_settings(language: object, function: str) -> Json:
    def said(text: str) -> Json:
        return {"exp": f'{function}(\n  "{text}")'}

    return {
        "settingsErrorHandling": {
            "errorHandling": {"exit": NONE},
            "errorEventHandover": said(
                "Sorry, an error occurred. One moment, please, while I put you through to someone who can help."
            ),
        },
        "settingsUserInput": {
            "noMatchesMax": {"lit": 3},
            "noInputsMax": {"lit": 3},
            "confirmationRejectionsMax": {"lit": 3},
            "collectionLowConfidenceThreshold": {"lit": 20},
            "collectionHighConfidenceThreshold": {"lit": 70},
            "confirmationLowConfidenceThreshold": {"lit": 40},
            "noMatchApology": said("Sorry."),
            "noToConfirmationApology": said("My mistake."),
        },
        "settingsBotFlow": NONE,
        "settingsKnowledge": NONE,
        "settingsNaturalLanguageUnderstanding": {
            "nluDomainVersion": {
                "intents": [],
                "entities": [],
                "entityTypes": [],
                "language": language,
                "languageVersions": {},
            },
            "mutedUtterances": [],
        },
    }
