"""Variables that a person gives to a simulation: which of a flow's are meant, and which are none. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from reconciler.architect import expressions, walk
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.simulator.expression import Value
from reconciler.architect.simulator.program import VARIABLES
from reconciler.architect.simulator.wording import cut, quoted
from reconciler.documents.nearest import nearest

_OWN: Final = "Flow."
"""Scope of the variables that people write without one."""
BUILT_IN: Final = (
    "Call.Ani",
    "Call.ConversationId",
    "Call.EstimatedWaitTime",
    "Call.PositionInQueue",
    "Message.ConversationId",
    "Message.Message.body",
    "Message.Message.senderAddress",
    "Message.Message.type",
    "Chat.Guest.customFields",
    "Email.Message.body",
    "Email.Message.subject",
)
"""What the platform tells every flow [real exports]; giving one that nothing reads does no harm. The type of a message:
UNVERIFIED."""
_CONTACT: Final = "call.contact."


def names(flow: ArchyFlow) -> Iterator[str]:
    """Every variable that the flow declares, reads or writes."""
    for entry in flow.entries:
        if entry.key in VARIABLES and isinstance(entry.value, list):
            yield from (item.name for item in walk.tagged(entry.value, entry.path) if item.name)
        elif type(entry.value) is str and entry.key == "exp":
            yield from expressions.variables(entry.value)
        elif type(entry.value) is str and entry.key in ("var", "variable"):
            yield entry.value


def settled(given: Mapping[str, Value], known: Iterable[str]) -> tuple[dict[str, Value], tuple[str, ...]]:
    """The given variables by their whole names, and a sentence for each that nothing reads or declares
    or that is there twice."""
    whole = {**{name.lower(): name for name in BUILT_IN}, **{name.lower(): name for name in known}}
    found: dict[str, Value] = {}
    first: dict[str, str] = {}
    complaints: list[str] = []
    for name, value in given.items():
        full = name if "." in name else f"{_OWN}{name}"
        found[full] = value
        other = first.setdefault(full.lower(), name)
        if other != name:
            complaints.append(f"{quoted(other)} and {quoted(name)} are one variable, give it once")
        if full.lower() not in whole and not full.lower().startswith(_CONTACT):
            complaints.append(f"nothing reads or declares the variable {quoted(name)}{_hint(name, whole.values())}")
    return found, tuple(complaints)


def _hint(name: str, known: Iterable[str]) -> str:
    """The name somebody probably meant, written like theirs."""
    if "." not in name:
        known = [one.removeprefix(_OWN) for one in known if one.startswith(_OWN)]
    guess = nearest(name, known)
    return f", the nearest is {cut(guess)}" if guess else ""
