"""A document against its model, and every mismatch as a problem with its place, said in our own words.

Relies on pydantic's error list. Values are quoted as the file has them, before variables are filled in, so that
nothing secret that came from the environment shows up in a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from reconciler.documents.document import Document
from reconciler.documents.nearest import nearest
from reconciler.kinds.fields_of import empty_keys, keys_at
from reconciler.kinds.manifest import quoted
from reconciler.model.problem import Problem

M = TypeVar("M", bound=BaseModel)
Path = tuple[str | int, ...]

_NOUNS: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping",
    "list_type": "a list",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def validate(model: type[M], value: Any, document: Document) -> tuple[M | None, list[Problem]]:
    """The checked model, or None and everything that is wrong. `value` is the document's value with variables filled
    in; `document` is the file as written."""
    empty = empty_keys(model, value)
    details: list[ErrorDetails] = []
    try:
        found = model.model_validate(value)
        if not empty:
            return found, []
    except ValidationError as error:
        details = _without_branches(error.errors(include_url=False, include_context=True), document)
    return None, [
        *(_problem(model, detail, document) for detail in details if not _follows(detail, empty)),
        *_empty(empty, document),
    ]


def _follows(detail: ErrorDetails, empty: Mapping[Path, str]) -> bool:
    """True for what is only wrong because one of the empty keys counts as not written."""
    path = detail["loc"]
    return path in empty or (detail["type"] == "said" and any(key[:-1] == path for key in empty))


def _empty(empty: Mapping[Path, str], document: Document) -> Iterator[Problem]:
    for path, noun in empty.items():
        yield Problem(document.at(path), "REC1106", *_wrong_type(dotted(path), noun, None))


_BRANCHES: Final = frozenset({"str", "int", "float", "bool"})


def _without_branches(details: Sequence[ErrorDetails], document: Document) -> list[ErrorDetails]:
    """One error where pydantic has one for each form that a scalar may take: the path of each ends with the form, which
    is nothing that the file has."""
    kept: dict[Path, ErrorDetails] = {}
    for number, detail in enumerate(details):
        path = detail["loc"]
        is_branch = detail["type"] in _NOUNS and len(path) > 1 and path[-1] in _BRANCHES
        if is_branch and path[-1] not in _keys_of(_raw(document.value, path[:-1])):
            sort = "string_type" if path[-1] == "str" else "float_type"
            kept.setdefault(path[:-1], ErrorDetails(**{**detail, "loc": path[:-1], "type": sort}))
        else:
            kept[(*path, number)] = detail
    return list(kept.values())


def _problem(model: type[BaseModel], detail: ErrorDetails, document: Document) -> Problem:
    sort = detail["type"]
    is_key = bool(detail["loc"]) and detail["loc"][-1] == "[key]"
    path: Path = detail["loc"][:-1] if is_key else detail["loc"]
    shown = dotted(path)
    if sort == "extra_forbidden":
        return _unknown_key(model, path, document)
    if sort == "missing":
        place = document.at(path[:-1], key=True)
        return Problem(place, "REC1105", f"{shown} is missing.", f"Add `{path[-1]}:`{_under(path[:-1])}.")
    place = document.at(path, key=is_key)
    if sort in _NOUNS:
        wanted = _NOUNS[sort] + _example(model, path, sort)
        return Problem(place, "REC1106", *_wrong_type(shown, wanted, _raw(document.value, path)))
    context = detail.get("ctx", {})
    if is_key and sort != "said":
        return Problem(place, "REC1107", *_wrong_key(path, context))
    if sort == "said":
        remedy = str(context.get("remedy", ""))
        return Problem(place, "REC1107", f"{shown or 'the document'} {context['message']}.", remedy)
    return Problem(place, "REC1107", *_not_allowed(shown, sort, context, _raw(document.value, path)))


def _example(model: type[BaseModel], path: Path, sort: str) -> str:
    """The first keys of a mapping that is missing, so that the reader knows which one is meant."""
    keys = keys_at(model, path) if sort.startswith("model") else []
    return f" with {' or '.join(keys[:3])}" if keys else ""


def _unknown_key(model: type[BaseModel], path: Path, document: Document) -> Problem:
    known = keys_at(model, path[:-1])
    name = str(path[-1])
    guess = nearest(name, known)
    there = [key for key in known if key not in _keys_of(_raw(document.value, path[:-1]))]
    if guess:
        remedy = f"Did you mean {quoted(guess)}?"
    elif there:
        remedy = f"Known here: {', '.join(there[:12])}."
    else:
        remedy = "Remove it."
    where = f"{dotted(path[:-1])} has" if path[:-1] else "the document has"
    place = document.at(path, key=True)
    return Problem(place, "REC1104", f"{where} no key {quoted(name)}.", remedy)


def _wrong_type(shown: str, noun: str, raw: Any) -> tuple[str, str]:
    subject = shown or "the document"
    if raw is None:
        return f"{subject} is empty.", f"Write {noun}, or remove the key."
    remedy = f"Write {noun}."
    if noun == "text" and not isinstance(raw, dict | list):
        remedy = "Put it in quotes."
    elif noun != "text" and isinstance(raw, str) and "${" not in raw:
        remedy = f"Write {noun}, without quotes." if noun in ("true or false", "a whole number", "a number") else remedy
    return f"{subject} must be {noun}, not {_describe(raw)}.", remedy


def _not_allowed(shown: str, sort: str, context: Mapping[str, Any], raw: Any) -> tuple[str, str]:
    subject = shown or "the document"
    value = f", not {_plain(raw)}" if isinstance(raw, int | float) else ""
    if sort in ("literal_error", "enum"):
        return _not_one_of(subject, str(context["expected"]), raw)
    if sort == "string_too_short":
        return f"{subject} is empty.", "Write something, or remove the key."
    if sort == "string_too_long":
        length = len(raw) if isinstance(raw, str) else "more"
        return f"{subject} has {length} characters, at most {context['max_length']} are allowed.", "Shorten it."
    if sort == "too_short":
        return f"{subject} needs at least {context['min_length']} entry.", "Add one."
    if sort == "too_long":
        return f"{subject} takes at most {context['max_length']} entries.", "Remove some."
    bounds = {
        "greater_than_equal": ("ge", "at least"),
        "less_than_equal": ("le", "at most"),
        "greater_than": ("gt", "more than"),
    }
    if sort in bounds:
        name, words = bounds[sort]
        bound = _plain(context[name])
        if isinstance(raw, str) and raw[-1:].isalpha():  # a duration such as 2m, which was read as seconds
            return f"{subject} must be {words} {bound}s, not {raw}.", f"Write {words} {bound}s."
        return f"{subject} must be {words} {bound}{value}.", f"Write a number that is {words} {bound}."
    return f"{subject} is not valid.", "Compare it with `reconcile schema`."


def _wrong_key(path: Path, context: Mapping[str, Any]) -> tuple[str, str]:
    expected = str(context.get("expected", ""))
    remedy = f"Write one of {_unquoted(expected)}." if expected else "Compare it with `reconcile schema`."
    return f"{quoted(str(path[-1]))} cannot be a key of {dotted(path[:-1])}.", remedy


def _unquoted(expected: str) -> str:
    return expected.replace(" or ", ", ").replace("'", "")


def _not_one_of(subject: str, expected: str, raw: Any) -> tuple[str, str]:
    allowed = _unquoted(expected.replace("True", "true")).split(", ")
    guess = nearest(str(raw), allowed)
    what = f"{subject} cannot be {quoted(str(raw)) if isinstance(raw, str) else _describe(raw)}."
    if len(allowed) == 1:
        return what, f"Write {allowed[0]}."
    return what, f"Did you mean {guess}?" if guess else f"Write one of {', '.join(allowed)}."


def dotted(path: Sequence[str | int]) -> str:
    """`spec.keys["1"].menu` for messages: bare names with dots, everything else in brackets."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("-", "_").isidentifier():
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step, 40)}]"
    return text


def _under(path: Path) -> str:
    return f" under {dotted(path)}" if path else ""


def _raw(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return None
    return value


def _keys_of(value: Any) -> frozenset[str]:
    return frozenset(value) if isinstance(value, dict) else frozenset()


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _describe(value: Any) -> str:
    if isinstance(value, bool | int | float):
        return ("the number " if not isinstance(value, bool) else "") + _plain(value)
    if isinstance(value, str):
        return f"the text {quoted(value, 40)}"
    return "a list" if isinstance(value, list) else "a mapping" if isinstance(value, dict) else "empty"
