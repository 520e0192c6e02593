"""What the ledger remembers of objects and passes: applied state, open intents, conditions, suspensions, passes.

Plain functions over one connection inside one transaction; `store.py` gives them that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, and_, delete, insert, select, tuple_, update

from reconciler.errors import WrongOrganization
from reconciler.ledger import rows, tables
from reconciler.ledger.packing import pack, unpack
from reconciler.model.change import Action
from reconciler.model.identity import Key, OpId, RemoteId
from reconciler.model.outcome import Condition, Intent, PassRecord, Suspension
from reconciler.model.resource import Applied, Sighting, Spec

PASSES_KEPT = 200
_KEYS_PER_STATEMENT = 200
_ORGANIZATION = "organization"
_SIGHTINGS = "sightings"


def recall(connection: Connection) -> dict[Key, Applied]:
    found = {}
    for row in connection.execute(select(tables.applied)):
        key = Key(row.kind, row.name, row.type)
        found[key] = Applied(
            key=key,
            id=RemoteId(row.id),
            version=row.version,
            digest=row.digest,
            live_digest=row.live_digest,
            revision=row.revision,
            applied_at=row.applied_at,
            declared_by=row.declared_by,
            protected=row.protected,
        )
    return found


def specs(connection: Connection, keys: Sequence[Key]) -> dict[Key, tuple[Spec, Spec]]:
    table = tables.contents
    found: dict[Key, tuple[Spec, Spec]] = {}
    for chunk in rows.chunks(keys, _KEYS_PER_STATEMENT):
        wanted = [(key.kind, key.type, key.name) for key in chunk]
        query = select(table).where(tuple_(table.c.kind, table.c.type, table.c.name).in_(wanted))
        found.update({rows.key(row): (unpack(row.spec), unpack(row.live)) for row in connection.execute(query)})
    return found


def remember(connection: Connection, state: Applied) -> None:
    """Replace what is known of the object, by key and by platform id: one platform object has one row."""
    assert state.spec is not None  # noqa: S101 - settle() checked it before the transaction
    for row in connection.execute(_same_object_other_key(state)).all():
        forget(connection, rows.key(row))
    values = {
        "id": state.id,
        "version": state.version,
        "digest": state.digest,
        "live_digest": state.live_digest,
        "revision": state.revision,
        "applied_at": state.applied_at,
        "declared_by": state.declared_by,
        "protected": state.protected,
    }
    rows.put(connection, tables.applied, rows.of_key(state.key), values)
    live = state.spec if state.live is None else state.live
    rows.put(connection, tables.contents, rows.of_key(state.key), {"spec": pack(state.spec), "live": pack(live)})


def _same_object_other_key(state: Applied) -> Any:
    table = tables.applied
    same_object = and_(table.c.kind == state.key.kind, table.c.id == state.id)
    return select(table.c.kind, table.c.type, table.c.name).where(same_object, ~rows.is_key(table, state.key))


def protect(connection: Connection, protection: Mapping[Key, bool]) -> None:
    table = tables.applied
    for key, protected in protection.items():
        connection.execute(update(table).where(rows.is_key(table, key)).values(protected=protected))


def forget(connection: Connection, key: Key) -> None:
    rows.remove(connection, tables.applied, rows.of_key(key))
    rows.remove(connection, tables.contents, rows.of_key(key))


def sightings(connection: Connection) -> dict[str, Sighting]:
    text = rows.fact(connection, _SIGHTINGS)
    return {place: Sighting(**known) for place, known in json.loads(text or "{}").items()}


def sight(connection: Connection, found: Mapping[str, Sighting]) -> None:
    text = json.dumps({place: asdict(seen) for place, seen in sorted(found.items())}, separators=(",", ":"))
    rows.set_fact(connection, _SIGHTINGS, text)


def intents(connection: Connection) -> list[Intent]:
    table = tables.intents
    query = select(table).order_by(table.c.started_at, table.c.op_id)
    return [_intent(rows.key(row), unpack(row.record)) for row in connection.execute(query)]


def intend(connection: Connection, intent: Intent) -> None:
    record = asdict(intent)
    values = {**rows.of_key(intent.key), "started_at": intent.started_at}
    del record["key"]
    rows.put(connection, tables.intents, {"op_id": intent.op_id}, {**values, "record": pack(record)})


def _intent(key: Key, record: dict[str, Any]) -> Intent:
    return Intent(**{**record, "key": key, "action": Action(record["action"])})


def withdraw(connection: Connection, op_id: OpId) -> None:
    rows.remove(connection, tables.intents, {"op_id": op_id})


def conditions(connection: Connection) -> dict[Key, Condition]:
    return {rows.key(row): Condition(row.text, row.since) for row in connection.execute(select(tables.conditions))}


def set_condition(connection: Connection, key: Key, text: str, *, now: str) -> None:
    """An empty text clears; an unchanged one keeps its `since`."""
    table = tables.conditions
    known = connection.execute(select(table.c.text).where(rows.is_key(table, key))).scalar_one_or_none()
    if not text:
        clear_condition(connection, key)
    elif known != text:
        rows.put(connection, table, rows.of_key(key), {"text": text, "since": now})


def clear_condition(connection: Connection, key: Key) -> None:
    rows.remove(connection, tables.conditions, rows.of_key(key))


def organization(connection: Connection) -> str | None:
    return rows.fact(connection, _ORGANIZATION)


def bind(connection: Connection, organization_id: str) -> None:
    bound = organization(connection)
    if bound is None:
        rows.set_fact(connection, _ORGANIZATION, organization_id)
    elif bound != organization_id:
        raise WrongOrganization(
            f"This ledger belongs to organisation {bound}, the credentials to {organization_id}. "
            "Use the credentials of the first, or set RECONCILE_LEDGER_URL to a ledger of the second."
        )


def suspensions(connection: Connection) -> list[Suspension]:
    table = tables.suspensions
    query = select(table).order_by(table.c.scope)
    return [
        Suspension(scope=row.scope, reason=row.reason, until=row.until, since=row.since)
        for row in connection.execute(query)
    ]


def suspend(connection: Connection, suspension: Suspension) -> None:
    values = {"reason": suspension.reason, "until": suspension.until, "since": suspension.since}
    rows.put(connection, tables.suspensions, {"scope": suspension.scope}, values)


def resume(connection: Connection, scope: str) -> bool:
    return rows.remove(connection, tables.suspensions, {"scope": scope})


def last_result(connection: Connection) -> str | None:
    table = tables.passes
    query = select(table.c.result).order_by(table.c.position.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none()


def add_pass(connection: Connection, record: PassRecord) -> bool:
    """False, and nothing done, when the pass is recorded already."""
    table = tables.passes
    if connection.execute(select(table.c.position).where(table.c.pass_id == record.pass_id)).first():
        return False
    text = json.dumps(asdict(record), separators=(",", ":"))
    connection.execute(insert(table).values(pass_id=record.pass_id, result=record.result, record=text))
    oldest = select(table.c.position).order_by(table.c.position.desc()).limit(1).offset(PASSES_KEPT - 1)
    connection.execute(delete(table).where(table.c.position < oldest.scalar_subquery()))
    return True


def passes(connection: Connection, limit: int) -> list[PassRecord]:
    table = tables.passes
    query = select(table.c.record).order_by(table.c.position.desc()).limit(limit)
    return [PassRecord(**json.loads(text)) for text in connection.execute(query).scalars()]
