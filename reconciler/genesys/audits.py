"""The platform's audit service: one function per endpoint [SDK 269]. All need `audits:audit:view`.

Two ways in: the realtime query answers at once and covers 14 days of some services; the other runs as a job over
everything that is kept (a year at least). Entries appear with a delay nobody has documented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciler.errors import Rejected, TimedOut
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place
from reconciler.model import moment
from reconciler.model.audit_message import AuditMessage

QUERY = "/api/v2/audits/query"
TRANSACTION = f"{QUERY}/{{transactionId}}"
RESULTS = f"{TRANSACTION}/results"
SERVICES = f"{QUERY}/servicemapping"
REALTIME = f"{QUERY}/realtime"
REALTIME_SERVICES = f"{REALTIME}/servicemapping"

REALTIME_DAYS = 14
RESULTS_PAGE_SIZE = 500
"""The documented maximum of a page of results."""
ARCHITECT = "Architect"
_OVER = ("Succeeded", "Failed", "Cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What to look for, newest first. `filters` maps UserId, ClientId, Action, EntityType or EntityId to a value."""

    start: datetime
    end: datetime
    service: str
    filters: Mapping[str, str]

    def body(self) -> dict[str, Any]:
        return {
            "interval": f"{moment.text(self.start)}/{moment.text(self.end)}",
            "serviceName": self.service,
            "filters": [{"property": name, "value": value} for name, value in self.filters.items()],
            "sort": [{"name": "Timestamp", "sortOrder": "descending"}],
        }


async def realtime(client: Client, query: Query, *, page: int) -> tuple[list[AuditMessage], bool]:
    """One page of entries, and whether there are more. Raises Rejected for a service that it does not cover."""
    body = await client.request(
        "POST",
        REALTIME,
        effect=Effect.READ,
        query={"expand": ["user"]},
        json={**query.body(), "pageNumber": page, "pageSize": client.settings.audit_page_size},
    )
    place = Place("POST", REALTIME)
    pages = body.get("pageCount") if isinstance(body, dict) else None
    return _messages(body, place, client.client_id), isinstance(pages, int) and pages > page


async def everything(client: Client, query: Query, *, entries_max: int) -> list[AuditMessage]:
    """Run a query to its end and read its results, at most so many. Raises TimedOut after `audit_seconds`."""
    id = await begin(client, query)
    await _finished(client, id)
    found: list[AuditMessage] = []
    cursor: str | None = None
    while True:
        page, cursor = await results(client, id, cursor=cursor)
        found += page
        if cursor is None or len(found) >= entries_max:
            return found[:entries_max]


async def begin(client: Client, query: Query) -> str:
    """Start a query; its id. Changes nothing, so it may be sent twice."""
    body = await client.request("POST", QUERY, effect=Effect.READ, json=query.body(), needs=("id",))
    return str(body["id"])


async def state(client: Client, id: str) -> str:
    """Queued, Running, Succeeded, Failed or Cancelled."""
    place = Place("GET", TRANSACTION)
    body = await client.get(TRANSACTION, path={"transactionId": id})
    return bodies.text(bodies.row(body, place), "state", place)


async def results(client: Client, id: str, *, cursor: str | None = None) -> tuple[list[AuditMessage], str | None]:
    """One page of results and the cursor of the next, None on the last."""
    body = await client.get(
        RESULTS,
        path={"transactionId": id},
        query={"cursor": cursor, "pageSize": RESULTS_PAGE_SIZE, "expand": ["user"]},
    )
    found = _messages(body, Place("GET", RESULTS), client.client_id)
    return found, bodies.optional_text(body, "cursor") or None


async def services(client: Client) -> Mapping[str, frozenset[str]]:
    """The entity types of each service that the job-like query knows."""
    return _services(await client.get(SERVICES), Place("GET", SERVICES))


async def realtime_services(client: Client) -> Mapping[str, frozenset[str]]:
    return _services(await client.get(REALTIME_SERVICES), Place("GET", REALTIME_SERVICES))


async def _finished(client: Client, id: str) -> None:
    settings, clock = client.settings, client.clock
    started, pause = clock.monotonic(), settings.audit_poll_seconds
    while (now := await state(client, id)) not in _OVER:
        if clock.monotonic() - started + pause > settings.audit_seconds:
            raise TimedOut(f"No audits within {settings.audit_seconds:g} s ({now}).", method="GET", path=TRANSACTION)
        await clock.sleep(pause)
        pause = min(pause * 1.5, settings.audit_poll_seconds_max)
    if now != "Succeeded":
        raise Rejected(f"The audit query ended as {now}; the platform gives no reason.", method="GET", path=TRANSACTION)


def _messages(body: Any, place: Place, client_id: str) -> list[AuditMessage]:
    entities = body.get("entities", []) if isinstance(body, dict) else None
    if not isinstance(entities, list):
        raise bodies.missing("entities", place)
    return [_message(entry, client_id) for entry in entities if isinstance(entry, dict)]


def _message(entry: Row, client_id: str) -> AuditMessage:
    user, client, entity = (bodies.part(entry, name) or {} for name in ("user", "client", "entity"))
    who = bodies.optional_text(client, "id")  # may be an empty id beside a person
    return AuditMessage(
        at=bodies.optional_text(entry, "eventDate"),
        action=bodies.optional_text(entry, "action"),
        entity_type=bodies.optional_text(entry, "entityType"),
        entity_id=bodies.optional_text(entity, "id"),
        entity_name=bodies.optional_text(entity, "name"),
        by=bodies.optional_text(user, "name") or bodies.optional_text(user, "id") or None,
        client=who or None,
        application=bodies.optional_text(entry, "application") or None,
        succeeded=bodies.optional_text(entry, "status") != "FAILURE",
        ours=who == client_id,
        fields=_fields(entry.get("propertyChanges")),
    )


def _fields(changes: Any) -> tuple[str, ...]:
    listed = changes if isinstance(changes, list) else []
    names = [bodies.optional_text(change, "property") for change in listed if isinstance(change, dict)]
    return tuple(dict.fromkeys(name for name in names if name))


def _services(body: Any, place: Place) -> Mapping[str, frozenset[str]]:
    listed: Sequence[Any] | None = body.get("services") if isinstance(body, dict) else None
    if not isinstance(listed, list):
        raise bodies.missing("services", place)
    return {bodies.text(service, "name", place): _entities(service) for service in listed if isinstance(service, dict)}


def _entities(service: Row) -> frozenset[str]:
    entities = service.get("entities")
    found = entities if isinstance(entities, list) else []
    return frozenset(bodies.optional_text(entity, "name") for entity in found if isinstance(entity, dict))
