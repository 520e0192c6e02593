"""The audit chain as values: what is hashed, and that no byte of an export can change unnoticed."""

from __future__ import annotations

import hashlib
import json

import pytest
import rfc8785

from reconciler.ledger import audit
from reconciler.model.event import Result
from tests.contract.ledger.samples import entry

KEYS = {
    "seq", "time", "op_id", "actor", "revision", "environment", "kind", "type", "name", "id", "action", "cause",
    "result", "before_digest", "after_digest", "version_before", "version_after", "request_ids", "payload_sha256",
    "latency_ms", "usedBy", "declared_by", "message", "prev", "hash",
}  # fmt: skip


def chain(number: int = 3) -> list[dict]:
    entries: list[dict] = []
    for position in range(number):
        prev = entries[-1]["hash"] if entries else audit.GENESIS
        entries.append(audit.entry(entry(f"op{position}", message="née 🎧"), seq=position + 1, prev=prev))
    return entries


def lines(entries) -> list[bytes]:
    return [audit.line(found) for found in entries]


def resealed(body: dict) -> dict:
    return {**body, "hash": audit.hash_of(body)}


def test_an_entry_has_the_documented_keys_and_no_other():
    assert chain(1)[0].keys() == KEYS


def test_the_actor_is_the_commit_and_nobody_outside_git():
    assert chain(1)[0]["actor"].keys() == {"commit", "author", "committer"}
    assert audit.entry(entry(actor=None), seq=1, prev=audit.GENESIS)["actor"] is None


def test_the_hash_is_what_the_docstring_says():
    first, second, _ = chain()
    content = {key: value for key, value in second.items() if key != "hash"}
    expected = hashlib.sha256(b"v1" + first["hash"].encode() + rfc8785.dumps(content)).hexdigest()
    assert second["hash"] == expected


def test_the_hash_never_changes_between_versions():
    assert chain(1)[0]["hash"] == "374ce40decd026c2124c80f2d30fbf1361dc042b3def3fb8b51124dfaaa07f0f"


def test_text_that_json_or_a_database_cannot_hold_is_replaced():
    body = audit.entry(entry(message="a\ud800b\x00c\nd\te"), seq=1, prev=audit.GENESIS)
    assert body["message"] == "a�b�c\nd\te"
    assert audit.verify([audit.line(body)]).ok


def test_an_export_verifies_with_blank_lines_and_windows_line_ends():
    text = b"".join(lines(chain())).replace(b"\n", b"\r\n") + b"\r\n\n"
    verdict = audit.verify(text.splitlines(keepends=True))
    assert (verdict.ok, verdict.count, verdict.head, verdict.seq) == (True, 3, chain()[-1]["hash"], None)


def test_an_export_of_the_end_verifies_from_a_known_place():
    entries = chain()
    assert audit.verify(lines(entries[1:]), seq=2, prev=entries[0]["hash"]).ok
    assert audit.verify(lines(entries[1:])).seq == 1


def test_every_changed_byte_is_found_in_its_entry():
    whole = lines(chain())
    for position in range(len(whole[1])):
        for flip in (0x01, 0x20, 0x80):
            changed = bytearray(whole[1])
            changed[position] ^= flip
            verdict = audit.verify(b"".join([whole[0], bytes(changed), whole[2]]).split(b"\n"))
            assert (verdict.ok, verdict.seq, verdict.count) == (False, 2, 1), (position, flip)


def drop_second(entries):
    del entries[1]


def swap(entries):
    entries[0], entries[1] = entries[1], entries[0]


def repeat(entries):
    entries.insert(1, entries[0])


def rewrite_and_reseal_second(entries):
    entries[1] = resealed({**entries[1], "name": "other"})


def add_a_key(entries):
    entries[1] = {**entries[1], "extra": 1}


def repeat_an_operation_resealed(entries):
    entries[1] = resealed({**entries[1], "op_id": entries[0]["op_id"]})


@pytest.mark.parametrize(
    ("tamper", "seq"),
    [
        (drop_second, 2),
        (swap, 1),
        (repeat, 2),
        (rewrite_and_reseal_second, 3),
        (add_a_key, 2),
        (repeat_an_operation_resealed, 2),
    ],
)
def test_tampering_is_named_by_the_first_entry_that_no_longer_holds(tamper, seq):
    entries = chain()
    tamper(entries)
    verdict = audit.verify(lines(entries))
    assert (verdict.ok, verdict.seq) == (False, seq)
    assert f"Entry {seq}" in verdict.reason


@pytest.mark.parametrize(
    "line",
    [
        b"null", b"[]", b'"x"', b"{}", b"{", b"\xff\xfe", b"NaN", b'{"seq":1}', b'{"seq":true}', b"1e999",
        b"[" * 100_000, b'{"seq":1,"prev":{}}', b'{"a":"\\ud800"}', b"12345678901234567890",
    ],
)  # fmt: skip
def test_whatever_stands_in_an_export_is_a_verdict_and_no_crash(line):
    assert audit.verify([line]).seq == 1


def test_the_same_json_spelled_otherwise_does_not_verify():
    body = chain(1)[0]
    assert not audit.verify([json.dumps(body).encode()]).ok
    assert not audit.verify([audit.line(body).replace(b"{", b'{"seq":1,', 1)]).ok


def test_results_of_one_operation_may_differ():
    first = audit.entry(entry(result=Result.UNKNOWN), seq=1, prev=audit.GENESIS)
    second = audit.entry(entry(result=Result.APPLIED), seq=2, prev=first["hash"])
    assert audit.verify(lines([first, second])).ok
