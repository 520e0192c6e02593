"""Messages without an agent, messages from outside, and what became of them: one function per endpoint [SDK 269].

Sending needs `conversation:message:create`, messages and receipts from outside `conversation:message:receive`; which
permission reading a message needs is UNVERIFIED, its refusal names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.call import BeforeSend
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place
from reconciler.model import moment

AGENTLESS = "/api/v2/conversations/messages/agentless"
DETAILS = "/api/v2/conversations/messages/{messageId}/details"
OPEN_MESSAGE = "/api/v2/conversations/messages/{integrationId}/inbound/open/message"
OPEN_RECEIPT = "/api/v2/conversations/messages/{integrationId}/inbound/open/receipt"

SMS_TEXT_MAX = 765
TEXT_MAX = 2000
"""Characters of a text [SDK 269]."""


class Messenger(StrEnum):
    SMS = "sms"
    WHATSAPP = "whatsapp"
    OPEN = "open"
    WEB_MESSAGING = "webmessaging"
    APPLE = "apple"

    @property
    def text_max(self) -> int:
        return SMS_TEXT_MAX if self is Messenger.SMS else TEXT_MAX


@dataclass(frozen=True, slots=True)
class Template:
    """A canned response of the organisation with its parameters, for messengers that take templates only."""

    response_id: str
    body_parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What to send. `sender` is a phone number for SMS, a deployment's id for web messaging, else the integration's id.

    `to` is an address of the messenger; web messaging wants an external contact's id instead. Text or template.
    """

    messenger: Messenger
    sender: str
    to: str | None = None
    external_contact_id: str | None = None
    text: str | None = None
    template: Template | None = None
    joins_conversation: bool = False
    """Goes into a conversation that is under way between the two, if there is one."""

    def body(self) -> dict[str, Any]:
        template = self.template
        fields = {
            "fromAddress": self.sender,
            "toAddressMessengerType": self.messenger.value,
            "toAddress": self.to,
            "externalContactId": self.external_contact_id,
            "textBody": self.text,
            "messagingTemplate": None if template is None else _template(template),
            "useExistingActiveConversation": self.joins_conversation,
        }
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Sent:
    id: str
    conversation_id: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """`status` is Sent, Delivered, Read, Failed, Published or Removed; `reasons` are codes with their texts."""

    status: str
    at: str
    is_final: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a message. `status` is queued, sent, failed, received, delivery-success, delivery-failed, read,
    removed or published."""

    status: str
    receipts: tuple[Receipt, ...]


async def send(client: Client, message: Outgoing, *, before_send: BeforeSend | None = None) -> Sent:
    """Send once: a message is never resent blindly. Raises Rejected, and AmbiguousError without an answer."""
    body = await client.request(
        "POST",
        AGENTLESS,
        effect=Effect.WRITE,
        json=message.body(),
        needs=("id", "conversationId"),
        before_send=before_send,
    )
    return Sent(str(body["id"]), str(body["conversationId"]))


async def fate(client: Client, id: str) -> Fate:
    """How far the message has come. Raises NotFound."""
    place = Place("GET", DETAILS)
    body = bodies.row(await client.get(DETAILS, path={"messageId": id}), place)
    receipts = bodies.parts(body, "normalizedReceipts", place)
    return Fate(bodies.text(body, "status", place), tuple(_receipt(one, place) for one in receipts))


async def receive(
    client: Client, integration_id: str, *, sender: str, text: str, at: datetime, message_id: str
) -> Sent:
    """Hand a person's message to an open messaging integration, as its other side does; `sender` is an opaque id.

    Sends once, for it may start a conversation.
    """
    channel = {"from": {"id": sender, "idType": "Opaque"}, "time": moment.text(at), "messageId": message_id}
    body = await client.request(
        "POST",
        OPEN_MESSAGE,
        effect=Effect.WRITE,
        path={"integrationId": integration_id},
        query={"prefetchConversationId": True},
        json={"channel": channel, "text": text},
        needs=("id",),
    )
    return Sent(str(body["id"]), bodies.optional_text(body, "conversationId"))


async def acknowledge(
    client: Client, integration_id: str, *, message_id: str, recipient: str, at: datetime, failure: str | None = None
) -> None:
    """Tell an open messaging integration that its message was delivered, or failed for a documented reason's code."""
    body: dict[str, Any] = {
        "id": message_id,
        "channel": {"to": {"id": recipient, "idType": "Opaque"}, "time": moment.text(at)},
        "status": "Delivered" if failure is None else "Failed",
        "isFinalReceipt": True,
    }
    if failure is not None:
        body["reasons"] = [{"code": failure}]
    await client.request("POST", OPEN_RECEIPT, effect=Effect.WRITE, path={"integrationId": integration_id}, json=body)


def _template(template: Template) -> dict[str, Any]:
    parameters = [{"id": name, "value": value} for name, value in template.body_parameters.items()]
    return {"responseId": template.response_id, "bodyParameters": parameters}


def _receipt(body: Row, place: Place) -> Receipt:
    reasons = bodies.parts(body, "reasons", place)
    texts = (f"{bodies.optional_text(one, 'code')}: {bodies.optional_text(one, 'message')}" for one in reasons)
    return Receipt(
        status=bodies.optional_text(body, "status"),
        at=bodies.optional_text(bodies.part(body, "channel") or {}, "time"),
        is_final=body.get("isFinalReceipt") is True,
        reasons=tuple(text.removesuffix(": ") for text in texts),
    )
