"""Export and validate jobs over flows that are stored in the organisation.

An export gives one YAML file, or a zip for several, at a signed address that is fetched without a token. Without a
version the newest content is exported, which may be a draft.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import re
import zipfile

from reconciler.sandbox import archy, archy_checks, archy_export, archy_scan, versions
from reconciler.sandbox.answers import Json, Reply, StorageError, bad_request, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso
from reconciler.sandbox.world import World, is_deleted

EXPORTS = "/api/v2/flows/export/jobs"
VALIDATIONS = "/api/v2/flows/validate/jobs"
FLOWS_MAX = 500  # UNVERIFIED on the platform
LIFETIME_SECONDS = 3_600
FILE_NAME = re.compile(r"[A-Za-z0-9_-]+")
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def _wanted(call: Call) -> list[Json]:
    """The flow references of the body, resolved to ids as far as they exist. Raises ApiError 400."""
    items = call.json().get("flows")
    if not isinstance(items, list) or not items or len(items) > FLOWS_MAX:
        raise bad_request(f"flows must be a list of 1 to {FLOWS_MAX}.", "flows", code="invalid.value")
    wanted = []
    for item in items:
        flow = item.get("flow") if isinstance(item, dict) else None
        if not isinstance(flow, dict) or not (flow.get("id") or (flow.get("name") and flow.get("type"))):
            raise bad_request("Each item needs flow with an id, or a name and a type.", "flow", code="invalid.value")
        name, kind = item.get("fileName"), item.get("exportType", "Yaml")
        if name is not None and not (isinstance(name, str) and FILE_NAME.fullmatch(name)):
            raise bad_request("fileName takes letters, digits, _ and - only.", "fileName", code="invalid.value")
        if kind != "Yaml":
            text = "The sandbox exports Yaml only." if kind == "Architect" else "exportType must be Yaml or Architect."
            raise bad_request(text, "exportType", code="invalid.value")
        chosen = {key: flow.get(key) for key in ("id", "name", "type", "version")}
        wanted.append(chosen | {"fileName": name})
    return wanted


def _register(call: Call, collection: str, root: str, timer: str, command: str) -> Reply:
    world = call.world
    job: Json = {"id": world.new_id(), "status": "Started", "command": command, "_messages": []}
    job["_wanted"] = _wanted(call)
    job["_fails"] = _failure(call, job["_wanted"][0])
    world.put_passing(collection, job)
    world.after(world.options.job_duration_seconds, timer, job["id"])
    body = {"id": job["id"], "status": "Registered", "totalFlows": len(job["_wanted"])}
    return ok({**body, "selfUri": f"{root}/{job['id']}"})


def _failure(call: Call, wanted: Json) -> list[str] | None:
    """The messages with which a fault lets this job fail, None when none does."""
    if call.fault is None or call.fault.kind not in ("job_failure", "export_throttled"):
        return None
    if call.fault.kind == "export_throttled":
        # How a throttled backend ends a job [official provider]; the flow is there all the same.
        return [f"Could not find the flow with id '{wanted['id'] or wanted['name']}' (exit code 107)."]
    message = call.fault.details.get("message")
    return [str(message)] if message else []


def register_export(call: Call) -> Reply:
    return _register(call, "exports", EXPORTS, "export", "Export")


def register_validation(call: Call) -> Reply:
    return _register(call, "validations", VALIDATIONS, "validation", "Validate")


def _chosen(world: World, wanted: Json) -> tuple[Json, Json]:
    """The flow and the version to read. Raises archy.Refused."""
    type = archy.TYPES.get(str(wanted["type"]), str(wanted["type"]).upper())
    if wanted["id"]:
        flow = world.get("flows", wanted["id"])
    else:
        flow = archy_checks.flow_named(world, type, wanted["name"])
    if flow is None or is_deleted(flow):
        raise archy.Refused([f"Could not find the flow with id '{wanted['id'] or wanted['name']}'."])
    made = versions.version(flow, wanted["version"]) if wanted["version"] else versions.latest(flow)
    if made is None:
        raise archy.Refused([f"Flow '{flow['name']}' has no version {wanted['version'] or 'to read'}."])
    return flow, made


def finish_export(world: World, id: str) -> None:
    """Timer: check that everything can be exported; the text is made when it is fetched."""
    stored = world.get("exports", id)
    if stored is None:
        return
    job = world.edit(stored)
    try:
        if job["_fails"] is not None:
            raise archy.Refused(job["_fails"])
        pinned = []
        for wanted in job["_wanted"]:
            flow, made = _chosen(world, wanted)
            name = wanted["fileName"] or f"{flow['name']}_v{made['id'].replace('.', '-')}"
            division = world.division_ref(flow["_division"])["name"]
            archy_export.export(world.state["documents"][made["_document"]], division)
            pinned.append([name, made["_document"], division])
        job |= {"status": "Success", "_pinned": pinned}
    except archy.Refused as refused:
        job |= {"status": "Failure", "_messages": _messages(world, "Error", refused.messages)}
    world.put("exports", job)


def finish_validation(world: World, id: str) -> None:
    """Timer: structure and dependencies of the stored versions."""
    stored = world.get("validations", id)
    if stored is None:
        return
    job, errors = world.edit(stored), list(stored["_fails"] or [])
    for wanted in job["_wanted"] if stored["_fails"] is None else ():
        try:
            _, made = _chosen(world, wanted)
            scan = archy_scan.scan(archy.read(world.state["documents"][made["_document"]]))
            errors += archy_checks.structure(scan) + archy_checks.dependencies(world, scan).missing
        except archy.Refused as refused:
            errors += refused.messages
    failed = bool(errors) or stored["_fails"] is not None
    job |= {"status": "Failure" if failed else "Success", "_messages": _messages(world, "Error", errors)}
    world.put("validations", job)


def _messages(world: World, type: str, texts: list[str]) -> list[Json]:
    return [{"dateTime": iso(world.now()), "type": type, "text": text} for text in texts]


def _state(call: Call, collection: str, root: str) -> tuple[Json, Json]:
    job = call.world.get(collection, call.params["jobId"])
    if job is None:
        raise not_found("not.found", "a job", call.params["jobId"])
    body = {key: job[key] for key in ("id", "status", "command")}
    if "messages" in call.query.many("expand"):
        body["messages"] = job["_messages"]
    return job, {**body, "selfUri": f"{root}/{job['id']}"}


def get_export(call: Call) -> Reply:
    job, body = _state(call, "exports", EXPORTS)
    if job["status"] == "Success":
        expires = int(call.world.now()) + LIFETIME_SECONDS
        signature = _signature(call.world, job["id"], expires)
        body["downloadUrl"] = f"{call.base_url}/downloads/flows/{job['id']}?Expires={expires}&Signature={signature}"
    return ok(body)


def get_validation(call: Call) -> Reply:
    return ok(_state(call, "validations", VALIDATIONS)[1])


def _signature(world: World, id: str, expires: int) -> str:
    key = world.state["organization"]["id"].encode()
    return hmac.new(key, f"export {id} {expires}".encode(), hashlib.sha256).hexdigest()


def download(call: Call) -> Reply:
    world, id, expires = call.world, call.params["jobId"], call.query.one("Expires") or ""
    given = call.query.one("Signature") or ""
    if not expires.isdecimal() or not hmac.compare_digest(given, _signature(world, id, int(expires))):
        raise StorageError(403, "SignatureDoesNotMatch", "The signature does not match the address.")
    if "authorization" in call.headers:
        raise StorageError(400, "InvalidArgument", "Only one auth mechanism allowed; send no Authorization header.")
    job = world.get("exports", id)
    if int(expires) <= world.now() or job is None:
        raise StorageError(403, "AccessDenied", "Request has expired")
    files = [
        (name, archy_export.export(world.state["documents"][key], division)) for name, key, division in job["_pinned"]
    ]
    if len(files) == 1:
        return Reply(200, files[0][1].encode(), content_type="application/x-yaml")
    return Reply(200, _zipped(files), content_type="application/zip")


def _zipped(files: list[tuple[str, str]]) -> bytes:
    """The same files give the same bytes; equal names are numbered."""
    buffer, seen = io.BytesIO(), set[str]()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            safe = name.replace("/", "_")
            unique, number = safe, 1
            while unique in seen:
                number += 1
                unique = f"{safe}_{number}"
            seen.add(unique)
            archive.writestr(zipfile.ZipInfo(f"{unique}.yaml", ZIP_DATE), text)
    return buffer.getvalue()


ENDPOINTS = [
    Endpoint("POST", EXPORTS, register_export, ("architect:jobExport:create",)),
    Endpoint("GET", EXPORTS + "/{jobId}", get_export, ("architect:jobExport:view",)),
    Endpoint("POST", VALIDATIONS, register_validation, ("architect:jobValidate:create",)),
    Endpoint("GET", VALIDATIONS + "/{jobId}", get_validation, ("architect:jobValidate:view",)),
    Endpoint("GET", "/downloads/flows/{jobId}", download, open=True),
]
TIMERS = {"export": finish_export, "validation": finish_validation}
