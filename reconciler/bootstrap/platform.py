"""The platform side of a process: one client, and the remote side of every kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from reconciler import __version__
from reconciler.adapters import http
from reconciler.adapters.archive import DirectoryArchive
from reconciler.bootstrap.contents import PlatformContents
from reconciler.errors import DesiredStateError
from reconciler.genesys.names import Names
from reconciler.genesys.platform import GenesysPlatform
from reconciler.genesys.trail import Trail
from reconciler.genesys.wire import regions
from reconciler.genesys.wire.auth import Credentials
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.exchanged import Exchanged, OnRequest
from reconciler.genesys.wire.settings import FlowLock, RemoteSettings
from reconciler.kinds.call_route.remote import CallRouteRemote
from reconciler.kinds.flow.remote import FlowRemote
from reconciler.kinds.prompt.remote import PromptRemote
from reconciler.model.desired import Environment
from reconciler.model.problem import Location, Problem
from reconciler.ports import Clock, Contents, Ids, Offload, Remote, Rng
from reconciler.settings import Settings

log = structlog.get_logger("reconciler")
Count = Callable[[str, int, float, int | None], None]
"""Counts a request: `GET /api/v2/flows`, its status (0 without an answer), seconds, requests left."""


@dataclass(frozen=True, slots=True)
class Joined:
    platform: GenesysPlatform
    remotes: Mapping[str, Remote]
    contents: Contents


def client_of(settings: Settings, *, clock: Clock, rng: Rng, ids: Ids, count: Count | None = None) -> Client:
    """A client of the organisation that the settings name; nothing is sent yet.

    Raises UsageError when credentials or region are missing or wrong in form.
    """
    id, secret = settings.credentials()
    return Client(
        transport=http.transport(),
        clock=clock,
        rng=rng,
        ids=ids,
        credentials=Credentials(id, secret),
        hosts=regions.hosts(region=settings.region, gateway_url=settings.gateway_url),
        user_agent=f"reconciler/{__version__}",
        settings=RemoteSettings(
            settle_seconds=settings.settle_window_seconds,
            job_seconds=settings.job_deadline_seconds,
            job_poll_seconds_max=settings.job_poll_max_seconds,
            transcode_seconds=settings.transcode_deadline_seconds,
            flow_lock=FlowLock(settings.flow_lock),
            concurrency_max=settings.concurrency,
            export_bytes_max=settings.export_mebibytes_max * 1024 * 1024,
        ),
        on_request=_told(count),
    )


def _told(count: Count | None) -> OnRequest:
    """Counts each request and logs it under both its names: ours, and the one that Genesys asks for."""

    def tell(sent: Exchanged) -> None:
        if count is not None:
            count(sent.request, sent.status, sent.seconds, sent.remaining)
        log.debug(
            "platform.request",
            request=sent.request,
            status=sent.status,
            seconds=round(sent.seconds, 3),
            request_id=sent.request_id,
            correlation_id=sent.correlation_id,
        )

    return tell


@asynccontextmanager
async def joined(
    settings: Settings,
    *,
    clock: Clock,
    rng: Rng,
    ids: Ids,
    offload: Offload,
    archive: DirectoryArchive,
    count: Count,
) -> AsyncIterator[Joined]:
    """Open the client and join the remote sides; closes the connections at the end.

    Raises UsageError when credentials or region are missing or wrong in form.
    """
    client = client_of(settings, clock=clock, rng=rng, ids=ids, count=count)
    names, trail = Names(client=client), Trail(client=client)
    remotes: tuple[Remote, ...] = (
        PromptRemote(client=client, names=names, trail=trail, archive=archive.keep),
        FlowRemote(client=client, names=names, offload=offload, archive=archive.keep),
        CallRouteRemote(client=client, names=names),
    )
    try:
        platform = GenesysPlatform(client=client, names=names, trail=trail)
        contents = PlatformContents(client=client, offload=offload)
        yield Joined(platform, {remote.kind: remote for remote in remotes}, contents)
    finally:
        await client.aclose()


def refuse_other_region(environment: Environment, settings: Settings) -> None:
    """Raises DesiredStateError when the Environment is not for the region these credentials belong to."""
    if environment.region is None:
        return
    wrong = regions.disagreement(environment.region, settings.region)
    if wrong is not None:
        message, remedy = wrong
        place = environment.region_at or Location(settings.source)
        raise DesiredStateError([Problem(place, "REC1515", message, remedy)])
