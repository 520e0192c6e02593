"""Going through an Archy document without knowing every action.

Relies on one rule of the language: a list of objects holds one-key mappings whose key is the item's type ("tagged").
So unknown actions are opaque but still walked, and new ones cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

Path = tuple[str | int, ...]
Trail = tuple[Any, ...]
"""A path as a chain: `()`, or the chain before and the last step."""

TAGGED_LISTS: Final = frozenset(
    {"menus", "tasks", "states", "bots", "choices", "actions", "startUpTaskActions", "cases", "variables"}
)
"""Lists whose items must be tagged whatever surrounds them."""

USER_KEYED: Final = frozenset({"inputs", "successOutputs", "failureOutputs", "foundOutputs"})
"""Mappings whose keys are names chosen by somebody else (fields of a data action, variables of a bot): their keys say
nothing about the language."""


class Entry(NamedTuple):
    """One key of one mapping. `holder` is the mapping, `parent` the key that leads to the holder; `named_by_user` tells
    that the key is not a word of the language. `trail` is the path as a chain, cheap to make and to keep."""

    trail: Trail
    holder: Mapping[str, Any]
    parent: str
    key: str
    value: Any
    named_by_user: bool

    @property
    def path(self) -> Path:
        """Leads to the value."""
        return unrolled(self.trail)


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a tagged list. `path` leads to its body, `within` to the list."""

    path: Path
    within: Path
    tag: str
    body: Mapping[str, Any]

    @property
    def ref_id(self) -> str | None:
        value = self.body.get("refId")
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None

    @property
    def name(self) -> str | None:
        value = self.body.get("name")
        return value if isinstance(value, str) else None


def entries(value: Any, path: Path = (), parent: str = "") -> list[Entry]:
    """Every key of every mapping below `value`, in the order of the document, parents first."""
    trail: Trail = ()
    for step in path:
        trail = (trail, step)
    found: list[Entry] = []
    _collect(value, trail, parent, found)
    return found


def _collect(value: Any, trail: Trail, parent: str, found: list[Entry]) -> None:
    if type(value) is dict or isinstance(value, Mapping):
        named_by_user = parent in USER_KEYED
        for key, item in value.items():
            here = (trail, key)
            found.append(Entry(here, value, parent, key, item, named_by_user))
            if type(item) is dict or type(item) is list:
                _collect(item, here, key, found)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if type(item) is dict or type(item) is list:
                _collect(item, (trail, number), parent, found)


def unrolled(trail: Trail) -> Path:
    steps: list[str | int] = []
    while trail:
        trail, step = trail
        steps.append(step)
    return tuple(reversed(steps))


def items(value: Any) -> Iterator[Item]:
    """Every item of every tagged list below `value`."""
    for entry in entries(value):
        if type(entry.value) is list:
            yield from tagged(entry.value, entry.path)


def tagged(value: Any, path: Path) -> Iterator[Item]:
    """The items of one list at `path`, as far as they are tagged mappings."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, Mapping) and len(item) == 1:
                ((tag, body),) = item.items()
                if isinstance(body, Mapping):
                    yield Item((*path, number, tag), path, tag, body)


def get(value: Any, path: Path) -> Any:
    """The value at a path that is known to exist."""
    for step in path:
        value = value[step]
    return value
