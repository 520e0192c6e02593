"""The comparable form of a flow: two files that make the platform do the same have the same form, as far as the
language is known.

References become absolute and name their target, defaults and cosmetics go, unordered lists are sorted. Where it is
not certain that two spellings mean the same, they stay different: a flow then shows as changed, which costs a look; the
opposite would hide a change. Not merged on purpose: `tts` against the long audio expression, `lit` against a quoted
`exp`, an absent division, exported error audio.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from reconciler.architect import expressions, references, walk
from reconciler.architect.defaults import ANYWHERE, CALL_SETTINGS, MENU_SETTINGS, NO_VALUE, UNORDERED
from reconciler.architect.difference import differences
from reconciler.architect.flow import CALL_TYPES
from reconciler.architect.walk import Path

__all__ = ["canonical", "differences"]

_LINE_END: Final = re.compile(r"\r\n?")
_MILLISECONDS: Final = {"ms": 1, "seconds": 1000, "minutes": 60_000}


def canonical(value: Mapping[str, Any]) -> dict[str, Any]:
    """The comparable form of an Archy document, root key included. Pure and idempotent; `value` is left alone."""
    named = _Naming(value).tree()
    tidy = _tidy(named, (), "")
    result: dict[str, Any] = tidy if isinstance(tidy, dict) else {}
    for type_, body in result.items():
        if isinstance(body, dict):
            _drop_flow_defaults(type_, body)
    return result


class _Naming:
    """Copies a document with references that name their targets and without refIds, which then say nothing more."""

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._value = value
        self._targets = {found.path: found.target for found in references.find(value) if found.target is not None}

    def tree(self) -> Any:
        return self._copy(self._value, ())

    def _copy(self, node: Any, path: Path) -> Any:
        if isinstance(node, Mapping):
            return {
                key: self._copy(item, (*path, key))
                for key, item in node.items()
                if not (key in ("refId", "trackingId") and _is_body(path) and isinstance(item, str | int))
            }
        if isinstance(node, list):
            return [self._copy(item, (*path, number)) for number, item in enumerate(node)]
        target = self._targets.get(path)
        if target is not None:
            return self._name(target)
        if isinstance(node, str):
            text = _LINE_END.sub("\n", node)
            return expressions.collapsed(text) if path[-1] == "exp" else text
        return node

    def _name(self, target: Path) -> str:
        """`/inboundCall/menus/menu[Main Menu]`, with names where references have refIds."""
        parts: list[str] = []
        for number, step in enumerate(target):
            before = target[number - 1] if number else None
            if isinstance(step, int):
                continue
            if isinstance(before, int):
                parts.append(f"{step}[{self._label(target[: number - 1], before, step)}]")
            else:
                parts.append(step)
        return "/" + "/".join(parts)

    def _label(self, within: Path, number: int, tag: str) -> str:
        """What tells an item from its siblings: its name, with its key where the name is shared, its index at last."""
        siblings = walk.get(self._value, within)
        body = siblings[number][tag]
        if not isinstance(body, Mapping):
            return f"#{number}"
        peers = [item[tag] for item in siblings if isinstance(item, Mapping) and isinstance(item.get(tag), Mapping)]
        same = [peer for peer in peers if peer.get("name") == body.get("name")]
        if len(same) == 1 and body.get("name") is not None:
            return str(body["name"])
        alike = [peer for peer in same if peer.get("dtmf") == body.get("dtmf")]
        if len(alike) == 1 and body.get("dtmf") is not None:
            return f"{body.get('name')}~{body['dtmf']}"
        return f"#{number}"


def _is_body(path: Path) -> bool:
    """True for the path of an item's body in a tagged list."""
    return len(path) > 1 and isinstance(path[-2], int)


def _tidy(node: Any, path: Path, parent: str) -> Any:
    """Without defaults and cosmetics, unordered lists sorted; from the leaves up."""
    key = path[-1] if path else ""
    if isinstance(node, list):
        listed = [_tidy(item, (*path, number), parent) for number, item in enumerate(node)]
        return _sorted(str(key), listed) if parent not in walk.USER_KEYED else listed
    if not isinstance(node, dict):
        return node
    # The key that leads to this mapping says what its own keys are; list indices in between say nothing.
    owner = next((step for step in reversed(path) if isinstance(step, str)), "")
    result = {name: _tidy(item, (*path, name), owner) for name, item in node.items()}
    if owner in walk.USER_KEYED:
        kept = result.items()
        return {name: item for name, item in kept if item != NO_VALUE} if owner == "failureOutputs" else result
    if owner == "lit":
        result = _duration(result)
    if owner in MENU_SETTINGS and len(path) > 2:
        result = {name: item for name, item in result.items() if item != NO_VALUE}
    if owner == "outputs":
        result = {name: item for name, item in result.items() if item not in ({}, {"actions": []})}
    if owner == "supportedLanguages":
        result = {language: {} if block == {"none": True} else block for language, block in result.items()}
    if owner == "schedule" and result.get("name") == _literal_name(result.get("selectedSchedule")) is not None:
        result.pop("name", None)
    if owner == "utterances":
        result = {name: item for name, item in result.items() if name not in ("id", "source")}
    return {name: item for name, item in result.items() if not _is_default(name, item)}


def _is_default(name: str, item: Any) -> bool:
    if name in ANYWHERE and _same(item, ANYWHERE[name]):
        return True
    if name in MENU_SETTINGS and item == {}:
        return True
    if name == "speechToText" and isinstance(item, dict) and set(item) == {"engine"}:
        engine = item["engine"]
        return (
            isinstance(engine, dict)
            and engine.get("defaultEngine") is True
            and set(engine) <= {"name", "defaultEngine"}
        )
    return name == "textToSpeech" and _same(item, {"defaultEngine": {"defaultVoice": True}})


def _drop_flow_defaults(type_: str, body: dict[str, Any]) -> None:
    """Top-level settings that are as exports write them by themselves."""
    body.pop("referencedObjects", None)
    languages = body.get("supportedLanguages")
    if isinstance(languages, dict) and languages == {body.get("defaultLanguage"): {}}:
        del body["supportedLanguages"]
    if type_ not in CALL_TYPES:
        return
    for block, defaults in CALL_SETTINGS.items():
        settings = body.get(block)
        if isinstance(settings, dict):
            body[block] = {
                name: item for name, item in settings.items() if not (name in defaults and _same(item, defaults[name]))
            }
            if not body[block]:
                del body[block]


def _sorted(key: str, listed: list[Any]) -> list[Any]:
    if key in UNORDERED or (key == "choices" and all(_is_choice(item) for item in listed)):
        return sorted(listed, key=_rank)
    return listed


def _is_choice(item: Any) -> bool:
    """Menu choices are found by the key that is pressed; other choices may be shown in order."""
    return isinstance(item, dict) and len(item) == 1 and next(iter(item)).startswith("menu")


def _rank(item: Any) -> tuple[str, str, str]:
    """Sorting by key pressed, then name, then everything, so that equal sets of items make equal lists."""
    body = next(iter(item.values())) if isinstance(item, dict) and len(item) == 1 else item
    dtmf, name = (body.get("dtmf"), body.get("name")) if isinstance(body, dict) else (None, None)
    return str(dtmf or ""), str(name or "").casefold(), json.dumps(item, sort_keys=True, default=str)


def _duration(value: dict[str, Any]) -> dict[str, Any]:
    """`{seconds: 60}` and `{minutes: 1}` are one length of time: the largest unit that gives a whole number."""
    if not value or not value.keys() <= _MILLISECONDS.keys():
        return value
    if any(isinstance(count, bool) or not isinstance(count, int) for count in value.values()):
        return value
    total = sum(count * _MILLISECONDS[unit] for unit, count in value.items())
    unit = next(unit for unit in ("minutes", "seconds", "ms") if total % _MILLISECONDS[unit] == 0)
    return {unit if total else "seconds": total // _MILLISECONDS[unit]}


def _literal_name(value: Any) -> str | None:
    literal = value.get("lit") if isinstance(value, dict) else None
    name = literal.get("name") if isinstance(literal, dict) else None
    return name if isinstance(name, str) else None


def _same(one: Any, other: Any) -> bool:
    """Equality that tells True from 1 and False from 0."""
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)
