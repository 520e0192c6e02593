"""The content of many flows: export jobs in batches, split until what works is told from what does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from reconciler.architect.flow import ROOT_KEYS
from reconciler.core import batching, bundle
from reconciler.core.batching import Course
from reconciler.errors import Forbidden, ProviderError, Rejected, TimedOut, TransientError, Unauthenticated
from reconciler.genesys import exports
from reconciler.genesys.exports import Throttled, Wanted
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.guard import PROBE_SECONDS, CircuitOpen
from reconciler.kinds.flow import exported
from reconciler.model.identity import RemoteId
from reconciler.model.resource import Observed
from reconciler.ports import Offload, Unreadable

BATCH: Final = 50
"""Flows in one job; what the platform takes at most is UNVERIFIED."""
_NO_RIGHT: Final = ("missing.permissions", "missing.any.permissions")
_FAILURES_A_STEP: Final = 16
"""Failures in a row before waits double: they are mostly the pieces of one bad batch, and no trouble of its own."""

Chosen = tuple[Observed, str | None]
"""A flow and the version to read; None for the newest content."""


async def contents(
    client: Client, offload: Offload, chosen: Sequence[Chosen], told: Callable[[int], None]
) -> Mapping[RemoteId, bytes | Unreadable]:
    """The platform's YAML of each flow by id, or why it could not be had. `told` gets how many are done.

    Trouble of the platform that lasts ends it early, with what there is until then. Raises Unauthenticated, and
    Forbidden when exporting as such is not allowed.
    """
    flows = {have.id: (have, version) for have, version in chosen}
    reading = _Reading(client, offload, flows, batching.begin(list(flows), BATCH), client.clock.monotonic())
    while reading.course.waiting:
        await reading.step()
        told(len(reading.found))
    return reading.found


@dataclass(slots=True)
class _Reading:
    """One export under way. `answered` is when the platform last did what it should, by the monotonic clock."""

    client: Client
    offload: Offload
    flows: Mapping[RemoteId, Chosen]
    course: Course[RemoteId]
    answered: float
    found: dict[RemoteId, bytes | Unreadable] = field(default_factory=dict)

    async def step(self) -> None:
        """Ask for the next batch."""
        batch = self.course.waiting[0]
        try:
            got = await _batch(self.client, self.offload, [self.flows[id] for id in batch])
        except CircuitOpen as error:
            await self._wait_or_give_up(error, max(error.next_probe_seconds, PROBE_SECONDS))
        except TransientError as error:
            self._failed(batch, error)
            split = batching.hung if isinstance(error, TimedOut) else batching.troubled
            self.course = split(self.course, self.client.settings.export_tries_max)
            await self._wait_or_give_up(error, self._pause_seconds(error))
        except ProviderError as error:
            if isinstance(error, Unauthenticated) or (isinstance(error, Forbidden) and error.code in _NO_RIGHT):
                raise
            self._failed(batch, error)
            self.course = batching.refused(self.course)
            self.answered = self.client.clock.monotonic()
        else:
            self._worked(batch, got)

    def _worked(self, batch: Sequence[RemoteId], got: Mapping[RemoteId, bytes]) -> None:
        self.answered = self.client.clock.monotonic()
        self.found |= got
        missing = [id for id in batch if id not in got]
        if len(batch) == 1 and missing:
            self.found[batch[0]] = Unreadable("The platform exported something else in its place.")
            missing = []
        self.course = batching.worked(self.course, missing)

    def _failed(self, batch: Sequence[RemoteId], error: ProviderError) -> None:
        """What failed alone has its reason, until another try works."""
        if len(batch) == 1:
            self.found[batch[0]] = Unreadable(str(error))

    def _pause_seconds(self, error: TransientError) -> float:
        if isinstance(error, Throttled):
            return self.client.settings.export_retry_seconds
        return self.client.backoff_seconds(1 + self.course.failures // _FAILURES_A_STEP)

    async def _wait_or_give_up(self, error: ProviderError, seconds: float) -> None:
        deadline = self.answered + self.client.settings.export_patience_seconds
        if not self.course.waiting:
            return
        if self.client.clock.monotonic() + seconds <= deadline:
            await self.client.clock.sleep(seconds)
            return
        why = Unreadable(f"Given up, because the platform had trouble with everything asked for before: {error}")
        self.found |= {id: why for id in self.course.left if id not in self.found}
        self.course = batching.begin((), BATCH)


async def _batch(client: Client, offload: Offload, batch: Sequence[Chosen]) -> Mapping[RemoteId, bytes]:
    """The flows of one job, as far as they are in its archive. Raises Rejected for an archive that cannot be used."""
    if len(batch) == 1:
        ((have, version),) = batch
        content = await exports.download(client, [Wanted(have.id, version)])
        if not bundle.is_archive(content):
            return {have.id: content}
    else:
        wanted = [Wanted(have.id, version, file_name=have.id) for have, version in batch]
        content = await exports.download(client, wanted)
    size_max = client.settings.export_bytes_max
    try:
        members = await offload(lambda: bundle.members(content, bytes_max=size_max))
    except bundle.Unusable as error:
        raise Rejected(f"The export cannot be used: {error}.", path=exports.JOBS) from error
    return await offload(lambda: _sorted(batch, members))


def _sorted(batch: Sequence[Chosen], members: Mapping[str, bytes]) -> dict[RemoteId, bytes]:
    """Which file is which flow: by the name we asked for, and where the platform has names of its own (whether it
    keeps to ours is UNVERIFIED) by what the file says."""
    found = {have.id: members[have.id] for have, _ in batch if have.id in members}
    if len(found) == len(batch):
        return found
    said = {exported.identity_of(content): content for content in members.values()}
    for have, _ in batch:
        identity = (have.key.type, have.key.name)
        if have.id not in found and have.key.type in ROOT_KEYS and identity in said:
            found[have.id] = said[identity]
    return found
