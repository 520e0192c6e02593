"""The organisation itself, its products, queues, groups and users: read by name, written through the state only."""

from __future__ import annotations

from collections.abc import Callable

from reconciler.sandbox.answers import Json, Reply, bad_request, encode, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint, Handler
from reconciler.sandbox.paging import listing, name_filter

QUEUES = "/api/v2/routing/queues"
QUEUE_VIEW = ("routing:queue:view",)
QUEUE_SEARCH = ("routing:queue:search",)


def organization(call: Call) -> Reply:
    return ok(call.world.state["organization"])


def products(_: Call) -> Reply:
    entities = [{"id": "genesysCloud3"}]
    return ok({"entities": entities, "pageSize": 1, "pageNumber": 1, "total": 1, "pageCount": 1})


def render_queue(call: Call, queue: Json) -> Json:
    body = {key: value for key, value in queue.items() if not key.startswith("_")}
    body["division"] = call.world.division_ref(queue.get("_division"))
    return {**body, "selfUri": f"{QUEUES}/{queue['id']}"}


def list_queues(call: Call) -> Reply:
    """Always sorted by name. Full objects go up to 500 a page."""
    return _queues(call, size_max=500)


def queue_views(call: Call) -> Reply:
    if call.query.number("pageNumber", default=1) > 5:
        raise bad_request("pageNumber must be at most 5.", "pageNumber", code="invalid.value")
    return _queues(call, size_max=100)


def _queues(call: Call, *, size_max: int) -> Reply:
    wanted, ids, divisions = name_filter(call.query, "name"), call.query.many("id"), call.query.many("divisionId")
    items = [
        q
        for q in call.world.listed("queues")
        if call.sees(q)
        and wanted(q)
        and (not ids or q["id"] in ids)
        and (not divisions or q.get("_division") in divisions)
    ]
    if (call.query.one("sortOrder") or "").lower() in ("desc", "descending"):
        items.reverse()
    return listing(call, items, lambda q: encode(render_queue(call, q)), size_max=size_max, absent_when_empty=True)


def get_queue(call: Call) -> Reply:
    queue = call.world.get("queues", call.params["queueId"])
    if queue is None:
        raise not_found("not.found", "a queue", call.params["queueId"])
    call.require_sight(queue)
    return ok(render_queue(call, queue))


def _people(kind: str, root: str) -> tuple[Handler, Handler, Handler]:
    """List, get and search of groups or users."""

    def render(entity: Json) -> Json:
        body = {key: value for key, value in entity.items() if not key.startswith("_")}
        return {**body, "selfUri": f"{root}/{entity['id']}"}

    def listed(call: Call) -> Reply:
        ids = call.query.many("id")
        items = [e for e in call.world.listed(kind) if not ids or e["id"] in ids]
        return listing(call, items, lambda e: encode(render(e)), absent_when_empty=True)

    def get(call: Call) -> Reply:
        id = next(iter(call.params.values()))
        entity = call.world.get(kind, id)
        if entity is None:
            raise not_found("not.found", f"an object of {kind}", id)
        return ok(render(entity))

    def search(call: Call) -> Reply:
        body = call.json()
        query, size, number = body.get("query"), body.get("pageSize", 25), body.get("pageNumber", 1)
        if not isinstance(query, list) or not all(isinstance(q, dict) for q in query):
            raise bad_request("query must be a list of criteria.", "query", code="invalid.value")
        if not all(isinstance(n, int) and n >= 1 for n in (size, number)):
            raise bad_request("pageSize and pageNumber must be numbers from 1.", "pageSize", code="invalid.value")
        found = [e for e in call.world.listed(kind) if all(_matches(criterion, e) for criterion in query)]
        results = [render(e) for e in found[(number - 1) * size : number * size]]
        answer = {"total": len(found), "pageCount": -(-len(found) // size), "pageSize": size, "pageNumber": number}
        return ok({**answer, "types": [kind], "results": results})

    return listed, get, search


COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "EXACT": lambda have, want: have == want,
    "STARTS_WITH": lambda have, want: have.startswith(want),
    "CONTAINS": lambda have, want: want in have,
    "TERM": lambda have, want: want in have.split(),
}


def _matches(criterion: Json, entity: Json) -> bool:
    """One search criterion; case is ignored. Other operators than COMPARISONS are refused."""
    type, fields = criterion.get("type"), criterion.get("fields") or ["name"]
    compare = COMPARISONS.get(str(type))
    if compare is None:
        raise bad_request(f"The sandbox searches by {', '.join(COMPARISONS)} only, not {type}.", "query")
    wanted = [str(v).lower() for v in criterion.get("values") or [criterion.get("value", "")]]
    return any(compare(str(entity.get(f, "")).lower(), want) for f in fields for want in wanted)


_list_groups, _get_group, _search_groups = _people("groups", "/api/v2/groups")
_list_users, _get_user, _search_users = _people("users", "/api/v2/users")
ENDPOINTS = [
    Endpoint("GET", "/api/v2/organizations/me", organization),
    Endpoint("GET", "/api/v2/authorization/products", products),
    Endpoint("GET", QUEUES, list_queues, QUEUE_VIEW),
    Endpoint("GET", QUEUES + "/divisionviews", queue_views, QUEUE_SEARCH),
    Endpoint("GET", QUEUES + "/divisionviews/all", list_queues, QUEUE_SEARCH),
    Endpoint("GET", QUEUES + "/{queueId}", get_queue, QUEUE_VIEW),
    Endpoint("GET", "/api/v2/groups", _list_groups),
    Endpoint("POST", "/api/v2/groups/search", _search_groups),
    Endpoint("GET", "/api/v2/groups/{groupId}", _get_group),
    Endpoint("GET", "/api/v2/users", _list_users),
    Endpoint("POST", "/api/v2/users/search", _search_users),
    Endpoint("GET", "/api/v2/users/{userId}", _get_user),
]
