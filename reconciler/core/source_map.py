"""From what the platform says of a compiled flow to the line that a person wrote. Pure.

The platform's messages are free text that names parts of the flow: a queue, a menu, a choice, a task, in quotes or in
the brackets of a reference. The most specific part that a message names decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconciler.model.problem import Location
from reconciler.model.resource import Desired


def told(message: str, want: Desired | None) -> str:
    """The message, with the place in the manifest behind it where one can be told."""
    place = where(message, want) if want is not None else None
    return f"{message} See {place}." if place is not None else message


def where(message: str, want: Desired) -> Location | None:
    """The place that a message about the compiled flow means; None when it names nothing we know."""
    if not want.places:
        return None
    names = frozenset(_named(message))
    for external in want.externals:
        if external.name in names and not any(external.name in parts for parts in want.places):
            return external.location
    found = {parts: place for parts, place in want.places.items() if names.issuperset(parts)}
    return found[max(found, key=lambda parts: (len(parts), parts))] if found else None


def _named(message: str) -> Iterator[str]:
    """Everything that stands in quotes or brackets."""
    for pattern in (r"'([^']+)'", r'"([^"]+)"', r"\[([^\[\]]+)\]"):
        yield from re.findall(pattern, message)
