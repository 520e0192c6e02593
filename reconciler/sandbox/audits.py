"""Audit queries: the realtime one, and the asynchronous one with results by cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from reconciler.sandbox.answers import Json, Reply, bad_request, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso, parse_iso
from reconciler.sandbox.world import World

ROOT = "/api/v2/audits/query"
VIEW = ("audits:audit:view",)
REALTIME_DAYS = 14
PAGE_MAX = 500
PROPERTIES = ("UserId", "TrusteeOrganizationId", "ClientId", "Action", "EntityType", "EntityId")
CHANGES = ["Create", "Update", "Delete"]
FLOW_ACTIONS = [*CHANGES, "Checkin", "Checkout", "Publish", "Revert", "Save", "Deactivate", "Debug"]
SERVICES: Json = {
    "Architect": {"Flow": FLOW_ACTIONS, "Prompt": CHANGES, "PromptResource": [*CHANGES, "Transcode", "Upload"]},
    # UNVERIFIED on the platform: the service that holds IVRs.
    "Telephony": {"IVR": CHANGES, "Schedule": CHANGES, "ScheduleGroup": CHANGES, "EmergencyGroup": CHANGES},
}
REALTIME = ("Architect",)
"""The realtime query covers some services only [SDK 269]; which ones is UNVERIFIED, so clients must not rely on it."""


def service_mapping(_: Call) -> Reply:
    return ok({"services": _mapped(SERVICES)})


def realtime_mapping(_: Call) -> Reply:
    return ok({"services": _mapped({name: SERVICES[name] for name in REALTIME})})


def _mapped(services: Json) -> list[Json]:
    return [
        {"name": name, "entities": [{"name": entity, "actions": actions} for entity, actions in entities.items()]}
        for name, entities in services.items()
    ]


def _checked(call: Call) -> Json:
    """The query, with its interval as numbers. Raises ApiError 400 for what the platform refuses, enums included."""
    body = call.json()
    service, filters, sort = body.get("serviceName"), body.get("filters") or [], body.get("sort") or []
    try:
        start, end = (parse_iso(part) for part in str(body.get("interval", "")).split("/"))
    except ValueError as reason:
        text = "interval must be two ISO-8601 date-times with a slash between them."
        raise bad_request(text, "interval", code="invalid.date") from reason
    if end < start:
        raise bad_request("interval ends before it starts.", "interval", code="invalid.date")
    if service is not None and service not in SERVICES:
        raise bad_request(f"serviceName {service} is not known.", "serviceName", code="invalid.value")
    if not isinstance(filters, list) or not all(isinstance(f, dict) for f in filters):
        raise bad_request("filters must be a list.", "filters", code="invalid.value")
    for item in filters:
        if item.get("property") not in PROPERTIES:
            raise bad_request(f"property must be one of {', '.join(PROPERTIES)}.", "filters", code="invalid.value")
    if not isinstance(sort, list) or not all(isinstance(s, dict) for s in sort):
        raise bad_request("sort must be a list.", "sort", code="invalid.value")
    for item in sort:
        if item.get("name") != "Timestamp" or item.get("sortOrder") not in ("ascending", "descending"):
            text = "sort takes the name Timestamp with a sortOrder of ascending or descending."
            raise bad_request(text, "sort", code="invalid.value")
    kept = {key: body[key] for key in ("interval", "serviceName", "filters", "sort") if body.get(key) is not None}
    return {**kept, "_start": start, "_end": end}


def _matching(world: World, query: Json, services: Iterable[str] = SERVICES) -> list[Json]:
    """What the query finds. UNVERIFIED on the platform: several filters of one property mean any of them; the setting
    `auditDelaySeconds` stands for the time until an event appears."""
    ascending = any(str(s.get("sortOrder", "")).lower() == "ascending" for s in query.get("sort", ()))
    wanted: dict[str, set[str]] = {}
    for item in query.get("filters", ()):
        wanted.setdefault(item["property"], set()).add(str(item.get("value")))
    end = min(query["_end"], world.now() - world.setting("auditDelaySeconds"))
    found = [
        audit
        for audit in world.state["audits"]
        if query["_start"] <= parse_iso(audit["eventDate"]) <= end
        and audit["serviceName"] in services
        and query.get("serviceName") in (None, audit["serviceName"])
        and all(_value(audit, name) in values for name, values in wanted.items())
    ]
    return found if ascending else found[::-1]


def _value(audit: Json, name: str) -> Any:
    match name:
        case "UserId":
            return audit.get("user", {}).get("id")
        case "ClientId":
            return audit.get("client", {}).get("id")
        case "Action":
            return audit["action"]
        case "EntityType":
            return audit["entityType"]
        case "EntityId":
            return audit["entity"]["id"]
        case _:
            return audit["userHomeOrgId"]


def _shown(call: Call, audits: list[Json]) -> list[Json]:
    """User names come only with expand=user; the id always does."""
    if "user" in call.query.many("expand"):
        return audits
    return [a | {"user": {k: a["user"][k] for k in ("id", "selfUri")}} if "user" in a else a for a in audits]


def realtime(call: Call) -> Reply:
    """The last 14 days, paged."""
    query, body = _checked(call), call.json()
    if query["_start"] < call.world.now() - REALTIME_DAYS * 86_400 - 60:
        text = f"interval must lie within the last {REALTIME_DAYS} days."
        raise bad_request(text, "interval", code="invalid.date")
    if query.get("serviceName", REALTIME[0]) not in REALTIME:
        text = f"serviceName {query['serviceName']} is not covered by the realtime query."
        raise bad_request(text, "serviceName", code="invalid.value")
    size, number = body.get("pageSize", 25), body.get("pageNumber", 1)
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 1 for n in (size, number)) or size > PAGE_MAX:
        raise bad_request(f"pageSize must lie between 1 and {PAGE_MAX}, pageNumber from 1.", "pageSize")
    found = _matching(call.world, query, REALTIME)
    page = _shown(call, found[(number - 1) * size : number * size])
    paging = {"pageSize": size, "pageNumber": number, "total": len(found), "pageCount": -(-len(found) // size)}
    return ok({"entities": page, **paging})


def related(call: Call) -> Reply:
    """All audits that the same action left."""
    audits, id = call.world.state["audits"], call.json().get("auditId")
    audit = next((a for a in audits if a["id"] == id), None)
    if audit is None:
        raise not_found("not.found", "an audit", str(id))
    found = [a for a in audits if a.get("initiatingAction") == audit.get("initiatingAction")]
    return ok({"entities": _shown(call, found)})


def begin(call: Call) -> Reply:
    """Queued at first, Running in the second half of the job duration, then Succeeded, or Failed by a fault."""
    world, query = call.world, _checked(call)
    seconds = world.options.job_duration_seconds
    transaction = {"id": world.new_id(), "startDate": iso(world.now()), **query}
    transaction |= {"_running": world.now() + seconds / 2, "_ready": world.now() + seconds}
    transaction["_fails"] = call.fault is not None and call.fault.kind == "job_failure"
    world.put_passing("auditqueries", transaction)
    return ok(_status(world, transaction), status=202)


def _find(call: Call) -> Json:
    transaction = call.world.get("auditqueries", call.params["transactionId"])
    if transaction is None:
        raise not_found("not.found", "an audit query", call.params["transactionId"])
    return transaction


def _status(world: World, transaction: Json) -> Json:
    return {key: value for key, value in transaction.items() if not key.startswith("_")} | {
        "state": _state(world, transaction)
    }


def _state(world: World, transaction: Json) -> str:
    if world.now() < transaction["_running"]:
        return "Queued"
    if world.now() < transaction["_ready"]:
        return "Running"
    return "Failed" if transaction["_fails"] else "Succeeded"


def status(call: Call) -> Reply:
    return ok(_status(call.world, _find(call)))


def results(call: Call) -> Reply:
    transaction = _find(call)
    if (state := _state(call.world, transaction)) != "Succeeded":
        raise bad_request(f"The query has no results; its state is {state}.")
    size, cursor = call.query.number("pageSize", default=25), call.query.one("cursor") or "0"
    if size > PAGE_MAX or not cursor.isdecimal():
        raise bad_request(f"pageSize must be at most {PAGE_MAX}, cursor one that was given out.", "pageSize")
    found, at = _matching(call.world, transaction), int(cursor)
    answer: Json = {"id": transaction["id"], "pageSize": size, "entities": _shown(call, found[at : at + size])}
    if at + size < len(found):
        answer["cursor"] = str(at + size)
    return ok(answer)


ENDPOINTS = [
    Endpoint("POST", ROOT, begin, VIEW),
    Endpoint("POST", ROOT + "/realtime", realtime, VIEW),
    Endpoint("POST", ROOT + "/realtime/related", related, VIEW),
    Endpoint("GET", ROOT + "/servicemapping", service_mapping, VIEW),
    Endpoint("GET", ROOT + "/realtime/servicemapping", realtime_mapping, VIEW),
    Endpoint("GET", ROOT + "/{transactionId}", status, VIEW),
    Endpoint("GET", ROOT + "/{transactionId}/results", results, VIEW),
]
