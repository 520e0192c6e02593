"""One request as a handler sees it, and the table that finds the handler.

Handlers are plain functions `handler(call) -> Reply`: no await between reading and writing the world, so every
request is atomic. Templates are written as the platform documents them, `/api/v2/flows/{flowId}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from reconciler.sandbox.answers import ApiError, Json, Reply, bad_request
from reconciler.sandbox.faults import Fault
from reconciler.sandbox.world import Actor, World


class Query:
    """Query parameters. Multi-valued ones may be repeated or joined with commas; the official SDK joins."""

    def __init__(self, raw: str) -> None:
        self.pairs = parse_qsl(raw, keep_blank_values=True)

    def one(self, name: str) -> str | None:
        return next((value for key, value in self.pairs if key == name and value != ""), None)

    def many(self, name: str) -> list[str]:
        joined = [value for key, value in self.pairs if key == name]
        return [part for value in joined for part in value.split(",") if part]

    def flag(self, name: str, *, default: bool) -> bool:
        text = self.one(name)
        if text is None:
            return default
        if text.lower() not in ("true", "false"):
            raise bad_request(f"{name} must be true or false.", name, code="invalid.value")
        return text.lower() == "true"

    def number(self, name: str, *, default: int) -> int:
        text = self.one(name)
        if text is None:
            return default
        if not text.isascii() or not text.isdigit() or int(text) < 1:
            raise bad_request(f"{name} must be a number from 1.", name, code="invalid.value")
        return int(text)


@dataclass(slots=True)
class Call:
    """A request after login and permission checks."""

    world: World
    method: str
    path: str
    template: str
    params: Mapping[str, str]
    query: Query
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    actor: Actor = field(default_factory=lambda: Actor("", ""))
    divisions: frozenset[str] | None = None
    fault: Fault | None = None

    def json(self, *, optional: bool = False) -> Json:
        """The body as a JSON object; none or `null` (the official SDK's none) is empty when it is optional.

        Raises ApiError 400 or 415.
        """
        if optional and self.body.strip() in (b"", b"null"):
            return {}
        content_type = self.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if content_type not in ("application/json", ""):
            raise ApiError(415, "unsupported.media.type", f"Content-Type {content_type} is not supported.")
        value = self.json_value()
        if not isinstance(value, dict):
            raise bad_request("The request body must be a JSON object.")
        return value

    def json_value(self) -> Any:
        try:
            return json.loads(self.body or b"null")
        except (ValueError, RecursionError) as reason:
            raise bad_request("The request could not be understood: the body is not valid JSON.") from reason

    def entity(self, kind: str, id: str) -> Json | None:
        """What this request finds under that id; with the setting `lagReads`, GET lags like lists do."""
        if self.method == "GET" and self.world.setting("lagReads"):
            return self.world.shown(kind, id)
        return self.world.get(kind, id)

    def sees(self, entity: Json) -> bool:
        """Whether the caller's grants reach the entity's division; lists leave out what they do not reach."""
        return self.divisions is None or (entity.get("_division") or self.world.home()["id"]) in self.divisions

    def require_sight(self, entity: Json) -> None:
        if not self.sees(entity):
            # UNVERIFIED on the platform: this code's name.
            raise ApiError(403, "missing.division.permission", "You lack the permission in the object's division.")


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`needs`: any one of these permissions is enough; empty means that a token is enough."""

    method: str
    template: str
    handler: Handler
    needs: tuple[str, ...] = ()
    open: bool = False  # no bearer token: login, signed addresses
    body_max: int = 512_000  # the platform's request.bytes.max


@dataclass(frozen=True, slots=True)
class Found:
    endpoint: Endpoint
    params: dict[str, str]


class Table:
    """Finds the endpoint of a method and path; a literal segment wins over a parameter."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._by_shape: dict[int, list[tuple[re.Pattern[str], Endpoint]]] = {}
        for endpoint in sorted(self.endpoints, key=lambda e: [part.startswith("{") for part in e.template.split("/")]):
            pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", endpoint.template))
            self._by_shape.setdefault(endpoint.template.count("/"), []).append((pattern, endpoint))

    def find(self, method: str, path: str) -> Found | set[str]:
        """The endpoint, or the methods that the path has (empty when it is unknown)."""
        methods: set[str] = set()
        for pattern, endpoint in self._by_shape.get(path.count("/"), ()):
            if match := pattern.fullmatch(path):
                if endpoint.method == method:
                    return Found(endpoint, {k: unquote(v) for k, v in match.groupdict().items()})
                methods.add(endpoint.method)
        return methods
