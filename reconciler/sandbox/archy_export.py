"""How a flow looks when it is exported: the published document with the defaults an export spells out.

Adds settings blocks, empty descriptions and choice defaults; names refIds `<Name>_<n>` from 10 on; makes references
absolute; leaves out empty branches and the refIds of choices nothing points at. Same document, same text.
"""

from __future__ import annotations

import copy
from typing import Any

from reconciler.sandbox import archy
from reconciler.sandbox.answers import Json
from reconciler.sandbox.archy_scan import Scan, scan
from reconciler.sandbox.archy_settings import (
    CALL_TRANSFER,
    CALL_TYPES,
    MENU_SETTINGS,
    MESSAGE_TRANSFER,
    NO_VALUE,
    TRANSFER,
    flow_settings,
)

FIRST_TRACKING_NUMBER = 10
CONTAINERS = ("menu", "task", "state", "bot")


def export(text: str, division: str) -> str:
    """The exported YAML of a stored document. Raises archy.Refused when it cannot be read."""
    document = archy.read(text)
    document = archy.Document(document.root, document.type, document.name, copy.deepcopy(document.body))
    found = scan(document)
    _rename_references(found)
    body = document.body
    for _, tag, item in found.actions:
        _fill_item(document.type, tag, item)
    _drop_empty(body)
    _fill_flow(document.type, body, division)
    return archy.write(document.root, body)


def _fill_flow(type: str, body: Json, division: str) -> None:
    head = {"name": body["name"], "description": body.get("description") or "", "division": division}
    rest = {key: value for key, value in body.items() if key not in head}
    defaults = copy.deepcopy(flow_settings(type, body.get("defaultLanguage")))
    if language := body.get("defaultLanguage"):
        block: Json = {"defaultLanguageSkill": NO_VALUE}
        if type in CALL_TYPES:
            block["textToSpeech"] = {"defaultEngine": {"voice": "Jill"}}
        defaults["supportedLanguages"] = {language: copy.deepcopy(block)}
    variables = rest.get("variables")
    if isinstance(variables, list):
        rest["variables"] = sorted(variables, key=_variable_name)
    body.clear()
    body |= head | {key: value for key, value in _filled(rest, defaults).items() if value != []}


def _filled(body: Json, defaults: Json) -> Json:
    """`body` with what it lacks, mapping by mapping; a wrapped value that is there stays whole."""
    result = dict(body)
    for key, default in defaults.items():
        if key not in result:
            result[key] = copy.deepcopy(default)
        elif key.startswith("settings") and isinstance(result[key], dict) and isinstance(default, dict):
            result[key] = _filled(result[key], default)
    return result


def _variable_name(item: Any) -> str:
    body = next(iter(item.values()), None) if isinstance(item, dict) else None
    return str(body.get("name", "")).lower() if isinstance(body, dict) else ""


def _fill_item(type: str, tag: str, item: Json) -> None:
    if tag == "menu":
        _update(item, MENU_SETTINGS)
    elif tag.startswith("menu"):
        _update(item, {"globalDtmf": False, "globalSpeechRecTerms": False})
    if tag in ("transferToAcd", "menuTransferToAcd"):
        more = CALL_TRANSFER if type in CALL_TYPES else MESSAGE_TRANSFER.get(type, {})
        _update(item, TRANSFER | more)
    if tag == "menuTransferToAcd":
        item.pop("outputs", None)
    if tag == "endTask":
        _update(item, {"outputPath": {"name": "default"}})


def _update(item: Json, defaults: Json) -> None:
    item |= _filled(item, defaults)


def _drop_empty(node: Any) -> None:
    """Branches without actions and empty variable lists are not exported."""
    if isinstance(node, list):
        for item in node:
            _drop_empty(item)
    elif isinstance(node, dict):
        for value in node.values():
            _drop_empty(value)
        outputs = node.get("outputs")
        if isinstance(outputs, dict):
            for branch in [k for k, v in outputs.items() if isinstance(v, dict) and v.get("actions") == []]:
                outputs[branch].pop("actions")
                if not outputs[branch]:
                    del outputs[branch]
            if not outputs:
                del node["outputs"]
        if node.get("variables") == []:
            del node["variables"]


def _rename_references(found: Scan) -> None:
    """New refIds in document order, and every reference rewritten to the path its target now has."""
    targets = [(pointer, path) for pointer in found.pointers if (path := found.resolve(pointer))]
    pointed = {id(found.targets[path][1]) for _, path in targets}
    for number, (tag, body) in enumerate(found.targets.values(), start=FIRST_TRACKING_NUMBER):
        if tag in CONTAINERS or id(body) in pointed:
            body["refId"] = f"{body.get('name', tag)}_{number}"
        elif tag.startswith("menu"):
            body.pop("refId", None)
    paths = {id(body): path for path, (_, body) in scan(found.document).targets.items()}
    for pointer, path in targets:
        new = paths[id(found.targets[path][1])]
        if pointer.key == "defaultChildMenuRef" and (owner := paths.get(id(pointer.holder))):
            new = f".{new.removeprefix(owner)}" if new.startswith(f"{owner}/") else new
        pointer.holder[pointer.key] = new
