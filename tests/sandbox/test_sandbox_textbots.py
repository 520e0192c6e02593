"""Bots run turn by turn as their YAML says; what the stand-in cannot run, it says."""

from __future__ import annotations

import pytest
from bot_samples import BOT, RING
from sandbox_samples import MAIN, Platform

SESSIONS = "/api/v2/textbots/botflows/sessions"


def launched(platform: Platform, yaml: str = BOT, **more) -> str:
    flow = platform.published(yaml)
    return str(platform.post(SESSIONS, launch(flow["id"], **more))["id"])


def launch(flow: str, **more) -> dict:
    channel = {"name": "Messaging", "inputModes": ["Text"], "outputModes": ["Text"]}
    return {"flow": {"id": flow}, "externalSessionId": "test-1", "channel": channel, **more}


def turn(platform: Platform, session: str, kind: str, **more) -> dict:
    return platform.post(f"{SESSIONS}/{session}/turns", {"inputEventType": kind, **more})


def say(platform: Platform, session: str, text: str) -> dict:
    spoken = {"mode": "Text", "alternatives": [{"transcript": {"text": text, "confidence": 1.0}}]}
    return turn(platform, session, "UserInput", inputEventUserInput=spoken)


def said(answer: dict) -> list[str]:
    return [one["text"] for one in answer.get("prompts", {}).get("textPrompts", {}).get("segments", ())]


def begun(platform: Platform, yaml: str = BOT) -> str:
    session = launched(platform, yaml)
    turn(platform, session, "NoOp")
    return session


def test_the_first_turn_greets_and_asks(platform: Platform) -> None:
    first = turn(platform, launched(platform), "NoOp")
    assert said(first) == ['Hello! I am a "bot".', "How can we help?"]
    assert "previousTurn" not in first
    assert first["nextActionType"] == "WaitForInput"
    text = first["nextActionWaitForInput"]["modeConstraints"]["text"]
    assert text == {"noInputTimeoutMilliseconds": 120_000, "languagePreferences": ["en-us"]}
    menu = first["prompts"]["textPrompts"]["segments"][-1]
    assert menu["type"] == "RichMedia"
    assert [one["quickReply"]["text"] for one in menu["content"]] == ["Billing", "My order"]


def test_a_choice_transfers_and_ends_the_session(platform: Platform) -> None:
    session = begun(platform)
    end = say(platform, session, " billing ")
    assert said(end) == ["One moment."]
    assert (end["nextActionType"], end["nextActionExit"]["reason"]) == ("Exit", "TriggeredByFlow")
    assert end["nextActionExit"]["flowLocation"]["actionName"] == "To Billing"
    assert "Billing" in end["nextActionExit"]["reasonExtendedInfo"]
    text = {"mode": "Text", "alternatives": [{"transcript": {"text": "?"}}]}
    body = {"inputEventType": "UserInput", "inputEventUserInput": text}
    assert platform.refusal("POST", f"{SESSIONS}/{session}/turns", body) == (400, "bad.request")


def test_a_pressed_button_is_a_choice_too(platform: Platform) -> None:
    session = begun(platform)
    pressed = {
        "contentType": "ButtonResponse",
        "buttonResponse": {"type": "QuickReply", "payload": "order", "text": "x"},
    }
    assert said(turn(platform, session, "RichMediaInput", inputEventRichMedia={"inputs": [pressed]})) == [
        "Which order?"
    ]


def test_slots_match_a_regular_expression_and_a_list(platform: Platform) -> None:
    session = begun(platform)
    assert said(say(platform, session, "my order")) == ["Which order?"]
    assert said(say(platform, session, "what?")) == ["Eight digits, please."]
    assert said(say(platform, session, "It is 12345678.")) == ["Which colour?"]
    end = say(platform, session, "Crimson")
    assert said(end) == ["Nice."]
    assert (end["nextActionType"], end["nextActionDisconnect"]["reason"]) == ("Disconnect", "TriggeredByFlow")
    assert end["nextActionDisconnect"]["flowLocation"] == {
        "sequenceName": "Order", "actionNumber": 3, "actionName": "Bye",
    }  # fmt: skip


def test_too_many_answers_without_a_match_take_the_way_out_or_give_up(platform: Platform) -> None:
    session = begun(platform)
    assert said(say(platform, session, "a")) == ["Please pick one."]
    assert say(platform, session, "b")["nextActionExit"]["reason"] == "TriggeredByFlow"
    session = begun(platform)
    say(platform, session, "order")
    assert said(turn(platform, session, "NoInput")) == ["Still there?"]
    end = turn(platform, session, "NoInput")
    assert said(end) == ["I give up."]
    assert end["nextActionExit"]["reason"] == "RecognitionFailure"


@pytest.mark.parametrize(
    ("kind", "reason"), [("UserDisconnect", "TriggeredByUser"), ("ClientSessionExpired", "SessionExpired")]
)
def test_a_session_may_be_ended_from_outside(platform: Platform, kind: str, reason: str) -> None:
    end = turn(platform, begun(platform), kind)
    assert end["nextActionDisconnect"] == {"reason": reason}


def test_a_turn_after_another_than_the_last_is_refused(platform: Platform) -> None:
    session = launched(platform)
    first = turn(platform, session, "NoOp")
    second = turn(platform, session, "NoInput", previousTurn={"id": first["id"]})
    assert second["previousTurn"] == {"id": first["id"]}
    body = {"inputEventType": "NoInput", "previousTurn": {"id": first["id"]}}
    assert platform.refusal("POST", f"{SESSIONS}/{session}/turns", body) == (409, "general.conflict")


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("callDigitalBotFlow: {name: Call}", "the action callDigitalBotFlow"),
        ("communicate: {name: Say, communication: {exp: 'ToCommunication(Flow.name)'}}", "Flow.name"),
        ("askForSlot: {name: Ask, slot: {name: Nothing}, question: {exp: 'ToCommunication(\"?\")'}}", "Nothing"),
    ],
)
def test_what_the_sandbox_cannot_run_ends_the_session_with_a_sentence(
    platform: Platform, action: str, told: str
) -> None:
    yaml = f"""
digitalBot:
  name: Odd
  defaultLanguage: en-us
  startUpRef: "/digitalBot/bots/bot[start]"
  bots: [{{bot: {{name: Start, refId: start, actions: [{{{action}}}]}}}}]
"""
    session = launched(platform, yaml)
    end = turn(platform, session, "NoOp")
    end = say(platform, session, "hello") if end["nextActionType"] == "WaitForInput" else end
    assert end["nextActionDisconnect"]["reason"] == "Error"
    assert told in end["nextActionDisconnect"]["reasonExtendedInfo"]


def test_a_ring_without_a_question_ends(platform: Platform) -> None:
    assert turn(platform, launched(platform, RING), "NoOp")["nextActionDisconnect"]["reason"] == "Error"


def test_only_published_bots_can_be_launched(platform: Platform) -> None:
    call = platform.published(MAIN)
    assert platform.refusal("POST", SESSIONS, launch(call["id"])) == (400, "bad.request")
    assert platform.refusal("POST", SESSIONS, launch("nothing")) == (404, "not.found")
    bot = platform.published(BOT)
    for missing in ("flow", "externalSessionId", "channel"):
        body = {key: value for key, value in launch(bot["id"]).items() if key != missing}
        assert platform.refusal("POST", SESSIONS, body) == (400, "bad.request")
    assert platform.refusal("POST", SESSIONS, launch(bot["id"]) | {"channel": {"name": "Fax"}}) == (
        400,
        "invalid.value",
    )


def test_the_order_of_turns_and_their_content_are_checked(platform: Platform) -> None:
    path = f"{SESSIONS}/{launched(platform)}/turns"
    assert platform.refusal("POST", path, {"inputEventType": "NoInput"}) == (400, "bad.request")
    platform.post(path, {"inputEventType": "NoOp"})
    assert platform.refusal("POST", path, {"inputEventType": "NoOp"}) == (400, "bad.request")
    assert platform.refusal("POST", path, {"inputEventType": "Shout"}) == (400, "invalid.value")
    assert platform.refusal("POST", path, {"inputEventType": "UserInput"}) == (400, "bad.request")
    assert platform.refusal("POST", f"{SESSIONS}/none/turns", {"inputEventType": "NoOp"}) == (404, "not.found")


def test_bots_need_their_permission(platform: Platform) -> None:
    platform.set_state(clients=[{"id": "ci", "secret": "s", "permissions": ["architect:*:*"]}])
    platform.login("ci")
    assert platform.refusal("POST", SESSIONS, {}) == (403, "missing.permissions")
