"""Call routes on the platform: IVR configurations, written whole under their version, one after the other.

Writes are serialised because the platform answers parallel ones with 429 [Genesys docs]. Stages in the journal:
`creating`, `created` (the id is known, numbers may be missing), `writing`, `deleting`.
"""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from reconciler.errors import Conflicted, Forbidden, NotFound, ProviderError, Rejected
from reconciler.genesys import looking, lookups, names, routes
from reconciler.genesys.names import Names
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.kinds.call_route import listed, recovery, writing
from reconciler.kinds.call_route.writing import Releases, Writing
from reconciler.model import identity
from reconciler.model.change import Action, Change, Drift
from reconciler.model.identity import RemoteId
from reconciler.model.outcome import Intent, Recovery, Written
from reconciler.model.resource import Desired, Gone, Hidden, Observed
from reconciler.ports import Journal


class CallRouteRemote:
    """`ports.Remote` for call routes."""

    def __init__(self, *, client: Client, names: Names) -> None:
        self._client, self._names = client, names
        self._turn = anyio.Lock()
        self._releases = Releases()

    @property
    def kind(self) -> str:
        return identity.CALL_ROUTE

    async def observe(self) -> Sequence[Observed]:
        found = await routes.whole(self._client, listed.readable)
        return [
            have if isinstance(have, Observed) else await self._observed(have) for have in found if have is not None
        ]

    async def read(self, id: RemoteId) -> Observed | Gone | Hidden:
        try:
            row = await looking.confirmed(self._client, lambda: routes.get(self._client, id))
        except NotFound:
            return Gone(id)
        except Forbidden as error:
            return Hidden(id, str(error))
        return Gone(id) if looking.is_deleted(row) else await self._observed(row)

    async def inspect(self, have: Observed) -> Observed:
        """The list carries the whole route already."""
        return have if have.spec is not None else await self._observed(await routes.get(self._client, have.id))

    async def examine(self, have: Observed) -> Observed:
        return await self.inspect(have)

    async def attribute(self, have: Observed) -> Drift:
        """A route names its last editor by id only; one request asks for the name."""
        who = have.changed_by
        if who is None:
            return Drift(at=have.changed_at)
        if who.is_client:
            return Drift(at=have.changed_at, application=who.id)
        try:
            return Drift(by=await lookups.user_name(self._client, who.id), at=have.changed_at)
        except ProviderError:
            return Drift(by=who.id, at=have.changed_at)

    async def write(self, change: Change, journal: Journal) -> Written:
        async with self._turn:
            if change.action is Action.DELETE:
                return await self._delete(change, journal)
            assert change.desired is not None  # noqa: S101
            if change.action is Action.CREATE:
                return await self._create(change, change.desired, journal)
            return await self._update(change, change.desired, journal)

    async def recover(self, intent: Intent) -> Recovery:
        async with self._turn:
            return await recovery.recover(self._client, self._names, intent)

    def requests_for(self, change: Change) -> int:
        if change.action is Action.DELETE:
            return 3
        if change.desired is None or not change.action.writes_platform:
            return 0
        have = change.observed.spec["dnis"] if change.observed is not None and change.observed.spec else []
        new = len(set(change.desired.spec["dnis"]) - set(have))
        writes = max(1, -(-new // self._client.settings.numbers_per_write))
        return writes + (1 if change.action is Action.UPDATE else 0)

    async def _create(self, change: Change, desired: Desired, journal: Journal) -> Written:
        division = await self._division(desired)
        stage = "creating"
        data: dict[str, object] = {}

        async def announce() -> None:
            await journal.stage(stage, **data)

        work = Writing(self._client, self._names, self._releases, change.key, desired.spec, announce)
        row = await work.create(division=division)
        stage, data = "created", {"id": str(row["id"])}
        await announce()
        planned = await writing.spec_of(self._names, row)
        if set(desired.spec["dnis"]) - set(listed.numbers_of(row)):
            await self._client.clock.sleep(self._client.settings.numbers_pause_seconds)
        row = await work.bring(row, planned=planned, planned_key=change.key)
        return await self._written(row, work)

    async def _division(self, desired: Desired) -> str | None:
        if desired.division is None:
            return None
        id = await self._names.id_of(names.DIVISION, desired.division)
        if id is None:
            raise Rejected(f"{desired.key}: the platform has no division {desired.division!r} that we may see.")
        return id

    async def _update(self, change: Change, desired: Desired, journal: Journal) -> Written:
        have = change.observed
        assert have is not None and have.spec is not None  # noqa: S101, PT018

        async def announce() -> None:
            await journal.stage("writing", id=have.id)

        row = await self._current(have)
        # An unmoved version is the route of the plan, though this very pass may have renamed a flow it names.
        is_same = listed.version_of(row) == have.version
        planned = await writing.spec_of(self._names, row) if is_same else have.spec
        work = Writing(self._client, self._names, self._releases, change.key, desired.spec, announce)
        row = await work.bring(row, planned=planned, planned_key=have.key)
        return await self._written(row, work)

    async def _delete(self, change: Change, journal: Journal) -> Written:
        have, client = change.observed, self._client
        assert have is not None  # noqa: S101
        row = await self._current(have)
        if listed.version_of(row) != have.version:
            raise Conflicted(f"{have.key} was changed on the platform after the plan was made; it stays for now.")

        async def announce() -> None:
            await journal.stage("deleting", id=have.id)

        try:
            await routes.delete(client, have.id, before_send=announce)
        except NotFound:
            pass  # somebody was faster
        except Conflicted as error:
            raise looking.still_in_use(have.key, error) from error
        await looking.confirm_deleted(client, have.key, lambda: routes.get(client, have.id))
        self._releases.note(row, None, client.clock.monotonic())
        return Written(id=have.id, version="")

    async def _current(self, have: Observed) -> Row:
        try:
            return await routes.get(self._client, have.id)
        except NotFound as error:
            raise Conflicted(f"{have.key} was deleted on the platform after the plan was made.") from error

    async def _written(self, row: Row, work: Writing) -> Written:
        """What the PUT's own answer says; it carries the new version."""
        return Written(
            id=RemoteId(str(row["id"])),
            version=listed.version_of(row),
            live=await writing.spec_of(self._names, row),
            payload_sha256=work.payload or None,
        )

    async def _observed(self, row: Row) -> Observed:
        return listed.observed(row, await writing.spec_of(self._names, row))
