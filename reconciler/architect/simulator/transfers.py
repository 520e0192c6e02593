"""Transfers: where they go, what is heard, what follows when they fail; and what follows when anything breaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.architect.defaults import ERROR_AUDIO
from reconciler.architect.flow import CALL_TYPES
from reconciler.architect.simulator import unverified, values
from reconciler.architect.simulator.caller import Caller
from reconciler.architect.simulator.expression import Value
from reconciler.architect.simulator.program import title
from reconciler.architect.simulator.state import ERROR, Oracle
from reconciler.architect.simulator.trace import Ending, EventKind, Outcome
from reconciler.architect.walk import Item

TARGETS: Final[Mapping[str, tuple[Ending, str]]] = {
    "transferToAcd": (Ending.QUEUE, "targetQueue"),
    "transferToFlow": (Ending.FLOW, "targetFlow"),
    "transferToFlowSecure": (Ending.FLOW, "targetFlow"),
    "transferToNumber": (Ending.NUMBER, "targetNumber"),
    "transferToUser": (Ending.USER, "targetUser"),
    "transferToGroup": (Ending.GROUP, "targetGroup"),
    "transferToVoicemail": (Ending.VOICEMAIL, "destination"),
}
FLOW_TYPES: Final[Mapping[str, str]] = {"transferToFlow": "inboundCall", "transferToFlowSecure": "secureCall"}
"""Two flows of different types may have one name, so the action says which is meant."""


def plain(tag: str) -> str:
    """`transferToAcd` for the choice `menuTransferToAcd`."""
    return tag[4:5].lower() + tag[5:] if tag.startswith("menu") else tag


def target_of(item: Item, known: Mapping[str, Value]) -> Outcome:
    """Where a transfer goes."""
    ending, field = TARGETS[plain(item.tag)]
    value = item.body.get(field)
    if ending is Ending.NUMBER:
        return Outcome(ending, values.number(value, known), item.path)
    if ending is Ending.VOICEMAIL and isinstance(value, Mapping):
        for owner, inner in (("queue", "targetQueue"), ("user", "targetUser"), ("group", "targetGroup")):
            if isinstance(value.get(owner), Mapping):
                return Outcome(ending, values.name(value[owner].get(inner)), item.path, owner=owner)
    return Outcome(ending, values.name(value), item.path, type=FLOW_TYPES.get(plain(item.tag), ""))


def begin(caller: Caller, item: Item) -> None:
    for field in ("preTransferAudio", "preTransferCommunication"):
        caller.hear(item.body.get(field), (*item.path, field))
    target = target_of(item, caller.memory)
    if caller.program.flow.type not in CALL_TYPES and item.tag == "transferToAcd":
        caller.end(target)  # outside calls a transfer to a queue ends the flow
    else:
        caller.ask(Oracle(item.path, item.tag, title(item), ("success", "failure"), target.name, target.kind.value))


def settle(caller: Caller, item: Item, answer: str) -> None:
    if answer != "failure":
        caller.end(target_of(item, caller.memory))
        return
    caller.tell(EventKind.DOES, item, "failure")
    for field in ("failureTransferAudio", "failureTransferCommunication"):
        caller.hear(item.body.get(field), (*item.path, field))
    if not item.tag.startswith("menu"):
        caller.take(item, "failure", quiet=True)
    elif caller.menu is not None:
        caller.assume(unverified.FAILED_CHOICE)
        caller.enter_menu(caller.program.menus[caller.menu])


def break_off(caller: Caller, item: Item) -> None:
    """The flow's error handling, after its audio."""
    type_ = caller.program.flow.type
    settings = caller.program.value_at((type_, "settingsErrorHandling"))
    block = settings if isinstance(settings, Mapping) else {}
    default = (ERROR_AUDIO, {"disconnect": {"none": True}}) if type_ in CALL_TYPES else (None, {})
    caller.tell(EventKind.DOES, item, ERROR)
    caller.hear(block.get("preHandlingAudio", default[0]), (type_, "settingsErrorHandling"))
    handling = block.get("errorHandling", default[1])
    queue = handling.get("queue") if isinstance(handling, Mapping) else None
    if isinstance(queue, Mapping):
        caller.end(Outcome(Ending.QUEUE, values.name(queue.get("targetQueue")), item.path, "error handling"))
    elif isinstance(handling, Mapping) and "disconnect" in handling:
        caller.end(Outcome(Ending.HANGUP, path=item.path, reason=f"error handling of {title(item)}: disconnect"))
    else:
        how = ", ".join(map(str, handling)) if isinstance(handling, Mapping) and handling else "not written"
        caller.end(Outcome(Ending.ERROR, title(item), item.path, f"error handling: {how}"))
