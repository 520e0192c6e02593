"""The outbox: one row per event and endpoint, written with the change itself and kept until delivered or given up.

The body is fixed when the row is written, so every attempt sends the same bytes. Nothing undelivered is ever deleted;
of the delivered rows the latest thousand stay, for replay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from reconciler.core import cloudevents
from reconciler.ledger import rows, tables
from reconciler.model import moment
from reconciler.model.event import Endpoint, Event
from reconciler.model.outcome import Delivery, DeliveryState
from reconciler.ports import Backlog

DELIVERED_KEPT = 1000
_IDS_PER_STATEMENT = 500
_table = tables.outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What the events of one transaction have in common. `occasion` makes their ids: the same words, the same ids.

    `sequence` is the number of the audit entry the events tell about, or of the latest one before them.
    """

    occasion: tuple[str, ...]
    organization: str | None
    sequence: int
    now: str
    audit: Mapping[str, Any] | None = None
    """Place and hash of the audit entry, told in `data`: who keeps the event can later prove the chain was not cut."""


def event_id(occasion: Sequence[str], event: Event) -> str:
    """`webhook-id` and CloudEvent id: the same for every endpoint and attempt, letters and digits and `_` only."""
    words = json.dumps([*occasion, event.type, event.subject])
    return f"evt_{hashlib.sha256(words.encode()).hexdigest()[:40]}"


def wants(endpoint: Endpoint, type: str) -> bool:
    """True when the endpoint is enabled and subscribed to the type; no globs at all means every type."""
    return endpoint.enabled and (not endpoint.events or any(fnmatchcase(type, glob) for glob in endpoint.events))


def enqueue(connection: Connection, events: Sequence[Event], endpoints: Sequence[Endpoint], origin: Origin) -> None:
    """Write the rows of all events for all endpoints that want them; a row that exists stays as it is."""
    due_at = _sortable(origin.now)
    for endpoint in endpoints:
        wanted = [event for event in events if wants(endpoint, event.type)]
        ban = _ban(connection, endpoint) if wanted else None
        for event in wanted:
            id = event_id(origin.occasion, event)
            if connection.execute(select(_table.c.position).where(_is_row(id, endpoint.name))).first():
                continue
            values = {
                "id": id,
                "endpoint": endpoint.name,
                "type": event.type,
                "subject": event.subject,
                "state": DeliveryState.PENDING if ban is None else DeliveryState.DEAD,
                "attempts": 0,
                "created_at": due_at,
                "next_attempt_at": due_at,
                "last_error": ban or "",
                "body": _body(event, endpoint, origin, id),
            }
            connection.execute(insert(_table).values(**values))


def _body(event: Event, endpoint: Endpoint, origin: Origin, id: str) -> bytes:
    """An archive gets the content; a thin event too big for intermediaries keeps its short facts."""

    def encoded(data: Mapping[str, Any]) -> bytes:
        envelope = cloudevents.envelope(
            id=id,
            source=cloudevents.source(origin.organization),
            type=event.type,
            subject=event.subject,
            time=event.time,
            data=data,
            extensions={"sequence": f"{origin.sequence:020d}"},
        )
        return cloudevents.encode(envelope)

    facts = dict(event.data) if origin.audit is None else {**event.data, "audit": dict(origin.audit)}
    if endpoint.archive:
        return encoded({**facts, "content": dict(event.content)})
    body = encoded(facts)
    if len(body) <= cloudevents.THIN_BYTES_MAX:
        return body
    return encoded({name: value for name, value in facts.items() if len(repr(value)) < 1024} | {"truncated": True})


def due(connection: Connection, now: str, limit: int, endpoints: Sequence[str] | None) -> list[Delivery]:
    heads = _heads(endpoints).subquery()
    query = select(_table).join(heads, _table.c.position == heads.c.position)
    query = query.where(_table.c.next_attempt_at <= _sortable(now)).order_by(_table.c.position).limit(limit)
    return [_delivery(row) for row in connection.execute(query)]


def next_due_at(connection: Connection, endpoints: Sequence[str] | None) -> str | None:
    heads = _heads(endpoints).subquery()
    query = select(func.min(_table.c.next_attempt_at)).join(heads, _table.c.position == heads.c.position)
    return connection.execute(query).scalar_one_or_none()


def _heads(endpoints: Sequence[str] | None) -> Select[Any]:
    """The oldest pending row of every endpoint and subject: the others wait behind it, whenever they are due."""
    query = select(func.min(_table.c.position).label("position")).where(_table.c.state == DeliveryState.PENDING)
    if endpoints is not None:
        query = query.where(_table.c.endpoint.in_(endpoints))
    return query.group_by(_table.c.endpoint, _table.c.subject)


def record(connection: Connection, delivery: Delivery) -> None:
    condition = _is_row(delivery.id, delivery.endpoint)
    if delivery.state is not DeliveryState.DELIVERED:
        condition &= _table.c.state == DeliveryState.PENDING  # a row given up meanwhile stays given up
    values = {
        "state": delivery.state,
        "attempts": delivery.attempts,
        "next_attempt_at": _sortable(delivery.next_attempt_at or delivery.created_at),
        "last_error": delivery.last_error,
        "delivered_at": delivery.delivered_at and _sortable(delivery.delivered_at),
    }
    connection.execute(update(_table).where(condition).values(**values))


def listed(connection: Connection, state: str | None, limit: int) -> list[Delivery]:
    query = select(_table).order_by(_table.c.position.desc()).limit(limit)
    if state is not None:
        query = query.where(_table.c.state == state)
    return [_delivery(row) for row in connection.execute(query)]


def replay(connection: Connection, ids: Sequence[str] | None, now: str, endpoint: str | None) -> int:
    at = _sortable(now)
    scopes: list[Any] = [_table.c.state == DeliveryState.DEAD]
    if ids is not None:
        scopes = [_table.c.id.in_(chunk) for chunk in rows.chunks(ids, _IDS_PER_STATEMENT)]
    positions: list[int] = []
    names: set[str] = set()
    for scope in scopes:
        query = select(_table.c.position, _table.c.endpoint).where(scope)
        for row in connection.execute(query if endpoint is None else query.where(_table.c.endpoint == endpoint)):
            positions.append(row.position)
            names.add(row.endpoint)
    again = {"state": DeliveryState.PENDING, "attempts": 0, "next_attempt_at": at, "delivered_at": None}
    for some in rows.chunks(positions, _IDS_PER_STATEMENT):
        connection.execute(update(_table).where(_table.c.position.in_(some)).values(**again))
    for name in sorted(names):
        rows.remove(connection, tables.disabled_endpoints, {"endpoint": name})
    return len(positions)


def disable(connection: Connection, endpoint: Endpoint, now: str, reason: str) -> int:
    values = {"url_sha256": _url_digest(endpoint), "reason": reason, "at": _sortable(now)}
    rows.put(connection, tables.disabled_endpoints, {"endpoint": endpoint.name}, values)
    waiting = (_table.c.endpoint == endpoint.name) & (_table.c.state == DeliveryState.PENDING)
    given_up = update(_table).where(waiting).values(state=DeliveryState.DEAD, last_error=reason)
    return connection.execute(given_up).rowcount


def _ban(connection: Connection, endpoint: Endpoint) -> str | None:
    """Why nothing is sent to the endpoint; a ban ends when the URL is another one."""
    table = tables.disabled_endpoints
    row = connection.execute(select(table).where(table.c.endpoint == endpoint.name)).first()
    if row is None:
        return None
    if row.url_sha256 != _url_digest(endpoint):
        rows.remove(connection, table, {"endpoint": endpoint.name})
        return None
    return str(row.reason)


def backlog(connection: Connection) -> list[Backlog]:
    def count(state: DeliveryState) -> Any:
        return func.count().filter(_table.c.state == state)

    oldest = func.min(_table.c.created_at).filter(_table.c.state == DeliveryState.PENDING)
    query = select(
        _table.c.endpoint,
        count(DeliveryState.PENDING).label("pending"),
        count(DeliveryState.DEAD).label("dead"),
        oldest,
    ).where(_table.c.state != DeliveryState.DELIVERED)
    found = connection.execute(query.group_by(_table.c.endpoint).order_by(_table.c.endpoint))
    return [
        Backlog(endpoint=name, pending=pending, dead=dead, oldest_pending_at=at) for name, pending, dead, at in found
    ]


def drop_old_deliveries(connection: Connection) -> None:
    delivered = _table.c.state == DeliveryState.DELIVERED
    oldest = select(_table.c.position).where(delivered).order_by(_table.c.position.desc()).limit(1)
    cut = oldest.offset(DELIVERED_KEPT - 1).scalar_subquery()
    connection.execute(delete(_table).where(delivered, _table.c.position < cut))


def _is_row(id: str, endpoint: str) -> Any:
    return (_table.c.id == id) & (_table.c.endpoint == endpoint)


def _sortable(time: str) -> str:
    """Any RFC 3339 time in the one form whose text order is time order."""
    return moment.text(moment.read(time))


def _url_digest(endpoint: Endpoint) -> str:
    return hashlib.sha256(endpoint.url.encode()).hexdigest()


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint=row.endpoint,
        type=row.type,
        subject=row.subject,
        body=row.body,
        created_at=row.created_at,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_attempt_at=row.next_attempt_at,
        last_error=row.last_error,
        delivered_at=row.delivered_at,
    )
