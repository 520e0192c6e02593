"""Who changed an object of Architect last, as far as the audit service tells. A courtesy: not knowing is an answer.

One query a pass at most, and none in a pass without a question: what happened lately, newest first, is read page by
page only as far as the questions need. Entries of the platform itself (a transcode) name nobody and are passed over.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import anyio

from reconciler.errors import ProviderError, Rejected
from reconciler.genesys import audits
from reconciler.genesys.audits import Query
from reconciler.genesys.wire.client import Client
from reconciler.model.audit_message import AuditMessage

SKEW = timedelta(minutes=5)
"""How far the platform's clock may be ahead of ours."""
CHANGES = ("Create", "Update", "Delete", "Upload", "Save", "Checkin", "Publish", "Deactivate", "Revert")


class Trail:
    def __init__(self, *, client: Client) -> None:
        self._client = client
        self._reading = anyio.Lock()
        self.begin_pass()

    def begin_pass(self) -> None:
        """Forget what was read: each pass sees the trail afresh."""
        self._messages: list[AuditMessage] = []
        self._pages = 0
        self._more = True

    async def last_change(self, ids: Collection[str]) -> AuditMessage | None:
        """The newest change of any of these entities by somebody else.

        None when our own client was the last, when nothing was found within the pages we read, and when the platform
        does not let us look.
        """
        async with self._reading:
            at = 0
            while True:
                for message in self._messages[at:]:
                    if message.entity_id in ids and message.action in CHANGES and (message.by or message.client):
                        return None if message.ours else message
                at = len(self._messages)
                if not self._more:
                    return None
                await self._read_on()

    async def _read_on(self) -> None:
        settings, now = self._client.settings, self._client.clock.now()
        start = now - timedelta(days=audits.REALTIME_DAYS) + SKEW
        query = Query(start=start, end=now + SKEW, service=audits.ARCHITECT, filters={})
        self._pages += 1
        self._more = False  # whatever goes wrong below, this pass does not ask again
        try:
            found, more = await audits.realtime(self._client, query, page=self._pages)
            self._more = more and self._pages < settings.audit_pages_max
        except Rejected:
            if self._pages > 1:
                return
            # The realtime query covers some services only [SDK 269]; the other one knows them all.
            found = await self._by_job(query)
        except ProviderError:
            return
        self._messages += found

    async def _by_job(self, query: Query) -> list[AuditMessage]:
        settings = self._client.settings
        try:
            return await audits.everything(
                self._client, query, entries_max=settings.audit_page_size * settings.audit_pages_max
            )
        except ProviderError:
            return []
