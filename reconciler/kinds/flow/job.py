"""A publish job, run or resumed: register, commit its id, hand over the file, wait for the end.

From the moment the file leaves, every failure to follow the job is an unknown result.
"""

from __future__ import annotations

from contextlib import suppress

from reconciler.errors import AmbiguousError, ProviderError
from reconciler.genesys import flow_jobs
from reconciler.genesys.flow_jobs import Job
from reconciler.genesys.wire.client import Client
from reconciler.ports import Journal

STUBBING = "stubbing"
"""The stage of a flow that another flow's job, `maker` in the data, is about to make as a stub."""


async def run(client: Client, yaml: bytes, journal: Journal, *, flow_id: str | None) -> Job:
    """The job when it is over; it makes stubs of the flows that the journal begins. Raises AmbiguousError when it
    cannot be told how it ended, other ProviderError when it certainly never started."""
    slot = await flow_jobs.register(client, create_stubs=bool(journal.stubs))
    known = {"id": flow_id} if flow_id is not None else {}
    for stub in journal.stubs:
        await stub.stage(STUBBING, maker=slot.id)
    await journal.stage("job", job=slot.id, **known)
    with suppress(AmbiguousError):  # the job itself tells whether the file arrived
        await flow_jobs.hand_over(client, slot, yaml)
    try:
        job = await follow(client, slot.id, seconds=client.settings.job_seconds)
    except ProviderError as error:
        raise AmbiguousError(
            f"The publish job {slot.id} was started and cannot be followed: {error.message}",
            method=error.method,
            path=error.path,
            status=error.status,
            correlation_id=error.correlation_id,
        ) from error
    if not job.is_over:
        raise AmbiguousError(f"The publish job {slot.id} is still {job.status}; the next pass looks at it again.")
    return job


async def follow(client: Client, id: str, *, seconds: float) -> Job:
    """Poll until the job is over, the time is up, or it is plain that it never got its file; the last state seen."""
    settings, clock = client.settings, client.clock
    started, pause = clock.monotonic(), settings.job_poll_seconds
    while True:
        job = await flow_jobs.get(client, id)
        elapsed = clock.monotonic() - started
        if job.is_over or elapsed + pause > seconds:
            return job
        if job.status == "Registered" and elapsed > settings.job_start_seconds:
            return job
        await clock.sleep(pause)
        pause = min(pause * 1.5, settings.job_poll_seconds_max)
