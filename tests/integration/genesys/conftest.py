"""One sandbox on a real socket for the endpoint functions, emptied for each test."""

from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest
from anyio.from_thread import start_blocking_portal

from reconciler.sandbox.clock import ManualClock
from reconciler.sandbox.options import Options
from reconciler.sandbox.server import serve
from tests.integration.remotes.remote_stage import Stage


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[tuple[str, ManualClock]]:
    clock, urls = ManualClock(), queue.Queue()
    options = Options(port=0, rate_limit=None, job_duration_seconds=3.0, transcode_duration_seconds=2.0)
    with start_blocking_portal() as portal:
        server = portal.start_task_soon(lambda: serve(options, started=urls.put, clock=clock))
        try:
            yield urls.get(timeout=10), clock
        finally:
            server.cancel()


@pytest.fixture
async def stage(_sandbox: tuple[str, ManualClock]):
    """A new organisation and a client of it."""
    stage = Stage(*_sandbox)
    for part in ("state", "faults", "requests"):
        stage.control.delete(f"/_sandbox/{part}")
    yield stage
    await stage.aclose()
