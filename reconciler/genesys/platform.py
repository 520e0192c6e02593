"""The organisation as a whole, as `ports.Platform`: who it is, what names it knows, what we have spent on it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from reconciler.genesys import audit_messages, identity, validations
from reconciler.genesys.identity import Identity
from reconciler.genesys.names import Names
from reconciler.genesys.trail import Trail
from reconciler.genesys.validations import Stored
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.exchanged import collect_request_ids
from reconciler.model.audit_message import AuditMessage
from reconciler.model.identity import Key, RemoteId
from reconciler.model.resource import External
from reconciler.model.review import Review

REQUESTS_PER_MINUTE_DEFAULT = 300.0
"""Per token, until the headers say otherwise [Genesys docs]."""


class GenesysPlatform:
    def __init__(self, *, client: Client, names: Names, trail: Trail) -> None:
        self._client, self._names, self._trail = client, names, trail
        self._identity: Identity | None = None

    @property
    def spent(self) -> int:
        return self._client.spent.total()

    @property
    def requests_per_minute(self) -> float:
        allowed = self._client.allowed_per_window
        return float(allowed) if allowed is not None else REQUESTS_PER_MINUTE_DEFAULT

    @property
    def held_back(self) -> str:
        return self._client.held_back

    async def organization(self) -> str:
        return (await self.identity()).organization_id

    async def identity(self) -> Identity:
        """Asked once per process: credentials do not change their organisation."""
        if self._identity is None:
            self._identity = await identity.whoami(self._client)
        return self._identity

    def begin_pass(self) -> None:
        self._names.begin_pass()
        self._trail.begin_pass()

    async def absent(self, externals: Sequence[External]) -> Sequence[External]:
        return await self._names.absent(externals)

    async def audit_messages(self, key: Key, id: RemoteId, *, since: datetime) -> Sequence[AuditMessage]:
        return await audit_messages.of_object(self._client, key, id, since=since)

    async def review(self, id: RemoteId, version: str) -> Review:
        return await validations.validate(self._client, [Stored(id, version)])

    def collect_request_ids(self) -> AbstractContextManager[list[str]]:
        return collect_request_ids()
