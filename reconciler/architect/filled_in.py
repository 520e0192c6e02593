"""What the platform has and git does not, because the engine supplies it where a file says nothing.

Git has no opinion on such values, so they are no difference. What git does name is always compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.architect import bot_defaults, defaults


def is_filled_in(path: str, live: Any, document: Mapping[str, Any]) -> bool:
    """True for a value at a dotted path that only the platform has: no audio, the standard error text, the division a
    new flow lands in, the voice of its only language, what is played while data is looked up, what bots say."""
    type_, *steps = path.split(".")
    if live in defaults.UNFILLED:
        return True
    match steps:
        case ["division"]:
            return True
        case ["supportedLanguages"]:
            return _is_only_speech(live, document[type_].get("defaultLanguage"))
        case ["supportedLanguages", _, "textToSpeech"]:
            return True
        case [block] if block in _BLOCKS and isinstance(live, Mapping) and live:
            return all(is_filled_in(f"{path}.{name}", item, document) for name, item in live.items())
        case _:
            return _is_setting(type_, steps, live)


_BLOCKS = frozenset({"settingsActionDefaults", "settingsErrorHandling", "settingsUserInput"})


def _is_setting(type_: str, steps: Sequence[str], live: Any) -> bool:
    match steps:
        case ["settingsErrorHandling", "preHandlingAudio"]:
            return bool(live == defaults.ERROR_AUDIO)
        case ["settingsActionDefaults", action] if action in defaults.PROCESSING_ACTIONS:
            return bool(live == {"processingPrompt": defaults.PROCESSING})
        case ["settingsActionDefaults", action, "processingPrompt"] if action in defaults.PROCESSING_ACTIONS:
            return bool(live == defaults.PROCESSING)
        case [_, _] if type_ in defaults.BOT_TYPES:
            return bot_defaults.is_filled_in(".".join(steps), live)
        case _:
            return False


def _is_only_speech(languages: Any, language: Any) -> bool:
    """True for the one language the flow speaks anyway, without a choice that a person made for it."""
    if not isinstance(languages, Mapping) or list(languages) != [language]:
        return False
    block = languages[language]
    return isinstance(block, Mapping) and block.keys() <= {"textToSpeech", "speechToText"}
