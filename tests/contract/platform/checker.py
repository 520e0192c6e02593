"""Whether one request or one answer is what the platform's API allows. Pure: values in, sentences out.

A contract is the JSON that `extract` writes. What it cannot tell (status codes, required body fields, meanings) is not
checked. Null is accepted for every field, as the SDK reads it. Enum values must be the known ones to the letter,
although the SDK itself turns unknown ones into `outdated_sdk_version`: what our two sides make up is always known.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tests.contract.platform.deviations import LOCAL_TIMES, LOGIN, LOGIN_PATH, NOT_API

FILE = next(Path(__file__).parent.glob("sdk-*.json"))
VIOLATIONS_MAX = 10
"""Of one message; a wrong field in a list of a thousand is one mistake."""

_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?")
_LIST = re.compile(r"list\[(.+)\]")
_DICT = re.compile(r"dict\(str, (.+)\)")
_PLAIN: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (int, float),
    "bool": (bool,),
    "object": (object,),
}


@dataclass(frozen=True)
class Found:
    """What one message was held against. `endpoint` is `METHOD template`, None outside the contract."""

    endpoint: str | None
    violations: tuple[str, ...]


class Contract:
    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.endpoints: Mapping[str, Mapping[str, Any]] = facts["endpoints"]
        self.models: Mapping[str, Mapping[str, Any]] = facts["models"]
        self._by_shape: dict[tuple[str, int], list[tuple[re.Pattern[str], str]]] = {}
        # A literal segment wins over a parameter: `{` sorts behind all that paths are made of.
        for name in sorted(self.endpoints, key=lambda name: name.split("/")):
            method, _, template = name.partition(" ")
            pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))
            self._by_shape.setdefault((method, template.count("/")), []).append((pattern, name))

    def find(self, method: str, path: str) -> str | None:
        """`METHOD template` of a request, None when the contract has no such endpoint."""
        shapes = self._by_shape.get((method, path.count("/")), ())
        return next((name for pattern, name in shapes if pattern.fullmatch(path)), None)

    def request(self, method: str, path: str, query: str, *, content_type: str, body: bytes) -> Found:
        """Hold a request against the contract."""
        if path == LOGIN_PATH:
            is_form = method == "POST" and body == b"grant_type=client_credentials"
            return Found(f"{method} {path}", () if is_form else (f"{method} {path}: not the form of a login",))
        if is_exempt(path):
            return Found(None, ())
        name = self.find(method, path)
        if name is None:
            return Found(None, (f"{method} {path}: the platform has no such endpoint",))
        facts = self.endpoints[name]
        wrong = [*_query(facts, query), *self._sent(facts, content_type, body)]
        return _found(name, "request", wrong)

    def answer(self, method: str, path: str, status: int, *, content_type: str, body: bytes) -> Found:
        """Hold a complete answer against the contract; answers to HEAD have no body."""
        if is_exempt(path):
            return Found(None, ())
        name = f"{method} {path}" if path == LOGIN_PATH else self.find(method, path)
        part = f"answer {status}"
        if method == "HEAD" or 300 <= status < 400:
            return Found(name, ())
        if path == LOGIN_PATH:
            return _found(name, part, self._login(status, content_type, body))
        if status >= 400:
            return _found(name or f"{method} {path}", part, self._json("ErrorBody", content_type, body))
        if name is None:
            return Found(None, (f"{method} {path}: answered {status}, but the platform has no such endpoint",))
        expected = self.endpoints[name]["answer"]
        if expected is None:
            return _found(name, part, ["$: has a body, and the SDK reads none"] if body else [])
        return _found(name, part, self._json(expected, content_type, body))

    def _sent(self, facts: Mapping[str, Any], content_type: str, body: bytes) -> Iterator[str]:
        if facts["body"] is not None and body:
            yield from self._json(facts["body"], content_type, body)
        elif facts["body"] is not None and facts["body_needed"]:
            yield f"$: no body, and the endpoint needs a {facts['body']}"
        elif body:
            yield "$: a body, and the endpoint takes none"

    def _login(self, status: int, content_type: str, body: bytes) -> Iterator[str]:
        value, wrong = _parsed(content_type, body)
        fields = LOGIN["answer" if status < 400 else "refusal"]
        yield from wrong or self._fields({"fields": fields}, "the login", value, "$")

    def _json(self, type: str, content_type: str, body: bytes) -> Iterator[str]:
        value, wrong = _parsed(content_type, body)
        yield from wrong or self._value(type, value, "$")

    def _value(self, type: str, value: Any, where: str, *, local: bool = False) -> Iterator[str]:
        if (plain := _PLAIN.get(type)) is not None:
            if not isinstance(value, plain) or (isinstance(value, bool) and bool not in plain and object not in plain):
                yield f"{where}: {_shown(value)} is no {type}"
        elif type in self.models:
            yield from self._fields(self.models[type], type, value, where)
        elif inner := _LIST.fullmatch(type):
            if isinstance(value, list):
                for at, item in enumerate(value):
                    yield from self._value(inner[1], item, f"{where}[{at}]")
            else:
                yield f"{where}: {_shown(value)} is no list"
        elif inner := _DICT.fullmatch(type):
            if isinstance(value, dict):
                for key, item in value.items():
                    yield from self._value(inner[1], item, f"{where}.{key}")
            else:
                yield f"{where}: {_shown(value)} is no object"
        elif not isinstance(value, str) or not (_LOCAL if local else _TIMES[type]).fullmatch(value):
            yield f"{where}: {_shown(value)} is no {type}"

    def _fields(self, model: Mapping[str, Any], name: str, value: Any, where: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{where}: {_shown(value)} is no object, it should be {name}"
            return
        fields, enums = model["fields"], model.get("enums", {})
        for key, inner in value.items():
            type = fields.get(key)
            if type is None:
                yield f"{where}.{key}: {name} has no field {key!r}"
            elif inner is not None:
                yield from self._value(type, inner, f"{where}.{key}", local=(name, key) in LOCAL_TIMES)
                if key in enums and isinstance(inner, str) and inner not in enums[key]:
                    yield f"{where}.{key}: {_shown(inner)} is none of {', '.join(enums[key])}"


_TIMES = {"datetime": _UTC, "date": re.compile(r"\d{4}-\d\d-\d\d"), "LocalDateTime": _LOCAL}


def is_exempt(path: str) -> bool:
    return path.startswith(tuple(NOT_API))


def load() -> Contract:
    return Contract(json.loads(FILE.read_text("utf-8")))


def _query(facts: Mapping[str, Any], query: str) -> Iterator[str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    names = [name for name, _ in pairs]
    for name in facts["needs"]:
        if name not in names:
            yield f"?{name}: missing, and the endpoint needs it"
    for name, value in pairs:
        type = facts["query"].get(name)
        if type is None:
            yield f"?{name}: there is no such query parameter"
            continue
        inner = _LIST.fullmatch(type)
        if inner is None and names.count(name) > 1:
            yield f"?{name}: given {names.count(name)} times, and it is no list"
        if not _reads_as(inner[1] if inner else type, value):
            yield f"?{name}: {_shown(value)} is no {type}"


def _reads_as(type: str, text: str) -> bool:
    match type:
        case "int":
            return text.isascii() and text.isdigit()
        case "bool":
            return text in ("true", "false")
        case "datetime":
            return _UTC.fullmatch(text) is not None
        case _:
            return True


def _parsed(content_type: str, body: bytes) -> tuple[Any, list[str]]:
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return None, [f"$: Content-Type is {content_type or 'absent'}, not application/json"]
    try:
        return json.loads(body), []
    except ValueError:
        return None, [f"$: no JSON, {_shown(body.decode('utf-8', 'replace'))}"]


def _found(name: str | None, part: str, wrong: Iterator[str] | Sequence[str]) -> Found:
    """Positions in lists are folded together: the same mistake in each of a hundred rows is told once."""
    told: dict[str, str] = {}
    for text in wrong:
        told.setdefault(re.sub(r"\[\d+\]", "[]", text), text)
        if len(told) == VIOLATIONS_MAX:
            break
    return Found(name, tuple(f"{name}, {part}: {text}" for text in told.values()))


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
