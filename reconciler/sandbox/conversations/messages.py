"""Agentless messages, and reading what became of a message [SDK 269].

UNVERIFIED on the platform: codes of refusals, and the permission to read a message (here none).
"""

from __future__ import annotations

import re

from reconciler.sandbox.answers import Json, Reply, bad_request, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.conversations.message_life import PLATFORMS, ROOT, latest, new_message, render
from reconciler.sandbox.world import World

CREATE = ("conversation:message:create",)
TEXT_MAX = {"sms": 765}
TEXT_MAX_ELSEWHERE = 2000
CONTACTS = ("webmessaging", "sms", "open")
FIELDS = (
    "fromAddress", "toAddress", "externalContactId", "toAddressMessengerType", "textBody", "messagingTemplate",
    "useExistingActiveConversation",
)  # fmt: skip
_E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)
_E164 = re.compile(r"\+[1-9][0-9]{1,14}", re.ASCII)


def send(call: Call) -> Reply:
    """An agentless message. Raises ApiError 400 for what the platform refuses."""
    body, world = call.json(), call.world
    messenger = _checked(world, body)
    to = str(body.get("toAddress") or body.get("externalContactId"))
    message = new_message(world, messenger, "outbound", str(body["fromAddress"]), to)
    if body.get("useExistingActiveConversation") and (before := latest(world, message)):
        message["conversationId"] = before["conversationId"]
    message |= {"status": "queued", "_text": body.get("textBody"), "normalizedReceipts": []}
    world.put_passing("messages", message)
    fails = call.fault is not None and call.fault.kind == "job_failure"
    half = world.options.job_duration_seconds / 2
    if messenger != "open":
        world.after(half, "message", f"{message['id']} Sent")
        world.after(2 * half, "message", f"{message['id']} {'Failed' if fails else 'Delivered'}")
    shown = render(message)
    answer = {key: shown[key] for key in ("id", "conversationId", "fromAddress", "toAddress", "timestamp", "selfUri")}
    joins = bool(body.get("useExistingActiveConversation"))
    answer |= {"messengerType": messenger, "message": shown, "useExistingActiveConversation": joins}
    return ok(answer, status=202)


def _checked(world: World, body: Json) -> str:
    """The messenger of a message that may be sent."""
    if unknown := sorted(set(body) - set(FIELDS)):
        raise bad_request(f"There is no field {unknown[0]}.", unknown[0])
    messenger, text, template = body.get("toAddressMessengerType"), body.get("textBody"), body.get("messagingTemplate")
    if messenger not in PLATFORMS:
        raise bad_request(
            f"toAddressMessengerType must be one of {', '.join(PLATFORMS)}.",
            "toAddressMessengerType",
            code="invalid.value",
        )
    if not body.get("fromAddress"):
        raise bad_request("fromAddress is required.", "fromAddress")
    if bool(text) == bool(template):
        raise bad_request("A message has a textBody or a messagingTemplate.", "textBody")
    if messenger == "whatsapp" and not template:
        raise bad_request("messagingTemplate is required for whatsapp.", "messagingTemplate")
    if messenger == "sms" and not text:
        raise bad_request("textBody is required for sms.", "textBody")
    limit = TEXT_MAX.get(messenger, TEXT_MAX_ELSEWHERE)
    if text and (not isinstance(text, str) or len(text) > limit):
        raise bad_request(f"textBody must be text of at most {limit} characters for {messenger}.", "textBody")
    _addressed(world, messenger, body)
    return str(messenger)


def _addressed(world: World, messenger: str, body: Json) -> None:
    to, contact = body.get("toAddress"), body.get("externalContactId")
    if messenger == "webmessaging" and not contact:
        raise bad_request("externalContactId is required for webmessaging.", "externalContactId")
    if contact and messenger not in CONTACTS:
        raise bad_request(f"externalContactId is for {', '.join(CONTACTS)} only.", "externalContactId")
    if not to and not contact:
        raise bad_request("toAddress or externalContactId is required.", "toAddress")
    if messenger == "sms" and to and not _E164.fullmatch(str(to)):
        raise bad_request(f"toAddress {to} is not in E.164 format.", "toAddress", code="invalid.value")
    if messenger == "open" and world.get("openintegrations", str(body["fromAddress"])) is None:
        raise bad_request("fromAddress must be the id of an open messaging integration.", "fromAddress")


def details(call: Call) -> Reply:
    return ok(render(_find(call)))


def of_conversation(call: Call) -> Reply:
    message = _find(call)
    if message["conversationId"] != call.params["conversationId"]:
        raise not_found("not.found", "a message of this conversation", message["id"])
    return ok(render(message))


def _find(call: Call) -> Json:
    message = call.world.get("messages", call.params["messageId"])
    if message is None:
        raise not_found("not.found", "a message", call.params["messageId"])
    return message


ENDPOINTS = [
    Endpoint("POST", f"{ROOT}/agentless", send, CREATE),
    Endpoint("GET", f"{ROOT}/{{messageId}}/details", details),
    Endpoint("GET", f"{ROOT}/{{conversationId}}/messages/{{messageId}}", of_conversation),
]
