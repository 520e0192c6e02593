"""The events that people and machines outside are told, from audit entries. Pure.

One change makes one event of its own sort. Drift that was corrected is told once more under its own name, because
people subscribe to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.model import identity
from reconciler.model.change import Action, Cause
from reconciler.model.event import AuditEntry, Event
from reconciler.model.resource import Spec

_FAMILY = {identity.PROMPT: "prompt", identity.FLOW: "flow", identity.CALL_ROUTE: "route"}
_VERB = {Action.CREATE: "created", Action.UPDATE: "updated", Action.DELETE: "deleted", Action.ADOPT: "adopted"}


def of_change(entry: AuditEntry, content: Spec) -> tuple[Event, ...]:
    """What is told of a change that was applied; `content` is for archives."""
    action, kind = Action(entry.action), entry.key.kind
    publishes = kind == identity.FLOW and action in (Action.CREATE, Action.UPDATE)
    own = event(f"{_FAMILY[kind]}.{'published' if publishes else _VERB[action]}", entry, content)
    if entry.cause in (Cause.DRIFT, Cause.BOTH) and action in (Action.CREATE, Action.UPDATE):
        return (own, event("drift.corrected", entry))
    return (own,)


def event(type: str, entry: AuditEntry, content: Mapping[str, Any] | None = None) -> Event:
    """One event of the given type that carries the entry's facts."""
    commit = entry.actor
    data: dict[str, Any] = {
        "op_id": entry.op_id,
        "kind": entry.key.kind,
        "name": entry.key.name,
        "type": entry.key.type or None,
        "id": entry.id,
        "action": entry.action,
        "cause": entry.cause,
        "result": entry.result,
        "environment": entry.environment,
        "revision": entry.revision,
        "actor": {"commit": commit.sha, "author": commit.author, "committer": commit.committer} if commit else None,
        "before_digest": entry.before_digest,
        "after_digest": entry.after_digest,
        "version_before": entry.version_before,
        "version_after": entry.version_after,
        "usedBy": list(entry.used_by),
        "declared_by": entry.declared_by or None,
        "message": entry.message or None,
    }
    return Event(type=type, subject=str(entry.key), time=entry.time, data=data, content=dict(content or {}))
