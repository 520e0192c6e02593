"""Reading the content of flows: an export job, each flow pinned to one version, then a signed download [SDK 269]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reconciler.errors import NotFound, Rejected, TimedOut, Unavailable
from reconciler.genesys import flow_jobs
from reconciler.genesys.wire import bodies, transfer
from reconciler.genesys.wire.call import Query
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.guard import CircuitOpen
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

JOBS = "/api/v2/flows/export/jobs"
JOB = f"{JOBS}/{{jobId}}"
LOOKS_FAILED_MAX = 3
"""Looks at a job in a row that fail before it is given up."""
_THROTTLED = ("could not find the flow with id", "exit code 107")
"""How a throttled export fails: it says that the flow is not there [official provider]."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One flow of an export job. Without a version the newest content, which may be a draft [official provider].

    `file_name` is what the platform calls the file in an archive: letters, digits, `_` and `-` [SDK 269].
    """

    id: str
    version: str | None
    file_name: str | None = None


class Throttled(Unavailable):
    """The platform is too busy to export; in a job of several it looks as if one of them were missing."""


async def yaml(client: Client, *, flow_id: str, version: str | None) -> bytes:
    """The YAML of one version. Raises Forbidden, Rejected or Unavailable; reading never changes the platform."""
    settings = client.settings
    for attempt in range(1, settings.export_tries_max + 1):
        try:
            return await download(client, [Wanted(flow_id, version)], effect=Effect.READ)
        except Throttled:
            if attempt == settings.export_tries_max:
                raise
            await client.clock.sleep(settings.export_retry_seconds * attempt)
    raise AssertionError("unreachable")


async def download(client: Client, wanted: Sequence[Wanted], *, effect: Effect = Effect.LARGE_READ) -> bytes:
    """What one job over these flows gives: a YAML file for one, an archive for several [SDK 269].

    With `effect` LARGE_READ nothing is repeated that may have been too much for the platform.
    Raises Throttled when the job failed as it does under load, Rejected when it failed otherwise or gave too much.
    """
    body = await client.request(
        "POST", JOBS, effect=effect, json={"flows": [_item(one) for one in wanted]}, needs=("id",)
    )
    id = str(body["id"])
    what = "the exported flow" if len(wanted) == 1 else f"the archive of {len(wanted)} exported flows"
    try:
        return await _fetched(client, await _succeeded(client, id, effect), what, effect)
    except NotFound:  # The address has expired; the job gives a new one.
        return await _fetched(client, await _succeeded(client, id, effect), what, effect)


async def _succeeded(client: Client, id: str, effect: Effect) -> str:
    """The address of what a job made. Raises what `download` says."""
    job = await _finished(client, id, effect)
    messages = " ".join(flow_jobs.sentences(job.get("messages")))
    if job.get("status") != "Success":
        if any(sign in messages.lower() for sign in _THROTTLED):
            raise Throttled(f"The platform is too busy to export: {messages}", method="GET", path=JOB)
        raise Rejected(f"The export failed: {messages or 'the platform gives no reason'}", method="GET", path=JOB)
    return bodies.text(job, "downloadUrl", Place("GET", JOB))


async def _fetched(client: Client, url: str, what: str, effect: Effect) -> bytes:
    tries_max = 1 if effect is Effect.LARGE_READ else transfer.TRIES_MAX
    return await transfer.fetch(client, url, what=what, size_max=client.settings.export_bytes_max, tries_max=tries_max)


def _item(wanted: Wanted) -> dict[str, Any]:
    flow = {"id": wanted.id} | ({"version": wanted.version} if wanted.version else {})
    named = {"fileName": wanted.file_name} if wanted.file_name else {}
    return {"flow": flow, **named, "exportType": "Yaml"}


async def _finished(client: Client, id: str, effect: Effect) -> dict[str, Any]:
    """The job when it has ended. A look that fails is no news: with LARGE_READ a few in a row are."""
    settings, clock = client.settings, client.clock
    started, pause, failures = clock.monotonic(), settings.export_poll_seconds, 0
    while True:
        try:
            query: Query = {"expand": ["messages"]}
            body = await client.request("GET", JOB, effect=effect, path={"jobId": id}, query=query)
            failures, job = 0, dict(bodies.row(body, Place("GET", JOB)))
            if job.get("status") in ("Success", "Failure"):
                return job
        except (Unavailable, TimedOut) as error:
            failures += 1
            if effect is Effect.READ or isinstance(error, CircuitOpen) or failures >= LOOKS_FAILED_MAX:
                raise
        if clock.monotonic() - started + pause > settings.export_seconds:
            raise TimedOut(f"The export has not ended within {settings.export_seconds:g} s.", method="GET", path=JOB)
        await clock.sleep(pause)
        pause = min(pause * 1.5, settings.export_poll_seconds_max)
