"""From what the platform says of a compiled flow to the line that a person wrote. Pure.

The platform's messages are free text that names parts of the flow: a queue, a menu, a choice, a task, in quotes or in
the brackets of a reference. The most specific part that a message names decides. A simulation knows the names on
the way to each of its steps instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

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


def written_at(names: Sequence[str], want: Desired) -> Location | None:
    """The place of an element of the compiled flow, by the names on the way to it from the outside in. The most
    specific part on that way decides; None when the outermost one is not known."""
    found = {parts: last for parts in want.places if (last := _last_of(parts, names)) is not None}
    return want.places[max(found, key=lambda parts: (len(parts), found[parts]))] if found else None


def _last_of(parts: tuple[str, ...], names: Sequence[str]) -> int | None:
    """Where among the names the last of the parts is; None when they are not all there, in order, the first at once."""
    if not parts or list(parts[:1]) != list(names[:1]):
        return None
    place = 0
    for part in parts[1:]:
        place = next((number for number in range(place + 1, len(names)) if names[number] == part), -1)
        if place < 0:
            return None
    return place


def _named(message: str) -> Iterator[str]:
    """Everything that stands in quotes or brackets."""
    for pattern in (r"'([^']+)'", r'"([^"]+)"', r"\[([^\[\]]+)\]"):
        yield from re.findall(pattern, message)
