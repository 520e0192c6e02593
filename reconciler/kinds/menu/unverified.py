"""UNVERIFIED: the pieces of a compiled Menu that no real exported flow has shown us.

Each follows the names of the Architect Scripting SDK and the shape of its verified siblings. When a real export turns
up, correct the piece here; nothing else in the compiler guesses. Everything the compiler writes outside this module has
been seen in real exports.
"""

from __future__ import annotations

import json
from typing import Any, Final

DTMF: Final = {"*": "digit_*", "#": "digit_#"}
"""UNVERIFIED on a menu choice: both tokens are real as `terminatingDtmf` of `collectInput`."""


def speak(name: str, language: str) -> dict[str, Any]:
    """UNVERIFIED: `setLanguage`; the action is the Scripting SDK's, its field by analogy to other literals."""
    return {"setLanguage": {"name": name, "language": {"lit": language}}}


def to_number(name: str, number: str) -> dict[str, Any]:
    """UNVERIFIED: `transferToNumber`; the field is the Scripting SDK's, the function is real elsewhere."""
    return {"transferToNumber": {"name": name, "targetNumber": {"exp": f"ToPhoneNumber({json.dumps(number)})"}}}


def to_user(name: str, user: str) -> dict[str, Any]:
    """UNVERIFIED: `transferToUser`; the field is the Scripting SDK's."""
    return {"transferToUser": {"name": name, "targetUser": {"lit": {"name": user}}}}


def to_group(name: str, group: str) -> dict[str, Any]:
    """UNVERIFIED: `transferToGroup`; the field is the Scripting SDK's."""
    return {"transferToGroup": {"name": name, "targetGroup": {"lit": {"name": group}}}}


def voicemail_of_user(user: str) -> dict[str, Any]:
    """UNVERIFIED: destination of `transferToVoicemail`; only the queue form has been seen."""
    return {"user": {"targetUser": {"lit": {"name": user}}}}


def voicemail_of_group(group: str) -> dict[str, Any]:
    """UNVERIFIED: destination of `transferToVoicemail`; only the queue form has been seen."""
    return {"group": {"targetGroup": {"lit": {"name": group}}}}


def schedule_group(name: str) -> dict[str, Any]:
    """UNVERIFIED as a literal: real exports show `exp: ToScheduleGroup(NOT_SET)` and literals for single schedules."""
    return {"lit": {"name": name}}


NO_EMERGENCY_GROUP: Final[dict[str, Any]] = {"noValue": True}
"""UNVERIFIED here: the usual way to leave a field empty; the one real sample names a group by `FindEmergencyGroup`."""
