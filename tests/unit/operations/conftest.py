import pytest

from reconciler.ledger.store import open_ledger
from tests.runtime_stage import World, inline


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def world():
    """An organisation with nothing in it and a ledger that remembers nothing."""
    ledger = await open_ledger(":memory:", offload=inline)
    yield World(ledger)
    await ledger.close()
