"""What came of a change: the remote side's answer, the intent that survives a crash, and what the ledger settles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from reconciler.model.change import Action
from reconciler.model.event import AuditEntry, Event
from reconciler.model.identity import Key, OpId, RemoteId
from reconciler.model.resource import Applied, Observed, Spec

PLANNED = "planned"
"""The stage of an intent for which nothing was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A write we are about to make, committed before the first request leaves and re-stamped before every attempt.

    `stage` and `data` say how far it went (`creating`, `locking`, `job`, ...; the remote side of each kind owns the
    words and lists them). `spec` is what we meant to write, so that a later pass can tell our own half-done work from
    somebody else's.
    """

    op_id: OpId
    key: Key
    action: Action
    digest: str
    spec: Spec
    revision: str
    started_at: str
    stage: str = PLANNED
    data: Mapping[str, Any] = field(default_factory=dict)
    last_send_at: str | None = None
    """RFC 3339, time of the latest attempt that may have reached the platform; None while nothing was sent."""
    id: RemoteId | None = None
    version_before: str | None = None
    cause: str | None = None
    declared_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The platform took our write and we read it back. `live` is the content as the platform now reports it."""

    id: RemoteId
    version: str
    live: Spec | None = None
    payload_sha256: str | None = None
    note: str = ""


class Fate(StrEnum):
    """What a look at the platform says about an open intent."""

    APPLIED = "applied"
    """It happened, whole; `written` tells how."""
    NOT_APPLIED = "not_applied"
    """It did not happen, or happened in part that the next plan may simply continue."""
    UNDECIDED = "undecided"
    """Cannot be told yet (settle window, job still running, platform unreachable): the object stays blocked."""
    FAILED = "failed"
    """The platform refused it after we had gone; `message` says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    fate: Fate
    written: Written | None = None
    message: str = ""
    made: RemoteId | None = None
    """With NOT_APPLIED: the object that our create made and did not complete, when it was found by other means than
    the id in the intent."""
    left: Observed | None = None
    """With FAILED: what our create left on the platform, proven ours by the remote side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """One change's end, written in one transaction: state, audit entry, outbox rows, intent removed, condition set."""

    entry: AuditEntry
    events: tuple[Event, ...] = ()
    remember: Applied | None = None
    """New applied state, with `spec` and `live`."""
    forget: Key | None = None
    closes: OpId | None = None
    """The intent that ends here; None leaves it open (result unknown)."""
    condition: str = ""
    """Fingerprint of a lasting state (blocked, drifted) so that it is told once; empty clears it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A lasting state of one object (blocked, drifted) that was told once. `since` is RFC 3339."""

    text: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """`scope` is `*` or `Kind/name`. `until` is RFC 3339 or None for until resumed."""

    scope: str
    reason: str = ""
    until: str | None = None
    since: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassRecord:
    """One finished pass for `status`: what was tried, what held."""

    pass_id: str
    revision: str
    started_at: str
    ended_at: str
    result: str
    """`succeeded`, `partial`, `failed`, `over_threshold` or `frozen`."""
    message: str = ""
    applied: int = 0
    failed: int = 0
    blocked: int = 0
    requests: int = 0


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One outbox row: one event for one endpoint. `body` are the exact bytes every attempt sends."""

    id: str
    """`webhook-id` and CloudEvent id; the same for all attempts."""
    endpoint: str
    type: str
    subject: str
    body: bytes = field(repr=False)
    created_at: str
    state: DeliveryState = DeliveryState.PENDING
    attempts: int = 0
    next_attempt_at: str = ""
    last_error: str = ""
    delivered_at: str | None = None
