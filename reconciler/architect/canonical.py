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
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from reconciler.architect import expressions, references, walk
from reconciler.architect.bot_defaults import understands_nothing
from reconciler.architect.defaults import ANYWHERE, BOT_TYPES, MENU_SETTINGS, NO_VALUE, SETTINGS, UNORDERED
from reconciler.architect.difference import differences
from reconciler.architect.target_names import TargetNames
from reconciler.architect.walk import Trail

__all__ = ["canonical", "differences"]

_LINE_END: Final = re.compile(r"\r\n?")
_LOOSE: Final = re.compile(r"\s\s|[^\S ]|\A\s|\s\Z")
"""White space that is not single blanks between words: what `expressions.collapsed` would change."""
_MILLISECONDS: Final = {"ms": 1, "seconds": 1000, "minutes": 60_000}
_REFERENCE: Final = re.compile(r'Ref": "(?:[^"\\]|\\.)*"')
_COUNT: Final = re.compile(r"~#\d+(?=\])")
_UNDERSTANDING: Final = "settingsNaturalLanguageUnderstanding"
_IDS: Final = frozenset({"refId", "trackingId"})


def canonical(value: Mapping[str, Any]) -> dict[str, Any]:
    """The comparable form of an Archy document, root key included. Pure and idempotent; `value` is left alone."""
    form = _Form(value, {})
    result = form.mapping(dict(value), (), "")
    if form.names.is_ranked:
        # Ranks count in sorted order, which only the first walk knows; sorting itself looks at no rank.
        result = _Form(value, form.orders).mapping(dict(value), (), "")
    for type_, body in result.items():
        if isinstance(body, dict):
            _drop_flow_defaults(type_, body)
    return result


class _Form:
    """Builds the form of one document in one walk, from the leaves up: references name their targets, so refIds say
    nothing more and go; defaults and cosmetics go, lists whose order means nothing are sorted.

    `owner` is the key that leads to a node; list indices in between say nothing."""

    def __init__(self, value: Mapping[str, Any], orders: Mapping[int, Sequence[int]]) -> None:
        self._resolver = references.Resolver(value)
        self.names = TargetNames(value, orders)
        self.orders: dict[int, Sequence[int]] = {}
        """By the identity of a list of the document: its indices in the order of the form."""

    def mapping(
        self, node: dict[str, Any], trail: Trail, owner: str, *, is_item: bool = False, is_body: bool = False
    ) -> dict[str, Any]:
        """`is_item`: stands in a list, so its value is the body of an item; `is_body`: is such a body."""
        result: dict[str, Any] = {}
        named_by_user = owner in walk.USER_KEYED
        for key, item in node.items():
            kind = type(item)
            if is_body and key in _IDS and isinstance(item, str | int):
                continue
            if kind is str:
                text = _text(key, item) if "\r" in item or key == "exp" else item
                is_reference = key.endswith("Ref") and not named_by_user
                result[key] = self._reference((trail, key), key, text) if is_reference else text
            elif kind is dict:
                result[key] = self.mapping(item, (trail, key), key, is_body=is_item)
            elif kind is list:
                listed = self._list(item, (trail, key), key)
                if not named_by_user and _is_unordered(key, listed):
                    ranks = [_rank(one) for one in listed]
                    self.orders[id(item)] = order = sorted(range(len(listed)), key=ranks.__getitem__)
                    listed = [listed[number] for number in order]
                result[key] = listed
            else:
                result[key] = item
        if named_by_user:
            return _without_no_value(result) if owner == "failureOutputs" else result
        tidy = _TIDY.get(owner)
        if tidy is not None:
            result = tidy(result)
        elif owner in MENU_SETTINGS and trail[0] and trail[0][0]:  # inside a menu: `noValue` is: as the flow says
            result = _without_no_value(result)
        return {key: item for key, item in result.items() if not (key in _MAY_BE_DEFAULT and _is_default(key, item))}

    def _list(self, node: list[Any], trail: Trail, owner: str) -> list[Any]:
        result: list[Any] = []
        for number, item in enumerate(node):
            kind = type(item)
            if kind is dict:
                result.append(self.mapping(item, (trail, number), owner, is_item=True))
            elif kind is list:
                result.append(self._list(item, (trail, number), owner))
            else:
                result.append(_LINE_END.sub("\n", item) if kind is str else item)
        return result

    def _reference(self, trail: Trail, field: str, text: str) -> str:
        if not references.is_reference(field, text):
            return text
        target = self._resolver.resolve(walk.unrolled(trail)[:-1], text)
        return text if target is None else self.names.of(target)


def _text(key: str, text: str) -> str:
    text = _LINE_END.sub("\n", text)
    return expressions.collapsed(text) if key == "exp" and _LOOSE.search(text) else text


def _without_no_value(result: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in result.items() if item != NO_VALUE}


def _without_empty_branches(result: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in result.items() if item not in ({}, {"actions": []})}


def _plain_languages(result: dict[str, Any]) -> dict[str, Any]:
    return {language: {} if block == {"none": True} else block for language, block in result.items()}


def _without_twin(result: dict[str, Any]) -> dict[str, Any]:
    if result.get("name") == _literal_name(result.get("selectedSchedule")) is not None:
        return {name: item for name, item in result.items() if name != "name"}
    return result


def _without_origin(result: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in result.items() if name not in ("id", "source")}


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
    if isinstance(languages, dict) and [*languages.items()] == [(body.get("defaultLanguage"), {})]:
        del body["supportedLanguages"]
    if type_ in BOT_TYPES and understands_nothing(body.get(_UNDERSTANDING), body.get("defaultLanguage")):
        del body[_UNDERSTANDING]
    for block, defaults in SETTINGS.get(type_, {}).items():
        settings = body.get(block)
        if isinstance(settings, dict):
            body[block] = {
                name: item for name, item in settings.items() if not (name in defaults and _same(item, defaults[name]))
            }
            if not body[block]:
                del body[block]


def _is_unordered(key: str, listed: list[Any]) -> bool:
    return key in UNORDERED or (key == "choices" and all(_is_choice(item) for item in listed))


def _is_choice(item: Any) -> bool:
    """Menu choices are found by the key that is pressed; other choices may be shown in order."""
    return isinstance(item, dict) and len(item) == 1 and next(iter(item)).startswith("menu")


def _rank(item: Any) -> tuple[str, str, str]:
    """Sorting by key pressed, then name, then everything, so that equal sets of items make equal lists. The ranks that
    references mention come from this very order, so it cannot ask for them."""
    body = next(iter(item.values())) if isinstance(item, dict) and len(item) == 1 else item
    dtmf, name = (body.get("dtmf"), body.get("name")) if isinstance(body, dict) else (None, None)
    content = json.dumps(item, sort_keys=True, default=str)
    if "~#" in content:
        content = _REFERENCE.sub(lambda match: _COUNT.sub("~#", match[0]), content)
    return str(dtmf or ""), str(name or "").casefold(), content


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
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(item, other[name]) for name, item in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


_TIDY: Final[Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "lit": _duration,
    "outputs": _without_empty_branches,
    "supportedLanguages": _plain_languages,
    "schedule": _without_twin,
    "utterances": _without_origin,
}
"""What is cosmetic in the mapping that such a key leads to."""

_MAY_BE_DEFAULT: Final = frozenset({*ANYWHERE, *MENU_SETTINGS, "speechToText", "textToSpeech"})
