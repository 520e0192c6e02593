"""How queues stand now: one function per endpoint [SDK 269].

Observations need `analytics:queueObservation:view`, the estimated wait `routing:queue:view`. Qualifiers of user metrics
(the routing statuses) are UNVERIFIED, so numbers of people are sums over whatever qualifiers come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

OBSERVATIONS = "/api/v2/analytics/queues/observations/query"
ESTIMATED_WAIT = "/api/v2/routing/queues/{queueId}/mediatypes/{mediaType}/estimatedwaittime"

VOICE, CALL = "voice", "call"
"""One thing by two names: analytics says voice, routing says call."""
METRICS = ("oWaiting", "oInteracting", "oOnQueueUsers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One queue at this moment. None where the platform said nothing: that is not zero."""

    waiting: int | None = None
    interacting: int | None = None
    on_queue_users: int | None = None
    """Agents on the queue, busy ones included."""


async def observe(client: Client, queue_ids: Sequence[str], *, media_type: str = VOICE) -> Mapping[str, Standing]:
    """The standing of each queue, by id; queues of other divisions come back without any number.

    `media_type` as analytics names it: voice, message, chat, email or callback.
    """
    if not queue_ids:
        return {}
    predicates = [{"type": "dimension", "dimension": "queueId", "operator": "matches", "value": id} for id in queue_ids]
    body = await client.request(
        "POST",
        OBSERVATIONS,
        effect=Effect.READ,
        json={"filter": {"type": "or", "predicates": predicates}, "metrics": list(METRICS)},
    )
    sums: dict[str, dict[str, int]] = {id: {} for id in queue_ids}
    for group, metric, count in _entries(body, Place("POST", OBSERVATIONS)):
        id = bodies.optional_text(group, "queueId")
        if id in sums and group.get("mediaType") in (None, media_type):
            sums[id][metric] = sums[id].get(metric, 0) + count
    return {
        id: Standing(
            waiting=found.get("oWaiting"),
            interacting=found.get("oInteracting"),
            on_queue_users=found.get("oOnQueueUsers"),
        )
        for id, found in sums.items()
    }


async def estimated_wait(client: Client, queue_id: str, *, media_type: str = CALL) -> int | None:
    """Seconds that somebody who comes now will wait; None when the platform cannot say.

    `media_type` as routing names it: all, call, chat, callback, email, videoComm or message.
    """
    place = Place("GET", ESTIMATED_WAIT)
    body = await client.get(ESTIMATED_WAIT, path={"queueId": queue_id, "mediaType": media_type})
    told = [one.get("estimatedWaitTimeSeconds") for one in bodies.parts(body, "results", place)]
    return next((seconds for seconds in told if isinstance(seconds, int)), None)


def _entries(body: Any, place: Place) -> Iterator[tuple[Mapping[str, Any], str, int]]:
    for container in bodies.parts(body, "results", place):
        group = bodies.part(container, "group")
        if group is None:
            raise bodies.missing("group", place)
        for entry in bodies.parts(container, "data", place):
            stats = bodies.part(entry, "stats")
            if stats is None or not isinstance(stats.get("count"), int):
                raise bodies.missing("count", place)
            yield group, bodies.text(entry, "metric", place), stats["count"]
