"""What the engine writes into a bot whose author said nothing.

Only where git is silent is any of this no difference, so a value that turns out not to be the engine's hides a change
to one setting of a bot and never a setting that git names. UNVERIFIED: seen in the few public exports of such flows;
the numbers and handlings of `SETTINGS` are in the facts of the language too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

SETTINGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "settingsErrorHandling": {"errorHandling": {"exit": {"none": True}}},
    "settingsUserInput": {
        "noMatchesMax": {"lit": 3},
        "noInputsMax": {"lit": 3},
        "confirmationRejectionsMax": {"lit": 3},
        "collectionLowConfidenceThreshold": {"lit": 20},
        "collectionHighConfidenceThreshold": {"lit": 70},
        "confirmationLowConfidenceThreshold": {"lit": 40},
    },
    "settingsBotFlow": {"none": True},
    "settingsKnowledge": {"none": True},
}
"""Equal to leaving them out, on either side."""

_EXIT: Final = {"exit": {"none": True}}
_PATIENCE: Final = {"voiceEndOfInputTimeout": {"lit": {"seconds": 1}}}

_FILLED: Final[Mapping[str, tuple[Any, ...]]] = {
    "settingsErrorHandling.agentEscalationHandling": (_EXIT,),
    "settingsErrorHandling.recognitionFailureEventHandling": (_EXIT,),
    "settingsErrorHandling.enableAgentEscalation": ({"lit": True},),
    "settingsUserInput.enableAutomaticQuickReplies": ({"lit": True},),
    "settingsUserInput.enableBargeIn": ({"lit": True},),
    "settingsUserInput.enableIntentClassificationHinting": ({"lit": False},),
    "settingsUserInput.noInputsTimeout": ({"lit": {"seconds": 7}}, {"lit": {"minutes": 1}}),  # voice, digital
    "settingsActionDefaults.askForBoolean": (_PATIENCE,),
    "settingsActionDefaults.askForIntent": (_PATIENCE,),
    "settingsActionDefaults.askForSlot": (_PATIENCE,),
    "settingsActionDefaults.loopAnythingElse": (_PATIENCE,),
}

_LATER: Final = "One moment, please, while I put you through to someone who can help."
_SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "settingsErrorHandling.agentEscalationConfirmation": (
        "You want to speak to an advisor. Is that correct?",
        "You want to speak to an agent. Is that correct?",
    ),
    "settingsErrorHandling.agentEscalationHandover": ("One moment, please, and I will put you through to someone.",),
    "settingsErrorHandling.errorEventHandover": (f"Sorry, an error occurred. {_LATER}",),
    "settingsErrorHandling.recognitionFailureEventHandover": (
        f"Sorry, I'm having trouble understanding you. {_LATER}",
    ),
    "settingsUserInput.confirmationNoInputApology": (
        "Sorry, I didn't hear you.  Please say yes or no.",
        r"Sorry, I didn't receive any input from you.  Please input \"Yes\" or \"No\".",
    ),
    "settingsUserInput.confirmationNoMatchApology": (
        "Sorry, please say yes or no.",
        r"Sorry, please input \"Yes\" or \"No\".",
    ),
    "settingsUserInput.noInputApology": ("Sorry, I didn't hear you.", "Sorry, I didn't receive any input from you."),
    "settingsUserInput.noMatchApology": ("Sorry.",),
    "settingsUserInput.noToConfirmationApology": ("My mistake.",),
}
_SAYS: Final = re.compile(r'(?:Make|To)Communication\(\s*"((?:[^"\\]|\\.)*)"\s*\)')
_NOTHING: Final[Mapping[str, Any]] = {"intents": [], "entities": [], "entityTypes": [], "languageVersions": {}}


def is_filled_in(setting: str, value: Any) -> bool:
    """True when `block.name` holds what the engine supplies, or nothing."""
    if value == {"noValue": True} or value in _FILLED.get(setting, ()):
        return True
    text = value.get("exp") if isinstance(value, Mapping) and len(value) == 1 else None
    match = _SAYS.fullmatch(text) if isinstance(text, str) else None
    return match is not None and match[1] in _SAID.get(setting, ())


def understands_nothing(block: Any, language: Any) -> bool:
    """True for the language understanding of a bot that has none, in the bot's own language (`en` for `en-us` too)."""
    if not isinstance(block, Mapping) or not block.keys() <= {"nluDomainVersion", "mutedUtterances"}:
        return False
    domain = block.get("nluDomainVersion", {})
    if block.get("mutedUtterances", []) != [] or not isinstance(domain, Mapping):
        return False
    spoken = domain.get("language", language)
    is_own = spoken == language or (isinstance(language, str) and language.partition("-")[0] == spoken)
    return is_own and all(item == _NOTHING.get(name) for name, item in domain.items() if name != "language")
