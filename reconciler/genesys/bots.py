"""Talking to a published bot flow turn by turn: one function per endpoint [SDK 269].

Needs `textbots:botFlowSession:execute`. Works for bot and digital bot flows; inbound call flows have nothing like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

SESSIONS = "/api/v2/textbots/botflows/sessions"
TURNS = f"{SESSIONS}/{{sessionId}}/turns"


class Next(StrEnum):
    """What the bot does after a turn."""

    NOTHING = "NoOp"
    WAITS = "WaitForInput"
    DISCONNECTS = "Disconnect"
    EXITS = "Exit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One answer of the bot. `reason` and `explanation` are there when the session is over."""

    id: str
    said: tuple[str, ...]
    choices: tuple[str, ...]
    """Texts of the quick replies that it offers."""
    next: Next
    reason: str = ""
    explanation: str = ""
    action: str = ""
    """Name of the action that ended it."""
    output: Mapping[str, Any]


async def launch(client: Client, flow_id: str, *, external_id: str, language: str | None = None) -> str:
    """Open a session with the published version; its id. An idle session is nobody's trouble, so it may be sent twice.

    `external_id` is ours to choose, to find the session again. Raises NotFound, Rejected when the flow is no bot.
    """
    body: dict[str, Any] = {
        "flow": {"id": flow_id},
        "externalSessionId": external_id,
        "channel": {"name": "Messaging", "inputModes": ["Text"], "outputModes": ["Text"]},
    }
    if language is not None:
        body["language"] = language
    opened = await client.request("POST", SESSIONS, effect=Effect.READ, json=body, needs=("id",))
    return str(opened["id"])


async def begin(client: Client, session: str) -> Turn:
    """The first turn: the bot greets."""
    return await _turn(client, session, {"inputEventType": "NoOp"})


async def say(client: Client, session: str, text: str, *, after: Turn) -> Turn:
    """Answer the bot. Raises Conflicted when `after` is not the session's last turn."""
    spoken = {"mode": "Text", "alternatives": [{"transcript": {"text": text, "confidence": 1.0}}]}
    body = {"inputEventType": "UserInput", "inputEventUserInput": spoken, "previousTurn": {"id": after.id}}
    return await _turn(client, session, body)


async def stay_silent(client: Client, session: str, *, after: Turn) -> Turn:
    """Let the time for an answer pass."""
    return await _turn(client, session, {"inputEventType": "NoInput", "previousTurn": {"id": after.id}})


async def leave(client: Client, session: str, *, after: Turn) -> Turn:
    """End the session as a person does who closes the window."""
    return await _turn(client, session, {"inputEventType": "UserDisconnect", "previousTurn": {"id": after.id}})


async def _turn(client: Client, session: str, body: Mapping[str, Any]) -> Turn:
    """A turn moves the session on, so it is never resent blindly. Raises AmbiguousError without an answer."""
    answered = await client.request("POST", TURNS, effect=Effect.WRITE, path={"sessionId": session}, json=body)
    return _read(bodies.row(answered, Place("POST", TURNS)))


def _read(body: Row) -> Turn:
    place = Place("POST", TURNS)
    try:
        following = Next(bodies.text(body, "nextActionType", place))
    except ValueError:
        raise bodies.missing("nextActionType", place) from None
    ended = bodies.part(body, f"nextAction{following.value}") or {}
    prompts = bodies.part(bodies.part(body, "prompts") or {}, "textPrompts") or {}
    segments = bodies.parts(prompts, "segments", place)
    return Turn(
        id=bodies.text(body, "id", place),
        said=tuple(text for one in segments if (text := bodies.optional_text(one, "text"))),
        choices=tuple(_choices(segments, place)),
        next=following,
        reason=bodies.optional_text(ended, "reason"),
        explanation=bodies.optional_text(ended, "reasonExtendedInfo"),
        action=bodies.optional_text(bodies.part(ended, "flowLocation") or {}, "actionName"),
        output=bodies.part(bodies.part(ended, "outputData") or {}, "variables") or {},
    )


def _choices(segments: list[Row], place: Place) -> Iterator[str]:
    for segment in segments:
        for content in bodies.parts(segment, "content", place):
            if text := bodies.optional_text(bodies.part(content, "quickReply") or {}, "text"):
                yield text
