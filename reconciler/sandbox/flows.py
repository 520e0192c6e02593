"""Flows as the API shows them: lists, versions, configuration, metadata, deletion. Locks are in `flow_actions`."""

from __future__ import annotations

from reconciler.sandbox import archy, configuration, usage, versions
from reconciler.sandbox.answers import ApiError, Json, Reply, bad_request, conflict, encode, no_content, not_found, ok
from reconciler.sandbox.archy_checks import flow_named
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import parse_iso
from reconciler.sandbox.divisions import division_of
from reconciler.sandbox.paging import in_order, listing, name_filter, wildcard
from reconciler.sandbox.world import Actor, World, is_deleted

ROOT = versions.ROOT
VIEW = ("architect:flow:view",)
PAGE_MAX = 500
IN_USE = "architect.flow.cannot.delete.used.in"


def find(call: Call, id: str, *, deleted: bool = False) -> Json:
    """The flow. Raises ApiError 404, or 410 for a deleted one unless `deleted`."""
    flow = call.entity("flows", id)
    if flow is None:
        raise not_found("architect.flow.not.found", "a flow", id)
    call.require_sight(flow)
    if is_deleted(flow) and not deleted:
        raise ApiError(410, "architect.flow.deleted", f"Flow {id} has been deleted.", entity_id=id)
    return flow


def _find(call: Call) -> Json:
    return find(call, call.params["flowId"], deleted=call.query.flag("deleted", default=False))


def list_flows(call: Call) -> Reply:
    world = call.world
    items = [f for f in world.listed("flows") if call.sees(f)]
    if ids := call.query.many("id"):
        items = [f for f in items if f["id"] in ids]  # every other filter is ignored then
    else:
        items = _filtered(call, items)
    items = in_order(call, items, ("id", "name", "type", "description"))
    return listing(call, items, lambda f: world.rendered("flows", f, versions.render), size_max=PAGE_MAX)


def _filtered(call: Call, items: list[Json]) -> list[Json]:
    query = call.query
    types = {text.upper() for text in query.many("type")}
    if unknown := types - archy.ALL_TYPES:
        raise bad_request(f"type {min(unknown).lower()} is not a flow type.", "type", code="invalid.value")
    deleted = query.flag("deleted", default=False)
    divisions, named = query.many("divisionId"), name_filter(query, "name")
    text, description = query.one("nameOrDescription"), query.one("description")
    user, client = query.one("lockedBy"), query.one("lockedByClientId")
    after, before = _moment(call, "publishedAfter"), _moment(call, "publishedBefore")

    def wanted(flow: Json) -> bool:
        owner = versions.holder(flow)
        published = versions.version(flow, flow["_published"]) if after or before else None
        at = parse_iso(published["datePublished"]) if published else None
        return (
            (deleted or not is_deleted(flow))
            and (not types or flow["type"] in types)
            and (not divisions or flow["_division"] in divisions)
            and named(flow)
            and (not description or bool(wildcard(description).fullmatch(flow["description"])))
            and (not text or any(wildcard(text).fullmatch(flow[key]) for key in ("name", "description")))
            and (not user or (owner is not None and owner.user and owner.id == user))
            and (not client or (owner is not None and not owner.user and owner.id == client))
            and (not after or (at is not None and at >= after))
            and (not before or (at is not None and at <= before))
        )

    return [flow for flow in items if wanted(flow)]


def _moment(call: Call, name: str) -> float | None:
    text = call.query.one(name)
    try:
        return parse_iso(text) if text else None
    except ValueError as reason:
        raise bad_request(f"{name} must be an ISO-8601 date-time.", name, code="invalid.date") from reason


def lookup(call: Call) -> Reply:
    ids = call.query.many("id")
    if not ids:
        raise bad_request("id is required.", "id", code="architect.query.parameter.missing")
    items = [f for f in call.world.listed("flows") if f["id"] in ids and not is_deleted(f) and call.sees(f)]
    return listing(call, items, lambda f: call.world.rendered("flows", f, versions.render), size_max=PAGE_MAX)


def division_views(call: Call) -> Reply:
    keys = ("id", "name", "division", "type", "description", "supportedLanguages", "publishedVersion", "selfUri")
    ids = call.query.many("id")
    items = [f for f in _filtered(call, call.world.listed("flows")) if call.sees(f) and (not ids or f["id"] in ids)]

    def one(flow: Json) -> bytes:
        body = versions.render(call.world, flow)
        return encode({key: body[key] for key in keys if key in body})

    return listing(call, in_order(call, items, ("id", "name")), one, size_max=PAGE_MAX)


def get_flow(call: Call) -> Reply:
    return Reply(200, call.world.rendered("flows", _find(call), versions.render))


def list_versions(call: Call) -> Reply:
    flow = _find(call)
    return listing(call, flow["_versions"][::-1], lambda v: encode(versions.render_version(flow, v)))


def _find_version(call: Call) -> tuple[Json, Json]:
    flow = _find(call)
    made = versions.version(flow, call.params["versionId"])
    if made is None:
        raise not_found("architect.flow.version.missing", f"a version of flow {flow['name']}", call.params["versionId"])
    return flow, made


def get_version(call: Call) -> Reply:
    return ok(versions.render_version(*_find_version(call)))


def get_configuration(call: Call) -> Reply:
    return ok(configuration.of(call.world, *_find_version(call)))


def latest_configuration(call: Call) -> Reply:
    flow = _find(call)
    made = versions.latest(flow)
    if made is None:
        raise not_found("flow.no.config.available", "a configuration of the flow", flow["id"])
    return ok(configuration.of(call.world, flow, made))


def create_flow(call: Call) -> Reply:
    world, body = call.world, call.json()
    type, name = body.get("type"), body.get("name")
    if not isinstance(type, str) or type.upper() not in archy.ALL_TYPES:
        raise bad_request("A flow needs a type.", "type", code="architect.flow.validate.failed.missing.type")
    _check_name(name)
    name = str(name)
    if flow_named(world, type.upper(), name):
        raise conflict("architect.flow.already.exists", f"A flow named '{name}' already exists.", entity_name=name)
    flow = versions.new_flow(world, type.upper(), name, division_of(call, body, default=None))
    flow["description"] = str(body.get("description") or "")
    world.put("flows", flow)
    world.audit(call.actor, "Architect", "Flow", "Create", flow)
    return ok(versions.render(world, flow))


def _check_name(name: object) -> None:
    if problem := archy.name_problem(name):
        raise bad_request(problem[1], "name", code=f"architect.flow.validate.failed.{problem[0]}")


def update_flow(call: Call) -> Reply:
    """Name, description and division; needs the caller's lock."""
    world, body = call.world, call.json()
    flow = find(call, call.params["flowId"])
    versions.refuse_while_busy(flow)
    versions.require_own_lock(flow, call.actor)
    _check_name(body.get("name"))
    name = str(body["name"])
    other = flow_named(world, flow["type"], name)
    if other is not None and other["id"] != flow["id"]:
        raise conflict("architect.flow.already.exists", f"A flow named '{name}' already exists.", entity_name=name)
    new = world.edit(flow) | {"name": name, "description": str(body.get("description") or "")}
    new["_division"] = division_of(call, body, default=flow["_division"])
    world.put("flows", new)
    changes = {key: (flow[key], new[key]) for key in ("name", "description")}
    world.audit(call.actor, "Architect", "Flow", "Update", new, changes=changes)
    return ok(versions.render(world, new))


def delete_flow(call: Call) -> Reply:
    flow = find(call, call.params["flowId"])
    refuse_delete(call.world, flow, call.actor)
    remove(call.world, call.actor, flow)
    return no_content()


def refuse_delete(world: World, flow: Json, actor: Actor) -> None:
    """Raises ApiError 409 when the flow is in use, 405 when somebody else holds its lock."""
    owner = versions.holder(flow)
    if owner is not None and owner.id != actor.id:
        text = f"Flow '{flow['name']}' is locked by {owner.name}."
        raise ApiError(405, "architect.flow.cannot.delete.user.does.not.have.lock", text, entity_id=flow["id"])
    for kind, users in (
        ("ivr.configs", usage.routes_using(world, flow["id"])),
        ("queues", usage.queues_using(world, flow["id"])),
        ("flows", usage.flows_using(world, "flows", flow["id"])),
        ("emergency.groups", usage.emergency_groups_using(world, flow["id"])),
    ):
        if users:
            text = f"Flow '{flow['name']}' is in use by {', '.join(u['name'] for u in users)}."
            raise conflict(f"{IN_USE}.{kind}", text, entity_id=flow["id"], entity_name=flow["name"])


def remove(world: World, actor: Actor, flow: Json) -> None:
    """Deleted flows stay readable with deleted=true."""
    new = world.edit(flow) | {"deleted": True, "active": False, "_lock": None, "_uses": {}}
    world.put("flows", new)
    world.audit(actor, "Architect", "Flow", "Delete", new)


def delete_flows(call: Call) -> Reply:
    ids = call.query.many("id")
    if not ids:
        raise bad_request("id is required.", "id", code="architect.query.parameter.missing")
    chosen = [find(call, id) for id in ids]
    for flow in chosen:
        refuse_delete(call.world, flow, call.actor)
    for flow in chosen:
        remove(call.world, call.actor, flow)
    operation = {"id": call.world.new_id(), "complete": True, "client": call.actor.ref(), "actionName": "DELETE"}
    return ok({**operation, "actionStatus": "SUCCESS"})


ONE = ROOT + "/{flowId}"
ENDPOINTS = [
    Endpoint("GET", ROOT, list_flows, VIEW),
    Endpoint("POST", ROOT, create_flow, ("architect:flow:add",)),
    Endpoint("DELETE", ROOT, delete_flows, ("architect:flow:delete",)),
    Endpoint("GET", ROOT + "/lookup", lookup, VIEW),
    Endpoint("GET", ROOT + "/divisionviews", division_views, ("architect:flow:search",)),
    Endpoint("GET", ONE, get_flow, VIEW),
    Endpoint("PUT", ONE, update_flow, ("architect:flow:edit",)),
    Endpoint("DELETE", ONE, delete_flow, ("architect:flow:delete",)),
    Endpoint("GET", ONE + "/versions", list_versions, VIEW),
    Endpoint("GET", ONE + "/versions/{versionId}", get_version, VIEW),
    Endpoint("GET", ONE + "/versions/{versionId}/configuration", get_configuration, VIEW),
    Endpoint("GET", ONE + "/latestconfiguration", latest_configuration, VIEW),
]
