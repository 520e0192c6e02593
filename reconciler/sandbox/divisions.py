"""Divisions: which one a new object lands in, and the lists."""

from __future__ import annotations

from reconciler.sandbox.answers import Json, Reply, bad_request, encode, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.paging import listing, name_filter

ROOT = "/api/v2/authorization/divisions"


def division_of(call: Call, body: Json, *, default: str | None) -> str:
    """The division id a write asks for; without one `default`, else Home. Raises ApiError 400."""
    asked = body.get("division")
    if asked is None:
        return default or str(call.world.home()["id"])
    id = asked.get("id") if isinstance(asked, dict) else None
    if not isinstance(id, str) or call.world.get("divisions", id) is None:
        raise bad_request(f"There is no division with id {id}.", "division", code="invalid.value")
    call.require_sight({"_division": id})
    return id


def render(division: Json) -> Json:
    return {
        "id": division["id"],
        "name": division["name"],
        "description": division.get("description", ""),
        "homeDivision": bool(division.get("homeDivision")),
        "selfUri": f"{ROOT}/{division['id']}",
    }


def list_divisions(call: Call) -> Reply:
    ids = call.query.many("id")
    wanted = name_filter(call.query, "name")
    items = [d for d in call.world.listed("divisions") if wanted(d) and (not ids or d["id"] in ids)]
    return listing(call, items, lambda d: encode(render(d)))


def home(call: Call) -> Reply:
    return ok(render(call.world.home()))


def get_division(call: Call) -> Reply:
    division = call.world.get("divisions", call.params["divisionId"])
    if division is None:
        raise not_found("not.found", "a division", call.params["divisionId"])
    return ok(render(division))


ENDPOINTS = [
    Endpoint("GET", ROOT, list_divisions),
    Endpoint("GET", ROOT + "/home", home),
    Endpoint("GET", ROOT + "/{divisionId}", get_division),
]
