"""Reading fields out of answers: the few we use, with the type we need, or Malformed with the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.errors import Malformed
from reconciler.genesys.wire import exchanged
from reconciler.genesys.wire.translate import Place

Row = Mapping[str, Any]


def row(body: Any, place: Place) -> Row:
    """A JSON object with an `id`."""
    if not isinstance(body, dict) or not isinstance(body.get("id"), str) or not body["id"]:
        raise missing("id", place)
    return body


def text(body: Row, name: str, place: Place) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise missing(name, place)
    return value


def optional_text(body: Row, name: str) -> str:
    """The text, empty when absent or something else."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def part(body: Row, name: str) -> Row | None:
    """A nested object, None when absent or something else."""
    value = body.get(name)
    return value if isinstance(value, dict) else None


def parts(body: Any, name: str, place: Place) -> list[Row]:
    """A list of nested objects; empty when absent, Malformed when it is anything else."""
    listed = (body.get(name) or []) if isinstance(body, dict) else None
    if not isinstance(listed, list) or not all(isinstance(one, dict) for one in listed):
        raise missing(name, place)
    return listed


def id_of(body: Row, name: str) -> str:
    """The `id` of a nested object, empty when absent."""
    inner = part(body, name)
    return optional_text(inner, "id") if inner is not None else ""


def missing(name: str, place: Place) -> Malformed:
    return unusable(f"The platform's answer lacks the field {name!r}; its API may have changed.", place)


def unusable(message: str, place: Place) -> Malformed:
    """The error for an answer that was read and makes no sense; names the request it came for."""
    correlation_id, request_id = exchanged.latest()
    return Malformed(
        message,
        method=place.method,
        path=place.template,
        correlation_id=correlation_id,
        request_id=request_id,
    )
