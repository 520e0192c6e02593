"""UNVERIFIED: the pieces of a compiled MessagingFlow that no real exported flow has shown us.

When a real export turns up, correct the piece here; nothing else in the compiler guesses. `Contains`, which is not
here, is what people are told to write in the vendor's community; no export at hand has it.
"""

from __future__ import annotations

from typing import Any, Final

CHANNEL: Final = "Message.Message.type"
"""UNVERIFIED: the built-in that tells the channel of a message. Written only where `${flow.channel}` is used."""


def starts_with(text: str, start: str) -> str:
    """UNVERIFIED: the function `StartsWith`, beside `Contains`."""
    return f"StartsWith({text}, {start})"


def number(text: str) -> str:
    """UNVERIFIED for decimals: `ToDecimal`; `ToInt` is in real exports and would cut what stands behind the point."""
    return f"ToDecimal({text})"


def forget(slot: str) -> dict[str, Any]:
    """UNVERIFIED: a bot may not ask for a slot that is filled already, so a question that can come again empties it."""
    value = {"exp": "NOT_SET"}
    return {"updateData": {"name": "Forget the answer", "statements": [{"string": {"variable": slot, "value": value}}]}}


ANYTHING: Final[dict[str, Any]] = {"type": "Regex", "restricted": True, "items": [{"value": ".+", "synonyms": []}]}
"""UNVERIFIED: a regular expression that takes any answer; the mechanism is real with narrower ones."""


def choices_of_slot(chooser: dict[str, Any]) -> dict[str, Any]:
    """UNVERIFIED inside: `askForSlot` has a `chooser` in real files; here it has the shape of a digital menu's."""
    return {"chooser": chooser}


EMPTY_INPUT: Final[dict[str, Any]] = {"lit": ""}
"""UNVERIFIED as the input of a bot: real flows hand over `noValue: true` or an expression; an empty text is what
variables of ours begin with."""


def call_bot(name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """UNVERIFIED without inputs: real flows show `none: true` in the place of inputs and outputs of a bot."""
    return {name: {"ver_latestPublished": {"inputs": inputs} if inputs else {"none": True}}}
