"""One SQLite connection for the process, opened so that no second process can write beside us.

EXCLUSIVE locking before WAL keeps the lock for the life of the connection and needs no shared-memory file; it also
rules out the WAL-reset corruption of SQLite before 3.51.3, which takes two connections. FULL makes a commit durable
before the next request leaves. All SQLite dialect of the ledger is in this file.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Engine, StaticPool, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from reconciler.errors import StoreError, UsageError

_BUSY_SECONDS = 0.2
"""How long to wait for a process that is just ending; a running one holds its lock for good."""
HELD = (
    "belongs to a running process: a reconcile service or another command has it open. Ask that service, stop it, or "
    "point RECONCILE_LEDGER_URL at another ledger."
)
_PRAGMAS = ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")  # in this order
_PRAGMAS_READ_ONLY = ("query_only=ON",)


@dataclass(frozen=True, slots=True)
class Location:
    """Where a ledger is. `path` is None for one in memory; `uri` is what SQLite opens."""

    label: str
    uri: str
    path: Path | None


def locate(path_or_url: str | Path) -> Location:
    """Understands a path, `sqlite:///relative`, `sqlite:////absolute`, `sqlite://` (in memory), and SQLite's `file:`.

    Raises UsageError for any other URL, naming its scheme only, because the rest may hold a password.
    """
    text = str(path_or_url)
    scheme, separator, rest = text.partition("://")
    if text.startswith("file:"):
        return Location(text, text, None)
    if separator and scheme not in ("sqlite", "sqlite+pysqlite"):
        raise UsageError(
            f"RECONCILE_LEDGER_URL: this version keeps its ledger in SQLite and cannot use a {scheme}:// URL. "
            "Write a path or sqlite:///PATH."
        )
    name = rest.removeprefix("/") if separator else text
    if name in ("", ":memory:"):
        return Location("in memory", "file::memory:", None)
    path = Path(name)
    return Location(name, f"file:{quote(str(path))}", path)


def connect(location: Location, *, read_only: bool) -> Engine:
    """An engine over one connection; nothing is opened before its first use."""
    uri = location.uri
    if read_only and location.path is not None:
        uri += _snapshot_mode(location.path)

    def open_database() -> sqlite3.Connection:
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
        )
        try:
            for pragma in _PRAGMAS_READ_ONLY if read_only else _PRAGMAS:
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=open_database, poolclass=StaticPool, hide_parameters=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _snapshot_mode(path: Path) -> str:
    """A copied file alone is read as one that nobody changes; beside a write-ahead log SQLite must take part."""
    log = Path(f"{path}-wal")
    return "?mode=ro" if log.exists() and log.stat().st_size else "?mode=ro&immutable=1"


def translate(error: SQLAlchemyError | OSError | ValueError, label: str) -> StoreError:
    """What went wrong as a sentence: the ledger, the trouble, the next step. Never the statement or its values."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    text = str(cause)
    name = getattr(cause, "sqlite_errorname", "")
    if "locked" in text or "busy" in text:
        reason = HELD
    elif name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "malformed" in text or "not a database" in text:
        reason = (
            f"is damaged or not a ledger ({text}). Restore a copy of it, or move it away: the next pass then adopts "
            "what equals git and asks about the rest."
        )
    elif name.startswith("SQLITE_CANTOPEN") or "unable to open" in text:
        reason = f"cannot be opened ({text}). Check that its directory exists and that this user may write there."
    elif name.startswith("SQLITE_READONLY"):
        reason = f"cannot be written ({text}). Check the permissions of the file and its directory."
    elif name.startswith("SQLITE_FULL"):
        reason = "cannot be written: the disk is full. Free some space; nothing is applied until then."
    elif isinstance(error, ValueError):
        reason = f"met a value it cannot read or write ({text}). Run `reconcile audit verify`, or restore a copy of it."
    else:
        reason = f"failed ({text}). Nothing more is applied until it works; check the disk and the file."
    return StoreError(f"The ledger {label} {reason}")
