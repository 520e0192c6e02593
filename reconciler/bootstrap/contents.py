"""Whole contents for an export, joined: export jobs for flows, signed downloads for recordings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from reconciler.errors import ProviderError, Unauthenticated
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.guard import PROBE_SECONDS, CircuitOpen
from reconciler.kinds.flow import exporting
from reconciler.kinds.prompt import recording
from reconciler.model.identity import RemoteId
from reconciler.model.resource import Observed
from reconciler.ports import Offload, Unreadable


class PlatformContents:
    """`ports.Contents`. `offload` takes unpacking off the event loop."""

    def __init__(self, *, client: Client, offload: Offload) -> None:
        self._client, self._offload = client, offload

    async def flows(
        self, chosen: Sequence[tuple[Observed, str | None]], told: Callable[[int], None]
    ) -> Mapping[RemoteId, bytes | Unreadable]:
        return await exporting.contents(self._client, self._offload, chosen, told)

    async def recording(self, prompt: Observed, language: str) -> bytes | Unreadable | None:
        clock = self._client.clock
        deadline = clock.monotonic() + self._client.settings.export_patience_seconds
        while True:
            try:
                return await recording.fetch(self._client, prompt.key, prompt.id, language)
            except Unauthenticated:
                raise
            except CircuitOpen as error:
                seconds = max(error.next_probe_seconds, PROBE_SECONDS)
                if clock.monotonic() + seconds > deadline:
                    return Unreadable(str(error))
            except ProviderError as error:
                return Unreadable(str(error))
            await clock.sleep(seconds)
