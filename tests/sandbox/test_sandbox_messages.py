"""Messages without an agent and from outside: what is refused, and how receipts tell what became of them."""

from __future__ import annotations

import pytest
from sandbox_samples import JOB_SECONDS, Platform

from reconciler.sandbox.clock import iso

ROOT = "/api/v2/conversations/messages"
INTEGRATION = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def platform(platform: Platform) -> Platform:
    """With one open messaging integration."""
    platform.set_state(openintegrations=[{"id": INTEGRATION, "name": "Example messenger"}])
    return platform


def sms(**more) -> dict:
    body = {"fromAddress": "+13175550100", "toAddress": "+13175550101", "toAddressMessengerType": "sms"}
    return {**body, "textBody": "Thank you.", **more}


def to_open(**more) -> dict:
    return sms(fromAddress=INTEGRATION, toAddress="person-1", toAddressMessengerType="open", **more)


def sent(platform: Platform, body: dict) -> dict:
    return platform.post(f"{ROOT}/agentless", body)


def details(platform: Platform, id: str) -> dict:
    return platform.get(f"{ROOT}/{id}/details")


def inbound(platform: Platform, text: str = "Hello", **more) -> dict:
    sender = {"id": "person-1", "idType": "Opaque", "nickname": "P"}
    channel = {"from": sender, "time": iso(platform.clock.now()), "messageId": "m-1"}
    return {"channel": channel, "text": text, **more}


def receipt(platform: Platform, id: str, status: str, **more) -> dict:
    channel = {"to": {"id": "person-1", "idType": "Opaque"}, "time": iso(platform.clock.now())}
    return {"id": id, "channel": channel, "status": status, **more}


def test_a_message_is_queued_sent_and_delivered(platform: Platform) -> None:
    answer = sent(platform, sms())
    assert (answer["messengerType"], answer["useExistingActiveConversation"]) == ("sms", False)
    states = []
    for _ in range(3):
        states.append(details(platform, answer["id"])["status"])
        platform.clock.advance(JOB_SECONDS / 2)
    assert states == ["queued", "sent", "delivery-success"]
    message = platform.get(f"{ROOT}/{answer['conversationId']}/messages/{answer['id']}")
    assert [(one["status"], one["isFinalReceipt"]) for one in message["normalizedReceipts"]] == [
        ("Sent", False),
        ("Delivered", True),
    ]
    assert message["normalizedMessage"]["text"] == "Thank you."
    assert message["selfUri"] == answer["selfUri"]


def test_a_message_fails_when_a_fault_says_so(platform: Platform) -> None:
    platform.fault(method="POST", path=f"{ROOT}/agentless", fault="job_failure")
    id = sent(platform, sms())["id"]
    platform.clock.advance(JOB_SECONDS)
    message = details(platform, id)
    assert message["status"] == "delivery-failed"
    assert message["normalizedReceipts"][-1]["reasons"][0]["code"] == "GeneralError"


def test_a_recipient_reads_it(platform: Platform) -> None:
    id = sent(platform, sms())["id"]
    platform.clock.advance(JOB_SECONDS)
    platform.post("/_sandbox/receipts", {"message": id, "status": "Read"})
    assert details(platform, id)["status"] == "read"
    assert platform.refusal("POST", "/_sandbox/receipts", {"message": "x", "status": "Read"}) == (400, "bad.request")
    assert platform.refusal("POST", "/_sandbox/receipts", {"message": id, "status": "Seen"}) == (400, "bad.request")


def test_a_message_joins_the_conversation_of_the_two_when_asked(platform: Platform) -> None:
    first = sent(platform, sms())
    assert sent(platform, sms())["conversationId"] != first["conversationId"]
    last = sent(platform, sms())
    joined = sent(platform, sms(useExistingActiveConversation=True))
    assert joined["conversationId"] == last["conversationId"]
    assert joined["selfUri"] == f"{ROOT}/{last['conversationId']}/messages/{joined['id']}"


@pytest.mark.parametrize(
    "body",
    [
        sms(textBody="x" * 766),
        sms(textBody=""),
        sms(fromAddress=""),
        sms(toAddress=None),
        sms(toAddress="0317 5550101"),
        sms(toAddressMessengerType="fax"),
        sms(messagingTemplate={"responseId": "r"}),
        sms(colour="red"),
        to_open(textBody="x" * 2001),
        to_open() | {"fromAddress": "nobody"},
        sms(toAddressMessengerType="whatsapp"),
        sms(toAddressMessengerType="webmessaging"),
        sms(toAddressMessengerType="apple", externalContactId="c-1"),
    ],
)
def test_a_message_that_the_platform_refuses_is_refused(platform: Platform, body: dict) -> None:
    body = {key: value for key, value in body.items() if value is not None}
    assert platform.refusal("POST", f"{ROOT}/agentless", body)[0] == 400
    assert platform.state()["messages"] == {}


def test_texts_may_be_as_long_as_the_messenger_takes(platform: Platform) -> None:
    sent(platform, sms(textBody="x" * 765))
    sent(platform, to_open(textBody="x" * 2000))


def test_receipts_from_outside_tell_of_open_messages(platform: Platform) -> None:
    id = sent(platform, to_open())["id"]
    platform.clock.advance(JOB_SECONDS * 10)
    assert details(platform, id)["status"] == "queued"
    path = f"{ROOT}/{INTEGRATION}/inbound/open/receipt"
    answer = platform.post(path, receipt(platform, id, "Delivered"))
    assert (answer["type"], answer["isFinalReceipt"], answer["direction"]) == ("Receipt", True, "Outbound")
    assert details(platform, id)["status"] == "delivery-success"
    platform.post(path, receipt(platform, id, "Failed", reasons=[{"code": "RecipientOptedOut"}]))
    assert details(platform, id)["normalizedReceipts"][-1]["reasons"] == [{"code": "RecipientOptedOut"}]
    assert platform.refusal("POST", path, receipt(platform, id, "Read")) == (400, "invalid.value")
    reasons = [{"code": "GeneralError"}]
    assert platform.refusal("POST", path, receipt(platform, id, "Sent", reasons=reasons)) == (400, "bad.request")
    wrong = receipt(platform, id, "Failed", reasons=[{"code": "Bored"}])
    assert platform.refusal("POST", path, wrong) == (400, "invalid.value")
    assert platform.refusal("POST", path, receipt(platform, "x", "Sent")) == (404, "not.found")


def test_a_message_from_outside_starts_a_conversation_and_goes_on_with_it(platform: Platform) -> None:
    path = f"{ROOT}/{INTEGRATION}/inbound/open/message"
    first = platform.post(path, inbound(platform), prefetchConversationId="true")
    assert (first["type"], first["text"], first["channel"]["platform"]) == ("Text", "Hello", "Open")
    second = platform.post(path, inbound(platform, "Again"), prefetchConversationId="true")
    assert second["conversationId"] == first["conversationId"]
    assert "conversationId" not in platform.post(path, inbound(platform))
    kept = details(platform, first["id"])
    assert (kept["direction"], kept["status"], kept["providerMessageId"]) == ("inbound", "received", "m-1")
    answer = sent(platform, to_open(useExistingActiveConversation=True))
    assert answer["conversationId"] == first["conversationId"]


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"channel": None},
        {"channel": {"from": {"id": "person-1", "idType": "Opaque"}}},
        {"channel": {"from": {"id": "person-1", "idType": "Passport"}, "time": "2026-03-02T12:00:00Z"}},
        {"channel": {"from": {"idType": "Opaque"}, "time": "2026-03-02T12:00:00Z"}},
    ],
)
def test_a_message_from_outside_with_a_mistake_is_refused(platform: Platform, change: dict) -> None:
    path = f"{ROOT}/{INTEGRATION}/inbound/open/message"
    assert platform.refusal("POST", path, inbound(platform) | change)[0] == 400


def test_what_is_not_there_is_not_found(platform: Platform) -> None:
    path = f"{ROOT}/nothing/inbound/open/message"
    assert platform.refusal("POST", path, inbound(platform)) == (404, "not.found")
    assert platform.refusal("GET", f"{ROOT}/nothing/details") == (404, "not.found")
    id = sent(platform, sms())["id"]
    assert platform.refusal("GET", f"{ROOT}/another/messages/{id}") == (404, "not.found")


def test_messages_need_their_permissions(platform: Platform) -> None:
    platform.set_state(clients=[{"id": "ci", "secret": "s", "permissions": ["architect:*:*"]}])
    platform.login("ci")
    assert platform.refusal("POST", f"{ROOT}/agentless", sms()) == (403, "missing.permissions")
    path = f"{ROOT}/{INTEGRATION}/inbound/open/message"
    assert platform.refusal("POST", path, inbound(platform)) == (403, "missing.permissions")
