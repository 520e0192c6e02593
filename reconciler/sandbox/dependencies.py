"""Dependency tracking: which version of which flow uses what, as it was when that version was checked in or published.

Rules seen on live organisations and kept here: types that have versions need one, and an exact one (`LATEST` is none);
answers are about that version only; each referencing version is an entry of its own. UNVERIFIED and chosen here: an IVR
configuration refers to every version of its flows, what has no versions is asked about without one, searches match
whole names with `*` as wildcard, and a running build refuses every question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reconciler.sandbox import archy, versions
from reconciler.sandbox.answers import ApiError, Json, Reply, bad_request, conflict, encode, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso
from reconciler.sandbox.paging import listing, name_filter
from reconciler.sandbox.world import World, is_deleted

ROOT = "/api/v2/architect/dependencytracking"
VIEW = ("architect:dependencyTracking:view",)
REBUILD = ("architect:dependencyTracking:rebuild",)
TYPES = {
    "prompts": "USERPROMPT",
    "queues": "QUEUE",
    "schedulegroups": "SCHEDULEGROUP",
    "schedules": "SCHEDULE",
    "emergencygroups": "EMERGENCYGROUP",
    "users": "USER",
    "groups": "GROUP",
    "routes": "IVRCONFIGURATION",
}
ROUTE_KEYS = ("openHoursFlow", "closedHoursFlow", "holidayHoursFlow")
FIRST_BUILD = "2024-01-01T00:00:00.000Z"


def type_of_flow(type: str) -> str:
    return type if type == "WORKFLOW" else f"{type}FLOW"


VERSIONED = frozenset(type_of_flow(type) for type in archy.ALL_TYPES - {"SPEECH"})
ALL = VERSIONED | frozenset(TYPES.values()) | {"LANGUAGE"}


@dataclass(frozen=True, slots=True)
class Thing:
    """An object as tracking names it; `version` is None for what has none, or for any of them."""

    type: str
    id: str
    version: str | None
    name: str
    deleted: bool = False

    def body(self) -> Json:
        where = f"{ROOT}/object?id={self.id}&objectType={self.type}"
        found = {"id": self.id, "name": self.name, "type": self.type, "deleted": self.deleted, "updated": False}
        if self.version is not None:
            found["version"] = self.version
            where += f"&version={self.version}"
        return {**found, "stateUnknown": False, "selfUri": where}


# -- who uses what ---------------------------------------------------------------------------------------------------


def _edges(world: World) -> Iterator[tuple[Thing, Thing]]:
    """Every (consumer, consumed), by the versions that refer to each other."""
    for flow in world.all("flows"):
        if is_deleted(flow):
            continue
        for made in flow["_versions"]:
            consumer = Thing(type_of_flow(flow["type"]), flow["id"], made["id"], flow["name"])
            for kind, id, version in made.get("_consumes", ()):
                yield consumer, _thing(world, kind, id, version)
    for route in world.all("routes"):
        if not is_deleted(route):
            yield from _route_edges(world, route)


def _route_edges(world: World, route: Json) -> Iterator[tuple[Thing, Thing]]:
    consumer = Thing("IVRCONFIGURATION", route["id"], None, route["name"])
    for key in ROUTE_KEYS:
        if id := (route.get(key) or {}).get("id"):
            yield consumer, _thing(world, "flows", id, None)
    if id := (route.get("scheduleGroup") or {}).get("id"):
        yield consumer, _thing(world, "schedulegroups", id, None)


def _thing(world: World, kind: str, id: str, version: str | None) -> Thing:
    if kind == "languages":
        return Thing("LANGUAGE", id, None, id)
    entity = world.get(kind, id)
    if kind == "flows":
        type, name = (entity["type"], entity["name"]) if entity else ("INBOUNDCALL", id)
        return Thing(type_of_flow(type), id, version, name, entity is None or is_deleted(entity))
    return Thing(TYPES[kind], id, None, entity["name"] if entity else id, entity is None or is_deleted(entity))


def _same(asked: Thing, edge: Thing) -> bool:
    return asked.id == edge.id and asked.type == edge.type and edge.version in (None, asked.version)


def _consumed(call: Call, asked: Thing, types: list[str]) -> list[Thing]:
    found = [used for user, used in _edges(call.world) if _same(asked, user) and (not types or used.type in types)]
    return sorted(dict.fromkeys(found), key=lambda t: (t.name.lower(), t.type, t.id))


def _consuming(call: Call, asked: Thing, types: list[str], only: str | None = None) -> list[Thing]:
    found = [user for user, used in _edges(call.world) if _same(asked, used) and (not types or user.type in types)]
    if only is not None:
        pointer = {"checkedin": "_checked_in", "published": "_published"}[only]
        found = [t for t in found if t.version is None or call.world.state["flows"][t.id][pointer] == t.version]
    return sorted(dict.fromkeys(found), key=lambda t: (t.name.lower(), t.type, t.id, t.version or ""))


# -- what was asked --------------------------------------------------------------------------------------------------


def _required(call: Call, name: str) -> str:
    text = call.query.one(name)
    if text is None:
        raise bad_request(f"{name} is required.", name, code="architect.query.parameter.missing")
    return text


def _types(call: Call, name: str) -> list[str]:
    types = [text.upper() for text in call.query.many(name)]
    for type in types:
        _check_type(type, name, ALL)
    return types


def _check_type(type: str, field: str, known: frozenset[str]) -> None:
    if type not in known:
        code = "architect.dependency.object.invalid.type"
        raise bad_request(f"{type} is not a type of object that this takes.", field, code=code)


def _asked(call: Call, *, known: frozenset[str] = ALL) -> Thing:
    """The object in question. Raises ApiError 400, 404, or 409 while the index is being built."""
    _refuse_while_building(call)
    id, type = _required(call, "id"), _required(call, "objectType").upper()
    _check_type(type, "objectType", known)
    version = call.query.one("version")
    if type in VERSIONED and version is None:
        code = "architect.dependency.object.version.not.specified"
        raise bad_request("The object's exact version is needed.", "version", code=code)
    found = _find(call.world, type, id, version)
    if found is None:
        text = f"There is no {type} {id}" + (f" in version {version}." if version else ".")
        raise ApiError(404, "architect.dependency.object.not.found", text, entity_id=id)
    return found


def _find(world: World, type: str, id: str, version: str | None) -> Thing | None:
    if type == "LANGUAGE":
        return _thing(world, "languages", id, None)
    if type in VERSIONED:
        flow = world.get("flows", id)
        if flow is None or type_of_flow(flow["type"]) != type or versions.version(flow, version) is None:
            return None
        return _thing(world, "flows", id, version)
    kind = next(kind for kind, word in TYPES.items() if word == type)
    return _thing(world, kind, id, None) if world.get(kind, id) else None


def _full(call: Call, thing: Thing) -> Json:
    body = thing.body()
    if call.query.flag("consumedResources", default=False):
        body["consumedResources"] = [t.body() for t in _consumed(call, thing, _types(call, "consumedResourceType"))]
    if call.query.flag("consumingResources", default=False):
        body["consumingResources"] = [t.body() for t in _consuming(call, thing, _types(call, "consumingResourceType"))]
    return body


# -- endpoints -------------------------------------------------------------------------------------------------------


def _listing(call: Call, bodies: list[Json]) -> Reply:
    return listing(call, bodies, encode, absent_when_empty=True)


def search(call: Call) -> Reply:
    """Objects by name, flows in their published or else newest version."""
    _refuse_while_building(call)
    _required(call, "name")
    types, wanted = _types(call, "objectType"), name_filter(call.query, "name")
    found = [thing for thing in _things(call) if wanted({"name": thing.name}) and (not types or thing.type in types)]
    return _listing(call, [_full(call, t) for t in sorted(found, key=lambda t: (t.name.lower(), t.type, t.id))])


def _things(call: Call) -> Iterator[Thing]:
    world = call.world
    for kind in TYPES:
        yield from (_thing(world, kind, e["id"], None) for e in world.listed(kind) if not is_deleted(e))
    for flow in world.listed("flows"):
        made = versions.version(flow, flow["_published"]) or versions.latest(flow)
        if made is not None and not is_deleted(flow):
            yield _thing(world, "flows", flow["id"], made["id"])


def get_object(call: Call) -> Reply:
    return ok(_full(call, _asked(call)))


def consumed_resources(call: Call) -> Reply:
    asked = _asked(call, known=VERSIONED)
    return _listing(call, [t.body() for t in _consumed(call, asked, _types(call, "resourceType"))])


def consuming_resources(call: Call) -> Reply:
    asked, only = _asked(call), call.query.one("flowFilter")
    if only is not None and only.lower() not in ("checkedin", "published"):
        raise bad_request("flowFilter must be checkedIn or published.", "flowFilter", code="invalid.value")
    types = _types(call, "resourceType")
    return _listing(call, [t.body() for t in _consuming(call, asked, types, only.lower() if only else None)])


def list_types(call: Call) -> Reply:
    return listing(call, [_type(type) for type in sorted(ALL)], encode)


def get_type(call: Call) -> Reply:
    type = call.params["typeId"].upper()
    if type not in ALL:
        raise not_found("not.found", "a dependency type", type)
    return ok(_type(type))


def _type(type: str) -> Json:
    return {"id": type, "name": type, "versioned": type in VERSIONED, "selfUri": f"{ROOT}/types/{type}"}


# -- the index -------------------------------------------------------------------------------------------------------


def _build(world: World) -> Json:
    first = {"id": "first", "buildId": "first", "dateStarted": FIRST_BUILD, "dateCompleted": FIRST_BUILD}
    latest = list(world.all("dependencybuilds"))[-1:]
    return latest[0] if latest else {**first, "status": "OPERATIONAL", "failedObjects": []}


def _refuse_while_building(call: Call) -> None:
    if _build(call.world)["status"] == "BUILDINPROGRESS":
        raise conflict("architect.dependencies.build.in.progress", "The dependency index is being built.")


def get_build(call: Call) -> Reply:
    return ok({**_build(call.world), "selfUri": f"{ROOT}/build"})


def start_build(call: Call) -> Reply:
    _refuse_while_building(call)
    world, id = call.world, call.world.new_id()
    begun = {"id": id, "buildId": id, "dateStarted": iso(world.now()), "client": call.actor.ref(), "failedObjects": []}
    world.put_passing("dependencybuilds", {**begun, "status": "BUILDINPROGRESS"})
    world.after(world.options.job_duration_seconds, "dependencybuild", id)
    return Reply(202)


def finish_build(world: World, id: str) -> None:
    """Timer: the index is ready."""
    build = world.get("dependencybuilds", id)
    if build is not None:
        world.put("dependencybuilds", {**build, "status": "OPERATIONAL", "dateCompleted": iso(world.now())})


ENDPOINTS = [
    Endpoint("GET", ROOT, search, VIEW),
    Endpoint("GET", ROOT + "/object", get_object, VIEW),
    Endpoint("GET", ROOT + "/consumedresources", consumed_resources, VIEW),
    Endpoint("GET", ROOT + "/consumingresources", consuming_resources, VIEW),
    Endpoint("GET", ROOT + "/types", list_types, VIEW),
    Endpoint("GET", ROOT + "/types/{typeId}", get_type, VIEW),
    Endpoint("GET", ROOT + "/build", get_build, VIEW),
    Endpoint("POST", ROOT + "/build", start_build, REBUILD),
]
TIMERS = {"dependencybuild": finish_build}
