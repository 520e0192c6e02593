"""User prompts, without their resources. No version, no lock: the last write wins.

Languages are in `prompt_resources`, audio in `media`. Errors and rules: Genesys docs and SDK 269.
UNVERIFIED on the platform and chosen here: a PUT clears the description it leaves out, and keeps the resources.
"""

from __future__ import annotations

import re

from reconciler.sandbox.answers import ApiError, Json, Reply, bad_request, conflict, encode, no_content, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.divisions import division_of
from reconciler.sandbox.paging import WINDOW, in_order, listing, name_filter, wildcard
from reconciler.sandbox.prompt_resources import find, render_resource, text_of
from reconciler.sandbox.usage import flows_using
from reconciler.sandbox.world import Actor, World

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
NAME_MAX = 200
BATCH_MAX = 100  # UNVERIFIED on the platform
ROOT = "/api/v2/architect/prompts"
VIEW = ("architect:userPrompt:view",)
ADD = ("architect:userPrompt:add",)
EDIT = ("architect:userPrompt:edit",)
DELETE = ("architect:userPrompt:delete",)


def render(world: World, prompt: Json) -> Json:
    """A prompt with its resources, without signed addresses."""
    return _rendered(world, prompt, resources=True, languages=(), base_url=None)


def _without_resources(world: World, prompt: Json) -> Json:
    return _rendered(world, prompt, resources=False, languages=(), base_url=None)


def _rendered(world: World, prompt: Json, *, resources: bool, languages: tuple[str, ...], base_url: str | None) -> Json:
    body: Json = {"id": prompt["id"], "name": prompt["name"], "division": world.division_ref(prompt["_division"])}
    if prompt.get("description") is not None:
        body["description"] = prompt["description"]
    if resources:
        chosen = [r for key, r in sorted(prompt["_resources"].items()) if not languages or key in languages]
        body["resources"] = [render_resource(world, prompt, r, base_url) for r in chosen]
    body["selfUri"] = f"{ROOT}/{prompt['id']}"
    return body


def list_prompts(call: Call) -> Reply:
    world, query = call.world, call.query
    items = [p for p in world.listed("prompts") if call.sees(p)]
    named = bool(query.many("name"))
    languages = tuple(code.lower() for code in query.many("language"))
    if named:
        items = [p for p in items if name_filter(query, "name")(p)]  # every other filter is ignored then
    else:
        items = [p for p in items if _passes(call, p)]
    items = in_order(call, items, ("id", "name", "description"))
    resources = query.flag("includeResources", default=True)
    media = query.flag("includeMediaUris", default=True)

    def one(prompt: Json) -> bytes:
        if not resources:
            return world.rendered("prompts bare", prompt, _without_resources)
        if not media and not languages:
            return world.rendered("prompts", prompt, render)
        base_url = call.base_url if media else None
        return encode(_rendered(world, prompt, resources=True, languages=languages, base_url=base_url))

    return listing(call, items, one, window=WINDOW, absent_when_empty=True)


def _passes(call: Call, prompt: Json) -> bool:
    query, description = call.query, prompt.get("description") or ""
    if (text := query.one("description")) and not wildcard(text).fullmatch(description):
        return False
    if text := query.one("nameOrDescription"):
        pattern = wildcard(text)
        if not pattern.fullmatch(prompt["name"]) and not pattern.fullmatch(description):
            return False
    divisions = query.many("divisionId")
    return not divisions or prompt["_division"] in divisions


def get_prompt(call: Call) -> Reply:
    return ok(_full(call, find(call)))


def _full(call: Call, prompt: Json) -> Json:
    media = call.query.flag("includeMediaUris", default=True)
    resources = call.query.flag("includeResources", default=True)
    languages = tuple(code.lower() for code in call.query.many("language"))
    base_url = call.base_url if media else None
    return _rendered(call.world, prompt, resources=resources, languages=languages, base_url=base_url)


def create_prompt(call: Call) -> Reply:
    world, body = call.world, call.json()
    name = _checked_name(call, body, current=None)
    prompt: Json = {
        "id": world.new_id(),
        "name": name,
        "description": text_of(body, "description"),
        "_division": division_of(call, body, default=None),
        "_resources": {},
    }
    world.put("prompts", prompt)
    world.audit(call.actor, "Architect", "Prompt", "Create", prompt)
    return ok(_full(call, prompt))


def update_prompt(call: Call) -> Reply:
    world, body, prompt = call.world, call.json(), find(call)
    name = _checked_name(call, body, current=prompt)
    new = world.edit(prompt) | {
        "name": name,
        "description": text_of(body, "description"),
        "_division": division_of(call, body, default=prompt["_division"]),
    }
    world.put("prompts", new)
    changes = {key: (prompt.get(key), new.get(key)) for key in ("name", "description")}
    world.audit(call.actor, "Architect", "Prompt", "Update", new, changes=changes)
    return ok(_full(call, new))


def _checked_name(call: Call, body: Json, *, current: Json | None) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("A prompt needs a name.", "name", code="architect.prompt.validate.failed.missing.name")
    if not any(c.isalnum() for c in name):
        code = "architect.prompt.validate.failed.name.no.alpha"
        raise bad_request("A prompt's name needs a letter or a digit.", "name", code=code)
    if not NAME.fullmatch(name) or len(name) > NAME_MAX:
        text = (
            "A prompt's name takes letters, digits and underscores, begins with a letter or digit, and has at most 200."
        )
        raise bad_request(text, "name", code="architect.prompt.validate.failed.name")
    taken = next((p for p in call.world.all("prompts") if p["name"].lower() == name.lower()), None)
    if taken is not None and (current is None or taken["id"] != current["id"]):
        raise conflict("architect.prompt.already.exists", f"A prompt named '{name}' already exists.", entity_name=name)
    return name


def delete_prompt(call: Call) -> Reply:
    prompt = find(call)
    if prompt["_resources"] and not call.query.flag("allResources", default=False):
        text = f"Prompt '{prompt['name']}' has resources; delete them first or set allResources."
        raise conflict("architect.prompt.has.resources", text, entity_id=prompt["id"])
    refuse_when_used(call.world, prompt)
    remove(call.world, call.actor, prompt)
    return no_content()


def refuse_when_used(world: World, prompt: Json) -> None:
    """Raises ApiError 409 when a flow or a queue refers to the prompt."""
    if users := flows_using(world, "prompts", prompt["id"]):
        text = f"Prompt '{prompt['name']}' is in use by {', '.join(f['name'] for f in users)}."
        raise conflict("architect.dependency.object.in.use", text, entity_id=prompt["id"], entity_name=prompt["name"])
    for queue in world.all("queues"):
        if prompt["id"] in ((queue.get(key) or {}).get("id") for key in ("whisperPrompt", "onHoldPrompt")):
            text = f"Prompt '{prompt['name']}' is used by queue {queue['name']}."
            raise conflict("architect.prompt.cannot.delete.used.in.queues", text, entity_id=prompt["id"])


def remove(world: World, actor: Actor, prompt: Json) -> None:
    world.remove("prompts", prompt["id"])
    world.audit(actor, "Architect", "Prompt", "Delete", prompt)


def delete_prompts(call: Call) -> Reply:
    ids = call.query.many("id")
    if not ids:
        raise bad_request("id is required.", "id", code="architect.query.parameter.missing")
    if len(ids) > BATCH_MAX:
        raise ApiError(400, "architect.batch.too.large", f"At most {BATCH_MAX} prompts in one request.")
    world = call.world
    prompts: list[Json] = []
    for id in dict.fromkeys(ids):
        prompt = world.get("prompts", id)
        if prompt is None:
            raise ApiError(400, "architect.batch.delete.failed", f"There is no prompt with id {id}.", entity_id=id)
        refuse_when_used(world, prompt)
        prompts.append(prompt)
    for prompt in prompts:
        remove(world, call.actor, prompt)
    operation = {"id": world.new_id(), "complete": True, "client": call.actor.ref(), "actionName": "DELETE"}
    return ok({**operation, "actionStatus": "SUCCESS"})


ONE = ROOT + "/{promptId}"
ENDPOINTS = [
    Endpoint("GET", ROOT, list_prompts, VIEW),
    Endpoint("POST", ROOT, create_prompt, ADD),
    Endpoint("DELETE", ROOT, delete_prompts, DELETE),
    Endpoint("GET", ONE, get_prompt, VIEW),
    Endpoint("PUT", ONE, update_prompt, EDIT),
    Endpoint("DELETE", ONE, delete_prompt, DELETE),
]
