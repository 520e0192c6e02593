"""Flows on the platform: observe by list, read content by export, publish under the platform's lock.

Content never comes with the list: `observe` tells versions, locks and drafts, `inspect` exports one flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.errors import (
    Conflicted,
    Forbidden,
    NotFound,
    PermanentError,
    ProviderError,
    Rejected,
    TransientError,
    Unauthenticated,
)
from reconciler.genesys import dependencies, flows, looking, names
from reconciler.genesys.names import Named, Names
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.settings import FlowLock
from reconciler.kinds.flow import content, force, listed, recovery
from reconciler.kinds.flow.publishing import Guard, Publication
from reconciler.model import identity
from reconciler.model.change import Action, Change, Drift
from reconciler.model.identity import RemoteId
from reconciler.model.outcome import Intent, Recovery, Written
from reconciler.model.resource import Gone, Hidden, Observed
from reconciler.ports import Archive, Journal, Offload

POLLS_EXPECTED = 4
"""Looks at a publish job until it is over, for the forecast; a publish takes seconds to minutes."""
EXPORT_REQUESTS = 4
"""Register, two looks, download."""
STUB_REQUESTS = 6
"""To publish over a stub: the job that made it, the stub by name, twice by id, the lock and what is under it."""


class FlowRemote:
    """`ports.Remote` for flows. `offload` takes the reading of exported files off the event loop; `archive` gets work
    that a manifest lets us push aside."""

    def __init__(self, *, client: Client, names: Names, offload: Offload, archive: Archive) -> None:
        self._client, self._names, self._offload, self._archive = client, names, offload, archive
        self._guard = Guard(client.settings.flow_lock)
        self._listed = listed.reader(client_id=client.client_id)

    @property
    def kind(self) -> str:
        return identity.FLOW

    async def observe(self) -> Sequence[Observed]:
        async with self._names.listing(names.FLOW) as fill:
            found = [have for have in await flows.whole(self._client, self._listed) if have is not None]
            fill(Named(have.id, have.key.name, have.key.type) for have in found)
        return found

    async def read(self, id: RemoteId) -> Observed | Gone | Hidden:
        try:
            row = await looking.confirmed(self._client, lambda: flows.get(self._client, id))
        except NotFound:
            return Gone(id)
        except Forbidden as error:
            return Hidden(id, str(error))
        if looking.is_deleted(row):
            return Gone(id)
        self._names.learn(names.FLOW, names.named(names.FLOW, row))
        return listed.observed(row, client_id=self._client.client_id)

    async def inspect(self, have: Observed) -> Observed:
        """Exports the published version; what was never published or cannot be read now is not comparable."""
        if not have.version:
            return replace(have, comparable=False)
        try:
            spec = await content.export(self._client, self._offload, flow_id=have.id, version=have.version)
        except Unauthenticated:
            raise
        except (PermanentError, TransientError):
            return replace(have, comparable=False)
        return replace(have, spec=spec)

    async def examine(self, have: Observed) -> Observed:
        return await self.inspect(have)

    async def attribute(self, have: Observed) -> Drift:
        """The list has told already: `publishedBy`, or who made the version."""
        who = have.changed_by
        if who is None:
            return Drift(at=have.changed_at)
        if who.is_client:
            return Drift(at=have.changed_at, application=who.name)
        return Drift(by=who.name, at=have.changed_at)

    async def write(self, change: Change, journal: Journal) -> Written:
        if change.action is Action.DELETE:
            return await self._delete(change, journal)
        assert change.desired is not None  # noqa: S101
        file = change.desired.assets["yaml"]
        publication = Publication(self._client, self._offload, self._guard, change, file, journal, self._archive)
        written = await (publication.create() if change.action is Action.CREATE else publication.update())
        self._names.learn(names.FLOW, Named(written.id, change.key.name, change.key.type))
        return replace(written, payload_sha256=file.sha256)

    async def recover(self, intent: Intent) -> Recovery:
        return await recovery.recover(self._client, self._offload, intent)

    def requests_for(self, change: Change) -> int:
        match change.action:
            case Action.DELETE:
                return 3
            case Action.CREATE:
                return 1 + 2 + POLLS_EXPECTED + 1 + EXPORT_REQUESTS + STUB_REQUESTS * len(change.stubs)
            case Action.UPDATE:
                lock = 1 if self._guard.mode is FlowLock.CHECKOUT else 0
                have = change.observed
                free = have is None or (have.locked_by is None and have.draft_version is None)
                publish = lock + 2 + POLLS_EXPECTED + 1 + EXPORT_REQUESTS + STUB_REQUESTS * len(change.stubs)
                return (0 if free else force.REQUESTS) + 1 + publish
            case _:
                return 0

    async def _delete(self, change: Change, journal: Journal) -> Written:
        have, client = change.observed, self._client
        assert have is not None  # noqa: S101
        try:
            row = await flows.get(client, have.id)
            listed.refuse_unless_free(row, key=have.key, planned=have.version, client_id=client.client_id)

            async def announce() -> None:
                await journal.stage("deleting", id=have.id)

            await flows.delete(client, have.id, before_send=announce)
        except NotFound:
            return Written(id=have.id, version="")
        except (Conflicted, Rejected) as error:
            raise await self._undeletable(have, error) from error
        await looking.confirm_deleted(client, have.key, lambda: flows.get(client, have.id))
        self._names.forget(names.FLOW, have.id)
        return Written(id=have.id, version="")

    async def _undeletable(self, have: Observed, error: ProviderError) -> ProviderError:
        """In use: say by whom, for a person has to act. Locked: the same as for a write."""
        if "lock" in error.code:
            return Conflicted(
                f"{have.key} is locked and stays: {error.message}",
                status=error.status,
                code=error.code,
                correlation_id=error.correlation_id,
            )
        if not any(sign in error.code for sign in ("used", "in.use", "dependenc")):
            return error
        return looking.still_in_use(have.key, error, await self._consumers(have))

    async def _consumers(self, have: Observed) -> list[str]:
        """A courtesy: the refusal stands whether or not the platform's dependency tracking answers."""
        client = self._client
        try:
            versions = [str(made["id"]) for made in await flows.versions(client, have.id)]
            users = await dependencies.consumers_of_versions(
                client, id=have.id, type=dependencies.flow_type(have.key.type), versions=versions
            )
        except ProviderError:
            return []
        return [str(user) for user in users]
