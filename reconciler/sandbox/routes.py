"""IVR configurations: which numbers reach which flow. Every PUT replaces the whole object and moves its version."""

from __future__ import annotations

import re

from reconciler.sandbox import version_lock
from reconciler.sandbox.answers import Json, Reply, bad_request, encode, no_content, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.numbers import owner_of, pool_of
from reconciler.sandbox.paging import in_order, listing, name_filter
from reconciler.sandbox.world import Actor, World, is_deleted

ROOT = "/api/v2/architect/ivrs"
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
NEW_NUMBERS_MAX = 50  # the most the official provider adds in one write
FLOWS = ("openHoursFlow", "closedHoursFlow", "holidayHoursFlow")


def render(world: World, route: Json) -> Json:
    body = version_lock.render(world, route, ROOT, "dnis")
    for key in FLOWS:
        if flow := world.get("flows", (route.get(key) or {}).get("id", "")):
            body[key] = version_lock.link(flow, "/api/v2/flows")
    if group := world.get("schedulegroups", (route.get("scheduleGroup") or {}).get("id", "")):
        body["scheduleGroup"] = version_lock.link(group, "/api/v2/architect/schedulegroups")
    return body


def find(call: Call) -> Json:
    id = call.params["ivrId"]
    route = call.entity("routes", id)
    if route is None:
        raise not_found("not.found", "an IVR configuration", id)
    call.require_sight(route)
    return route


def _alive(call: Call) -> Json:
    route = find(call)
    if is_deleted(route):
        raise not_found("not.found", "an IVR configuration", route["id"])
    return route


def _visible(call: Call) -> list[Json]:
    items = [r for r in call.world.listed("routes") if not is_deleted(r) and call.sees(r)]
    wanted = name_filter(call.query, "name")
    return [r for r in items if wanted(r)]


def list_routes(call: Call) -> Reply:
    items, number, group = _visible(call), call.query.one("dnis"), call.query.one("scheduleGroup")
    if number:
        items = [r for r in items if number.strip() in r["dnis"] or f"+{number.strip()}" in r["dnis"]]
    if group:
        items = [r for r in items if (r.get("scheduleGroup") or {}).get("id") == group]
    items = in_order(call, items, ("name", "id", "version", "dateModified"))
    more = {"totalNumberOfEntities": len(items)}
    # Flow names are part of what is shown, so the bytes are not kept.
    return listing(call, items, lambda r: encode(render(call.world, r)), absent_when_empty=True, more=more)


def division_views(call: Call) -> Reply:
    ids, divisions = call.query.many("id"), call.query.many("divisionId")
    items = [
        r for r in _visible(call) if (not ids or r["id"] in ids) and (not divisions or r["_division"] in divisions)
    ]
    keys = ("id", "name", "division", "selfUri")
    more = {"totalNumberOfEntities": len(items)}

    def one(route: Json) -> bytes:
        body = render(call.world, route)
        return encode({key: body[key] for key in keys})

    return listing(call, items, one, more=more)


def get_route(call: Call) -> Reply:
    route = find(call)
    if is_deleted(route) and call.world.setting("deletedRoutes") == "missing":
        raise not_found("not.found", "an IVR configuration", route["id"])
    return ok(render(call.world, route))


def create_route(call: Call) -> Reply:
    body = call.json()
    route = version_lock.created(call, body) | _content(call, body, None)
    call.world.put("routes", route)
    call.world.audit(call.actor, "Telephony", "IVR", "Create", route)
    return ok(render(call.world, route))


def update_route(call: Call) -> Reply:
    world, body, route = call.world, call.json(), _alive(call)
    version_lock.check(world, body, route)
    new = version_lock.modified(call, body, route) | _content(call, body, route)
    world.put("routes", new)
    keys = ("name", "description", "dnis", *FLOWS, "scheduleGroup")
    changes = {key: (route.get(key), new.get(key)) for key in keys}
    world.audit(call.actor, "Telephony", "IVR", "Update", new, changes=changes)
    return ok(render(world, new))


def _content(call: Call, body: Json, current: Json | None) -> Json:
    """Everything a write sets, checked. What the body leaves out is cleared."""
    content = version_lock.named(call, "routes", body, current, "An IVR configuration")
    for key in FLOWS:
        flow = version_lock.reference(call, body, key, "flows")
        if flow is not None and flow["type"] != "INBOUNDCALL":
            raise bad_request(f"{key} must be an inbound call flow, not {flow['type']}.", key, code="invalid.value")
        if flow is not None:
            content[key] = {"id": flow["id"]}
    group = version_lock.reference(call, body, "scheduleGroup", "schedulegroups")
    if group is not None:
        content["scheduleGroup"] = {"id": group["id"]}
        if missing := [key for key in FLOWS[:2] if key not in content]:
            raise bad_request("With a scheduleGroup, openHoursFlow and closedHoursFlow are required.", *missing)
    return content | {"dnis": _numbers(call.world, body, current)}


def _numbers(world: World, body: Json, current: Json | None) -> list[str]:
    numbers = body.get("dnis") or []
    if not isinstance(numbers, list) or not all(isinstance(n, str) for n in numbers):
        raise bad_request("dnis must be a list of numbers.", "dnis", code="invalid.value")
    if len(set(numbers)) != len(numbers):
        raise bad_request("dnis holds a number twice.", "dnis", code="invalid.value")
    before = set(current["dnis"]) if current else set()
    if len(added := [n for n in numbers if n not in before]) > NEW_NUMBERS_MAX:
        raise bad_request(f"At most {NEW_NUMBERS_MAX} numbers can be added at once, not {len(added)}.", "dnis")
    for number in numbers:
        if not E164.fullmatch(number):
            raise bad_request(f"{number} is not an E.164 number.", "dnis", code="invalid.value")
        if pool_of(world, number) is None:
            raise bad_request(f"{number} belongs to no DID pool (didPoolId).", "dnis")
        owner = owner_of(world, number)
        if owner is not None and (current is None or owner["id"] != current["id"]):
            raise bad_request(f"The phone number text {number} already exists on '{owner['name']}'.", "dnis")
    return numbers


def delete_route(call: Call) -> Reply:
    remove(call.world, call.actor, _alive(call))
    return no_content()


def remove(world: World, actor: Actor, route: Json) -> None:
    new = world.edit(route) | {"state": "deleted", "dnis": [], "version": route["version"] + 1}
    world.put("routes", new)
    world.audit(actor, "Telephony", "IVR", "Delete", route)


ONE = ROOT + "/{ivrId}"
VIEW = ("routing:callRoute:view",)
ENDPOINTS = [
    Endpoint("GET", ROOT, list_routes, VIEW),
    Endpoint("POST", ROOT, create_route, ("routing:callRoute:add",)),
    Endpoint("GET", ROOT + "/divisionviews", division_views, ("routing:callRoute:search",)),
    Endpoint("GET", ONE, get_route, VIEW),
    Endpoint("PUT", ONE, update_route, ("routing:callRoute:edit",)),
    Endpoint("DELETE", ONE, delete_route, ("routing:callRoute:delete",)),
]
