"""DID pools and the numbers in them. A number is taken when an IVR configuration names it."""

from __future__ import annotations

import uuid

from reconciler.sandbox.answers import Json, Reply, bad_request, encode, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.paging import listing
from reconciler.sandbox.version_lock import render as render_versioned
from reconciler.sandbox.world import World, is_deleted

ROOT = "/api/v2/telephony/providers/edges"
NEEDS = ("telephony:plugin:all",)


def pool_of(world: World, number: str) -> Json | None:
    """The pool that holds the number; pools compare as numbers of equal length."""
    for pool in world.all("didpools"):
        start, end = pool["startPhoneNumber"], pool["endPhoneNumber"]
        if len(start) == len(number) == len(end) and start <= number <= end:
            return pool
    return None


def owner_of(world: World, number: str) -> Json | None:
    return next((r for r in world.all("routes") if not is_deleted(r) and number in r["dnis"]), None)


def _numbers(pool: Json) -> list[str]:
    start, end = int(pool["startPhoneNumber"].lstrip("+")), int(pool["endPhoneNumber"].lstrip("+"))
    return [f"+{number}" for number in range(start, end + 1)]


def render_pool(world: World, pool: Json) -> Json:
    return render_versioned(
        world, pool, f"{ROOT}/didpools", "startPhoneNumber", "endPhoneNumber", "comments", "provider"
    )


def list_pools(call: Call) -> Reply:
    ids = call.query.many("id")
    items = [p for p in call.world.listed("didpools") if not ids or p["id"] in ids]
    more = {"totalNumberOfEntities": len(items)}
    return listing(call, items, lambda p: encode(render_pool(call.world, p)), more=more)


def get_pool(call: Call) -> Reply:
    pool = call.world.get("didpools", call.params["didPoolId"])
    if pool is None:
        raise not_found("not.found", "a DID pool", call.params["didPoolId"])
    return ok(render_pool(call.world, pool))


def _all(call: Call, pools: list[str]) -> list[Json]:
    """Every number as `{number, pool, owner}`."""
    world = call.world
    owners = {n: r for r in world.all("routes") if not is_deleted(r) for n in r["dnis"]}
    chosen = [p for p in world.listed("didpools") if not pools or p["id"] in pools]
    return [{"number": n, "pool": p, "owner": owners.get(n)} for p in chosen for n in _numbers(p)]


def list_pool_numbers(call: Call) -> Reply:
    """Assigned and free numbers; `type` is required [SDK 269]."""
    wanted, match = call.query.one("type"), call.query.one("numberMatch") or ""
    if wanted not in ("ASSIGNED_AND_UNASSIGNED", "UNASSIGNED"):
        raise bad_request("type must be ASSIGNED_AND_UNASSIGNED or UNASSIGNED.", "type", code="invalid.value")
    items = [d for d in _all(call, call.query.many("id")) if match in d["number"]]
    if wanted == "UNASSIGNED":
        items = [d for d in items if d["owner"] is None]
    if (call.query.one("sortOrder") or "").lower() in ("desc", "descending"):
        items.reverse()
    return listing(call, items, lambda d: encode(_pool_number(d)))


def _pool_number(item: Json) -> Json:
    pool = item["pool"]
    body = {"number": item["number"], "assigned": item["owner"] is not None}
    body["didPool"] = {"id": pool["id"], "selfUri": f"{ROOT}/didpools/{pool['id']}"}
    return body | _owner(item)


def _owner(item: Json) -> Json:
    owner = item["owner"]
    if owner is None:
        return {}
    link = {"id": owner["id"], "name": owner["name"], "selfUri": f"/api/v2/architect/ivrs/{owner['id']}"}
    return {"owner": link, "ownerType": "IVR_CONFIG"}


def list_numbers(call: Call) -> Reply:
    """Assigned numbers only: the platform keeps a DID object for these."""
    query = call.query
    phone, owner, pools = query.one("phoneNumber"), query.one("owner.id"), query.many("didPool.id")
    ids = query.many("id")
    items = [d for d in _all(call, pools) if d["owner"] is not None]
    items = [
        d
        for d in items
        if (not phone or d["number"].lstrip("+") == phone.strip().lstrip("+"))
        and (not owner or d["owner"]["id"] == owner)
        and (not ids or _did_id(d) in ids)
    ]
    more = {"totalNumberOfEntities": len(items)}
    return listing(call, items, lambda d: encode(_did(d)), absent_when_empty=True, more=more)


def _did_id(item: Json) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, item["number"]))


def _did(item: Json) -> Json:
    pool, number, id = item["pool"], item["number"], _did_id(item)
    body = {"id": id, "name": number, "phoneNumber": number, "state": "active", "version": 1}
    body["didPool"] = {"id": pool["id"], "name": pool["name"], "selfUri": f"{ROOT}/didpools/{pool['id']}"}
    return body | _owner(item) | {"selfUri": f"{ROOT}/dids/{id}"}


def get_number(call: Call) -> Reply:
    for item in _all(call, []):
        if item["owner"] is not None and _did_id(item) == call.params["didId"]:
            return ok(_did(item))
    raise not_found("not.found", "a DID", call.params["didId"])


ENDPOINTS = [
    Endpoint("GET", ROOT + "/didpools", list_pools, NEEDS),
    Endpoint("GET", ROOT + "/didpools/dids", list_pool_numbers, NEEDS),
    Endpoint("GET", ROOT + "/didpools/{didPoolId}", get_pool, NEEDS),
    Endpoint("GET", ROOT + "/dids", list_numbers, NEEDS),
    Endpoint("GET", ROOT + "/dids/{didId}", get_number, NEEDS),
]
