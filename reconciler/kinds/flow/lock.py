"""The platform's lock on a flow: the only atomic guard it has. Taken with an intent, released only when it is ours."""

from __future__ import annotations

from reconciler.errors import AmbiguousError, Conflicted, NotFound
from reconciler.genesys import flows
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.kinds.flow import listed
from reconciler.model.identity import Key
from reconciler.ports import Journal

RELEASE_TRIES_MAX = 3


async def take(client: Client, id: str, key: Key, journal: Journal) -> Row:
    """Check the flow out; the flow as it is then. Raises Conflicted with the holder's name.

    An unanswered checkout is settled by reading: the lock names its holder.
    """

    async def announce() -> None:
        await journal.stage("locking", id=id)

    try:
        row = await flows.checkout(client, id, before_send=announce)
    except Conflicted as error:
        holder = listed.locked_by(await flows.get(client, id))
        if holder is None:
            raise
        who = f"the OAuth client {holder.name}" if holder.is_client else holder.name
        raise Conflicted(
            f"{key} is locked by {who}. It is published once the lock is released.",
            status=error.status,
            code=error.code,
            correlation_id=error.correlation_id,
        ) from error
    except AmbiguousError:
        row = await flows.get(client, id)
        if not listed.is_locked_by(row, client.client_id):
            raise
    await journal.stage("locked", id=id)
    return row


async def release(client: Client, id: str) -> Row | None:
    """Give up our lock if we hold it; the flow afterwards, None when it is gone. Never touches a foreign lock.

    Raises AmbiguousError when the lock is still ours after several tries.
    """
    for attempt in range(1, RELEASE_TRIES_MAX + 1):
        try:
            row = await flows.get(client, id)
        except NotFound:
            return None
        if not listed.is_locked_by(row, client.client_id):
            return row
        try:
            await flows.revert(client, id)
        except (AmbiguousError, Conflicted):
            await client.pause(attempt)
    row = await flows.get(client, id)
    if listed.is_locked_by(row, client.client_id):
        raise AmbiguousError("Our lock on the flow could not be released; the next pass tries again.")
    return row
