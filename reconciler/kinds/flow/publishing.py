"""One flow being published: guard, lock, job, read back, export.

The platform's steps (validate, save, check in, publish) are not atomic, and a job finds its flow by type and name.
So the flow is looked at twice, before and under the lock, and what the job left is read afterwards by id.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.core import etiquette
from reconciler.errors import AmbiguousError, Conflicted, NotFound, ProviderError, Rejected
from reconciler.genesys import flow_jobs, flows, looking
from reconciler.genesys.flow_jobs import Job
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.settings import FlowLock
from reconciler.kinds.flow import content, force, job, listed, lock
from reconciler.model.change import Change
from reconciler.model.identity import Key, RemoteId
from reconciler.model.outcome import Written
from reconciler.model.resource import Asset
from reconciler.ports import Archive, Journal, Offload


@dataclass(slots=True)
class Guard:
    """How flows are locked in this process; falls back to CHECK when the platform refuses our own lock in a job."""

    mode: FlowLock


@dataclass(frozen=True, slots=True)
class Publication:
    client: Client
    offload: Offload
    guard: Guard
    change: Change
    file: Asset
    journal: Journal
    archive: Archive

    async def create(self) -> Written:
        """A new flow: there is nothing to lock yet, so make sure that the job would not overwrite one."""
        key = self.change.key
        if await flows.find(self.client, type=key.type, name=key.name):
            raise Conflicted(f"{key.label} has appeared on the platform since the plan was made.")
        ended = await job.run(self.client, self.file.content, self.journal, flow_id=None)
        id = ended.flow_id or await self._id_by_name()
        if ended.status != "Success":
            row = await lock.release(self.client, id) if id else None
            if row is not None and listed.is_leftover_of(self.client.client_id, row):
                await self.journal.stage("job", job=ended.id, id=id)
            raise _failed(self.change, ended)
        return await written(self.client, self.offload, self.change, ended, id=id, before="")

    async def _id_by_name(self) -> str:
        rows = await flows.find(self.client, type=self.change.key.type, name=self.change.key.name)
        return str(rows[0]["id"]) if len(rows) == 1 else ""

    async def update(self) -> Written:
        """A new version of a flow that is published as the plan saw it, unlocked and without a foreign draft."""
        have = self.change.observed
        assert have is not None  # noqa: S101
        try:
            row = await flows.get(self.client, have.id)
        except NotFound as error:
            raise Conflicted(f"{have.key} was deleted on the platform after the plan was made.") from error
        row, note = await self._free(row)
        archived = listed.draft(row, client_id=self.client.client_id) if note else None
        self._refuse(row, under_our_lock=False, archived=archived)
        renames = have.key.name != self.change.key.name
        locks = renames or self.guard.mode is FlowLock.CHECKOUT
        if locks:
            row = await lock.take(self.client, have.id, have.key, self.journal)
        try:
            ended = await self._under_lock(row, renames=renames, locked=locks, archived=archived)
        except AmbiguousError:
            raise  # the job may be running: recovery decides, and releases the lock
        except ProviderError:
            if locks:
                await lock.release(self.client, have.id)
            raise
        if ended.status != "Success":
            await lock.release(self.client, have.id)
            raise _failed(self.change, ended)
        done = await written(self.client, self.offload, self.change, ended, id=have.id, before=have.version)
        return replace(done, note=f"{note} {done.note}".strip()) if note else done

    async def _free(self, row: Row) -> tuple[Row, str]:
        """Whoever is in the way is pushed aside, when the manifest says so and the flow is the planned one."""
        have = self.change.observed
        if have is None or not etiquette.forces(self.change.desired) or listed.published(row) != have.version:
            return row, ""
        return await force.push_aside(self.client, self.archive, row, key=have.key, journal=self.journal)

    async def _under_lock(self, row: Row, *, renames: bool, locked: bool, archived: str | None) -> Job:
        id = str(row["id"])
        if locked:
            self._refuse(row, under_our_lock=True, archived=archived)
        if renames:
            await self._rename(row)
        if locked and self.guard.mode is FlowLock.CHECK:
            await self._unlock_keeping_name(id)
            locked = False
        ended = await job.run(self.client, self.file.content, self.journal, flow_id=id)
        if locked and ended.status != "Success" and any("locked" in text.lower() for text in ended.messages):
            # We hold the lock, so it is our own that stands in the job's way. UNVERIFIED on the platform which way it
            # is: from here on this process only checks.
            self.guard.mode = FlowLock.CHECK
            await self._unlock_keeping_name(id)
            row = await flows.get(self.client, id)
            self._refuse(row, under_our_lock=False, key=self.change.key, archived=archived)
            ended = await job.run(self.client, self.file.content, self.journal, flow_id=id)
        return ended

    def _refuse(self, row: Row, *, under_our_lock: bool, key: Key | None = None, archived: str | None = None) -> None:
        """`key` once we have renamed it."""
        have = self.change.observed
        assert have is not None  # noqa: S101
        listed.refuse_unless_free(
            row,
            key=key or have.key,
            planned=have.version,
            client_id=self.client.client_id,
            under_our_lock=under_our_lock,
            archived=archived,
        )

    async def _rename(self, row: Row) -> None:
        """By PUT, so that the id and every reference stay; the job then finds the flow under its new name."""

        async def announce() -> None:
            await self.journal.stage("renaming", id=str(row["id"]))

        await flows.replace(self.client, row, name=self.change.key.name, before_send=announce)

    async def _unlock_keeping_name(self, id: str) -> None:
        """Release, and make sure that this did not take a new name back: a job under the old name hits nothing good."""
        row = await lock.release(self.client, id)
        if row is None or row.get("name") != self.change.key.name:
            raise Rejected(f"{self.change.key}: the platform did not keep the new name; rename the flow there.")


async def written(client: Client, offload: Offload, change: Change, ended: Job, *, id: str, before: str) -> Written:
    """Read the published flow back by id. Ours only when our client made the version."""
    if ended.flow_id and id and ended.flow_id != id:
        raise AmbiguousError(
            f"{change.key}: the job published flow {ended.flow_id} instead of {id}; look at both in Architect."
        )
    return await read_back(client, offload, name=str(change.key), id=id or ended.flow_id, before=before)


async def read_back(client: Client, offload: Offload, *, name: str, id: str, before: str) -> Written:
    """What is published now, once it is no longer the version `before`; our lock is gone when this returns."""

    async def look() -> Row | None:
        try:
            row = await flows.get(client, id)
        except NotFound:
            return None
        return row if listed.published(row) not in ("", before) else None

    row = await looking.until(client, look, seconds=client.settings.read_back_seconds)
    if row is None:
        raise AmbiguousError(
            f"{name}: the job reports success, yet version {before or 'none'} is still the published one."
        )
    if listed.is_locked_by(row, client.client_id):
        row = await lock.release(client, id) or row
    version = bodies.part(row, "publishedVersion") or {}
    if listed.is_made_by(version, client.client_id) is False:
        ours = await our_latest(client, id)
        if listed.is_newer(ours, before):
            who = listed.changed_by(row)
            note = f"{who.name if who else 'somebody'} published over it at once; the next pass sees that as drift."
            return Written(id=RemoteId(id), version=ours, note=note)
        # The job succeeded and no version is ours, so the platform names somebody else as maker of what we publish.
        # Whom it names for jobs is UNVERIFIED; calling that drift would publish again in every pass.
    number = listed.published(row)
    live, note = await content.export_if_possible(client, offload, flow_id=id, version=number)
    return Written(id=RemoteId(id), version=number, live=live, note=note)


async def our_latest(client: Client, id: str) -> str:
    """The newest version that our client made; empty when there is none."""
    ours = [
        str(row["id"]) for row in await flows.versions(client, id) if listed.is_made_by(row, client.client_id) is True
    ]
    latest = ""
    for version in ours:
        latest = version if listed.is_newer(version, latest) else latest
    return latest


def _failed(change: Change, ended: Job) -> Rejected:
    return Rejected(failure_text(str(change.key), ended), path=flow_jobs.JOBS)


def failure_text(name: str, ended: Job) -> str:
    said = " ".join(ended.messages) or "the platform gives no reason; try the file in Architect"
    return f"{name} was not published: {said}"
