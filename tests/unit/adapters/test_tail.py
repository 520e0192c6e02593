"""The audit stream that a SIEM tails."""

from __future__ import annotations

import pytest

from reconciler.adapters.tail import AuditTail
from reconciler.errors import StoreError
from tests.runtime_stage import inline

pytestmark = pytest.mark.anyio


async def test_lines_are_appended_to_a_file(tmp_path):
    file = tmp_path / "audit.jsonl"
    file.write_bytes(b"before\n")
    tail = AuditTail(str(file), offload=inline)
    await tail.write(b'{"seq":1}\n')
    await tail.write(b'{"seq":2}\n')
    assert file.read_bytes() == b'before\n{"seq":1}\n{"seq":2}\n'


async def test_a_rotated_file_is_made_anew(tmp_path):
    file = tmp_path / "audit.jsonl"
    tail = AuditTail(str(file), offload=inline)
    await tail.write(b"1\n")
    file.rename(tmp_path / "audit.jsonl.1")
    await tail.write(b"2\n")
    assert file.read_bytes() == b"2\n"


@pytest.mark.parametrize(("target", "stream"), [("-", "out"), ("stderr", "err")])
async def test_standard_streams_get_the_bytes_as_they_are(capfdbinary, target, stream):
    await AuditTail(target, offload=inline).write('{"name":"Ventas é"}\n'.encode())
    assert getattr(capfdbinary.readouterr(), stream) == '{"name":"Ventas é"}\n'.encode()


async def test_no_target_is_no_stream(capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    await AuditTail("", offload=inline).write(b"1\n")
    assert capfd.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []


async def test_a_stream_that_cannot_be_written_is_an_error_that_names_the_setting(tmp_path):
    tail = AuditTail(str(tmp_path / "none" / "audit.jsonl"), offload=inline)
    with pytest.raises(StoreError, match=r"RECONCILE_AUDIT_LOG: .*cannot be written .*The ledger has the entry"):
        await tail.write(b"1\n")
