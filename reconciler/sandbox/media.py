"""Audio in and out: both upload routes, transcoding, and signed media addresses.

New way: POST .../uploads gives an address and headers; PUT the raw bytes with exactly these headers and no token.
Old way: multipart POST, field `file`, to the resource's uploadUri with the token in Authorization.
Status goes created, uploaded, then transcoded or transcodeFailed once the transcode duration is over.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlencode

from reconciler.sandbox import access, wav
from reconciler.sandbox.answers import ApiError, Json, Reply, StorageError, bad_request, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.storage import signed_put
from reconciler.sandbox.world import Actor, World

AUDIO_MAX = 25 * 1024 * 1024
MEDIA_LIFETIME_SECONDS = 3_580.0  # measured on live organisations
UPLOAD_LIFETIME_SECONDS = 3_600.0
EDIT = ("architect:userPrompt:edit",)
BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
FILE_FIELD = re.compile(rb'content-disposition:[^\r\n]*[; ]name="?file"?(?:[;\r\n]|$)', re.IGNORECASE)


def media_uri(world: World, base_url: str, key: str) -> str:
    """A signed address of stored audio; it needs no token and expires."""
    expires = int(world.now() + MEDIA_LIFETIME_SECONDS)
    return f"{base_url}/media/{key}?{urlencode({'Expires': expires, 'Signature': _signature(world, key, expires)})}"


def upload_uri(base_url: str, prompt: Json, resource: Json) -> str:
    return f"{base_url}/uploads/v2/prompts/{prompt['id']}/{resource['language']}"


def _signature(world: World, key: str, expires: int) -> str:
    secret = world.state["organization"]["id"].encode()
    return hmac.new(secret, f"{key} {expires}".encode(), hashlib.sha256).hexdigest()


def download(call: Call) -> Reply:
    key, expires = call.params["key"], call.query.one("Expires") or ""
    given = call.query.one("Signature") or ""
    if not expires.isdecimal() or not hmac.compare_digest(given, _signature(call.world, key, int(expires))):
        raise StorageError(403, "SignatureDoesNotMatch", "The signature does not match the address.")
    if int(expires) <= call.world.now() or key not in call.world.state["audio"]:
        raise StorageError(403, "AccessDenied", "Request has expired")
    return Reply(200, call.world.audio(key), content_type="audio/wav")


def begin_upload(call: Call) -> Reply:
    """POST .../uploads: an address for one PUT."""
    world = call.world
    prompt, resource = _resource(world, call.params["promptId"], call.params["languageCode"])
    call.require_sight(prompt)
    slots = world.state["uploads"]
    for old in [key for key, slot in slots.items() if slot["expires"] <= world.now()]:
        del slots[old]
    key = secrets.token_urlsafe(24)
    headers = {"Content-Type": "audio/wav", "x-amz-server-side-encryption": "AES256"}
    slots[key] = {
        "prompt": prompt["id"],
        "language": resource["language"],
        "headers": headers,
        "expires": world.now() + UPLOAD_LIFETIME_SECONDS,
        "actor": [call.actor.id, call.actor.name],
        "fails": call.fault is not None and call.fault.kind == "transcode_failure",
    }
    world.touch()
    return ok({"url": f"{call.base_url}/uploads/prompts/{key}", "headers": headers})


def put_audio(call: Call) -> Reply:
    world = call.world
    slot = signed_put(call, world.state["uploads"].get(call.params["key"]))
    try:
        prompt, resource = _resource(world, slot["prompt"], slot["language"])
    except ApiError as gone:
        raise StorageError(404, "NoSuchKey", gone.message) from gone
    receive(world, Actor(*slot["actor"]), prompt, resource, call.body, fails=slot["fails"])
    return Reply(200)


def post_audio(call: Call) -> Reply:
    """The old way; the token comes as a bearer or bare."""
    authorization = call.headers.get("authorization", "")
    if " " not in authorization.strip():
        authorization = f"Bearer {authorization}"
    world = call.world
    _, actor = access.authenticate(world, authorization)
    access.require_any(world, actor.id, EDIT)
    prompt, resource = _resource(world, call.params["promptId"], call.params["languageCode"])
    fails = call.fault is not None and call.fault.kind == "transcode_failure"
    receive(world, actor, prompt, resource, _file_part(call), fails=fails)
    return ok({"id": resource["id"], "uploadStatus": "uploaded"})


def _file_part(call: Call) -> bytes:
    content_type = call.headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/form-data"):
        raise ApiError(415, "unsupported.media.type", "Send multipart/form-data with the field file.")
    boundary = BOUNDARY.search(content_type)
    delimiter = b"\r\n--" + (boundary.group(1) if boundary else "").encode("latin-1")
    for part in (b"\r\n" + call.body).split(delimiter)[1:] if boundary else ():
        head, _, data = part.partition(b"\r\n\r\n")
        if FILE_FIELD.search(head):
            return data
    raise bad_request("The form has no field file.", "file")


def _resource(world: World, prompt_id: str, language: str) -> tuple[Json, Json]:
    prompt = world.get("prompts", prompt_id)
    if prompt is None:
        raise not_found("architect.prompt.not.found", "a prompt", prompt_id)
    resource = prompt["_resources"].get(language.lower())
    if resource is None:
        raise not_found("architect.prompt.resource.not.found", f"a resource of prompt {prompt['name']}", language)
    return prompt, resource


def receive(world: World, actor: Actor, prompt: Json, resource: Json, data: bytes, *, fails: bool = False) -> None:
    """Take the bytes and start transcoding."""
    attempt = world.new_id()
    incoming = None if fails else world.keep_audio(data)
    change = {**resource, "uploadStatus": "uploaded", "_incoming": incoming, "_attempt": attempt}
    _replace(world, prompt, change)
    world.audit(actor, "Architect", "PromptResource", "Upload", resource)
    key = f"{prompt['id']} {resource['language']} {attempt}"
    world.after(world.options.transcode_duration_seconds, "transcode", key)


def finish_transcode(world: World, key: str) -> None:
    """Timer: the outcome of one upload, unless a newer one has replaced it."""
    prompt_id, language, attempt = key.split(" ")
    prompt = world.get("prompts", prompt_id)
    resource = prompt["_resources"].get(language) if prompt else None
    if prompt is None or resource is None or resource.get("_attempt") != attempt:
        return
    gone = ("_incoming", "_attempt", "_audio", "audioFormat", "durationSeconds")
    change = {key: value for key, value in resource.items() if key not in gone}
    sound = wav.parse(world.audio(resource["_incoming"])) if resource["_incoming"] else None
    if sound is None:
        change["uploadStatus"] = "transcodeFailed"
    else:
        change |= {"uploadStatus": "transcoded", "durationSeconds": sound.duration_seconds}
        change |= {"audioFormat": sound.audio_format(), "_audio": world.keep_audio(wav.transcoded(sound))}
    _replace(world, prompt, change)
    # UNVERIFIED on the platform: that a transcode names nobody, and that a failed one is told here.
    status = "SUCCESS" if sound is not None else "FAILURE"
    world.audit(None, "Architect", "PromptResource", "Transcode", change, status=status)


def _replace(world: World, prompt: Json, resource: Json) -> None:
    new = world.edit(prompt)
    new["_resources"][resource["language"]] = resource
    world.put("prompts", new)


ENDPOINTS = [
    Endpoint("POST", "/api/v2/architect/prompts/{promptId}/resources/{languageCode}/uploads", begin_upload, EDIT),
    Endpoint("PUT", "/uploads/prompts/{key}", put_audio, open=True, body_max=AUDIO_MAX),
    Endpoint(
        "POST", "/uploads/v2/prompts/{promptId}/{languageCode}", post_audio, open=True, body_max=AUDIO_MAX + 65_536
    ),
    Endpoint("GET", "/media/{key}", download, open=True),
]
TIMERS = {"transcode": finish_transcode}
