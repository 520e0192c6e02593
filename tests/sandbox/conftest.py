"""Sandboxes on real sockets: one shared by most tests and emptied for each, others started as a test asks."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Iterator

import pytest
from anyio.from_thread import start_blocking_portal
from sandbox_samples import JOB_SECONDS, TRANSCODE_SECONDS, Platform

from reconciler.sandbox.clock import ManualClock
from reconciler.sandbox.options import Options
from reconciler.sandbox.server import serve


@contextlib.contextmanager
def running(options: Options, clock: ManualClock | None = None) -> Iterator[Platform]:
    clock = clock or ManualClock()
    urls: queue.Queue[str] = queue.Queue()
    with start_blocking_portal() as portal:
        server = portal.start_task_soon(lambda: serve(options, started=urls.put, clock=clock))
        platform = Platform(urls.get(timeout=10), clock, options)
        try:
            platform.login()
            yield platform
        finally:
            platform.close()
            server.cancel()


def options(**more) -> Options:
    chosen = {"job_duration_seconds": JOB_SECONDS, "transcode_duration_seconds": TRANSCODE_SECONDS, "port": 0}
    return Options(**{**chosen, **more})


@pytest.fixture(scope="session")
def _shared() -> Iterator[Platform]:
    with running(options(rate_limit=None)) as platform:
        yield platform


@pytest.fixture
def platform(_shared: Platform) -> Platform:
    """A new organisation, nobody's faults, a logged-in client, no rate limit."""
    _shared.reset()
    return _shared


@pytest.fixture
def start() -> Iterator[Callable[..., Platform]]:
    """Start another sandbox with these options."""
    with contextlib.ExitStack() as stack:

        def begin(clock: ManualClock | None = None, **more) -> Platform:
            return stack.enter_context(running(options(**more), clock))

        yield begin
