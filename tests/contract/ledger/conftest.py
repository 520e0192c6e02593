"""One suite for every store. A factory opens the same durable ledger again and again; PostgreSQL becomes one more."""

from __future__ import annotations

from contextlib import asynccontextmanager

import pytest

from reconciler.ledger.store import open_ledger
from tests.contract.ledger.samples import inline


@pytest.fixture
def anyio_backend():
    return "asyncio"


def sqlite_file(tmp_path):
    @asynccontextmanager
    async def opened():
        store = await open_ledger(tmp_path / "ledger.db", offload=inline)
        try:
            yield store
        finally:
            await store.close()

    return opened


FACTORIES = {"sqlite": sqlite_file}


@pytest.fixture(params=sorted(FACTORIES))
def opened(request, tmp_path):
    """`async with opened() as ledger`; a second time shows what survived the first."""
    return FACTORIES[request.param](tmp_path)
