"""Deploying YAML: register a job, PUT the file to its signed address, poll until Success or Failure.

The job validates, saves, checks in and publishes, in that order and not atomically: when the publish is refused
(missing dependencies), the saved version stays. Identity is (flow type, name) inside the file.
"""

from __future__ import annotations

import secrets

from reconciler.sandbox import archy, archy_checks, archy_scan, versions
from reconciler.sandbox.answers import Json, Reply, StorageError, not_found, ok
from reconciler.sandbox.archy_checks import flow_named
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso
from reconciler.sandbox.storage import signed_put
from reconciler.sandbox.world import Actor, World

ROOT = "/api/v2/flows/jobs"
ADDRESS_LIFETIME_SECONDS = 3_600.0
FILE_MAX = 25 * 1024 * 1024
STUB = "{root}:\n  name: {name}\n  description: Stub\n"


def register(call: Call) -> Reply:
    world = call.world
    stubs = bool(call.json(optional=True).get("createStubs"))
    id, key = world.new_id(), secrets.token_urlsafe(24)
    headers = {
        "x-amz-server-side-encryption": "AES256",
        "x-amz-tagging": f"organizationId={world.state['organization']['id']}&jobId={id}",
    }
    job: Json = {
        "id": id,
        "status": "Registered",
        "_key": key,
        "headers": headers,
        "expires": world.now() + ADDRESS_LIFETIME_SECONDS,
        "_actor": [call.actor.id, call.actor.name],
        "_stubs": stubs,
        "_messages": [],
    }
    if call.fault is not None and call.fault.kind == "job_failure":
        job["_fails"] = call.fault.details.get("message")
    world.put_passing("jobs", job)
    self_uri = f"{ROOT}/{id}"
    address = f"{call.base_url}/uploads/flows/{id}/{key}"
    return ok({"id": id, "presignedUrl": address, "headers": headers, "selfUri": self_uri})


def put_file(call: Call) -> Reply:
    """The signed address: the bytes start the job. The same bytes again change nothing."""
    world = call.world
    job = signed_put(call, world.get("jobs", call.params["jobId"]))
    if call.params["key"] != job["_key"]:
        raise StorageError(403, "SignatureDoesNotMatch", "The signature does not match the address.")
    text = call.body.decode("utf-8", "replace")
    digest = world.keep_document(text)
    if job["status"] != "Registered":
        if digest != job["_document"]:
            raise StorageError(403, "AccessDenied", "The job has already started with another file.")
        return Reply(200)
    job = world.edit(job) | {"status": "Started", "command": "Publish", "_document": digest}
    world.put("jobs", job)
    _hold(world, job, text)
    world.after(world.options.job_duration_seconds, "job", job["id"])
    return Reply(200)


def _hold(world: World, job: Json, text: str) -> None:
    """A running job keeps others from taking the flow's lock."""
    try:
        document = archy.read(text)
    except archy.Refused:
        return
    flow = flow_named(world, document.type, document.name)
    if flow is not None and versions.holder(flow) is None:
        flow = world.edit(flow)
        versions.take_lock(flow, Actor(*job["_actor"]), job=job["id"])
        world.put("flows", flow)


def get_job(call: Call) -> Reply:
    job = call.world.get("jobs", call.params["jobId"])
    if job is None:
        raise not_found("not.found", "a job", call.params["jobId"])
    body: Json = {key: job[key] for key in ("id", "status", "command", "flow") if key in job}
    if "messages" in call.query.many("expand"):
        body["messages"] = job["_messages"]
    return ok({**body, "selfUri": f"{ROOT}/{job['id']}"})


def finish(world: World, id: str) -> None:
    """Timer: carry the job out."""
    stored = world.get("jobs", id)
    if stored is None:
        return
    job = world.edit(stored)
    try:
        flow = _deploy(world, job)
        job |= {"status": "Success", "flow": _ref(flow)}
    except archy.Refused as refused:
        _let_go(world, job)
        job["status"] = "Failure"
        now = iso(world.now())
        job["_messages"] += [{"dateTime": now, "type": "Error", "text": text} for text in refused.messages]
    world.put("jobs", job)


def _deploy(world: World, job: Json) -> Json:
    """Validate, save, check in, publish. Raises archy.Refused with the job's messages."""
    actor = Actor(*job["_actor"])
    if "_fails" in job:
        raise archy.Refused([str(job["_fails"])] if job["_fails"] else [])
    document = archy.read(world.state["documents"][job["_document"]])
    known = flow_named(world, document.type, document.name)
    _check_lock(world, job, known, actor)
    division = _division(world, document, known)
    scan = archy_scan.scan(document)
    if errors := archy_checks.structure(scan):
        raise archy.Refused(errors)
    if known is None:
        flow = versions.new_flow(world, document.type, document.name, division)
        world.audit(actor, "Architect", "Flow", "Create", flow)
    else:
        flow = world.edit(known) | {"_division": division}
    versions.add_version(world, flow, actor, "SAVE", job["_document"])
    world.put("flows", flow)
    world.audit(actor, "Architect", "Flow", "Save", flow)
    job["flow"] = _ref(flow)
    found = archy_checks.dependencies(world, scan)
    if job["_stubs"] and found.missing_flows:
        for type, name in found.missing_flows:
            _create_stub(world, actor, type, name)
        found = archy_checks.dependencies(world, scan)
    if found.missing:
        raise archy.Refused(["The flow was saved but cannot be published.", *found.missing])
    return _publish(world, flow, actor)


def _check_lock(world: World, job: Json, flow: Json | None, actor: Actor) -> None:
    owner = versions.holder(flow) if flow else None
    if flow is None or owner is None:
        return
    if owner.id != actor.id:
        who = f"user '{owner.name}'" if owner.user else f"client '{owner.name}'"
        raise archy.Refused([f"Flow '{flow['name']}' could not be checked out: it is locked by {who}."])
    if world.setting("jobRefusesOwnLock") and flow["_lock"]["job"] != job["id"]:
        raise archy.Refused([f"Flow '{flow['name']}' could not be checked out: it is locked by client '{owner.name}'."])


def _division(world: World, document: archy.Document, known: Json | None) -> str:
    """A division is named in the file; without one a flow stays where it is, a new one goes to Home."""
    name = document.body.get("division")
    if not isinstance(name, str):
        return str(known["_division"] if known else world.home()["id"])
    division = world.by_name("divisions", name)
    if division is None:
        raise archy.Refused([f"The division '{name}' could not be found."])
    return str(division["id"])


def _create_stub(world: World, actor: Actor, type: str, name: str) -> None:
    if flow_named(world, type, name):
        return
    flow = versions.new_flow(world, type, name, str(world.home()["id"]))
    document = world.keep_document(STUB.format(root=archy.ROOTS[type], name=archy.quoted(name)))
    if world.setting("stubs") == "saved":
        versions.add_version(world, flow, actor, "SAVE", document)
    else:
        versions.in_force(world, flow, actor, versions.add_version(world, flow, actor, "PUBLISH", document))
    world.put("flows", flow)
    world.audit(actor, "Architect", "Flow", "Create", flow)


def _publish(world: World, flow: Json, actor: Actor) -> Json:
    """The version the job saved is checked in and published under its own number, and the lock goes."""
    flow = world.edit(flow)
    made = flow["_versions"][-1] | {"type": "PUBLISH", "dateCheckedIn": flow["_versions"][-1]["dateSaved"]}
    flow["_versions"][-1] = made
    flow["_checked_in"] = made["id"]
    versions.in_force(world, flow, actor, made)
    versions.release(flow)
    world.put("flows", flow)
    world.audit(actor, "Architect", "Flow", "Checkin", flow)
    world.audit(actor, "Architect", "Flow", "Publish", flow)
    return flow


def _let_go(world: World, job: Json) -> None:
    """A failed job gives up the lock it took itself, not one its client holds."""
    for flow in list(world.all("flows")):
        if flow["_lock"] and flow["_lock"].get("job") == job["id"]:
            freed = world.edit(flow)
            versions.release(freed)
            world.put("flows", freed)


def _ref(flow: Json) -> Json:
    return {"id": flow["id"], "selfUri": f"/api/v2/flows/{flow['id']}"}


ENDPOINTS = [
    Endpoint("POST", ROOT, register, ("architect:job:create",)),
    Endpoint("GET", ROOT + "/{jobId}", get_job, ("architect:job:view",)),
    Endpoint("PUT", "/uploads/flows/{jobId}/{key}", put_file, open=True, body_max=FILE_MAX),
]
TIMERS = {"job": finish}
