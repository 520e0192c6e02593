"""Who refers to whom. A published flow holds ids of what its YAML named when it was published (`_uses`)."""

from __future__ import annotations

from reconciler.sandbox.answers import Json
from reconciler.sandbox.world import World, is_deleted


def flows_using(world: World, kind: str, id: str) -> list[Json]:
    """Flows, other than itself, whose published version refers to that object."""
    return [
        flow
        for flow in world.all("flows")
        if flow["id"] != id and not is_deleted(flow) and id in (flow.get("_uses") or {}).get(kind, ())
    ]


def routes_using(world: World, id: str) -> list[Json]:
    """IVR configurations that point at that flow or schedule group."""
    keys = ("openHoursFlow", "closedHoursFlow", "holidayHoursFlow", "scheduleGroup")
    return [r for r in world.all("routes") if not is_deleted(r) and id in ((r.get(k) or {}).get("id") for k in keys)]


def queues_using(world: World, id: str) -> list[Json]:
    keys = ("queueFlow", "emailInQueueFlow", "messageInQueueFlow")
    return [q for q in world.all("queues") if id in ((q.get(k) or {}).get("id") for k in keys)]


def emergency_groups_using(world: World, id: str) -> list[Json]:
    return [
        g
        for g in world.all("emergencygroups")
        if not is_deleted(g) and id in ((c.get("emergencyFlow") or {}).get("id") for c in g["emergencyCallFlows"])
    ]
