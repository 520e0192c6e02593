"""Going through an Archy document without knowing every action.

Relies on one rule of the language: a list of objects holds one-key mappings whose key is the item's type ("tagged").
So unknown actions are opaque but still walked, and new ones cost nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

Path = tuple[str | int, ...]

TAGGED_LISTS: Final = frozenset(
    {"menus", "tasks", "states", "bots", "choices", "actions", "startUpTaskActions", "cases", "variables"}
)
"""Lists whose items must be tagged whatever surrounds them."""

USER_KEYED: Final = frozenset({"inputs", "successOutputs", "failureOutputs", "foundOutputs"})
"""Mappings whose keys are names chosen by somebody else (fields of a data action, variables of a bot): their keys say
nothing about the language."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of one mapping. `path` leads to the value, `holder` is the mapping, `parent` the key that leads to the
    holder; `named_by_user` tells that the key is not a word of the language."""

    path: Path
    holder: Mapping[str, Any]
    parent: str
    key: str
    value: Any
    named_by_user: bool


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


def entries(value: Any, path: Path = (), parent: str = "") -> Iterator[Entry]:
    """Every key of every mapping below `value`, in the order of the document, parents first."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield Entry((*path, key), value, parent, key, item, named_by_user=parent in USER_KEYED)
            yield from entries(item, (*path, key), key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from entries(item, (*path, number), parent)


def items(value: Any) -> Iterator[Item]:
    """Every item of every tagged list below `value`."""
    for entry in entries(value):
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
