"""What happened, for people and machines outside: audit entries and events. Wire formats live in the ledger room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.model.commit import Commit
from reconciler.model.identity import Key, OpId, RemoteId


class Result(StrEnum):
    APPLIED = "applied"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One attempted change, before it gets its place in the chain. Times are RFC 3339 UTC, latency milliseconds."""

    time: str
    op_id: OpId
    actor: Commit | None
    revision: str
    environment: str
    key: Key
    id: RemoteId | None
    action: str
    cause: str | None
    result: Result
    before_digest: str | None = None
    after_digest: str | None = None
    version_before: str | None = None
    version_after: str | None = None
    request_ids: tuple[str, ...] = ()
    payload_sha256: str | None = None
    latency_ms: int = 0
    used_by: tuple[str, ...] = ()
    declared_by: str = ""
    message: str = ""
    """Why it failed, was blocked or is unknown; never holds a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something to tell the webhooks. `type` is one of the names in docs/events.md, `subject` is `Kind/name`.

    `content` is delivered only to endpoints with `archive: true`; `data` goes to all.
    """

    type: str
    subject: str
    time: str
    data: Mapping[str, Any]
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A webhook endpoint of the environment. URL, `secret` and header values never leave memory."""

    name: str
    url: str = field(repr=False)
    """Hidden from reprs: the path of a webhook URL is often its only secret."""
    events: tuple[str, ...] = ("*",)
    """Globs over event types; empty means all."""
    secret: str | None = field(default=None, repr=False)
    unsigned: bool = False
    enabled: bool = True
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    archive: bool = False
