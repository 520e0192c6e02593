"""A flow version as the platform's internal JSON: what `.../configuration` and `latestconfiguration` answer.

Known of it [measured on live organisations]: a list `flowSequenceItemList` of tasks, menus and states, each with
`actionList` and `menuChoiceList[].action`; each node has a unique, increasing `trackingId`, and `nextTrackingNumber`
at the top is free; a `manifest` lists what is referred to by kind, as `{id, name, context[]}`. UNVERIFIED and chosen
here: every other key (`kind`, `content`), the manifest's word for flows, and that `context` is empty.
"""

from __future__ import annotations

from typing import Any

from reconciler.sandbox import archy, archy_checks, archy_scan
from reconciler.sandbox.answers import Json
from reconciler.sandbox.world import World

SEQUENCES = ("menus", "tasks", "states", "bots")
KINDS = {
    "prompts": "userPrompt",
    "queues": "queue",
    "schedulegroups": "scheduleGroup",
    "schedules": "schedule",
    "emergencygroups": "emergencyGroup",
    "users": "user",
    "groups": "group",
    "flows": "flow",
}
FIRST = 1


class _Numbers:
    def __init__(self) -> None:
        self.next = FIRST

    def take(self) -> int:
        self.next += 1
        return self.next - 1


def of(world: World, flow: Json, made: Json) -> Json:
    """The configuration of that version. Equal documents give equal configurations."""
    document = archy.read(world.state["documents"][made["_document"]])
    numbers = _Numbers()
    items = [_item(tag, body, numbers) for tag, body in _tagged(document.body, *SEQUENCES)]
    rest = {key: value for key, value in document.body.items() if key not in SEQUENCES}
    return {
        "name": document.name,
        "type": flow["type"],
        "defaultLanguage": document.body.get("defaultLanguage"),
        "flowSequenceItemList": items,
        "nextTrackingNumber": numbers.next,
        "content": rest,
        "manifest": _manifest(world, document),
    }


def _tagged(body: Json, *keys: str) -> list[tuple[str, Json]]:
    """The `- tag: {…}` items of these lists."""
    items = [item for key in keys for item in _list(body.get(key)) if isinstance(item, dict) and len(item) == 1]
    return [(tag, inner) for item in items for tag, inner in item.items() if isinstance(inner, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _item(tag: str, body: Json, numbers: _Numbers) -> Json:
    """A task, menu or state with its actions, or its choices with theirs."""
    node = _node(tag, body, numbers, leave_out=("actions", "choices"))
    node["actionList"] = [_action(name, inner, numbers) for name, inner in _tagged(body, "actions")]
    choices = _tagged(body, "choices")
    if choices:
        node["menuChoiceList"] = [_choice(name, inner, numbers) for name, inner in choices]
    return node


def _choice(tag: str, body: Json, numbers: _Numbers) -> Json:
    node = _node(tag, body, numbers, leave_out=())
    return {**node, "action": _action(tag, body, numbers)}


def _action(tag: str, body: Json, numbers: _Numbers) -> Json:
    """An action; the actions inside it (the branches of a decision, the task of a choice) follow in `actionList`."""
    node = _node(tag, body, numbers, leave_out=())
    if inner := [_action(name, found, numbers) for name, found in _inside(body)]:
        node["actionList"] = inner
    return node


def _inside(body: Json) -> list[tuple[str, Json]]:
    """The nearest actions below, through `task` and `outputs`, in the order of the document."""
    found: list[tuple[str, Json]] = []
    for key, value in body.items():
        if key == "actions":
            found += _tagged({key: value}, key)
        elif isinstance(value, dict):
            found += _inside(value)
    return found


def _node(tag: str, body: Json, numbers: _Numbers, *, leave_out: tuple[str, ...]) -> Json:
    content = {key: value for key, value in body.items() if key not in ("name", *leave_out)}
    return {"trackingId": numbers.take(), "name": str(body.get("name") or tag), "kind": tag, "content": content}


def _manifest(world: World, document: archy.Document) -> Json:
    uses = archy_checks.dependencies(world, archy_scan.scan(document)).uses
    manifest: Json = {
        KINDS[kind]: [{"id": id, "name": world.state[kind][id]["name"], "context": []} for id in ids]
        for kind, ids in uses.items()
    }
    if languages := archy.languages(document):
        manifest["language"] = [{"id": one["language"], "name": one["language"], "context": []} for one in languages]
    return manifest
