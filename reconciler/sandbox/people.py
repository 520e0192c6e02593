"""What other people do: publish, save, lock, unlock, edit and delete, in their own name.

An order is `{"as", "action", "kind", "name"}`. For flows: `type` when the name is not unique, optional `yaml`, and
`force` takes a lock away first; saving or editing leaves a draft and the lock with the person. For prompts and routes
`edit` takes optional `set`, the fields to change; for prompts also `resources.<language>.{ttsString, text, audio}` with
audio as base64. Without content something harmless changes: the description.
"""

from __future__ import annotations

import base64

from reconciler.sandbox import (
    archy,
    archy_checks,
    archy_scan,
    flow_actions,
    flows,
    media,
    prompt_resources,
    prompts,
    routes,
    versions,
)
from reconciler.sandbox.answers import ApiError, Json, Reply, bad_request, not_found, ok
from reconciler.sandbox.calls import Call
from reconciler.sandbox.clock import iso
from reconciler.sandbox.world import Actor, World, is_deleted

FIELDS = {"as", "action", "kind", "name", "type", "yaml", "set", "force"}
ACTIONS = {
    "Flow": ("publish", "save", "lock", "unlock", "edit", "delete"),
    "Prompt": ("edit", "delete"),
    "CallRoute": ("edit", "delete"),
}
ROUTE_FIELDS = ("description", "name", "dnis", "openHoursFlow", "closedHoursFlow", "holidayHoursFlow", "scheduleGroup")


def act(call: Call) -> Reply:
    """Carry one order out. Raises ApiError when the order or the platform's rules forbid it."""
    order = call.json()
    if unknown := sorted(set(order) - FIELDS):
        raise bad_request(f"unknown field {unknown[0]!r}; an order has {', '.join(sorted(FIELDS))}.", unknown[0])
    name, kind, action = order.get("as"), order.get("kind"), order.get("action")
    if not isinstance(name, str) or not name:
        raise bad_request('"as" names the person.', "as")
    if kind not in ACTIONS:
        raise bad_request(f"kind must be one of {', '.join(ACTIONS)}.", "kind")
    if action not in ACTIONS[kind]:
        raise bad_request(f"action for a {kind} must be one of {', '.join(ACTIONS[kind])}.", "action")
    actor = call.world.person(name)
    match kind:
        case "Flow":
            entity = _flow(call.world, actor, order, str(action))
            return ok(versions.render(call.world, entity))
        case "Prompt":
            entity = _prompt(call.world, actor, order, str(action))
            return ok(prompts.render(call.world, entity))
        case _:
            entity = _route(call.world, actor, order, str(action))
            return ok(routes.render(call.world, entity))


def _flow(world: World, actor: Actor, order: Json, action: str) -> Json:
    flow = world.edit(_find_flow(world, order))
    if action == "unlock":
        flow_actions.unlock_for(world, flow)
        return _put(world, actor, flow, "Checkin")
    if order.get("force"):
        flow_actions.unlock_for(world, flow)
    if action == "delete":
        flows.refuse_delete(world, flow, actor)
        flows.remove(world, actor, flow)
        return world.get("flows", flow["id"]) or flow
    versions.refuse_while_busy(flow)
    versions.refuse_foreign_lock(flow, actor)
    if action == "lock":
        versions.take_lock(flow, actor)
        return _put(world, actor, flow, "Checkout")
    document = world.keep_document(_content(world, actor, flow, order))
    if action == "publish":
        made = versions.add_version(world, flow, actor, "PUBLISH", document)
        flow_actions.refuse_missing_dependencies(world, flow, made)
        versions.in_force(world, flow, actor, made)
        versions.release(flow)
        return _put(world, actor, flow, "Publish")
    if versions.holder(flow) is None:
        world.audit(actor, "Architect", "Flow", "Checkout", flow)  # the editor takes the lock when it opens the flow
    versions.add_version(world, flow, actor, "SAVE", document)
    versions.take_lock(flow, actor)
    return _put(world, actor, flow, "Save")


def _put(world: World, actor: Actor, flow: Json, action: str) -> Json:
    world.put("flows", flow)
    world.audit(actor, "Architect", "Flow", action, flow)
    return flow


def _find_flow(world: World, order: Json) -> Json:
    """The flow of that name and type; publishing or saving with yaml makes one that does not exist."""
    name, type = str(order.get("name", "")), order.get("type")
    type = archy.TYPES.get(str(type), str(type).upper()) if type else None
    found = [
        f for f in world.all("flows") if f["name"] == name and not is_deleted(f) and (not type or f["type"] == type)
    ]
    if len(found) > 1:
        types = ", ".join(sorted(f["type"] for f in found))
        raise bad_request(f"There is more than one flow named {name!r} ({types}); say the type.", "type")
    if found:
        return found[0]
    if order.get("yaml") and order.get("action") in ("publish", "save"):
        document = _read(str(order["yaml"]))
        return versions.new_flow(world, document.type, document.name, str(world.home()["id"]))
    raise not_found("architect.flow.not.found", "a flow", name)


def _content(world: World, actor: Actor, flow: Json, order: Json) -> str:
    """The given YAML, or the newest content with another description."""
    if order.get("yaml"):
        text = str(order["yaml"])
        document = _read(text)
        if (document.type, document.name) != (flow["type"], flow["name"]):
            raise bad_request(f"The YAML is {document.type} '{document.name}', not this flow.", "yaml")
        if errors := archy_checks.structure(archy_scan.scan(document)):
            raise bad_request(" ".join(errors), "yaml")
        return text
    base = _base(flow, actor, publish=order.get("action") == "publish")
    if base is None:
        raise bad_request(f"Flow '{flow['name']}' has no content yet; give yaml.", "yaml")
    document = _read(world.state["documents"][base["_document"]])
    note = f"Edited by {actor.name} in version {len(flow['_versions']) + 1}.0"
    return archy.write(document.root, {**document.body, "description": note})


def _base(flow: Json, actor: Actor, *, publish: bool) -> Json | None:
    """What a person starts from: the newest version; for publishing, another one's draft is passed over."""
    newest = versions.latest(flow)
    if newest is None or not publish or newest.get("createdBy", {}).get("id") == actor.id:
        return newest
    return versions.version(flow, flow["_published"]) or newest


def _read(text: str) -> archy.Document:
    try:
        return archy.read(text)
    except archy.Refused as refused:
        raise bad_request(" ".join(refused.messages), "yaml") from refused


def _changes(order: Json, allowed: tuple[str, ...], default: Json) -> Json:
    change = order.get("set", default)
    if not isinstance(change, dict) or set(change) - set(allowed):
        raise bad_request(f"set may hold {', '.join(allowed)}.", "set")
    return change


def _named(world: World, kind: str, order: Json) -> Json:
    entity = world.by_name(kind, str(order.get("name", "")))
    if entity is None:
        raise not_found("not.found", f"an object of {kind}", str(order.get("name")))
    return entity


def _note(world: World, actor: Actor) -> str:
    return f"Edited by {actor.name} at {iso(world.now())}"


def _prompt(world: World, actor: Actor, order: Json, action: str) -> Json:
    prompt = _named(world, "prompts", order)
    if action == "delete":
        prompts.refuse_when_used(world, prompt)
        prompts.remove(world, actor, prompt)
        return prompt
    change = _changes(order, ("description", "name", "resources"), {"description": _note(world, actor)})
    own = {key: value for key, value in change.items() if key != "resources"}
    if own:
        world.put("prompts", world.edit(prompt) | own)
        changes = {key: (prompt.get(key), own[key]) for key in own}
        world.audit(actor, "Architect", "Prompt", "Update", prompt, changes=changes)
    for language, given in (change.get("resources") or {}).items():
        _resource(world, actor, prompt["id"], language, given)
    return world.state["prompts"][prompt["id"]]  # type: ignore[no-any-return]


def _resource(world: World, actor: Actor, prompt_id: str, language: str, given: object) -> None:
    """Texts, and audio as base64, of one language that the prompt has."""
    prompt = world.state["prompts"][prompt_id]
    before = prompt["_resources"].get(language)
    if before is None:
        raise bad_request(f"The prompt has no resource for {language}.", "set")
    if not isinstance(given, dict) or set(given) - {"ttsString", "text", "audio"}:
        raise bad_request("A resource takes ttsString, text and audio (base64).", "set")
    texts = {key: given[key] for key in ("ttsString", "text") if key in given}
    if texts:
        prompt_resources.put_resource(world, prompt, before | texts)
        changes = {key: (before.get(key), texts[key]) for key in texts}
        world.audit(actor, "Architect", "PromptResource", "Update", before, changes=changes)
    if "audio" in given:
        try:
            data = base64.b64decode(str(given["audio"]), validate=True)
        except ValueError as reason:
            raise bad_request("audio must be base64.", "set") from reason
        media.receive(world, actor, world.state["prompts"][prompt_id], before | texts, data)


def _route(world: World, actor: Actor, order: Json, action: str) -> Json:
    route = _named(world, "routes", order)
    if action == "delete":
        routes.remove(world, actor, route)
        return world.get("routes", route["id"]) or route
    change = _changes(order, ROUTE_FIELDS, {"description": _note(world, actor)})
    new = world.edit(route) | {key: value for key, value in change.items() if value is not None}
    for key in [key for key, value in change.items() if value is None]:
        new.pop(key, None)
    if not isinstance(new.get("dnis"), list):
        raise ApiError(400, "invalid.value", "dnis must be a list of numbers.", fields=("dnis",))
    new |= {"version": route["version"] + 1, "dateModified": iso(world.now()), "modifiedBy": actor.id}
    world.put("routes", new)
    changes = {key: (route.get(key), new.get(key)) for key in ROUTE_FIELDS}
    world.audit(actor, "Telephony", "IVR", "Update", new, changes=changes)
    return new
