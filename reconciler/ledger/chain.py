"""The audit chain in the ledger: append, read, and check against everything the ledger keeps beside the entries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DatabaseError

from reconciler.ledger import audit, rows, tables
from reconciler.model.event import AuditEntry
from reconciler.model.identity import Key
from reconciler.ports import Verdict

CHUNK = 500
_HEAD = "audit_head"
_COPIED = ("seq", "op_id", "result", "kind", "type", "name", "declared_by")


def append(connection: Connection, values: AuditEntry) -> dict[str, Any] | None:
    """Add the entry at the end; None, and nothing done, when its op_id and result are recorded already."""
    table = tables.audit
    known = select(table.c.seq).where(table.c.op_id == values.op_id, table.c.result == str(values.result))
    if connection.execute(known).first() is not None:
        return None
    seq, prev = head(connection)
    entry = audit.entry(values, seq=seq + 1, prev=prev)
    canonical = audit.line(entry).decode().removesuffix("\n")
    connection.execute(insert(table).values(entry=canonical, **{name: entry[name] for name in _COPIED}))
    rows.set_fact(connection, _HEAD, f"{entry['seq']} {entry['hash']}")
    return entry


def head(connection: Connection) -> tuple[int, str]:
    """Number and hash of the latest entry, as the ledger noted them apart from the entry."""
    noted = rows.fact(connection, _HEAD)
    if noted is None:
        return 0, audit.GENESIS
    seq, _, digest = noted.partition(" ")
    return int(seq), digest


def after(connection: Connection, seq: int, limit: int) -> list[dict[str, Any]]:
    table = tables.audit
    query = select(table.c.entry).where(table.c.seq > seq).order_by(table.c.seq).limit(limit)
    return [json.loads(entry) for entry in connection.execute(query).scalars()]


def about(connection: Connection, key: Key, limit: int) -> list[dict[str, Any]]:
    """Entries of the object, or of what a manifest of that name declares, newest first."""
    table = tables.audit
    own = (table.c.kind == key.kind) & (table.c.name == key.name)
    if key.type:
        own &= table.c.type == key.type
    query = select(table.c.entry).where(own | (table.c.declared_by == str(key)))
    found = connection.execute(query.order_by(table.c.seq.desc()).limit(limit)).scalars()
    return [json.loads(entry) for entry in found]


def check(connection: Connection, start: Verdict) -> tuple[Verdict, bool]:
    """Check the next chunk after a verdict that holds. True when there is nothing left to check."""
    table = tables.audit
    query = select(table).where(table.c.seq > start.count).order_by(table.c.seq).limit(CHUNK)
    count, last = start.count, start.head
    try:
        for row in connection.execute(query):
            reason = _fault(row._mapping, count + 1, last)
            if reason:
                return audit.broken(count + 1, reason, count=count, head=last), True
            count, last = count + 1, json.loads(row.entry)["hash"]
    except DatabaseError as error:
        return audit.broken(count + 1, f"the database cannot read it ({error.orig})", count=count, head=last), True
    if count - start.count == CHUNK:
        return Verdict(ok=True, count=count, head=last), False
    return _check_ends(connection, count, last), True


def _fault(row: Any, seq: int, prev: str) -> str:
    entry = row["entry"]
    if not isinstance(entry, str):
        return "its text is no text"
    reason = audit.fault(entry.encode(), seq=seq, prev=prev)
    if reason:
        return reason
    body = json.loads(entry)
    wrong = [name for name in _COPIED if row[name] != body.get(name)]
    return f"its column {wrong[0]} disagrees with its text" if wrong else ""


def _check_ends(connection: Connection, count: int, last: str) -> Verdict:
    """The head noted apart shows a chain cut or grown at its end; rows before the first are no part of a chain."""
    table = tables.audit
    total = connection.execute(select(func.count()).select_from(table)).scalar_one()
    if total != count:
        return audit.broken(1, f"{total - count} rows stand outside the chain", count=count, head=last)
    try:
        noted = head(connection)
    except ValueError:
        noted = (-1, "")
    if noted != (count, last):
        suspect = min(noted[0], count) + 1 if noted[0] != count and noted[0] > 0 else max(1, count)
        reason = "the ledger noted another end of the chain: entries were cut off or put on, or the note was changed"
        return audit.broken(suspect, reason, count=count, head=last)
    damage = _index_damage(connection)
    return Verdict(ok=True, count=count, head=last) if damage is None else _damaged(damage, count, last)


def _index_damage(connection: Connection) -> str | None:
    """SQLite keeps copies of the columns in its indexes; its own check compares them with the rows."""
    if connection.dialect.name != "sqlite":
        return None
    findings: Sequence[str] = connection.execute(text("PRAGMA integrity_check('audit')")).scalars().all()
    return None if list(findings) == ["ok"] else findings[0]


def _damaged(finding: str, count: int, last: str) -> Verdict:
    numbers = [int(word) for word in finding.split() if word.isdigit()]
    seq = numbers[0] if finding.startswith("row ") and numbers else max(1, count)
    return audit.broken(seq, f"the database file is damaged: {finding}", count=count, head=last)
