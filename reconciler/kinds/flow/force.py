"""Pushing a lock or a draft aside, because the manifest of this very flow says `reconciler/onLocked: force`.

What somebody saved there goes to the archive first. UNVERIFIED on the platform: that unlocking checks the holder's
saved work in as a draft of theirs, and that it is not refused for a flow with saved work. So the draft is looked at
again afterwards, archived again when it changed, and a refusal leaves everything as it is.
"""

from __future__ import annotations

from reconciler.errors import AmbiguousError
from reconciler.genesys import flows
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.kinds.flow import listed
from reconciler.model.identity import Key
from reconciler.ports import Archive, Journal

REQUESTS = 4
"""Archive, unlock, read, look again."""


async def push_aside(client: Client, archive: Archive, row: Row, *, key: Key, journal: Journal) -> tuple[Row, str]:
    """The flow without a lock, and a sentence about whose work went to the archive; empty when nobody was in the way.

    A draft that is left may then be published over. Raises StoreError when it cannot be kept, ProviderError when the
    platform refuses; nothing was changed then.
    """
    id, holder = str(row["id"]), listed.locked_by(row)
    maker = listed.draft_by(row, client_id=client.client_id)
    if holder is None and maker is None:
        return row, ""
    who = holder.name if holder is not None else maker.name if maker is not None else ""
    kept = await _keep(client, archive, key, id, b"")
    if holder is not None:
        row = await _unlocked(client, id, journal)
        await _keep(client, archive, key, id, kept)
    what = "the lock" if holder is not None else "the draft"
    return row, f"Pushed {what} of {who} aside; what was saved there is in the archive."


async def _keep(client: Client, archive: Archive, key: Key, id: str, known: bytes) -> bytes:
    content = await flows.latest_configuration(client, id) or b""
    if content != known:
        await archive(key, "latestconfiguration.json", content)
    return content


async def _unlocked(client: Client, id: str, journal: Journal) -> Row:
    async def announce() -> None:
        await journal.stage("unlocking", id=id)

    try:
        return await flows.unlock(client, id, before_send=announce)
    except AmbiguousError:
        row = await flows.get(client, id)
        if listed.locked_by(row) is not None:
            raise
        return row
