"""Validating flows that are stored in the organisation, by a job [SDK 269, marked preview].

There is no way to hand over a file: a candidate is checked by our own rules, or by publishing it. Results are
sentences without a code or a place. Needs `architect:jobValidate:create` and `architect:jobValidate:view`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciler.errors import TimedOut
from reconciler.genesys import flow_jobs
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place
from reconciler.model.review import Review

JOBS = "/api/v2/flows/validate/jobs"
JOB = f"{JOBS}/{{jobId}}"
_OVER = ("Success", "Failure")


@dataclass(frozen=True, slots=True)
class Stored:
    """A flow of the organisation; without a version the newest content is meant, which may be a draft."""

    id: str
    version: str | None = None


async def validate(client: Client, flows: Sequence[Stored]) -> Review:
    """Run one job over these flows, at least one. Raises TimedOut after `validate_seconds`; changes nothing."""
    id = await register(client, flows)
    settings, clock = client.settings, client.clock
    started, pause = clock.monotonic(), settings.job_poll_seconds
    while (job := await get(client, id)).get("status") not in _OVER:
        if clock.monotonic() - started + pause > settings.validate_seconds:
            text = f"The validation has not ended within {settings.validate_seconds:g} s."
            raise TimedOut(text, method="GET", path=JOB)
        await clock.sleep(pause)
        pause = min(pause * 1.5, settings.job_poll_seconds_max)
    messages = job.get("messages")
    return Review(
        ok=job["status"] == "Success",
        errors=flow_jobs.sentences(messages, kinds=("Error",)),
        warnings=flow_jobs.sentences(messages, kinds=("Warning", "Unknown")),
    )


async def register(client: Client, flows: Sequence[Stored]) -> str:
    """The job's id. A job only reads, so registering it twice does no harm."""
    wanted = [{"flow": {"id": one.id, **({"version": one.version} if one.version else {})}} for one in flows]
    body = await client.request("POST", JOBS, effect=Effect.READ, json={"flows": wanted}, needs=("id",))
    return str(body["id"])


async def get(client: Client, id: str) -> Row:
    """The job with its messages, which come only when they are asked for."""
    return bodies.row(await client.get(JOB, path={"jobId": id}, query={"expand": ["messages"]}), Place("GET", JOB))
