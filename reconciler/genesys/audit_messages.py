"""What the platform's audits say of one object: a person asks, so every entity that belongs to it is looked up.

One query for each entity id, because whether several filters of one property mean any of them is UNVERIFIED. Which
service holds IVR configurations is UNVERIFIED too, so the platform's own mapping is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from reconciler.errors import NotFound, Rejected
from reconciler.genesys import audits, prompts
from reconciler.genesys.audits import Query
from reconciler.genesys.trail import SKEW
from reconciler.genesys.wire import bodies, paging
from reconciler.genesys.wire.client import Client
from reconciler.model.audit_message import AuditMessage
from reconciler.model.identity import CALL_ROUTE, PROMPT, Key, RemoteId

ENTRIES_MAX = 1_000
"""Entries read of one entity, newest first."""
_IVR = "IVR"


async def of_object(client: Client, key: Key, id: RemoteId, *, since: datetime) -> Sequence[AuditMessage]:
    """Entries about the object and its parts, newest first. Raises Forbidden without `audits:audit:view`."""
    service = await _service(client) if key.kind == CALL_ROUTE else audits.ARCHITECT
    ids = [str(id), *(await _languages(client, id) if key.kind == PROMPT else ())]
    end = client.clock.now() + SKEW
    found: list[AuditMessage] = []

    async def look(entity: str) -> None:
        query = Query(start=since, end=end, service=service, filters={"EntityId": entity})
        found.extend(await audits.everything(client, query, entries_max=ENTRIES_MAX))

    await paging.gather([partial(look, entity) for entity in ids])
    return sorted(found, key=lambda message: message.at, reverse=True)


async def _service(client: Client) -> str:
    for name, entities in (await audits.services(client)).items():
        if _IVR in entities:
            return name
    raise Rejected(f"No audit service of the platform holds {_IVR} entities.", method="GET", path=audits.SERVICES)


async def _languages(client: Client, id: RemoteId) -> list[str]:
    """Ids of the prompt's resources; audits of a language name the resource and not the prompt."""
    try:
        row = await prompts.get(client, id)
    except NotFound:
        return []
    listed = row.get("resources")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return [found for entry in entries if (found := bodies.optional_text(entry, "id"))]
