"""A look at a ledger on disk: whose it is, whether somebody holds it, and nothing left behind."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.errors import StoreError
from reconciler.ledger import peek
from reconciler.ledger.store import open_ledger
from tests.contract.ledger.samples import inline

pytestmark = pytest.mark.anyio

HOLDER = """
import sys, anyio
from reconciler.ledger.store import open_ledger

async def inline(work):
    return work()

async def main():
    ledger = await open_ledger(sys.argv[1], offload=inline)
    await ledger.bind("organisation-1")
    print("ready", flush=True)
    sys.stdin.read()

anyio.run(main)
"""


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    (tmp_path / "scratch").mkdir()
    return tmp_path / "home" / "ledger.db"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has the ledger open."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


async def bound(path: Path) -> str | None:
    return await peek.bound_organization(str(path), offload=inline, scratch=str(path.parents[1] / "scratch"))


def contents(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


async def test_a_ledger_at_rest_says_whose_it_is(path: Path) -> None:
    ledger = await open_ledger(str(path), offload=inline)
    await ledger.close()
    assert await bound(path) is None
    ledger = await open_ledger(str(path), offload=inline)
    await ledger.bind("organisation-1")
    await ledger.close()
    before = contents(path)
    assert await bound(path) == "organisation-1"
    assert contents(path) == before


async def test_a_ledger_in_other_hands_is_refused(path: Path, holder: subprocess.Popen[str]) -> None:
    assert holder.poll() is None
    with pytest.raises(StoreError, match="belongs to a running process"):
        await bound(path)


async def test_what_a_crash_left_is_read_from_a_copy(path: Path, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait(10)
    before = contents(path)
    assert before["ledger.db-wal"]
    assert await bound(path) == "organisation-1"
    assert contents(path) == before


async def test_a_damaged_ledger_is_named_as_it_is(path: Path) -> None:
    path.write_bytes(b"no database at all, certainly")
    (path.parent / "ledger.db-wal").write_bytes(b"x")
    with pytest.raises(StoreError) as refused:
        await bound(path)
    assert str(path) in str(refused.value)
    assert "scratch" not in str(refused.value)
