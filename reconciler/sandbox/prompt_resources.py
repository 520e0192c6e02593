"""Prompt resources: one language of a prompt, its texts and its audio status. Identity is (prompt, language).

UNVERIFIED on the platform and chosen here: a PUT clears the texts it leaves out; equal tags collide across all prompts.
"""

from __future__ import annotations

import re

from reconciler.sandbox.answers import Json, Reply, bad_request, conflict, encode, no_content, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.media import media_uri, upload_uri
from reconciler.sandbox.paging import listing
from reconciler.sandbox.world import World

ROOT = "/api/v2/architect/prompts"
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
VIEW = ("architect:userPrompt:view",)
EDIT = ("architect:userPrompt:edit",)


def find(call: Call) -> Json:
    prompt = call.entity("prompts", call.params["promptId"])
    if prompt is None:
        raise not_found("architect.prompt.not.found", "a prompt", call.params["promptId"])
    call.require_sight(prompt)
    return prompt


def find_resource(call: Call) -> tuple[Json, Json]:
    prompt, language = find(call), call.params["languageCode"].lower()
    resource = prompt["_resources"].get(language)
    if resource is None:
        raise not_found("architect.prompt.resource.not.found", f"a resource of prompt {prompt['name']}", language)
    return prompt, resource


def render_resource(world: World, prompt: Json, resource: Json, base_url: str | None) -> Json:
    """A resource; with `base_url` also its signed media address and its upload address."""
    body = {key: value for key, value in resource.items() if not key.startswith("_") and value is not None}
    body["selfUri"] = f"{ROOT}/{prompt['id']}/resources/{resource['language']}"
    if base_url is not None:
        body["uploadUri"] = upload_uri(base_url, prompt, resource)
        if resource.get("_audio"):
            body["mediaUri"] = media_uri(world, base_url, resource["_audio"])
    return body


def text_of(body: Json, key: str) -> str | None:
    value = body.get(key)
    if value is not None and not isinstance(value, str):
        raise bad_request(f"{key} must be a string.", key, code="invalid.value")
    return value


def list_resources(call: Call) -> Reply:
    prompt = find(call)
    items = [r for _, r in sorted(prompt["_resources"].items())]
    return listing(call, items, lambda r: encode(render_resource(call.world, prompt, r, call.base_url)))


def get_resource(call: Call) -> Reply:
    prompt, resource = find_resource(call)
    return ok(render_resource(call.world, prompt, resource, call.base_url))


def create_resource(call: Call) -> Reply:
    world, prompt, body = call.world, find(call), call.json()
    language = body.get("language")
    if not isinstance(language, str) or not LANGUAGE.fullmatch(language.lower()):
        code = "architect.prompt.resource.validate.failed.language"
        raise bad_request("A resource needs a language such as en-us.", "language", code=code)
    language = language.lower()
    if language in prompt["_resources"]:
        text = f"Prompt '{prompt['name']}' already has a resource for {language}."
        raise conflict("architect.prompt.resource.already.exists", text, entity_id=prompt["id"])
    resource = {"id": world.new_id(), "name": language, "promptId": prompt["id"], "language": language}
    resource |= {**_content(call, body, None), "uploadStatus": "created", "languageDefault": not prompt["_resources"]}
    put_resource(world, prompt, resource)
    world.audit(call.actor, "Architect", "PromptResource", "Create", resource)
    return ok(render_resource(world, prompt, resource, call.base_url))


def update_resource(call: Call) -> Reply:
    world, body = call.world, call.json()
    prompt, resource = find_resource(call)
    new = {**resource, **_content(call, body, resource["id"])}
    put_resource(world, prompt, new)
    changes = {key: (resource.get(key), new.get(key)) for key in ("ttsString", "text")}
    world.audit(call.actor, "Architect", "PromptResource", "Update", new, changes=changes)
    return ok(render_resource(world, prompt, new, call.base_url))


def put_resource(world: World, prompt: Json, resource: Json) -> None:
    new = world.edit(prompt)
    new["_resources"][resource["language"]] = resource
    world.put("prompts", new)


def _content(call: Call, body: Json, own_id: str | None) -> Json:
    tags = body.get("tags")
    if tags is not None and not (isinstance(tags, dict) and all(isinstance(v, list) for v in tags.values())):
        raise bad_request(
            "tags maps a name to a list of strings.", "tags", code="architect.prompt.resource.invalid.tags"
        )
    if tags:
        for prompt in call.world.all("prompts"):
            for other in prompt["_resources"].values():
                if other["id"] != own_id and other.get("tags") == tags:
                    text = "Another prompt resource already has these tags."
                    raise conflict("architect.prompt.resource.tags.already.exist", text, entity_id=other["id"])
    return {"ttsString": text_of(body, "ttsString"), "text": text_of(body, "text"), "tags": tags}


def delete_resource(call: Call) -> Reply:
    prompt, resource = find_resource(call)
    new = call.world.edit(prompt)
    del new["_resources"][resource["language"]]
    call.world.put("prompts", new)
    call.world.audit(call.actor, "Architect", "PromptResource", "Delete", resource)
    return no_content()


def delete_audio(call: Call) -> Reply:
    prompt, resource = find_resource(call)
    kept = {k: v for k, v in resource.items() if k not in ("_audio", "_incoming", "audioFormat", "durationSeconds")}
    put_resource(call.world, prompt, {**kept, "uploadStatus": "created"})
    call.world.audit(call.actor, "Architect", "PromptResource", "Update", resource)
    return no_content()


LANGUAGES = ROOT + "/{promptId}/resources"
ONE = LANGUAGES + "/{languageCode}"
ENDPOINTS = [
    Endpoint("GET", LANGUAGES, list_resources, VIEW),
    Endpoint("POST", LANGUAGES, create_resource, EDIT),
    Endpoint("GET", ONE, get_resource, VIEW),
    Endpoint("PUT", ONE, update_resource, EDIT),
    Endpoint("DELETE", ONE, delete_resource, EDIT),
    Endpoint("DELETE", ONE + "/audio", delete_audio, EDIT),
]
