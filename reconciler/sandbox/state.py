"""Changing the state from outside: checks enough that a typo is refused instead of breaking later requests."""

from __future__ import annotations

import heapq
import uuid
from typing import Any

from reconciler.sandbox.answers import Json, bad_request
from reconciler.sandbox.organisation import COLLECTIONS, FORMAT, LISTS, SETTINGS

RAW = (
    "tokens", "uploads", "audio", "documents", "inbox", "queuescripts",
    "jobs", "exports", "validations", "auditqueries", "dependencybuilds", "analyticsjobs", "botsessions", "messages",
)  # fmt: skip
WITHOUT_DIVISION = ("divisions", "groups", "users")
DEFAULTS: dict[str, Json] = {
    "queues": {"memberCount": 0},
    "groups": {"type": "official", "state": "active", "visibility": "public", "version": 1},
    "users": {"state": "active", "version": 1},
    "prompts": {"description": None, "_resources": {}},
    "routes": {"version": 1, "state": "active", "dnis": []},
    "schedules": {"version": 1, "state": "active"},
    "schedulegroups": {"version": 1, "state": "active"},
    "emergencygroups": {"version": 1, "state": "active", "enabled": False, "emergencyCallFlows": []},
    "didpools": {"version": 1, "state": "active", "provider": "PURE_CLOUD"},
}
NEEDED = {"didpools": ("startPhoneNumber", "endPhoneNumber"), "schedules": ("start", "end")}


def merged(state: Json, change: Json) -> Json:
    """The state with each part that `change` names replaced. Raises ApiError 400 on an unknown or broken part."""
    result = dict(state)
    # Divisions come first, because what comes without one is put into Home.
    for part, value in sorted(change.items(), key=lambda item: item[0] != "divisions"):
        if part == "format":
            if value != FORMAT:
                raise bad_request(f"format must be {FORMAT}.", "format")
        elif part == "settings":
            result[part] = _settings(state[part], value)
        elif part == "organization":
            result[part] = {**state[part], **_object(part, value)}
        elif part in LISTS:
            result[part] = _list(part, value)
        elif part in RAW:
            result[part] = _object(part, value)
        elif part in COLLECTIONS:
            result[part] = _collection(part, value, result)
        else:
            known = ", ".join(("organization", "settings", *COLLECTIONS, *LISTS))
            raise bad_request(f"the state has no part {part!r}; it has {known}.", part)
        if not any(d.get("homeDivision") for d in result["divisions"].values()):
            raise bad_request("one division must have homeDivision true.", "divisions")
    return result


def _settings(current: Json, value: Any) -> Json:
    change = _object("settings", value)
    if unknown := sorted(set(change) - set(SETTINGS)):
        raise bad_request(f"there is no setting {unknown[0]!r}; there are {', '.join(SETTINGS)}.", "settings")
    seconds = [change.get(name) or 0 for name in ("listLagSeconds", "auditDelaySeconds", "analyticsDelaySeconds")]
    if not all(isinstance(n, (int, float)) and not isinstance(n, bool) and n >= 0 for n in seconds):
        raise bad_request("listLagSeconds and the delays are seconds from 0.", "settings")
    return {**current, **change}


def _list(part: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or (part != "timers" and not all(isinstance(v, dict) for v in value)):
        raise bad_request(f"{part} must be a list of objects.", part)
    if part == "timers":
        for timer in value:
            match timer:
                case [int() | float(), str(), str()]:
                    pass
                case _:
                    raise bad_request("a timer is [epoch seconds, name, key].", part)
        heapq.heapify(value)
    return value


def _object(part: str, value: Any) -> Json:
    if not isinstance(value, dict):
        raise bad_request(f"{part} must be an object.", part)
    return value


def _collection(part: str, value: Any, state: Json) -> Json:
    """Entities by id; a list is accepted, and an entity without an id gets one."""
    items = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request(f"{part} must be a list of objects, or an object that maps ids to them.", part)
    defaults = dict(DEFAULTS.get(part, {}))
    if part not in WITHOUT_DIVISION:
        defaults["_division"] = next(d["id"] for d in state["divisions"].values() if d.get("homeDivision"))
    result: Json = {}
    for item in items:
        if not isinstance(item.get("name"), str):
            raise bad_request(f"every object of {part} needs a name.", part)
        if missing := [key for key in NEEDED.get(part, ()) if key not in item]:
            raise bad_request(f"{item.get('name')} of {part} needs {missing[0]}.", part)
        if part == "flows" and "_versions" not in item:
            raise bad_request("flows can only be put back as GET gave them; make new ones through the API.", part)
        entity = {"id": str(uuid.uuid4()), **defaults, **item}
        result[str(entity["id"])] = entity
    return result
