"""Optimistic locking as routes, schedules and groups have it: an integer that each PUT moves by one.

Leaving the version out is accepted and overwrites [official provider]; a stale one is refused. UNVERIFIED on the
platform: the code `general.conflict` for IVRs. The setting `routeConflictStatus` chooses 409 or 400, both were seen.
"""

from __future__ import annotations

from reconciler.sandbox.answers import ApiError, Json, bad_request
from reconciler.sandbox.calls import Call
from reconciler.sandbox.clock import iso
from reconciler.sandbox.divisions import division_of
from reconciler.sandbox.world import World

HEAD = ("id", "name", "description", "version", "dateCreated", "dateModified", "createdBy", "modifiedBy",
        "createdByApp", "modifiedByApp", "state")  # fmt: skip


def check(world: World, body: Json, current: Json) -> None:
    """Raises ApiError when the body's version is not the stored one."""
    sent = body.get("version")
    if sent is None:
        return
    if isinstance(sent, bool) or not isinstance(sent, int):
        raise bad_request("version must be a whole number.", "version", code="invalid.value")
    if sent == current["version"]:
        return
    if world.setting("routeConflictStatus") == 400:
        text = f"The version {sent} does not match the current version {current['version']}."
        raise ApiError(400, "bad.request", text, entity_id=current["id"])
    text = f"The version sent ({sent}) must match the version in the database ({current['version']})."
    raise ApiError(409, "general.conflict", text, entity_id=current["id"], entity_name=current["name"])


def created(call: Call, body: Json) -> Json:
    """The fields every new object of this family starts with."""
    world, now = call.world, iso(call.world.now())
    who = "createdBy" if call.actor.user else "createdByApp"
    entity = {"id": world.new_id(), "version": 1, "dateCreated": now, "dateModified": now, "state": "active"}
    return entity | {"_division": division_of(call, body, default=None), who: call.actor.id}


def modified(call: Call, body: Json, current: Json) -> Json:
    """The same fields after one more write; whatever else the object had is gone."""
    keep = ("id", "dateCreated", "createdBy", "createdByApp", "state")
    who = "modifiedBy" if call.actor.user else "modifiedByApp"
    entity = {key: current[key] for key in keep if key in current}
    entity |= {"version": current["version"] + 1, "dateModified": iso(call.world.now()), who: call.actor.id}
    return entity | {"_division": division_of(call, body, default=current["_division"])}


def named(call: Call, kind: str, body: Json, current: Json | None, word: str) -> Json:
    """Name and description. Raises ApiError 400, or 409 for a name in use (UNVERIFIED for IVRs)."""
    name, description = body.get("name"), body.get("description")
    if not isinstance(name, str) or not name.strip():
        raise bad_request(f"{word} needs a name.", "name", code="invalid.value")
    if description is not None and not isinstance(description, str):
        raise bad_request("description must be a string.", "description", code="invalid.value")
    other = call.world.by_name(kind, name)
    if other is not None and (current is None or other["id"] != current["id"]):
        raise ApiError(409, "general.conflict", f"{word} named '{name}' already exists.", entity_name=name)
    return {"name": name} | ({"description": description} if description is not None else {})


def render(world: World, entity: Json, root: str, *more: str) -> Json:
    body = {key: entity[key] for key in (*HEAD, *more) if entity.get(key) is not None}
    body["division"] = world.division_ref(entity["_division"])
    return {**body, "selfUri": f"{root}/{entity['id']}"}


def reference(call: Call, body: Json, key: str, kind: str) -> Json | None:
    """`{id}` under that key, which must exist. Raises ApiError 400."""
    value = body.get(key)
    if value is None:
        return None
    id = value.get("id") if isinstance(value, dict) else None
    entity = call.world.get(kind, id) if isinstance(id, str) else None
    if entity is None or entity.get("deleted") or entity.get("state") == "deleted":
        raise bad_request(f"{key} refers to {id}, which does not exist.", key, code="invalid.value")
    return entity


def link(entity: Json, where: str) -> Json:
    return {"id": entity["id"], "name": entity["name"], "selfUri": f"{where}/{entity['id']}"}
