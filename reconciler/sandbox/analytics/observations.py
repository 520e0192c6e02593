"""How queues stand now: observations, and the estimated wait, both as the control plane was told.

A queue that nobody described stands empty. UNVERIFIED on the platform: the qualifiers of user metrics (the routing
statuses), and what the estimated wait answers for a queue without traffic (here: no result).
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.sandbox.analytics import names as known
from reconciler.sandbox.analytics import query as asked
from reconciler.sandbox.answers import Json, Reply, bad_request, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso
from reconciler.sandbox.world import World

# Path values of the estimated wait, with the analytics media type and the intent in the answer [SDK 269].
MEDIA = {
    "all": (None, "ALL"),
    "call": ("voice", "CALL"),
    "chat": ("chat", "CHAT"),
    "callback": ("callback", "CALLBACK"),
    "email": ("email", "EMAIL"),
    "videoComm": (None, "VIDEOCOMM"),
    "message": ("message", "MESSAGE"),
}


def observe(call: Call) -> Reply:
    body, world = call.json(), call.world
    query = asked.observation(body, metrics=known.OBSERVATION_METRICS, dimensions=known.OBSERVATION_DIMENSIONS)
    details = asked.names(body, "detailMetrics", known.OBSERVATION_METRICS)
    results = []
    for queue in world.listed("queues"):
        if not call.sees(queue):
            continue
        for media in known.MEDIA:
            group = {"queueId": queue["id"], "mediaType": media}
            told = world.state["queuescripts"].get(f"{queue['id']} {media}")
            if query.filter.holds(group) and (told is not None or media == "voice"):
                data = list(_interactions(told or {}, query.metrics, details))
                results += [{"group": group, "data": data}] if data else []
        if query.filter.holds({"queueId": queue["id"]}) and (data := list(_people(world, queue, query.metrics))):
            results.append({"group": {"queueId": queue["id"]}, "data": data})
    return ok({"systemToOrganizationMappings": {}, "results": results})


def _interactions(told: Json, metrics: tuple[str, ...], details: tuple[str, ...]) -> Iterator[Json]:
    counts = {"oWaiting": len(told.get("waits", ()))}
    counts |= {"oInteracting": told.get("interacting", 0), "oAlerting": told.get("alerting", 0)}
    for metric in metrics:
        if metric in counts:
            entry: Json = {"metric": metric, "stats": {"count": counts[metric]}}
            if metric in details and metric == "oWaiting":
                entry["observations"] = [{"observationDate": iso(began)} for began in told.get("began", ())]
                entry["truncated"] = False
            yield entry


def _people(world: World, queue: Json, metrics: tuple[str, ...]) -> Iterator[Json]:
    scripts = [s for s in world.state["queuescripts"].values() if s["queueId"] == queue["id"] and s.get("users")]
    statuses: Json = scripts[-1]["users"] if scripts else {}
    on_queue = {status: number for status, number in statuses.items() if status != "OFF_QUEUE"}
    wanted = {"oUserRoutingStatuses": statuses, "oOnQueueUsers": on_queue}
    totals = {"oMemberUsers": sum(statuses.values()) or queue["memberCount"], "oActiveUsers": sum(statuses.values())}
    totals["oOffQueueUsers"] = statuses.get("OFF_QUEUE", 0)
    for metric in metrics:
        for status, number in wanted.get(metric, {}).items():
            yield {"metric": metric, "qualifier": status, "stats": {"count": number}}
        if metric in totals:
            yield {"metric": metric, "stats": {"count": totals[metric]}}


def estimated_wait(call: Call) -> Reply:
    return _estimate(call, "all")


def estimated_wait_of_media(call: Call) -> Reply:
    if (media := call.params["mediaType"]) not in MEDIA:
        raise bad_request(f"mediaType must be one of {', '.join(MEDIA)}.", "mediaType", code="invalid.value")
    return _estimate(call, media)


def _estimate(call: Call, word: str) -> Reply:
    queue = call.world.get("queues", call.params["queueId"])
    if queue is None:
        raise not_found("not.found", "a queue", call.params["queueId"])
    call.require_sight(queue)
    media, intent = MEDIA[word]
    scripts = [
        told
        for told in call.world.state["queuescripts"].values()
        if told["queueId"] == queue["id"] and "waitSeconds" in told and media in (None, told["mediaType"])
    ]
    results = [
        {"intent": intent, "formula": "BEST", "estimatedWaitTimeSeconds": round(told["waitSeconds"])}
        for told in scripts[:1]
        if word != "videoComm"
    ]
    return ok({"results": results})


QUEUE = "/api/v2/routing/queues/{queueId}"
QUEUE_VIEW = ("routing:queue:view",)
ENDPOINTS = [
    Endpoint("POST", "/api/v2/analytics/queues/observations/query", observe, ("analytics:queueObservation:view",)),
    Endpoint("GET", f"{QUEUE}/estimatedwaittime", estimated_wait, QUEUE_VIEW),
    Endpoint("GET", f"{QUEUE}/mediatypes/{{mediaType}}/estimatedwaittime", estimated_wait_of_media, QUEUE_VIEW),
]
