"""The content of many flows: export jobs in batches, split until what works is told from what does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from reconciler.architect.flow import ROOT_KEYS
from reconciler.core import batching, bundle
from reconciler.errors import Forbidden, ProviderError, Rejected, TransientError, Unauthenticated
from reconciler.genesys import exports
from reconciler.genesys.exports import Throttled, Wanted
from reconciler.genesys.wire.client import Client
from reconciler.kinds.flow import exported
from reconciler.model.identity import RemoteId
from reconciler.model.resource import Observed
from reconciler.ports import Offload, Unreadable

BATCH: Final = 50
"""Flows in one job; what the platform takes at most is UNVERIFIED."""
FAILURES_MAX: Final = 3
"""Single flows in a row that fail because the platform is in trouble, before the rest is not tried any more."""
_NO_RIGHT: Final = ("missing.permissions", "missing.any.permissions")

Chosen = tuple[Observed, str | None]
"""A flow and the version to read; None for the newest content."""


async def contents(
    client: Client, offload: Offload, chosen: Sequence[Chosen], told: Callable[[int], None]
) -> Mapping[RemoteId, bytes | Unreadable]:
    """The platform's YAML of each flow by id, or why it could not be had. `told` gets how many are done.

    Raises Unauthenticated, and Forbidden when exporting as such is not allowed.
    """
    found: dict[RemoteId, bytes | Unreadable] = {}
    waiting = batching.cut(chosen, BATCH)
    in_trouble = 0
    while waiting:
        batch = waiting.pop(0)
        if in_trouble >= FAILURES_MAX:
            found |= {have.id: Unreadable("Not tried: the platform did not answer for others.") for have, _ in batch}
            continue
        try:
            got = await _batch(client, offload, batch)
        except ProviderError as error:
            if isinstance(error, Unauthenticated) or (isinstance(error, Forbidden) and error.code in _NO_RIGHT):
                raise
            if len(batch) == 1:
                found[batch[0][0].id] = Unreadable(str(error))
                in_trouble += isinstance(error, TransientError)
                continue
            if isinstance(error, Throttled):
                await client.clock.sleep(client.settings.export_retry_seconds)
            waiting = batching.halves(batch) + waiting
            continue
        in_trouble = 0
        found |= got
        if len(batch) == 1 and not got:
            found[batch[0][0].id] = Unreadable("The platform exported something else in its place.")
        elif len(batch) > 1:
            waiting = [(one,) for one in batch if one[0].id not in got] + waiting
        told(len(found))
    return found


async def _batch(client: Client, offload: Offload, batch: Sequence[Chosen]) -> Mapping[RemoteId, bytes]:
    """The flows of one job, as far as they are in its archive. Raises Rejected for an archive that cannot be used."""
    if len(batch) == 1:
        ((have, version),) = batch
        content = await exports.yaml(client, flow_id=have.id, version=version)
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
