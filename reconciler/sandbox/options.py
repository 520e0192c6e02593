"""What the person who starts the stand-in may choose."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of one run.

    `port` 0 lets the system choose. `rate_limit` is (requests, seconds) per token, None means a huge budget with
    the same headers. `state_file` None keeps everything in memory. All durations are seconds.
    """

    port: int = 8083
    host: str = "127.0.0.1"
    state_file: Path | None = None
    rate_limit: tuple[int, float] | None = (300, 60.0)
    list_lag_seconds: float = 0.0
    job_duration_seconds: float = 0.2
    transcode_duration_seconds: float = 0.2
    token_lifetime_seconds: float = 86_400.0
