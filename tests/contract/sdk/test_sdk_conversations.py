"""Bots turn by turn, and messages, through the official SDK."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.contract.sdk.guest import Guest, known

BOT = """
digitalBot:
  name: Helper
  defaultLanguage: en-us
  startUpRef: "/digitalBot/bots/bot[start]"
  bots:
    - bot:
        name: Start
        refId: start
        actions:
          - communicate: {name: Greet, communication: {exp: 'ToCommunication("Hello!")'}}
          - digitalMenu:
              name: Ask topic
              question: {exp: 'ToCommunication("How can we help?")'}
              chooser:
                lit:
                  presentation: {lit: quickReplies}
                  quickReplies:
                    lit:
                      buttons:
                        lit:
                          - lit: {label: {noValue: true}, value: {lit: Billing}, type: {lit: postback}}
              outputs:
                maxNoMatches: {enabled: false}
                maxNoInputs: {enabled: false}
                paths:
                  - path: {name: Billing, actions: [{exitBotFlow: {name: Go}}]}
          - disconnect: {name: End}
"""
INTEGRATION = "11111111-2222-4333-8444-555555555555"


def launch(sdk: Any, flow: str) -> Any:
    request, channel = sdk.TextBotFlowLaunchRequest(), sdk.TextBotChannel()
    channel.name, channel.input_modes, channel.output_modes = "Messaging", ["Text"], ["Text"]
    request.flow, request.external_session_id, request.channel = sdk.Entity(), "test-1", channel
    request.flow.id = flow
    return request


def said(turn: Any) -> list[str]:
    return [segment.text for segment in turn.prompts.text_prompts.segments]


def test_a_bot_greets_asks_and_ends(guest: Guest) -> None:
    sdk, bots = guest.sdk, guest.sdk.TextbotsApi(guest.client)
    made = guest.published(BOT)
    session = known(bots.post_textbots_botflows_sessions(launch(sdk, made.id)))
    opening = sdk.TextBotFlowTurnRequest()
    opening.input_event_type = "NoOp"
    first = known(bots.post_textbots_botflows_session_turns(session.id, opening))
    assert (said(first), first.next_action_type) == (["Hello!", "How can we help?"], "WaitForInput")
    text, spoken = sdk.TextBotUserInputAlternative(), sdk.TextBotUserInputEvent()
    text.transcript = sdk.TextBotTranscript()
    text.transcript.text = "billing"
    spoken.mode, spoken.alternatives = "Text", [text]
    answer = sdk.TextBotFlowTurnRequest()
    answer.input_event_type, answer.input_event_user_input = "UserInput", spoken
    answer.previous_turn = sdk.TextBotTurnReference()
    answer.previous_turn.id = first.id
    last = known(bots.post_textbots_botflows_session_turns(session.id, answer))
    assert (last.next_action_type, last.next_action_exit.reason) == ("Exit", "TriggeredByFlow")
    stale = guest.refusal(lambda: bots.post_textbots_botflows_session_turns(session.id, answer))
    assert stale.status in (400, 409)


@pytest.fixture
def talk(guest: Guest) -> Any:
    """The conversations API of an organisation with one open messaging integration."""
    guest.put_state(openintegrations=[{"id": INTEGRATION, "name": "Example messenger"}])
    return guest.sdk.ConversationsApi(guest.client)


def test_a_message_without_an_agent_is_sent_and_delivered(guest: Guest, talk) -> None:
    message = guest.sdk.SendAgentlessOutboundMessageRequest()
    message.from_address, message.to_address = "+13175550100", "+13175550101"
    message.to_address_messenger_type, message.text_body = "sms", "Thank you."
    sent = known(talk.post_conversations_messages_agentless(message))
    guest.waited(lambda: talk.get_conversations_message_details(sent.id), "delivery-success")
    read = known(talk.get_conversations_message_message(sent.conversation_id, sent.id))
    assert (read.normalized_message.text, read.direction) == ("Thank you.", "outbound")
    assert [receipt.status for receipt in read.normalized_receipts] == ["Sent", "Delivered"]


def test_a_message_that_is_too_long_is_refused(guest: Guest, talk) -> None:
    body = {"fromAddress": "+13175550100", "toAddress": "+13175550101", "toAddressMessengerType": "sms"}
    refused = guest.refusal(lambda: talk.post_conversations_messages_agentless({**body, "textBody": "x" * 766}))
    assert refused.status == 400


def test_a_person_writes_from_outside_and_a_receipt_comes_back(guest: Guest, talk) -> None:
    now = f"{datetime.fromtimestamp(guest.clock.now(), UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    person = {"id": "person-1", "idType": "Opaque"}
    hello = {"channel": {"from": person, "time": now, "messageId": "m-1"}, "text": "Hello"}
    came = known(
        talk.post_conversations_message_inbound_open_message(INTEGRATION, hello, prefetch_conversation_id=True)
    )
    assert (came.text, came.channel.platform) == ("Hello", "Open")
    answer = {"fromAddress": INTEGRATION, "toAddress": "person-1", "toAddressMessengerType": "open", "textBody": "Hi"}
    sent = known(talk.post_conversations_messages_agentless({**answer, "useExistingActiveConversation": True}))
    assert sent.conversation_id == came.conversation_id
    receipt = {"id": sent.id, "status": "Delivered", "channel": {"to": person, "time": now}}
    assert known(talk.post_conversations_message_inbound_open_receipt(INTEGRATION, receipt)).is_final_receipt
    assert known(talk.get_conversations_message_details(sent.id)).status == "delivery-success"
