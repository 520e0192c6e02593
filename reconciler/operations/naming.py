"""How a person names an object on the command line: `Kind/name`, the kind in any case."""

from __future__ import annotations

from reconciler.errors import UsageError
from reconciler.model.identity import CALL_ROUTE, FLOW, PROMPT, Key

MENU = "Menu"
MESSAGING_FLOW = "MessagingFlow"
"""These two are not on the platform; whoever names one means everything the manifest expands into."""
_KINDS = {kind.lower(): kind for kind in (PROMPT, FLOW, CALL_ROUTE, MENU, MESSAGING_FLOW)}


def key_of(text: str) -> Key:
    """The key that is meant, flows of every type by a key without one. Raises UsageError for anything else."""
    kind, slash, name = text.partition("/")
    if not slash or not name or kind.lower() not in _KINDS:
        raise UsageError(f"Write {text!r} as Kind/name, with the kind one of {', '.join(_KINDS.values())}.")
    return Key(_KINDS[kind.lower()], name)
