"""The audit chain, as pure functions over JSON values: entries, hashes, verification.

Needs no database, so an exported chain is verified offline. The ledger (`chain.py`) keeps the same texts.

What is hashed, exactly: the ASCII bytes `v1`, then the previous entry's hash as 64 lower-case hex digits (64 zeros
before the first entry), then the RFC 8785 (JSON Canonicalization Scheme) bytes of the entry with every key except
`hash`; `prev` is among them. The SHA-256 of that in lower-case hex is the entry's `hash`. An exported line is the RFC
8785 bytes of the whole entry, `hash` included: any other spelling of the same JSON does not verify, so that no byte
can change unnoticed.

A chain does not stop its owner from rewriting all of it, nor show that its end was cut off: compare `Verdict.head`
with a hash noted elsewhere, such as the one a webhook receiver got.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import rfc8785

from reconciler.model.commit import Commit
from reconciler.model.event import AuditEntry
from reconciler.ports import Verdict

GENESIS = "0" * 64
"""The `prev` of the first entry."""

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def entry(values: AuditEntry, *, seq: int, prev: str) -> dict[str, Any]:
    """The JSON form of an entry at its place in the chain, hash included."""
    body: dict[str, Any] = {
        "seq": seq,
        "time": values.time,
        "op_id": values.op_id,
        "actor": _actor(values.actor),
        "revision": values.revision,
        "environment": values.environment,
        "kind": values.key.kind,
        "type": values.key.type,
        "name": values.key.name,
        "id": values.id,
        "action": str(values.action),
        "cause": None if values.cause is None else str(values.cause),
        "result": str(values.result),
        "before_digest": values.before_digest,
        "after_digest": values.after_digest,
        "version_before": values.version_before,
        "version_after": values.version_after,
        "request_ids": list(values.request_ids),
        "payload_sha256": values.payload_sha256,
        "latency_ms": values.latency_ms,
        "usedBy": list(values.used_by),
        "declared_by": values.declared_by,
        "message": values.message,
        "prev": prev,
    }
    body = writable(body)
    body["hash"] = hash_of(body)
    return body


def writable(value: Any) -> Any:
    """The same JSON value without control characters and unpaired surrogates, which neither RFC 8785 nor every
    database can write; each becomes U+FFFD."""
    if isinstance(value, str):
        return _UNWRITABLE.sub("�", value)
    if isinstance(value, Mapping):
        return {writable(key): writable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [writable(item) for item in value]
    return value


def hash_of(body: Mapping[str, Any]) -> str:
    """The hash an entry must carry, from all its keys but `hash`. Raises ValueError for values JSON cannot hold."""
    hashed = {key: value for key, value in body.items() if key != "hash"}
    return hashlib.sha256(b"v1" + str(body.get("prev", "")).encode() + rfc8785.dumps(hashed)).hexdigest()


def line(body: Mapping[str, Any]) -> bytes:
    """One line of an export or of the audit stream, newline included."""
    return rfc8785.dumps(dict(body)) + b"\n"


def fault(text: bytes, *, seq: int, prev: str) -> str:
    """Why these bytes are not the entry that belongs at `seq` after `prev`; empty when they are."""
    try:
        body = json.loads(text)
        canonical = rfc8785.dumps(body)
        expected = hash_of(body) if isinstance(body, dict) else ""
    except (ValueError, RecursionError):
        return "it is not valid JSON"
    if not isinstance(body, dict):
        return "it is not a JSON object"
    if canonical != text:
        return "it is not written in canonical form (RFC 8785): something changed its bytes"
    if not isinstance(body.get("seq"), int) or body["seq"] != seq:
        return f"it carries number {body.get('seq')!r}: an entry is missing, doubled or moved"
    if body.get("prev") != prev:
        return "its `prev` is not the hash of the entry before: that one was changed, removed or inserted"
    if body.get("hash") != expected:
        return "its `hash` does not match its content"
    return ""


def verify(lines: Iterable[bytes], *, seq: int = 1, prev: str = GENESIS) -> Verdict:
    """Check an export line by line; `seq` and `prev` place its first entry when it does not start the chain.

    Blank lines and Windows line ends are passed over. The first entry that does not hold ends the check.
    """
    head, count, operations = prev, 0, set[tuple[str, str]]()
    for text in lines:
        stripped = text.removesuffix(b"\n").removesuffix(b"\r")
        if not stripped:
            continue
        reason = fault(stripped, seq=seq + count, prev=head)
        if not reason:
            body = json.loads(stripped)
            operation = (str(body.get("op_id")), str(body.get("result")))
            reason = "its op_id and result were recorded before" if operation in operations else ""
            operations.add(operation)
        if reason:
            return broken(seq + count, reason, count=count, head=head)
        head, count = body["hash"], count + 1
    return Verdict(ok=True, count=count, head=head)


def broken(seq: int, reason: str, *, count: int, head: str) -> Verdict:
    return Verdict(ok=False, count=count, head=head, seq=seq, reason=f"Entry {seq} does not hold: {reason}.")


def _actor(commit: Commit | None) -> dict[str, str] | None:
    if commit is None:
        return None
    return {"commit": commit.sha, "author": commit.author, "committer": commit.committer}
