"""An exported flow as a file for git: everything the platform wrote, in a form that is the same every time.

The platform numbers its refIds anew whenever a part is made again and has changed the order of keys over the years.
Here refIds follow from names, references are absolute, and keys have one order, so that a difference between two
exports is a difference of the flow. Nothing is left out: what comes back is what can be published.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

from reconciler.architect import references, walk
from reconciler.architect.walk import Path

_FIRST: Final = (
    "name",
    "refId",
    "description",
    "division",
    "dtmf",
    "startUpRef",
    "defaultLanguage",
    "supportedLanguages",
    "initialGreeting",
    "audio",
)
_LAST: Final = ("actions", "outputs", "choices", "startUpTaskActions", "bots", "menus", "states", "tasks")
_SPECIAL: Final = re.compile(r"[\[\]/#\s]+")
"""What a reference cannot hold inside its brackets, or what ends a segment of it."""


def settled(value: Mapping[str, Any]) -> dict[str, Any]:
    """The document, root key included, with refIds by name, absolute references and ordered keys. Pure, idempotent."""
    targets = {found.path: found.target for found in references.find(value) if found.target is not None}
    result: dict[str, Any] = _copy(value, (), _ids(value), targets)
    return result


def _ids(value: Mapping[str, Any]) -> dict[Path, str]:
    """The new refId of every item that has one, by the path of the item. Unique in its list."""
    taken: dict[Path, set[str]] = {}
    ids: dict[Path, str] = {}
    for item in walk.items(value):
        if item.ref_id is None:
            continue
        others = taken.setdefault(item.within, set())
        name = _SPECIAL.sub(" ", item.name or item.tag).strip() or item.tag
        candidates = (name if number == 1 else f"{name} ({number})" for number in count(1))
        ids[item.path] = next(id for id in candidates if id not in others)
        others.add(ids[item.path])
    return ids


def _copy(node: Any, path: Path, ids: Mapping[Path, str], targets: Mapping[Path, Path]) -> Any:
    if isinstance(node, Mapping):
        copied = {key: _copy(item, (*path, key), ids, targets) for key, item in node.items()}
        if path in ids:
            copied["refId"] = ids[path]
        return dict(sorted(copied.items(), key=lambda pair: _rank(pair[0])))
    if isinstance(node, list):
        copies = [_copy(item, (*path, number), ids, targets) for number, item in enumerate(node)]
        return sorted(copies, key=_variable) if path and path[-1] == "variables" else copies
    return _spelled(targets[path], ids) if path in targets else node


def _spelled(target: Path, ids: Mapping[Path, str]) -> str:
    parts = []
    for number, step in enumerate(target):
        if isinstance(step, int):
            continue
        is_item = number > 0 and isinstance(target[number - 1], int)
        parts.append(f"{step}[{ids.get(target[: number + 1], '')}]" if is_item else step)
    return "/" + "/".join(parts)


def _rank(key: str) -> tuple[int, int, str]:
    if key in _FIRST:
        return 0, _FIRST.index(key), key
    if key in _LAST:
        return 2, _LAST.index(key), key
    return 1, 0, key


def _variable(item: Any) -> tuple[str, str]:
    """Variables by name, ignoring case, as exports mostly have them."""
    body = next(iter(item.values()), None) if isinstance(item, Mapping) else None
    name = str(body.get("name", "")) if isinstance(body, Mapping) else ""
    return name.casefold(), name
