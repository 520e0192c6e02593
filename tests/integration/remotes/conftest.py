"""One sandbox on a real socket for all tests of this folder, emptied for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from remote_stage import Stage

from reconciler.sandbox.clock import ManualClock
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
    """A new organisation and a new process that works on it."""
    stage = Stage(*_sandbox)
    for part in ("state", "faults", "requests"):
        stage.control.delete(f"/_sandbox/{part}")
    yield stage
    await stage.aclose()
