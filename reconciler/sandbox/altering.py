"""Answers with other content than they should have: for clients that must not trust what they read.

Places are dotted paths into the JSON, `*` stands for every item of a list or every value of an object:
`entities.*.id`, `publishedVersion.id`. A place that the answer does not have is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from reconciler.sandbox.answers import Json, Reply, bad_request, encode


def check(order: Json) -> None:
    """Raises ApiError 400 unless the order of a fault says what to alter."""
    given, gone = order.get("set", {}), order.get("remove", [])
    if not isinstance(given, dict) or not isinstance(gone, list) or not all(isinstance(p, str) for p in gone):
        raise bad_request("set maps places to values, remove is a list of places.", "set")
    if not given and not gone:
        raise bad_request("alter needs set or remove.", "set")


def altered(reply: Reply, order: Json) -> Reply:
    """The same answer with the places set and removed; what is no JSON stays as it is."""
    try:
        body = json.loads(reply.body)
    except ValueError:
        return reply
    for place in order.get("remove", []):
        for holder, key in _places(body, place.split(".")):
            del holder[key]
    for place, value in order.get("set", {}).items():
        for holder, key in _places(body, place.split("."), new=True):
            holder[key] = value
    return replace(reply, body=encode(body))


def _places(node: Any, path: list[str], *, new: bool = False) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) that the path names; with `new` also a last key that is not there yet."""
    step, rest = path[0], path[1:]
    for key in _keys(node, step, new=new and not rest):
        if not rest:
            yield node, key
        else:
            yield from _places(node[key], rest, new=new)


def _keys(node: Any, step: str, *, new: bool) -> list[Any]:
    if isinstance(node, list):
        indexes = range(len(node)) if step == "*" else [int(step)] if step.isdecimal() else []
        return [index for index in reversed(indexes) if index < len(node)]
    if isinstance(node, dict):
        return list(node) if step == "*" else [step] if new or step in node else []
    return []
