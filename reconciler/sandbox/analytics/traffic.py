"""Scripted traffic: what callers did, and how queues stand, as told to the control plane. Analytics counts it.

A caller script is `{"flow" or "number", "queue", "outcome", ...}`; names are resolved when it is told, so later changes
of the organisation do not rewrite the past. Durations are seconds here and milliseconds in answers, as on the platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.sandbox.analytics.names import MEDIA, ROUTING_STATUSES
from reconciler.sandbox.answers import Json, Reply, bad_request, no_content, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import parse_iso
from reconciler.sandbox.world import World, is_deleted

CALLERS_MAX = 100_000
COUNT_MAX = 1_000_000
OUTCOMES = ("abandonedInFlow", "disconnectedByFlow", "abandoned", "answered")
IN_QUEUE = OUTCOMES[2:]
SECONDS = ("ivrSeconds", "waitSeconds", "talkSeconds")
CALLER_KEYS = ("flow", "flowType", "version", "number", "queue", "outcome", "count", "at", "mediaType", *SECONDS)
QUEUE_KEYS = ("name", "mediaType", "waits", "interacting", "alerting", "users", "waitSeconds")
# UNVERIFIED on the platform: how a flow's end shows in disconnectType.
DISCONNECTS = {"abandonedInFlow": "peer", "disconnectedByFlow": "endpoint"}


@dataclass(frozen=True, slots=True)
class Fact:
    """`count` times one measurement; `milliseconds` is None for metrics that only count."""

    at: float
    dimensions: dict[str, str]
    metric: str
    count: int
    milliseconds: float | None = None


def script_callers(call: Call) -> Reply:
    """Remember what callers did: one script, or a list of them."""
    value = call.json_value()
    scripts = value if isinstance(value, list) else [value]
    if not scripts or not all(isinstance(s, dict) for s in scripts):
        raise bad_request("Send one caller script as an object, or a list of them.")
    kept = call.world.state["callers"]
    kept.extend([_caller(call.world, script) for script in scripts])
    del kept[:-CALLERS_MAX]
    call.world.touch()
    return ok({"callers": len(kept)}, status=201)


def callers(call: Call) -> Reply:
    return ok(call.world.state["callers"])


def forget_callers(call: Call) -> Reply:
    call.world.state["callers"] = []
    call.world.touch()
    return no_content()


def script_queue(call: Call) -> Reply:
    """How a queue stands from now on: `{"name": "Support", "waits": [120, 30], "waitSeconds": 240, ...}`."""
    world, body = call.world, call.json()
    _known("queue", body, QUEUE_KEYS)
    queue = _queue(world, body.get("name"), "name")
    media = _media(body)
    waits, users = body.get("waits", []), body.get("users", {})
    if not isinstance(waits, list) or not all(_is_number(wait) for wait in waits):
        raise bad_request("waits must be a list of seconds waited so far.", "waits")
    if not isinstance(users, dict) or not all(s in ROUTING_STATUSES and _is_number(n) for s, n in users.items()):
        raise bad_request(f"users maps routing statuses ({', '.join(ROUTING_STATUSES)}) to numbers.", "users")
    for key in ("interacting", "alerting", "waitSeconds"):
        if key in body and not _is_number(body[key]):
            raise bad_request(f"{key} must be a number from 0.", key)
    told = {**body, "mediaType": media, "queueId": queue["id"]}
    told["began"] = sorted(world.now() - wait for wait in waits)
    world.state["queuescripts"][f"{queue['id']} {media}"] = told
    world.touch()
    return ok(told, status=201)


def queues(call: Call) -> Reply:
    return ok(list(call.world.state["queuescripts"].values()))


def forget_queues(call: Call) -> Reply:
    call.world.state["queuescripts"] = {}
    call.world.touch()
    return no_content()


def _caller(world: World, script: Json) -> Json:
    """The script with names resolved. Raises ApiError 400."""
    _known("caller", script, CALLER_KEYS)
    outcome, count = script.get("outcome"), script.get("count", 1)
    if outcome not in OUTCOMES:
        raise bad_request(f"outcome must be one of {', '.join(OUTCOMES)}.", "outcome")
    if type(count) is not int or not 1 <= count <= COUNT_MAX:
        raise bad_request(f"count must be a number from 1 to {COUNT_MAX}.", "count")
    for key in SECONDS:
        if key in script and not _is_number(script[key]):
            raise bad_request(f"{key} must be seconds from 0.", key)
    if (outcome in IN_QUEUE) != ("queue" in script):
        raise bad_request(f"a queue goes with the outcomes {' and '.join(IN_QUEUE)}, and with no other.", "queue")
    flow = _flow(world, script)
    if flow is None and outcome not in IN_QUEUE:
        raise bad_request(f"{outcome} needs a flow, or a number that leads to one.", "flow")
    told: Json = {**script, "count": count, "mediaType": _media(script), "at": _moment(world, script)}
    if flow is not None:
        told["_flow"] = {"flowId": flow["id"], "flowName": flow["name"], "flowType": flow["type"]}
        told["_flow"]["flowVersion"] = str(script.get("version") or flow["_published"])
    if "queue" in script:
        told["_queue"] = _queue(world, script["queue"], "queue")["id"]
    return told


def _flow(world: World, script: Json) -> Json | None:
    """The flow by name, or the one that the number's route leads to while open."""
    if "flow" in script:
        found = [
            f
            for f in world.all("flows")
            if f["name"] == script["flow"] and not is_deleted(f) and script.get("flowType") in (None, f["type"])
        ]
        if len(found) != 1:
            raise bad_request(f"there are {len(found)} flows named {script['flow']!r}; say flowType.", "flow")
    elif "number" in script:
        routes = (r for r in world.all("routes") if not is_deleted(r) and script["number"] in r.get("dnis", ()))
        route = next(routes, None)
        open_flow = world.get("flows", str(((route or {}).get("openHoursFlow") or {}).get("id")))
        if open_flow is None:
            raise bad_request(f"{script['number']} leads to no flow.", "number")
        found = [open_flow]
    else:
        return None
    if found[0]["_published"] is None:
        raise bad_request(f"the flow {found[0]['name']} is not published.", "flow")
    return found[0]


def _queue(world: World, name: Any, field: str) -> Json:
    queue = world.by_name("queues", str(name))
    if queue is None:
        raise bad_request(f"There is no queue named {name!r}.", field)
    return queue


def _moment(world: World, script: Json) -> float:
    try:
        return parse_iso(script["at"]) if "at" in script else world.now()
    except (ValueError, TypeError, AttributeError) as reason:
        raise bad_request("at must be an ISO-8601 date-time.", "at") from reason


def _media(script: Json) -> str:
    media = script.get("mediaType", "voice")
    if media not in MEDIA:
        raise bad_request(f"mediaType must be one of {', '.join(MEDIA)}.", "mediaType")
    return str(media)


def _known(what: str, script: Json, keys: tuple[str, ...]) -> None:
    if unknown := sorted(set(script) - set(keys)):
        raise bad_request(f"a {what} script has no {unknown[0]}; it has {', '.join(keys)}.", unknown[0])


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


# -- what analytics counts --------------------------------------------------------------------------------------


def flow_facts(world: World) -> Iterator[Fact]:
    """One row for each flow that callers went through."""
    for told in world.state["callers"]:
        if flow := told.get("_flow"):
            dimensions = {**_dimensions(world, told), **flow}
            if told["outcome"] in IN_QUEUE:
                dimensions |= {"disconnectType": "transfer", "transferType": "ACD", "transferTargetName": told["queue"]}
            else:
                dimensions["disconnectType"] = DISCONNECTS[told["outcome"]]
            ended = "tFlowExit" if told["outcome"] in IN_QUEUE else "tFlowDisconnect"
            ivr = told.get("ivrSeconds", 0) * 1000.0
            yield Fact(told["at"], dimensions, "nFlow", told["count"])
            yield Fact(told["at"], dimensions, "tFlow", told["count"], ivr)
            yield Fact(told["at"], dimensions, ended, told["count"], ivr)


def conversation_facts(world: World) -> Iterator[Fact]:
    """Rows by participant: the caller, the flow (`ivr`), the queue (`acd`) and the agent."""
    for told in world.state["callers"]:
        at, count, shared = told["at"], told["count"], _dimensions(world, told)
        yield Fact(at, {**shared, "purpose": "customer"}, "nConversations", count)
        if "_flow" in told:
            yield Fact(at, {**shared, "purpose": "ivr"}, "tIvr", count, told.get("ivrSeconds", 0) * 1000.0)
        if "_queue" not in told:
            continue
        queue = {**shared, "queueId": told["_queue"], "purpose": "acd"}
        waited = told.get("waitSeconds", 0) * 1000.0
        yield Fact(at, queue, "nOffered", count)
        yield Fact(at, queue, "tWait", count, waited)
        yield Fact(at, queue, "tAcd", count, waited)
        if told["outcome"] == "abandoned":
            yield Fact(at, queue, "tAbandon", count, waited)
            continue
        agent, talked = {**queue, "purpose": "agent"}, told.get("talkSeconds", 0) * 1000.0
        yield Fact(at, queue, "tAnswered", count, waited)
        yield Fact(at, agent, "nConnected", count)
        yield Fact(at, agent, "tTalk", count, talked)
        yield Fact(at, agent, "tHandle", count, talked)


def _dimensions(world: World, told: Json) -> dict[str, str]:
    dimensions = {"mediaType": told["mediaType"], "direction": "inbound", "divisionId": str(world.home()["id"])}
    if "number" in told:
        dimensions["dnis"] = str(told["number"])
    return dimensions


def endpoints() -> list[Endpoint]:
    """The part of the control plane that scripts traffic."""
    return [
        Endpoint("POST", "/_sandbox/callers", script_callers, open=True),
        Endpoint("GET", "/_sandbox/callers", callers, open=True),
        Endpoint("DELETE", "/_sandbox/callers", forget_callers, open=True),
        Endpoint("POST", "/_sandbox/queues", script_queue, open=True),
        Endpoint("GET", "/_sandbox/queues", queues, open=True),
        Endpoint("DELETE", "/_sandbox/queues", forget_queues, open=True),
    ]
