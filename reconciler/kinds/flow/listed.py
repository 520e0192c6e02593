"""A flow as the platform lists it: published version, who made it, lock, draft, running operation. Pure.

The published version's id is the version that counts; a newer saved or checked-in version is somebody's draft, never
drift. Locks and versions name people and OAuth clients separately [SDK 269].
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from reconciler.errors import Conflicted
from reconciler.genesys import flows
from reconciler.genesys.looking import is_deleted
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.model import identity, moment
from reconciler.model.identity import Key, RemoteId
from reconciler.model.resource import Holder, Observed


def observed(row: Row, *, client_id: str) -> Observed:
    """`client_id` is our own OAuth client: what it saved is no foreign draft."""
    return Observed(
        key=identity.flow(flows.root_key(row), bodies.optional_text(row, "name")),
        id=RemoteId(str(row["id"])),
        version=published(row),
        changed_by=changed_by(row),
        changed_at=_changed_at(row),
        locked_by=locked_by(row),
        draft_version=draft(row, client_id=client_id),
        draft_by=draft_by(row, client_id=client_id),
        busy=busy(row),
    )


def reader(*, client_id: str) -> Callable[[Row], Observed | None]:
    """Reads list rows for this OAuth client; None for deleted flows."""
    return lambda row: None if is_deleted(row) else observed(row, client_id=client_id)


def published(row: Row) -> str:
    """The published version's id, empty for a flow that was never published."""
    return bodies.id_of(row, "publishedVersion")


def changed_by(row: Row) -> Holder | None:
    """Who published; where the platform does not say, who made the version."""
    version = bodies.part(row, "publishedVersion") or {}
    return (
        _holder(row, "publishedBy", is_client=False)
        or _holder(version, "createdByClient", is_client=True)
        or _holder(version, "createdBy", is_client=False)
    )


def locked_by(row: Row) -> Holder | None:
    return _holder(row, "lockedUser", is_client=False) or _holder(row, "lockedClient", is_client=True)


def is_locked_by(row: Row, client_id: str) -> bool:
    return bodies.id_of(row, "lockedClient") == client_id


def is_made_by(version: Row, client_id: str) -> bool | None:
    """Whether our client made a version; None when the platform names nobody."""
    if client := bodies.id_of(version, "createdByClient"):
        return client == client_id
    return False if bodies.id_of(version, "createdBy") else None


def draft(row: Row, *, client_id: str) -> str | None:
    """A saved or checked-in version newer than the published one that is not ours: a failed job of ours leaves some."""
    return bodies.optional_text(_draft(row, client_id) or {}, "id") or None


def draft_by(row: Row, *, client_id: str) -> Holder | None:
    version = _draft(row, client_id) or {}
    return _holder(version, "createdBy", is_client=False) or _holder(version, "createdByClient", is_client=True)


def _draft(row: Row, client_id: str) -> Row | None:
    newer = [
        version
        for name in ("savedVersion", "checkedInVersion")
        if (version := bodies.part(row, name)) is not None
        and is_newer(bodies.optional_text(version, "id"), published(row))
        and is_made_by(version, client_id) is not True
    ]
    return max(newer, key=lambda version: _number(bodies.optional_text(version, "id")) or (), default=None)


def is_leftover_of(client_id: str, row: Row) -> bool:
    """What a failed create of ours leaves: never published, free, and nobody but us saved anything in it."""
    saved = bodies.part(row, "savedVersion")
    return (
        not published(row)
        and draft(row, client_id=client_id) is None
        and locked_by(row) is None
        and saved is not None
        and is_made_by(saved, client_id) is True
    )


def is_stub_of(client_id: str, row: Row) -> bool:
    """What a job of ours made because its flow refers to it: free, and nobody but us has put anything in it.

    UNVERIFIED: whether the platform publishes a stub or only saves it, and whom it names as its maker; so either will
    do, and so does a version that names nobody. The caller knows that the flow did not exist before the job.
    """
    version = bodies.part(row, "publishedVersion") or bodies.part(row, "savedVersion") or {}
    nobody_else = is_made_by(version, client_id) is not False and draft(row, client_id=client_id) is None
    return nobody_else and locked_by(row) is None and busy(row) is None


def is_newer(version: str, than: str) -> bool:
    """Version ids are texts such as `4.0`; unreadable ones count as newer when they differ."""
    if not version or version == than:
        return False
    one, other = _number(version), _number(than)
    return one > other if one is not None and other is not None else True


def busy(row: Row) -> str | None:
    operation = bodies.part(row, "currentOperation")
    if operation is None or operation.get("complete") is not False:
        return None
    return bodies.optional_text(operation, "actionName") or "an operation"


def refuse_unless_free(
    row: Row, *, key: Key, planned: str, client_id: str, under_our_lock: bool = False, archived: str | None = None
) -> None:
    """Raises Conflicted when the flow is not what the plan was made for, or somebody is at work on it.

    `archived` is a draft that may be lost, because its content is kept.
    """
    if is_deleted(row):
        raise Conflicted(f"{key} was deleted on the platform after the plan was made.")
    if published(row) != planned:
        who = changed_by(row)
        by = f" by {who.name}" if who is not None else ""
        raise Conflicted(
            f"{key}: version {published(row) or 'none'} is published{by}, the plan was made for "
            f"{planned or 'none'}; the next pass decides anew."
        )
    if (name := bodies.optional_text(row, "name")) != key.name:
        raise Conflicted(f"{key} was renamed to {name!r} on the platform after the plan was made.")
    holder = locked_by(row)
    if holder is not None and not (under_our_lock and is_locked_by(row, client_id)):
        own = " (our own OAuth client, used by another program)" if holder.id == client_id else ""
        raise Conflicted(f"{key} is locked by {_who(holder)}{own}. It is published once the lock is released.")
    if (version := draft(row, client_id=client_id)) not in (None, archived):
        raise Conflicted(f"{key}: a newer draft (version {version}) is not published; publish or discard it first.")
    if (operation := busy(row)) is not None:
        raise Conflicted(f"{key}: the platform is running {operation} on it; the next pass tries again.")


def _who(holder: Holder) -> str:
    return f"the OAuth client {holder.name}" if holder.is_client else holder.name


def _holder(row: Row, name: str, *, is_client: bool) -> Holder | None:
    entry = bodies.part(row, name)
    id = bodies.optional_text(entry, "id") if entry is not None else ""
    return Holder(id, bodies.optional_text(entry or {}, "name") or id, is_client) if id else None


def _changed_at(row: Row) -> str | None:
    """`datePublished` is ISO text, `dateCreated` epoch milliseconds [SDK 269]."""
    version = bodies.part(row, "publishedVersion") or {}
    try:
        if text := bodies.optional_text(version, "datePublished"):
            return moment.text(moment.read(text))
        made = version.get("dateCreated")
        return moment.text(datetime.fromtimestamp(made / 1000, UTC)) if isinstance(made, int) else None
    except (ValueError, OverflowError, OSError):
        return None


def _number(version: str) -> tuple[int, ...] | None:
    if not version:
        return ()
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isascii() and part.isdigit() for part in parts) else None
