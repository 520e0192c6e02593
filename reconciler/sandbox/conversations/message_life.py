"""A message's life: its conversation, its receipts, and how it shows.

A message is queued, sent and delivered as time passes (the job duration in all); one to an open integration waits for
the receipts that the other side posts. UNVERIFIED on the platform: the statuses before the first receipt.
"""

from __future__ import annotations

from typing import Any

from reconciler.sandbox.answers import Json, Reply, bad_request, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso
from reconciler.sandbox.world import World

ROOT = "/api/v2/conversations/messages"
PLATFORMS = {"sms": "Sms", "whatsapp": "Whatsapp", "open": "Open", "webmessaging": "WebMessaging", "apple": "Apple"}
STATUSES = {
    "Sent": "sent",
    "Delivered": "delivery-success",
    "Failed": "delivery-failed",
    "Read": "read",
    "Published": "published",
    "Removed": "removed",
}
REASONS = (
    "MessageExpired", "RateLimited", "MessageNotAllowed", "GeneralError", "UnsupportedMessage", "UnknownMessage",
    "InvalidMessageStructure", "InvalidDestination", "ServerError", "MediaTypeNotAllowed", "InvalidMediaContentLength",
    "RecipientOptedOut", "DataFiltered",
)  # fmt: skip


def new_message(world: World, messenger: str, direction: str, sender: str, to: str) -> Json:
    """Not stored yet, in a conversation of its own."""
    id = world.new_id()
    return {
        "id": id,
        "name": f"{messenger} {id}",
        "timestamp": iso(world.now()),
        "fromAddress": sender,
        "toAddress": to,
        "direction": direction,
        "messengerType": messenger,
        "conversationId": world.new_id(),
    }


def latest(world: World, message: Json) -> Json | None:
    """The newest message between the same two, in either direction."""
    pair = {message["fromAddress"], message["toAddress"]}
    found = [one for one in world.all("messages") if {one["fromAddress"], one["toAddress"]} == pair]
    return found[-1] if found else None


def render(message: Json) -> Json:
    body = {key: value for key, value in message.items() if not key.startswith("_") and key != "name"}
    normal: Json = {"id": message["id"], "channel": _channel(message), "direction": message["direction"].capitalize()}
    normal["type"] = "Text" if message.get("_text") else "Structured"
    if message.get("_text"):
        normal["text"] = message["_text"]
    return {
        **body,
        "selfUri": f"{ROOT}/{message['conversationId']}/messages/{message['id']}",
        "normalizedMessage": normal,
    }


def _channel(message: Json) -> Json:
    return {
        "platform": PLATFORMS[message["messengerType"]],
        "type": "Private",
        "to": {"id": message["toAddress"]},
        "from": {"id": message["fromAddress"]},
        "time": message["timestamp"],
    }


def add_receipt(world: World, stored: Json, status: str, *, final: bool, reasons: list[Any]) -> None:
    message = world.edit(stored)
    receipt: Json = {"id": message["id"], "channel": _channel(message), "type": "Receipt", "status": status}
    receipt |= {"isFinalReceipt": final, "direction": "Outbound"}
    receipt["channel"]["time"] = iso(world.now())
    if reasons:
        receipt["reasons"] = reasons
    message["status"] = STATUSES[status]
    message["normalizedReceipts"] = [*message.get("normalizedReceipts", ()), receipt]
    world.put("messages", message)


def arrive(world: World, key: str) -> None:
    """Timer: the next receipt of a message. One that has failed or was read stays so."""
    id, _, status = key.partition(" ")
    message = world.get("messages", id)
    if message is not None and message["status"] in ("queued", "sent"):
        reasons = (
            [{"code": "GeneralError", "message": "The sandbox was asked to fail it."}] if status == "Failed" else []
        )
        add_receipt(world, message, status, final=status != "Sent", reasons=reasons)


def note(call: Call) -> Reply:
    """Control plane: the recipient did something: `{"message": id, "status": "Read"}`; Failed takes a `reason`."""
    body, world = call.json(), call.world
    message = world.get("messages", str(body.get("message")))
    if message is None or message["direction"] != "outbound":
        raise bad_request("message must be the id of a message that was sent.", "message")
    status, reason = body.get("status"), body.get("reason", "GeneralError")
    if status not in STATUSES or reason not in REASONS:
        raise bad_request(f"status is one of {', '.join(STATUSES)}, reason of {', '.join(REASONS)}.", "status")
    failed = status == "Failed"
    add_receipt(
        world, message, status, final=status in ("Read", "Failed"), reasons=[{"code": reason}] if failed else []
    )
    return ok(render(world.state["messages"][message["id"]]), status=201)


def endpoints() -> list[Endpoint]:
    """The part of the control plane that lets a recipient read a message, or refuse it."""
    return [Endpoint("POST", "/_sandbox/receipts", note, open=True)]


TIMERS = {"message": arrive}
