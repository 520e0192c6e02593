"""One walk over a flow's YAML: what can be pointed at, what points, and which names of the organisation it uses.

Paths are written as Archy writes them: `/inboundCall/menus/menu[main]/choices/menuTask[sales]`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from reconciler.sandbox.answers import Json
from reconciler.sandbox.archy import Document

STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
PROMPT = re.compile(r"\bPrompt\.(\w+)")
REF_KEY = re.compile(r"startUpRef|target\w*Ref|defaultChildMenuRef")
# Keys that name another object as `key: {lit: {name: X}}`.
NAMED = {
    "targetQueue": "queues",
    "scheduleGroup": "schedulegroups",
    "selectedSchedule": "schedules",
    "emergencyGroup": "emergencygroups",
    "targetUser": "users",
    "targetGroup": "groups",
}
# Keys under which the mapping key is the name of a flow.
CALLED = {"botFlow": "BOT", "digitalBotFlow": "DIGITALBOT", "commonModule": "COMMONMODULE"}
CALLING = ("callBotFlow", "callDigitalBotFlow", "callCommonModule")
IN_QUEUE = {
    "INBOUNDCALL": "INQUEUECALL",
    "INBOUNDEMAIL": "INQUEUEEMAIL",
    "INBOUNDSHORTMESSAGE": "INQUEUESHORTMESSAGE",
}


@dataclass(slots=True)
class Pointer:
    """`holder[key]` points somewhere; `path` is where the holder is, `owner` the path of its menu for choices."""

    path: str
    holder: Json
    key: str

    @property
    def text(self) -> str:
        return str(self.holder[self.key])


@dataclass(slots=True)
class Scan:
    document: Document
    targets: dict[str, tuple[str, Json]] = field(default_factory=dict)  # path -> (tag, body)
    pointers: list[Pointer] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)  # (collection, name)
    flows: list[tuple[str, str]] = field(default_factory=list)  # (flow type, name)
    actions: list[tuple[str, str, Json]] = field(default_factory=list)  # (path, tag, body)
    doubles: list[str] = field(default_factory=list)

    def resolve(self, pointer: Pointer) -> str | None:
        """The path of the target, or None. `..` is tried against every enclosing object."""
        text = pointer.text
        if text.startswith("/"):
            return text if text in self.targets else None
        climbs = text.startswith("..")
        tail = re.sub(r"^(\.{1,2}/)+", "", text)
        base = pointer.path
        while base:
            if f"{base}/{tail}" in self.targets:
                return f"{base}/{tail}"
            if not climbs:
                return None
            base = base.rpartition("/")[0]
        return None


def scan(document: Document) -> Scan:
    """Walk the whole document once."""
    result = Scan(document)
    _walk(result, document.body, f"/{document.root}", "")
    result.names = list(dict.fromkeys(result.names))
    result.flows = list(dict.fromkeys(result.flows))
    return result


def _walk(found: Scan, node: Json, path: str, tag: str) -> None:
    for key, value in node.items():
        if REF_KEY.fullmatch(key) and isinstance(value, str):
            found.pointers.append(Pointer(path, node, key))
        elif key == "exp" and isinstance(value, str):
            found.names += [("prompts", name) for name in PROMPT.findall(STRING.sub('""', value))]
        elif key == "prompt" and isinstance(value, str):
            found.names += [("prompts", name) for name in PROMPT.findall(value)]
        elif key == "holdMusic" and isinstance(value, dict):
            found.names += [("prompts", name) for name in PROMPT.findall(str(_literal_name(value)))]
        _flows_named(found, key, value, tag)
        if key in NAMED and isinstance(value, dict) and (name := _literal_name(value)):
            found.names.append((NAMED[key], name))
        _descend(found, key, value, path)


def _descend(found: Scan, key: str, value: Any, path: str) -> None:
    if isinstance(value, dict):
        _walk(found, value, f"{path}/{key}", key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                continue
            if len(item) != 1 or not isinstance(body := next(iter(item.values())), dict):
                _walk(found, item, f"{path}/{key}", key)
                continue
            tag = next(iter(item))
            where = f"{path}/{key}/{tag}[{body.get('refId', f'#{index}')}]"
            if where in found.targets:
                found.doubles.append(where)
            found.targets[where] = (tag, body)
            found.actions.append((where, tag, body))
            _walk(found, body, where, tag)


def _flows_named(found: Scan, key: str, value: Any, tag: str) -> None:
    if key in CALLED and tag in CALLING and isinstance(value, dict):
        found.flows += [(CALLED[key], name) for name in value]
    elif key == "targetFlow" and isinstance(value, dict) and isinstance(value.get("name"), str):
        secure = tag in ("transferToFlowSecure", "menuTransferToFlowSecure")
        found.flows.append(("SECURECALL" if secure else "INBOUNDCALL", value["name"]))
    elif key == "overrideInQueueFlow" and isinstance(value, dict) and isinstance(value.get("name"), str):
        found.flows.append((IN_QUEUE.get(found.document.type, "INQUEUECALL"), value["name"]))


def _literal_name(value: Json) -> str | None:
    literal = value.get("lit")
    name = literal.get("name") if isinstance(literal, dict) else None
    return name if isinstance(name, str) else None
