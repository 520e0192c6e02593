"""What a finished change leaves behind: its audit entry, its events, the state we remember. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.core import events, gist, ownership, planner
from reconciler.model import digest
from reconciler.model.change import Action, Cause, Change
from reconciler.model.commit import Commit
from reconciler.model.event import AuditEntry, Result
from reconciler.model.identity import Key, OpId, RemoteId
from reconciler.model.outcome import Intent, Recovery, Settlement, Written
from reconciler.model.resource import Applied, Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is the same for all entries of a pass. `time` is RFC 3339 UTC, the moment of settling."""

    time: str
    commit: Commit | None
    revision: str
    environment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt went. `request_ids` are the platform's correlation ids."""

    op_id: OpId
    request_ids: tuple[str, ...] = ()
    latency_ms: int = 0


def applied(change: Change, written: Written, attempt: Attempt, now: Circumstances) -> Settlement:
    """A write that the platform took and that we read back."""
    remember = _remember(change, written, now)
    entry = _entry(
        change,
        Result.APPLIED,
        attempt,
        now,
        id=written.id,
        version_after=written.version or None,
        payload=written.payload_sha256,
        message=written.note,
    )
    return Settlement(
        entry=entry,
        events=events.of_change(entry, change.desired.spec if change.desired is not None else {}),
        remember=remember,
        forget=_forgotten(change, remember),
        closes=attempt.op_id,
    )


def recorded(change: Change, attempt: Attempt, now: Circumstances) -> Settlement:
    """Adopt and forget: nothing is written to the platform, only our record changes."""
    if change.action is Action.FORGET:
        entry = _entry(change, Result.APPLIED, attempt, now, id=change.id, message=change.note)
        return Settlement(entry=entry, forget=change.key, closes=attempt.op_id)
    assert change.observed is not None  # noqa: S101
    have = change.observed
    return applied(change, Written(id=have.id, version=have.version, live=have.spec, note=change.note), attempt, now)


def not_applied(
    change: Change, result: Result, message: str, attempt: Attempt, now: Circumstances, *, closes: bool
) -> Settlement:
    """A write that was refused, or whose result is unknown. An unknown one keeps its intent open."""
    entry = _entry(change, result, attempt, now, id=change.id, message=message)
    kind = "change.blocked" if result is Result.BLOCKED else "change.failed"
    return Settlement(
        entry=entry,
        events=(events.event(kind, entry),),
        closes=attempt.op_id if closes else None,
        condition=condition_of(result, message),
    )


def held(change: Change, attempt: Attempt, now: Circumstances) -> Settlement:
    """Something the plan blocks or only reports; settled once per state, not per pass."""
    if change.blocked is not None:
        entry = _entry(change, Result.BLOCKED, attempt, now, id=change.id, message=change.blocked.reason)
        kind = "conflict.detected" if change.cause is Cause.BOTH else "change.blocked"
    else:
        entry = _entry(change, Result.BLOCKED, attempt, now, id=change.id, message=change.note)
        kind = "drift.detected"
    return Settlement(entry=entry, events=(events.event(kind, entry),), condition=told(change))


UNLISTED_DRIFT = "drift of content"
"""Drift under an unchanged version. Begins like the other, since both have waited since they were first told."""


def told(change: Change) -> str:
    """Fingerprint of what a blocked or reported change says; equal means it was told already."""
    version = change.observed.version if change.observed is not None else ""
    if change.blocked is not None:
        return f"blocked: {change.blocked.reason} @{version}"
    if change.action is Action.NONE and change.cause in (Cause.DRIFT, Cause.BOTH):
        return f"{UNLISTED_DRIFT if _is_unlisted(change) else 'drift'} @{version}"
    return ""


def _is_unlisted(change: Change) -> bool:
    have, base = change.observed, change.applied
    return have is not None and have.examined and base is not None and have.version == base.version


def needs_examining(text: str) -> bool:
    """Whether a fingerprint tells of something that only examining shows; a pass that lists cannot say it is over."""
    return text.startswith(UNLISTED_DRIFT)


def condition_of(result: Result, message: str) -> str:
    return f"{result}: {message}"


def is_same_condition(one: str, other: str) -> bool:
    """Whether two fingerprints tell the same state: of the same version, in words that differ in numbers only."""
    reason, _, version = one.partition(" @")
    other_reason, _, other_version = other.partition(" @")
    return version == other_version and gist.of(reason) == gist.of(other_reason)


def recovered(intent: Intent, written: Written, now: Circumstances, *, used_by: tuple[str, ...] = ()) -> Settlement:
    """A write of a dead process that did happen. `used_by` are the manifests that reference the object now."""
    entry = replace(
        _found(intent, Result.APPLIED, written.note or "found done after a restart", now),
        used_by=used_by,
        id=written.id,
        version_after=written.version or None,
        payload_sha256=written.payload_sha256,
    )
    remember = None
    if intent.action is not Action.DELETE:
        remember = _applied(intent.key, written, intent.digest, intent.spec, intent.revision, now, intent.declared_by)
    return Settlement(
        entry=entry,
        events=events.of_change(entry, intent.spec),
        remember=remember,
        forget=None if remember else intent.key,
        closes=intent.op_id,
    )


def found_failed(intent: Intent, found: Recovery, now: Circumstances, *, used_by: tuple[str, ...] = ()) -> Settlement:
    """A write of a dead process that the platform refused after all; what our create left is ours to go on with."""
    entry = replace(_found(intent, Result.FAILED, found.message, now), used_by=used_by)
    remember = None
    if found.left is not None:
        remember = ownership.half_made(found.left, intent, at=now.time)
    return Settlement(
        entry=entry,
        events=(events.event("change.failed", entry),),
        remember=remember,
        closes=intent.op_id,
        condition=condition_of(Result.FAILED, found.message),
    )


def _found(intent: Intent, result: Result, message: str, now: Circumstances) -> AuditEntry:
    return AuditEntry(
        time=now.time,
        op_id=intent.op_id,
        actor=now.commit,
        revision=intent.revision,
        environment=now.environment,
        key=intent.key,
        id=intent.id,
        action=intent.action,
        cause=intent.cause,
        result=result,
        after_digest=intent.digest or None,
        version_before=intent.version_before,
        declared_by=intent.declared_by,
        message=message,
    )


def _remember(change: Change, written: Written, now: Circumstances) -> Applied | None:
    want = change.desired
    if change.action is Action.DELETE or want is None:
        return None
    record = _applied(change.key, written, want.digest, want.spec, now.revision, now, want.declared_by)
    return replace(record, protected=planner.is_protected(want))


def _applied(
    key: Key, written: Written, wanted: str, spec: Spec, revision: str, now: Circumstances, declared_by: str
) -> Applied:
    live = written.live
    return Applied(
        key=key,
        id=written.id,
        version=written.version,
        digest=wanted,
        live_digest=digest.of(live) if live is not None else "",
        revision=revision,
        applied_at=now.time,
        declared_by=declared_by,
        spec=spec,
        live=live,
    )


def _forgotten(change: Change, remember: Applied | None) -> Key | None:
    """The record that ends: the object itself, or its old name after a rename."""
    if remember is None:
        return change.key
    old = change.applied
    return old.key if old is not None and old.key != remember.key else None


def _entry(
    change: Change,
    result: Result,
    attempt: Attempt,
    now: Circumstances,
    *,
    id: RemoteId | None = None,
    version_after: str | None = None,
    payload: str | None = None,
    message: str = "",
) -> AuditEntry:
    deletes = change.action in (Action.DELETE, Action.FORGET)
    return AuditEntry(
        time=now.time,
        op_id=attempt.op_id,
        actor=now.commit,
        revision=now.revision,
        environment=now.environment,
        key=change.key,
        id=id,
        action=change.action,
        cause=change.cause,
        result=result,
        before_digest=(change.applied.digest or None) if change.applied is not None else None,
        after_digest=None if deletes or change.desired is None else change.desired.digest,
        version_before=change.version_before,
        version_after=version_after,
        request_ids=attempt.request_ids,
        payload_sha256=payload,
        latency_ms=attempt.latency_ms,
        used_by=change.used_by,
        declared_by=change.desired.declared_by if change.desired is not None else "",
        message=message,
    )
