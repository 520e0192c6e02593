"""Reading a flow's content: an export job for one flow, pinned to one version, then a signed download [SDK 269].

One flow per job: more of them come as an archive. Without a version the platform may hand out a draft [official
provider].
"""

from __future__ import annotations

from typing import Any

from reconciler.errors import ProviderError, Rejected, TimedOut, Unavailable
from reconciler.genesys import bodies, flow_jobs, transfer
from reconciler.genesys.client import Client
from reconciler.genesys.retry import Effect
from reconciler.genesys.translate import Place

JOBS = "/api/v2/flows/export/jobs"
JOB = f"{JOBS}/{{jobId}}"
_THROTTLED = ("could not find the flow with id", "exit code 107")
"""How a throttled export fails: it says that the flow is not there [official provider]."""


async def yaml(client: Client, *, flow_id: str, version: str) -> bytes:
    """The YAML of one version. Raises Forbidden, Rejected or Unavailable; reading never changes the platform."""
    settings = client.settings
    for attempt in range(1, settings.export_tries_max + 1):
        try:
            return await _once(client, flow_id=flow_id, version=version)
        except _Throttled as error:
            if attempt == settings.export_tries_max:
                raise Unavailable(error.message, method=error.method, path=error.path) from None
            await client.clock.sleep(settings.export_retry_seconds * attempt)
    raise AssertionError("unreachable")


class _Throttled(ProviderError):
    pass


async def _once(client: Client, *, flow_id: str, version: str) -> bytes:
    place = Place("POST", JOBS)
    body = await client.request(
        "POST",
        JOBS,
        effect=Effect.READ,
        json={"flows": [{"flow": {"id": flow_id, "version": version}, "exportType": "Yaml"}]},
        needs=("id",),
    )
    job = await _finished(client, str(body["id"]))
    messages = " ".join(flow_jobs.sentences(job.get("messages")))
    if job.get("status") != "Success":
        if any(sign in messages.lower() for sign in _THROTTLED):
            raise _Throttled(f"The platform is too busy to export: {messages}", method="GET", path=JOB)
        raise Rejected(f"The export failed: {messages or 'the platform gives no reason'}", method="GET", path=JOB)
    url = bodies.text(job, "downloadUrl", place)
    return await transfer.fetch(client, url, what="the exported flow", size_max=client.settings.export_bytes_max)


async def _finished(client: Client, id: str) -> dict[str, Any]:
    settings, clock = client.settings, client.clock
    started, pause = clock.monotonic(), settings.export_poll_seconds
    while True:
        body = await client.get(JOB, path={"jobId": id}, query={"expand": ["messages"]})
        job = dict(bodies.row(body, Place("GET", JOB)))
        if job.get("status") in ("Success", "Failure"):
            return job
        if clock.monotonic() - started + pause > settings.export_seconds:
            raise TimedOut(f"The export has not ended within {settings.export_seconds:g} s.", method="GET", path=JOB)
        await clock.sleep(pause)
        pause = min(pause * 1.5, settings.export_poll_seconds_max)
