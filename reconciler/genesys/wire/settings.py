"""Every tunable of the platform's side in one frozen value, with unit, default and the reason for the default.

`bootstrap` fills it from the process settings; nothing below reads the environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FlowLock(StrEnum):
    """How a flow is guarded while a job publishes it."""

    CHECKOUT = "checkout"
    """Hold the platform's own lock during the job."""
    CHECK = "check"
    """Only look for locks and newer versions right before the job; a check, not a transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSettings:
    # One request.
    connect_seconds: float = 10.0
    """Time to open a connection; a failure here means that nothing was sent."""
    read_seconds: float = 30.0
    """Time for one read, from sending to the last byte."""
    write_seconds: float = 60.0
    """Time for one write; longer than a read because giving up early makes the outcome unknown."""
    transfer_seconds: float = 120.0
    """Time to upload or download one file behind a signed address (audio may be 25 MB)."""
    answer_bytes_max: int = 64 * 1024 * 1024
    """Largest answer read into memory; a page of 500 flows stays far below."""

    # Trying again.
    read_tries_max: int = 6
    write_tries_max: int = 5
    """Resends of a write after 429 only, the one answer that proves it was not executed."""
    retry_delay_seconds: float = 0.5
    retry_delay_seconds_max: float = 20.0
    """Exponential backoff from the first value to the second, with full jitter."""
    retry_total_seconds: float = 300.0
    """No request is tried longer than this, waits included."""
    pacing_wait_seconds_max: float = 900.0
    """Longest wait for our turn under the rate limit before the request is given up."""
    concurrency_max: int = 10
    """Requests in flight at once."""
    pages_at_once: int = 8
    """Pages of one list fetched at once; below `concurrency_max`, so that one list cannot starve the others."""

    # Login.
    login_total_seconds: float = 60.0
    """How long login throttling and trouble of the login host are retried [official provider: one minute]."""
    login_reach_seconds: float = 8.0
    """How long a login host that cannot be reached at all is retried: a wrong address does not get right, people wait
    for the sentence, and the service tries again with its next pass."""
    token_margin_seconds: float = 60.0
    """A token is refreshed this long before it ends, or at 90 % of its life when that is shorter."""

    # Ambiguous results.
    settle_seconds: float = 90.0
    """After a create without an answer, how long the platform may still execute it or hide it from lists."""
    settle_recheck_seconds: float = 5.0
    """Pause between the two looks that must agree."""
    gone_recheck_seconds: float = 2.0
    """A 404 on a remembered id is asked again after this, because reads lag behind writes."""
    read_back_seconds: float = 30.0
    """How long a written object may take to show what was written, and a deleted one to vanish."""

    # Prompts.
    transcode_seconds: float = 60.0
    """Until uploaded audio must be playable."""
    transcode_poll_seconds: float = 0.5
    transcode_poll_seconds_max: float = 5.0
    transcode_settle_seconds: float = 2.0
    """When audio replaces audio, an early `transcoded` may still speak of the old one: believed after this."""
    audio_bytes_max: int = 64 * 1024 * 1024
    """Largest recording downloaded to the archive."""

    # Flows.
    flow_lock: FlowLock = FlowLock.CHECKOUT
    job_seconds: float = 960.0
    """Deadline of a publish job: 16 minutes, as the official provider has it."""
    job_start_seconds: float = 60.0
    """A job that still waits for its file after this never got it."""
    job_poll_seconds: float = 1.0
    job_poll_seconds_max: float = 15.0
    job_dead_seconds: float = 6 * 3600.0
    """A job that still runs this long after its file was sent is given up: no publish takes hours. UNVERIFIED."""
    job_resume_seconds: float = 30.0
    """How long recovery waits for a job that a dead process left running before it reports back."""
    export_seconds: float = 90.0
    export_poll_seconds: float = 0.5
    export_poll_seconds_max: float = 4.0
    export_tries_max: int = 3
    """Export jobs fail with `could not find the flow` when the platform is throttled [official provider]."""
    export_retry_seconds: float = 10.0
    export_bytes_max: int = 50 * 1024 * 1024
    export_patience_seconds: float = 300.0
    """An export of many flows that got none for this long takes the others for lost and keeps what it has."""
    validate_seconds: float = 300.0
    """Until a validate job must have ended. How long one takes is UNVERIFIED; a publish job validates too."""

    # Call routes.
    numbers_per_write: int = 50
    """New numbers in one PUT [official provider]."""
    numbers_pause_seconds: float = 2.0
    """Pause between two such PUTs, and before trying a number again that another route has just given up."""
    numbers_tries_max: int = 3
    stale_tries_max: int = 3
    """Re-reads after a stale version in one change."""

    # Audits.
    audit_seconds: float = 60.0
    """Until an audit query must have its results. How long one takes is UNVERIFIED."""
    audit_poll_seconds: float = 0.5
    audit_poll_seconds_max: float = 5.0
    audit_page_size: int = 100
    """Entries in a page of the realtime query; its maximum is not documented, 100 is taken by every listing."""
    audit_pages_max: int = 5
    """Pages read to find who caused a drift; beyond them the author stays unknown."""

    # Analytics.
    analytics_seconds: float = 120.0
    """Until an analytics job must have its results. How long one takes is UNVERIFIED."""
    analytics_poll_seconds: float = 1.0
    analytics_poll_seconds_max: float = 10.0
    analytics_page_size: int = 1000
    """Groups in a page of a job's results; its maximum is not documented."""
