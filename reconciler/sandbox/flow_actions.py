"""Lock actions on flows, and publishing what is already stored. The flow's id is the query parameter `flow`.

checkin and publish are asynchronous: they answer an Operation that completes after the job duration. UNVERIFIED on
the platform and chosen here: revert keeps what was saved; unlock checks the holder's saved work in.
"""

from __future__ import annotations

from reconciler.sandbox import archy, archy_checks, archy_scan, usage, versions
from reconciler.sandbox.answers import Json, Reply, bad_request, conflict, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.flows import find
from reconciler.sandbox.world import Actor, World

ROOT = "/api/v2/flows/actions"


def _editable(call: Call) -> Json:
    """A copy of the flow the action is about, not busy."""
    id = call.query.one("flow")
    if not id:
        raise bad_request("flow is required.", "flow", code="architect.query.parameter.missing")
    flow = find(call, id)
    versions.refuse_while_busy(flow)
    return call.world.edit(flow)


def _answer(call: Call, flow: Json, action: str) -> Reply:
    call.world.put("flows", flow)
    call.world.audit(call.actor, "Architect", "Flow", action, flow)
    return ok(versions.render(call.world, flow))


def checkout(call: Call) -> Reply:
    flow = _editable(call)
    versions.refuse_foreign_lock(flow, call.actor)
    versions.take_lock(flow, call.actor)
    return _answer(call, flow, "Checkout")


def revert(call: Call) -> Reply:
    flow = _editable(call)
    versions.require_own_lock(flow, call.actor)
    versions.release(flow)
    return _answer(call, flow, "Revert")


def unlock(call: Call) -> Reply:
    flow = _editable(call)
    unlock_for(call.world, flow)
    return _answer(call, flow, "Checkin")


def unlock_for(world: World, flow: Json) -> None:
    """Take the lock away; work its holder saved is checked in as a new version in the holder's name."""
    owner = versions.holder(flow)
    saved = versions.version(flow, flow["_saved"])
    if owner is not None and saved is not None and saved["type"] == "SAVE":
        versions.add_version(world, flow, owner, "CHECKIN", saved["_document"])
    versions.release(flow)


def deactivate(call: Call) -> Reply:
    world, flow = call.world, _editable(call)
    versions.refuse_foreign_lock(flow, call.actor)
    users = [
        *usage.routes_using(world, flow["id"]),
        *usage.queues_using(world, flow["id"]),
        *usage.emergency_groups_using(world, flow["id"]),
    ]
    if users:
        text = f"Flow '{flow['name']}' is in use by {', '.join(u['name'] for u in users)}."
        raise conflict("architect.dependency.object.in.use", text, entity_id=flow["id"])
    flow |= {"active": False, "_published": None, "_published_by": None, "_uses": {}}
    return _answer(call, flow, "Deactivate")


def checkin(call: Call) -> Reply:
    flow = _editable(call)
    versions.refuse_foreign_lock(flow, call.actor)
    versions.require_own_lock(flow, call.actor)
    if versions.latest(flow) is None:
        text = f"Flow '{flow['name']}' has no saved configuration to check in."
        raise conflict("architect.flow.cannot.checkin.missing.config", text, entity_id=flow["id"])
    return _begin(call, flow, "CHECKIN", None)


def publish(call: Call) -> Reply:
    flow = _editable(call)
    versions.refuse_foreign_lock(flow, call.actor)
    wanted = call.query.one("version")
    chosen = versions.version(flow, wanted) if wanted else versions.latest(flow)
    if chosen is None:
        raise not_found("architect.flow.version.missing", f"a version of flow {flow['name']}", wanted or "(latest)")
    refuse_missing_dependencies(call.world, flow, chosen)
    return _begin(call, flow, "PUBLISH", wanted)


def refuse_missing_dependencies(world: World, flow: Json, chosen: Json) -> None:
    """Raises ApiError 409 when the document names what the organisation does not have."""
    document = archy.read(world.state["documents"][chosen["_document"]])
    if missing := archy_checks.dependencies(world, archy_scan.scan(document)).missing:
        code = "architect.flow.cannot.publish.missing.dependencies"
        raise conflict(code, f"Flow '{flow['name']}' cannot be published. {' '.join(missing)}", entity_id=flow["id"])


def _begin(call: Call, flow: Json, action: str, version: str | None) -> Reply:
    world, actor = call.world, call.actor
    operation = {"id": world.new_id(), "complete": False, "actionName": action, "actionStatus": "STARTED"}
    operation["user" if actor.user else "client"] = actor.ref()
    flow |= {"_operation": operation, "_pending": [actor.id, actor.name, actor.user, version]}
    versions.take_lock(flow, actor)
    world.put("flows", flow)
    world.after(world.options.job_duration_seconds, "operation", f"{flow['id']} {operation['id']}")
    return ok(operation)


def finish(world: World, key: str) -> None:
    """Timer: the end of a checkin or publish."""
    id, operation_id = key.split(" ")
    stored = world.get("flows", id)
    if stored is None or (stored["_operation"] or {}).get("id") != operation_id or stored["deleted"]:
        return
    flow = world.edit(stored)
    actor_id, name, user, wanted = flow.pop("_pending")
    actor, action = Actor(actor_id, name, user), flow["_operation"]["actionName"]
    newest = versions.latest(flow)
    older = versions.version(flow, wanted) if wanted else None
    if older is not None:
        versions.in_force(world, flow, actor, older)
    elif newest is not None:
        made = versions.add_version(world, flow, actor, action, newest["_document"])
        if action == "PUBLISH":
            versions.in_force(world, flow, actor, made)
    versions.release(flow)
    flow["_operation"] |= {"complete": True, "actionStatus": "SUCCESS"}
    world.put("flows", flow)
    world.audit(actor, "Architect", "Flow", action.capitalize(), flow)


EDIT = ("architect:flow:edit",)
ENDPOINTS = [
    Endpoint("POST", ROOT + "/checkout", checkout, EDIT),
    Endpoint("POST", ROOT + "/checkin", checkin, ("architect:flow:edit", "architect:flow:unlock")),
    Endpoint("POST", ROOT + "/publish", publish, ("architect:flow:publish", "architect:flow:unlock")),
    Endpoint("POST", ROOT + "/revert", revert, EDIT),
    Endpoint("POST", ROOT + "/unlock", unlock, ("architect:flow:unlock",)),
    Endpoint("POST", ROOT + "/deactivate", deactivate, ("architect:flow:publish",)),
]
TIMERS = {"operation": finish}
