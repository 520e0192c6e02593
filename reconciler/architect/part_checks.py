"""Findings about parts that have not the shape of their kind: lists without dashes, items without fields, fields that
are missing or hold something else, names that are no text.

The shapes are those of every real export. What is wrong here is told here and nowhere else; whoever follows the flow
takes such a part for an empty one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.architect import walk
from reconciler.architect.dependencies import KEYED, KEYED_FLOWS
from reconciler.architect.flow import ArchyFlow, in_words
from reconciler.architect.walk import Path
from reconciler.architect.ways import BRANCHES
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Problem, Severity

NAME_MAX: Final = 200
"""Longest name of an action or choice [Architect engine bundle 0.0.18]."""

NEEDED: Final[Mapping[str, str]] = {
    "jumpToTask": "targetTaskRef",
    "callTask": "targetTaskRef",
    "jumpToMenu": "targetMenuRef",
    "changeState": "targetStateRef",
    "transferToAcd": "targetQueue",
    "menuJumpToTask": "targetTaskRef",
    "menuJumpToMenu": "targetMenuRef",
    "menuTransferToAcd": "targetQueue",
    "menuTask": "task",
    "task": "actions",
    "state": "actions",
    "bot": "actions",
    "inqueueCall": "startUpTaskActions",
    "commonModule": "startUpTaskActions",
}
"""Fields without which a part means nothing; every real export has them."""

_ITEMS: Final[Mapping[str, str]] = {"menus": "menu", "tasks": "task", "states": "state", "bots": "bot", "cases": "case"}
"""What the items of these lists are; of the others there are many kinds."""
_NAMED: Final[Mapping[str, int | None]] = {
    **dict.fromkeys(("choices", "actions", "startUpTaskActions"), NAME_MAX),
    **dict.fromkeys(("menus", "tasks", "states", "bots", "variables")),
}
"""Lists whose items have a name, and how long it may be where that is known."""
_NAMES_AS_KEYS: Final = frozenset({*KEYED, *KEYED_FLOWS})
_LISTS_OF_BRANCHES: Final = frozenset({"paths", "intents"})


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """All findings, list by list."""
    for entry in flow.having(*walk.TAGGED_LISTS):
        if isinstance(entry.value, list):
            yield from _items(flow, entry)
        elif entry.value and entry.parent not in _NAMES_AS_KEYS:
            message = f"`{entry.key}` must be a list: each item starts with a dash."
            yield Problem(flow.at(entry.path), "REC1426", message, "Write `- type:` with the fields below it.")
    for entry in flow.having(*NEEDED):
        if isinstance(entry.value, Mapping) and _lacks(entry) and _is_part(entry):
            yield from _needed(flow, entry)
    for entry in flow.having("outputs"):
        if entry.parent in BRANCHES and isinstance(entry.path[-3], int):
            yield from _branches(flow, entry)
    for entry in flow.having("refId"):
        if isinstance(entry.value, Mapping | list | bool):
            message = f"the `refId` of {_title(entry.holder, entry.parent)} is {in_words(entry.value)}, not text."
            yield Problem(flow.at(entry.path), "REC1426", message, "Write a word, in quotes if it is no plain one.")


def _is_part(entry: walk.Entry) -> bool:
    """True for an item of a list, the root, and the task of a choice; `task: {name}` elsewhere is a name."""
    path = entry.path
    if len(path) == 1:
        return True
    if isinstance(path[-2], int):
        return entry.key not in _ITEMS.values() or _ITEMS.get(entry.parent) == entry.key
    return entry.key == "task" and entry.parent == "menuTask"


def _items(flow: ArchyFlow, entry: walk.Entry) -> Iterator[Problem]:
    kind, is_named, longest = _ITEMS.get(entry.key), entry.key in _NAMED, _NAMED.get(entry.key)
    for number, item in enumerate(entry.value):
        if type(item) is dict and len(item) == 1:
            ((tag, body),) = item.items()
            if type(body) is not dict or (kind is not None and tag != kind):
                yield _odd_item(flow, entry, number, kind)
            elif is_named and not _is_name(body.get("name"), longest):
                yield _odd_name(flow, (*entry.path, number, tag), body, entry.key)
        elif isinstance(item, Mapping) and item:
            message = f"an item of `{entry.key}` has the keys {', '.join(list(item)[:4])}; it must have one, its type."
            remedy = "Indent its fields two blanks deeper than the type."
            yield Problem(flow.at((*entry.path, number)), "REC1426", message, remedy)
        else:
            message = f"an item of `{entry.key}` is not a mapping."
            remedy = "Write `- type:` with the fields below it."
            yield Problem(flow.at((*entry.path, number)), "REC1426", message, remedy)


def _odd_item(flow: ArchyFlow, entry: walk.Entry, number: int, kind: str | None) -> Problem:
    ((tag, body),) = entry.value[number].items()
    place = flow.at((*entry.path, number, tag), key=True)
    if kind is not None and tag != kind:
        return Problem(place, "REC1426", f"an item of `{entry.key}` is a `{tag}`.", f"Write `{kind}`.")
    message = f"`{tag}` is {in_words(body)}, not a mapping."
    return Problem(place, "REC1426", message, "Write its fields below it, two blanks deeper, `name:` first.")


def _is_name(name: Any, longest: int | None) -> bool:
    return type(name) is str and bool(name.strip()) and (longest is None or len(name) <= longest)


def _title(body: Mapping[str, Any], tag: str) -> str:
    name = body.get("name")
    return f'"{name}"' if isinstance(name, str) and name.strip() else f"this `{tag}`"


def _lacks(entry: walk.Entry) -> bool:
    field = NEEDED[entry.key]
    if field not in entry.value:
        return True
    value = entry.value[field]
    if field == "task":
        return not isinstance(value, Mapping)
    return field == "targetQueue" and not (isinstance(value, Mapping) and value)


def _needed(flow: ArchyFlow, entry: walk.Entry) -> Iterator[Problem]:
    field = NEEDED[entry.key]
    title = _title(entry.holder if entry.parent == "menuTask" else entry.value, entry.key)
    if field not in entry.value:
        guess = nearest(field, [key for key in entry.value if isinstance(key, str)])
        remedy = f"Write `{field}` instead of `{guess}`." if guess else f"Add `{field}:`."
        yield Problem(flow.at(entry.path, key=True), "REC1454", f"{title} has no `{field}`.", remedy)
        return
    value, place = entry.value[field], flow.at((*entry.path, field))
    if field == "targetQueue":
        queue = value if isinstance(value, str) and value else "…"
        message = f"the `targetQueue` of {title} is {in_words(value)}, which names no queue."
        yield Problem(place, "REC1454", message, f"Write `targetQueue: {{lit: {{name: {queue}}}}}`.")
    else:
        message = f"the `task` of {title} is {in_words(value)}, not a mapping."
        yield Problem(place, "REC1454", message, "Write `actions:` below it, with a list of actions.")


def _odd_name(flow: ArchyFlow, path: Path, body: Mapping[str, Any], within: str) -> Problem:
    """Whether the platform takes a part without a name is UNVERIFIED, so only a variable must have one."""
    tag, name = path[-1], body.get("name")
    if "name" not in body or (isinstance(name, str) and not name.strip()):
        defect = "has no `name`" if "name" not in body else "has a blank name"
        severity = Severity.ERROR if within == "variables" else Severity.WARNING
        place = flow.at(path, key=True) if "name" not in body else flow.at((*path, "name"))
        return Problem(place, "REC1443", f"this `{tag}` {defect}.", "Give it one that people know it by.", severity)
    place = flow.at((*path, "name"))
    if isinstance(name, str):
        return Problem(place, "REC1443", f"the name has {len(name)} characters.", f"Use at most {NAME_MAX}.")
    remedy = "Write the name itself." if isinstance(name, Mapping | list | None) else "Put it in quotes."
    return Problem(place, "REC1443", f"the name of this `{tag}` is {in_words(name)}, not text.", remedy)


def _branches(flow: ArchyFlow, entry: walk.Entry) -> Iterator[Problem]:
    """The branches of an action whose branches are known. One that is empty means the same as none."""
    remedy = "Write `actions:` below the name of the branch, with a list of actions."
    if not isinstance(entry.value, Mapping):
        if entry.value:
            message = f"`outputs` of `{entry.parent}` is {in_words(entry.value)}, not a mapping of branches."
            yield Problem(flow.at(entry.path), "REC1426", message, remedy)
        return
    for name, branch in entry.value.items():
        is_sound = not branch or (isinstance(branch, Mapping) and not branch.keys().isdisjoint(("actions", "enabled")))
        if is_sound or (name in _LISTS_OF_BRANCHES and isinstance(branch, list)):
            continue
        message = f"the branch `{name}` of {_title(entry.holder, entry.parent)} has no `actions`."
        yield Problem(flow.at((*entry.path, name), key=True), "REC1426", message, remedy)
