"""What an export leaves in the audit chain and tells the webhooks. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from reconciler.core import events
from reconciler.core.record import Attempt, Circumstances
from reconciler.model.event import AuditEntry, Result
from reconciler.model.export import Export, Status
from reconciler.model.identity import Key
from reconciler.model.outcome import Settlement

KIND: Final = "Export"
EVENT: Final = "export.completed"
TOLD_MAX: Final = 100
"""Entries of each list in the event; the command's own answer has all."""


def settlement(
    export: Export, facts: Mapping[str, Any], summary: str, attempt: Attempt, now: Circumstances, *, index: str
) -> Settlement:
    """One audit entry and one event. `facts` are the command's answer as JSON, `index` the digest of the index file,
    which has a digest of every file in it."""
    entry = AuditEntry(
        time=now.time,
        op_id=attempt.op_id,
        actor=now.commit,
        revision=now.revision,
        environment=now.environment,
        key=Key(KIND, now.environment),
        id=None,
        action="export",
        cause=None,
        result=Result.FAILED if export.status is Status.FAILED else Result.APPLIED,
        request_ids=attempt.request_ids[:TOLD_MAX],
        payload_sha256=index,
        latency_ms=attempt.latency_ms,
        message=summary,
    )
    told = events.event(EVENT, entry)
    bounded = {name: value[:TOLD_MAX] if isinstance(value, list) else value for name, value in facts.items()}
    return Settlement(entry=entry, events=(replace(told, data={**told.data, "export": bounded}),))
