"""Schedules, schedule groups and emergency groups: one family, one shape, optimistic versions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from reconciler.sandbox import usage, version_lock
from reconciler.sandbox.answers import Json, Reply, bad_request, conflict, encode, no_content, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.paging import in_order, listing, name_filter
from reconciler.sandbox.world import World, is_deleted

LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
SCHEDULE_LISTS = ("openSchedules", "closedSchedules", "holidaySchedules")


@dataclass(frozen=True, slots=True)
class Family:
    """What the three kinds do not share."""

    kind: str
    root: str
    id_name: str
    permission: str
    entity_type: str
    word: str
    fields: tuple[str, ...]
    content: Callable[[Call, Json], Json]
    users: Callable[[World, str], list[Json]]

    @property
    def path(self) -> str:
        return f"/api/v2/architect/{self.root}"


def _schedule(_: Call, body: Json) -> Json:
    content = {}
    for key in ("start", "end"):
        if not isinstance(body.get(key), str) or not LOCAL.fullmatch(body[key]):
            raise bad_request(f"{key} must be a local date-time without zone.", key, code="invalid.date")
        content[key] = body[key]
    if content["end"] < content["start"]:
        raise bad_request("end lies before start.", "end", code="invalid.value")
    return content | ({"rrule": str(body["rrule"])} if body.get("rrule") else {})


def _schedule_group(call: Call, body: Json) -> Json:
    content: Json = {"timeZone": str(body["timeZone"])} if body.get("timeZone") else {}
    for key in SCHEDULE_LISTS:
        items = body.get(key) or []
        if not isinstance(items, list):
            raise bad_request(f"{key} must be a list.", key, code="invalid.value")
        found = [version_lock.reference(call, {key: item}, key, "schedules") for item in items]
        content[key] = [{"id": schedule["id"]} for schedule in found if schedule]
    return content


def _emergency_group(call: Call, body: Json) -> Json:
    calls = body.get("emergencyCallFlows") or []
    if not isinstance(calls, list) or not all(isinstance(c, dict) for c in calls):
        raise bad_request("emergencyCallFlows must be a list.", "emergencyCallFlows", code="invalid.value")
    kept = []
    for item in calls:
        flow = version_lock.reference(call, item, "emergencyFlow", "flows")
        routes = [version_lock.reference(call, {"ivrs": ref}, "ivrs", "routes") for ref in item.get("ivrs") or []]
        ivrs = [{"id": route["id"]} for route in routes if route]
        kept.append({"ivrs": ivrs} | ({"emergencyFlow": {"id": flow["id"]}} if flow else {}))
    return {"enabled": bool(body.get("enabled")), "emergencyCallFlows": kept}


def _groups_of(world: World, id: str) -> list[Json]:
    return [
        g
        for g in world.all("schedulegroups")
        if not is_deleted(g) and any(s["id"] == id for key in SCHEDULE_LISTS for s in g.get(key) or ())
    ]


SCHEDULES = Family(
    "schedules", "schedules", "scheduleId", "routing:schedule", "Schedule", "A schedule",
    ("start", "end", "rrule"), _schedule, _groups_of,
)  # fmt: skip
SCHEDULE_GROUPS = Family(
    "schedulegroups", "schedulegroups", "scheduleGroupId", "routing:scheduleGroup", "ScheduleGroup",
    "A schedule group", ("timeZone", *SCHEDULE_LISTS), _schedule_group, usage.routes_using,
)  # fmt: skip
EMERGENCY_GROUPS = Family(
    "emergencygroups", "emergencygroups", "emergencyGroupId", "routing:emergencyGroup", "EmergencyGroup",
    "An emergency group", ("enabled", "emergencyCallFlows"), _emergency_group, lambda *_: [],
)  # fmt: skip


def _endpoints(family: Family) -> list[Endpoint]:
    def render(call: Call, entity: Json) -> Json:
        return version_lock.render(call.world, entity, family.path, *family.fields)

    def find(call: Call) -> Json:
        id = call.params[family.id_name]
        entity = call.entity(family.kind, id)
        if entity is None:
            raise not_found("not.found", family.word.lower(), id)
        call.require_sight(entity)
        return entity

    def listed(call: Call) -> Reply:
        wanted, divisions = name_filter(call.query, "name"), call.query.many("divisionId")
        schedules = call.query.many("scheduleIds")
        items = [
            e
            for e in call.world.listed(family.kind)
            if call.sees(e)
            and wanted(e)
            and (not divisions or e["_division"] in divisions)
            and (not schedules or any(s["id"] in schedules for key in SCHEDULE_LISTS for s in e.get(key) or ()))
        ]
        items = in_order(call, items, ("name", "id", "version"))
        return listing(call, items, lambda e: encode(render(call, e)), absent_when_empty=True)

    def create(call: Call) -> Reply:
        body = call.json()
        entity = version_lock.created(call, body)
        entity |= version_lock.named(call, family.kind, body, None, family.word) | family.content(call, body)
        call.world.put(family.kind, entity)
        call.world.audit(call.actor, "Telephony", family.entity_type, "Create", entity)
        return ok(render(call, entity))

    def get(call: Call) -> Reply:
        return ok(render(call, find(call)))

    def update(call: Call) -> Reply:
        body, current = call.json(), find(call)
        version_lock.check(call.world, body, current)
        new = version_lock.modified(call, body, current)
        new |= version_lock.named(call, family.kind, body, current, family.word) | family.content(call, body)
        call.world.put(family.kind, new)
        call.world.audit(call.actor, "Telephony", family.entity_type, "Update", new)
        return ok(render(call, new))

    def delete(call: Call) -> Reply:
        entity = find(call)
        if users := family.users(call.world, entity["id"]):
            text = f"'{entity['name']}' is in use by {', '.join(u['name'] for u in users)}."
            raise conflict("general.conflict", text, entity_id=entity["id"], entity_name=entity["name"])
        call.world.remove(family.kind, entity["id"])
        call.world.audit(call.actor, "Telephony", family.entity_type, "Delete", entity)
        return no_content()

    one, needs = f"{family.path}/{{{family.id_name}}}", family.permission
    return [
        Endpoint("GET", family.path, listed, (f"{needs}:view",)),
        Endpoint("POST", family.path, create, (f"{needs}:add",)),
        Endpoint("GET", one, get, (f"{needs}:view",)),
        Endpoint("PUT", one, update, (f"{needs}:edit",)),
        Endpoint("DELETE", one, delete, (f"{needs}:delete",)),
    ]


ENDPOINTS = [e for family in (SCHEDULES, SCHEDULE_GROUPS, EMERGENCY_GROUPS) for e in _endpoints(family)]
