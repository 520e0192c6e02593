"""A look at a ledger that leaves nothing behind: not the scratch file that SQLite makes beside a write-ahead log.

A ledger with a log that a crash left is read from a copy. Whether a process holds the file is asked of the lock that
SQLite takes; a service keeps it for life.
"""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from reconciler.errors import StoreError
from reconciler.ledger import engine
from reconciler.ledger.store import open_ledger
from reconciler.ports import Offload

_SHARED_FIRST = 0x40000002
_SHARED_SIZE = 510
"""The bytes that readers of an SQLite file lock, and that a writer locks against them [SQLite, os.h]."""


async def bound_organization(path: str, *, offload: Offload, scratch: str) -> str | None:
    """The organisation that the ledger belongs to, None before its first write. `scratch` takes the copy.

    Raises StoreError when a process holds it, when it is damaged, or of another version.
    """
    readable = await offload(lambda: _readable(Path(path), Path(scratch)))
    try:
        ledger = await open_ledger(readable, offload=offload, read_only=True)
        try:
            return await ledger.organization()
        finally:
            await ledger.close()
    except StoreError as error:
        raise StoreError(str(error).replace(str(readable), path)) from error


def _readable(path: Path, scratch: Path) -> Path:
    try:
        _refuse_held(path)
        log = Path(f"{path}-wal")
        if not log.exists() or not log.stat().st_size:
            return path
        shutil.copyfile(log, scratch / f"{path.name}-wal")
        return Path(shutil.copyfile(path, scratch / path.name))
    except OSError as error:
        raise engine.translate(error, str(path)) from error


def _refuse_held(path: Path) -> None:
    with path.open("rb") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
        except (BlockingIOError, PermissionError) as error:
            raise StoreError(f"The ledger {path} {engine.HELD}") from error
