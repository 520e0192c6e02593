"""Open messaging from outside: a person's message, and receipts for what we sent there [SDK 269].

Integrations are part of the state (`openintegrations`). UNVERIFIED on the platform: codes of refusals, and how a
receipt for an unknown message is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.sandbox.answers import Json, Reply, bad_request, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso, parse_iso
from reconciler.sandbox.conversations.message_life import REASONS, ROOT, add_receipt, latest, new_message

RECEIVE = ("conversation:message:receive",)
ID_TYPES = ("Email", "Phone", "Opaque")
OPEN_STATUSES = ("Sent", "Delivered", "Failed", "Published", "Removed")
"""What a receipt from outside may say: reading is not among it."""


def receive(call: Call) -> Reply:
    """A message from outside, for an open messaging integration."""
    body, world, integration = call.json(), call.world, _integration(call)
    prefetch = call.query.flag("prefetchConversationId", default=False)
    channel = body.get("channel")
    if not isinstance(channel, dict):
        raise bad_request("channel is required.", "channel")
    sender, moment = _person(channel.get("from"), "from"), _moment(channel)
    if not body.get("text") and not body.get("content"):
        raise bad_request("A message needs text or content.", "text")
    message = new_message(world, "open", "inbound", str(sender["id"]), integration["id"])
    if before := latest(world, message):
        message["conversationId"] = before["conversationId"]
    message |= {"status": "received", "_text": body.get("text"), "timestamp": iso(moment)}
    if channel.get("messageId"):
        message["providerMessageId"] = str(channel["messageId"])
    world.put_passing("messages", message)
    shown: Json = {"id": integration["id"], "platform": "Open", "type": "Private", "time": iso(moment), "from": sender}
    shown |= {"to": {"id": integration["id"]}}
    shown |= {key: channel[key] for key in ("messageId", "metadata") if channel.get(key)}
    answer: Json = {"id": message["id"], "channel": shown, "type": "Text"}
    answer |= {key: body[key] for key in ("text", "content", "metadata") if body.get(key)}
    if prefetch:
        answer["conversationId"] = message["conversationId"]
    return ok(answer)


def receive_receipt(call: Call) -> Reply:
    """A receipt from outside for a message that went to an open messaging integration."""
    body, world, integration = call.json(), call.world, _integration(call)
    message = world.get("messages", str(body.get("id")))
    if message is None or integration["id"] not in (message["fromAddress"], message["toAddress"]):
        raise not_found("not.found", "a message", str(body.get("id")))
    status, reasons, channel = body.get("status"), body.get("reasons") or [], body.get("channel")
    if status not in OPEN_STATUSES:
        raise bad_request(f"status must be one of {', '.join(OPEN_STATUSES)}.", "status", code="invalid.value")
    if reasons and status != "Failed":
        raise bad_request("reasons go with the status Failed.", "reasons")
    if not all(isinstance(one, dict) and one.get("code") in REASONS for one in reasons):
        raise bad_request(f"the code of a reason must be one of {', '.join(REASONS)}.", "reasons", code="invalid.value")
    if not isinstance(channel, dict):
        raise bad_request("channel is required.", "channel")
    recipient, moment = _person(channel.get("to"), "to"), _moment(channel)
    final = bool(body.get("isFinalReceipt", status in ("Delivered", "Failed")))
    add_receipt(world, message, status, final=final, reasons=reasons)
    shown = {"id": integration["id"], "platform": "Open", "type": "Private", "time": iso(moment), "to": recipient}
    answer: Json = {"id": message["id"], "channel": shown, "type": "Receipt", "status": status, "isFinalReceipt": final}
    return ok({**answer, "direction": "Outbound", **({"reasons": reasons} if reasons else {})})


def _integration(call: Call) -> Json:
    integration = call.world.get("openintegrations", call.params["integrationId"])
    if integration is None:
        raise not_found("not.found", "an open messaging integration", call.params["integrationId"])
    return integration


def _person(value: Any, field: str) -> Mapping[str, Any]:
    if not isinstance(value, dict) or not value.get("id") or value.get("idType") not in ID_TYPES:
        raise bad_request(f"channel.{field} needs an id and an idType out of {', '.join(ID_TYPES)}.", field)
    return value


def _moment(channel: Json) -> float:
    try:
        return parse_iso(str(channel.get("time")))
    except ValueError as reason:
        raise bad_request("channel.time must be an ISO-8601 date-time.", "time", code="invalid.date") from reason


ENDPOINTS = [
    Endpoint("POST", f"{ROOT}/{{integrationId}}/inbound/open/message", receive, RECEIVE),
    Endpoint("POST", f"{ROOT}/{{integrationId}}/inbound/open/receipt", receive_receipt, RECEIVE),
]
