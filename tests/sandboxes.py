"""A sandbox on a real socket for all tests of a folder, with a clock that only moves by hand."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from anyio.from_thread import start_blocking_portal

from reconciler.sandbox.clock import ManualClock
from reconciler.sandbox.options import Options
from reconciler.sandbox.server import serve


def plain_client(url: str = "") -> httpx.Client:
    """For a sandbox, which speaks plain HTTP: reading certificate authorities for nothing takes some 50 ms."""
    return httpx.Client(base_url=url, timeout=10, verify=False, trust_env=False)


@contextmanager
def served() -> Iterator[tuple[str, ManualClock]]:
    """Its base URL and its clock; jobs take 3 s of that clock, transcoding 2 s."""
    clock, urls = ManualClock(), queue.Queue()
    options = Options(port=0, rate_limit=None, job_duration_seconds=3.0, transcode_duration_seconds=2.0)
    with start_blocking_portal() as portal:
        server = portal.start_task_soon(lambda: serve(options, started=urls.put, clock=clock))
        try:
            yield urls.get(timeout=10), clock
        finally:
            server.cancel()
