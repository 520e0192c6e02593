"""One sandbox on a real socket for the endpoint functions, emptied for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reconciler.sandbox.clock import ManualClock
from tests.integration.remotes.remote_stage import Stage
from tests.sandboxes import served


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[tuple[str, ManualClock]]:
    with served() as found:
        yield found


@pytest.fixture
async def stage(_sandbox: tuple[str, ManualClock]):
    """A new organisation and a client of it."""
    stage = Stage(*_sandbox)
    for part in ("state", "faults", "requests"):
        stage.control.delete(f"/_sandbox/{part}")
    yield stage
    await stage.aclose()
