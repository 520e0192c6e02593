"""Who a resource is: its natural key here, its id on the platform.

Objects pair by the platform id we remember first, then by natural key. A flow's key includes its type because the
platform keeps flow names unique per type only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

RemoteId = NewType("RemoteId", str)
"""The platform's id of an object (a UUID in text)."""

OpId = NewType("OpId", str)
"""Our id of one attempted change; audit entries and events carry it and it is never reused."""

PROMPT = "Prompt"
FLOW = "Flow"
CALL_ROUTE = "CallRoute"


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Natural key of a resource: kind, name, and for flows the Archy root key as type (`inboundCall`)."""

    kind: str
    name: str
    type: str = ""

    # Each pass looks up every object many times; what a dataclass writes for itself builds tuples each time.
    def __hash__(self) -> int:
        return hash(self.name)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Key):
            return NotImplemented
        return self.name == other.name and self.kind == other.kind and self.type == other.type

    def __str__(self) -> str:
        """The form people type and read: `Prompt/main_menu_welcome`, `Flow/Main IVR`."""
        return f"{self.kind}/{self.name}"

    @property
    def parts(self) -> tuple[str, str, str]:
        """The same order as the key itself, for sorting many of them fast."""
        return self.kind, self.name, self.type

    @property
    def label(self) -> str:
        """Like `str`, with the flow type where there is one: `Flow/Main IVR (inboundCall)`."""
        return f"{self} ({self.type})" if self.type else str(self)


def prompt(name: str) -> Key:
    return Key(PROMPT, name)


def flow(type: str, name: str) -> Key:
    return Key(FLOW, name, type)


def call_route(name: str) -> Key:
    return Key(CALL_ROUTE, name)
