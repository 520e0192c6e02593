"""The few statements every table needs, written once and without any database's own dialect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, delete, insert, select

from reconciler.ledger import tables
from reconciler.model.identity import Key

T = TypeVar("T")


def put(connection: Connection, table: Table, identity: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Make the row with this primary key hold these values, whether or not it was there.

    Delete and insert inside the caller's transaction: databases differ too much in their upserts.
    """
    remove(connection, table, identity)
    connection.execute(insert(table).values(**identity, **values))


def remove(connection: Connection, table: Table, identity: Mapping[str, Any]) -> bool:
    """True when there was such a row."""
    conditions = [table.c[name] == value for name, value in identity.items()]
    return connection.execute(delete(table).where(*conditions)).rowcount > 0


def of_key(key: Key) -> dict[str, str]:
    return {"kind": key.kind, "type": key.type, "name": key.name}


def is_key(table: Table, key: Key) -> ColumnElement[bool]:
    return and_(table.c.kind == key.kind, table.c.type == key.type, table.c.name == key.name)


def key(row: Row[Any]) -> Key:
    return Key(row.kind, row.name, row.type)


def fact(connection: Connection, name: str) -> str | None:
    found = connection.execute(select(tables.facts.c.value).where(tables.facts.c.name == name)).scalar_one_or_none()
    return None if found is None else str(found)


def set_fact(connection: Connection, name: str, value: str) -> None:
    put(connection, tables.facts, {"name": name}, {"value": value})


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Databases bound the number of parameters of one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
