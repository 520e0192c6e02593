"""`audit verify` on a real ledger file: one byte changed anywhere in the audit is found, and its entry named."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3

import pytest

from reconciler.errors import StoreError
from reconciler.ledger.store import open_ledger
from reconciler.model.identity import flow
from tests.contract.ledger.samples import CHAT, applied, entry, inline, settlement

pytestmark = pytest.mark.anyio
COLUMNS = ("seq", "op_id", "result", "kind", "type", "name", "declared_by", "entry")


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
async def original(tmp_path):
    path = tmp_path / "original.db"
    ledger = await open_ledger(path, offload=inline)
    for number in (1, 2, 3):
        key = flow("inboundCall", f"Main {number}")
        written = entry(
            f"operation-{number * 11}", key=key, declared_by=f"Menu/Main {number}", used_by=("CallRoute/n",)
        )
        await ledger.settle(settlement(entry=written, key=key, remember=applied(key)), [CHAT])
    await ledger.close()
    return path


async def verdict_of(path):
    ledger = await open_ledger(path, offload=inline)
    try:
        return await ledger.verify_audit()
    finally:
        await ledger.close()


def edited(original, statement: str, *values) -> object:
    path = original.with_name("edited.db")
    shutil.copy(original, path)
    connection = sqlite3.connect(path)
    connection.execute(statement, values)
    connection.commit()
    connection.close()
    return path


def positions(length: int) -> list[int]:
    """Every byte of a short value, and of a long one the ends and each seventeenth."""
    return list(range(length)) if length < 40 else sorted({*range(0, length, 17), 1, length - 2, length - 1})


async def test_untouched_it_verifies(original):
    verdict = await verdict_of(original)
    assert (verdict.ok, verdict.count) == (True, 3)


@pytest.mark.parametrize("column", COLUMNS[1:])
async def test_a_changed_byte_in_any_column_is_found_in_its_entry(original, column):
    connection = sqlite3.connect(original)
    (value,) = connection.execute(f"SELECT CAST({column} AS BLOB) FROM audit WHERE seq = 2").fetchone()
    connection.close()
    assert value, "nothing to change"
    for position in positions(len(value)):
        for flip in (0x01, 0x80):  # still text, and no longer UTF-8
            changed = bytearray(value)
            changed[position] ^= flip
            statement = f"UPDATE audit SET {column} = CAST(? AS TEXT) WHERE seq = 2"
            verdict = await verdict_of(edited(original, statement, bytes(changed)))
            assert (verdict.ok, verdict.seq, verdict.count) == (False, 2, 1), (position, flip)


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        ("UPDATE audit SET seq = 9 WHERE seq = 2", 2),
        ("UPDATE audit SET seq = -2 WHERE seq = 2", 2),
        ("UPDATE audit SET entry = x'00' WHERE seq = 2", 2),
        ("UPDATE audit SET name = 5 WHERE seq = 2", 2),
        ("UPDATE audit SET entry = (SELECT entry FROM audit WHERE seq = 1) WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 3", 3),
        ("DELETE FROM audit", 1),
        ("INSERT INTO audit SELECT 4, 'x', result, kind, type, name, declared_by, entry FROM audit WHERE seq = 3", 4),
        ("INSERT INTO audit SELECT 0, 'x', result, kind, type, name, declared_by, entry FROM audit WHERE seq = 3", 1),
        ("UPDATE ledger_facts SET value = '3 ' || substr(value, 4) WHERE name = 'audit_head'", 3),
        ("UPDATE ledger_facts SET value = 'nonsense' WHERE name = 'audit_head'", 3),
        ("DELETE FROM ledger_facts WHERE name = 'audit_head'", 3),
        ("UPDATE ledger_facts SET value = '2' || substr(value, 2) WHERE name = 'audit_head'", 3),
    ],
)
async def test_rows_changed_removed_or_added_are_found(original, statement, seq):
    verdict = await verdict_of(edited(original, statement))
    assert (verdict.ok, verdict.seq) == (False, seq)
    assert f"Entry {seq}" in verdict.reason


def flipped_in_file(original, position: int) -> object:
    path = original.with_name("flipped.db")
    content = bytearray(original.read_bytes())
    content[position] ^= 0x01
    path.write_bytes(content)
    return path


async def test_a_changed_byte_of_the_file_inside_an_entry_is_found(original):
    content = original.read_bytes()
    connection = sqlite3.connect(original)
    (text,) = connection.execute("SELECT entry FROM audit WHERE seq = 2").fetchone()
    connection.close()
    start = content.index(text.encode())
    for offset in range(0, len(text.encode()), 23):
        verdict = await verdict_of(flipped_in_file(original, start + offset))
        assert (verdict.ok, verdict.seq) == (False, 2), offset


async def test_a_changed_byte_is_found_in_each_copy_the_file_holds(original):
    content = original.read_bytes()
    found = [position for position in range(len(content)) if content.startswith(b"Menu/Main 2", position)]
    assert len(found) == 3, "the text, its column, and the index of that column"
    for position in found:
        verdict = await verdict_of(flipped_in_file(original, position + 10))
        assert (verdict.ok, verdict.seq) == (False, 2), position


async def test_whatever_byte_of_the_file_changes_the_answer_is_a_verdict_or_a_sentence(original):
    for position in range(0, original.stat().st_size, 397):
        with contextlib.suppress(StoreError):
            await verdict_of(flipped_in_file(original, position))
