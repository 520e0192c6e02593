"""A call route of the platform as a manifest: names instead of ids. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from reconciler.kinds.call_route.normal import FLOW_TYPE
from reconciler.kinds.exported import Head, Inexpressible, manifest
from reconciler.model.identity import Key
from reconciler.model.problem import Location
from reconciler.model.resource import External, Spec

_FLOWS: Final = ("open", "closed", "holiday")


def file(key: Key, spec: Spec, *, head: Head) -> bytes:
    """The manifest. Raises Inexpressible for a route without a flow that answers, or a reference without a name."""
    nameless = [word for word in (*_FLOWS, "scheduleGroup") if str(spec.get(word) or "").startswith("id:")]
    if nameless:
        raise Inexpressible(f"The platform tells no name for its {nameless[0]} ({spec[nameless[0]]}).")
    if not spec.get("open"):
        raise Inexpressible("No flow answers when it is open, so there is nothing to declare.")
    body: dict[str, Any] = {"description": spec["description"]} if spec.get("description") else {}
    body["dnis"] = list(spec["dnis"])
    body |= {word: {"flow": spec[word]} for word in _FLOWS if spec.get(word)}
    if spec.get("scheduleGroup"):
        body["scheduleGroup"] = spec["scheduleGroup"]
    return manifest(key, body, head)


def references(spec: Spec, path: str) -> Iterator[External]:
    """What the route needs by name; `path` is its file."""
    for word in _FLOWS:
        if spec.get(word):
            yield External("Flow", spec[word], Location(path), FLOW_TYPE)
    if spec.get("scheduleGroup"):
        yield External("ScheduleGroup", spec["scheduleGroup"], Location(path))
