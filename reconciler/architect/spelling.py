"""Differences that change nothing for anybody: two ways to write one value, and settings newer than we know.

These are not folded away in the comparable form, because whether the platform writes back the spelling it was given is
UNVERIFIED. They are told, and nobody publishes a flow because of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.architect.defaults import CALL_SETTINGS
from reconciler.architect.expressions import TokenKind, words
from reconciler.architect.flow import CALL_TYPES

WRAPPERS: Final = frozenset({"noValue", "lit", "exp", "tts", "var", "prompt", "none"})

KNOWN_SETTINGS: Final = frozenset(
    {
        *CALL_SETTINGS, "settingsOutboundCall", "settingsInboundEmailHandling", "settingsCommonModule",
        "settingsUserInput", "settingsBotFlow", "settingsKnowledge", "settingsVirtualAgent",
        "settingsNaturalLanguageUnderstanding",
    }
)  # fmt: skip
"""Blocks of settings seen in real files."""

_BARE_TTS: Final = ("AudioPlaybackOptions", "(", "ToAudioTTS", "(")
_BARE_TTS_END: Final = (")", ",", "true", ")")
_SETTING: Final = re.compile(r"(?P<type>\w+)\.(?P<block>settings\w+)(?:\.(?P<name>\w+))?\Z")


def is_value(node: Mapping[str, Any]) -> bool:
    """True for one wrapped value, such as `{tts: Hello}`."""
    return len(node) == 1 and next(iter(node)) in WRAPPERS


def is_only(path: str, before: Any, after: Any) -> bool:
    """True when a difference is one of spelling, or an unknown setting that only the platform (`before`) has."""
    if after is None:
        return before is not None and _is_new_setting(path)
    if not isinstance(before, Mapping) or not isinstance(after, Mapping) or not (is_value(before) and is_value(after)):
        return False
    one, other = _meaning(before), _meaning(after)
    return one is not None and one == other


def _is_new_setting(path: str) -> bool:
    match = _SETTING.match(path)
    if match is None:
        return False
    block, name = match["block"], match["name"]
    if name is None:
        return block not in KNOWN_SETTINGS
    # Of call flows every setting is known. What others hold in a known block is a person's choice until proven new.
    is_complete = match["type"] in CALL_TYPES and block in CALL_SETTINGS
    return is_complete and name not in CALL_SETTINGS[block] and name != "preHandlingAudio"


def _meaning(value: Mapping[str, Any]) -> tuple[str, str] | None:
    """What a wrapped value comes to, as far as that is certain without running it."""
    ((wrapper, content),) = value.items()
    if wrapper == "tts" and isinstance(content, str):
        return "audio", content
    if wrapper == "lit" and isinstance(content, str | bool | int):
        return "constant", json.dumps(content)
    if wrapper != "exp" or not isinstance(content, str):
        return None
    tokens = words(content)
    texts = tuple(token.text for token in tokens)
    if len(tokens) == 1:
        return _constant(tokens[0].kind, tokens[0].text, tokens[0].value)
    is_speech = len(tokens) == 9 and texts[:4] == _BARE_TTS and texts[5:] == _BARE_TTS_END
    return ("audio", tokens[4].value) if is_speech and tokens[4].kind is TokenKind.STRING else None


def _constant(kind: TokenKind, text: str, value: str) -> tuple[str, str] | None:
    if kind is TokenKind.STRING:
        return "constant", json.dumps(value)
    if kind is TokenKind.NUMBER and text.isdecimal():
        return "constant", json.dumps(int(text)) if len(text) < 18 else text
    if text.lower() in ("true", "false"):
        return "constant", text.lower()
    return None
