"""Values a ledger test needs: settlements, endpoints, passes; and an Offload without a thread."""

from __future__ import annotations

from typing import Any

from reconciler.model import identity
from reconciler.model.change import Action
from reconciler.model.commit import Commit
from reconciler.model.event import AuditEntry, Endpoint, Event, Result
from reconciler.model.identity import Key, OpId, RemoteId
from reconciler.model.outcome import Intent, PassRecord, Settlement
from reconciler.model.resource import Applied

T0 = "2026-11-20T10:00:00.000Z"
T1 = "2026-11-20T10:00:01.000Z"
LATER = "2026-11-21T10:00:00.000Z"
WELCOME = identity.prompt("welcome")
MAIN = identity.flow("inboundCall", "Main IVR")
ARCHIVE = Endpoint(name="archive", url="https://archive.example.com/hooks", secret="s" * 32, archive=True)
CHAT = Endpoint(name="chat", url="https://chat.example.com/hooks", secret="s" * 32)


async def inline(work):
    return work()


def entry(op_id: str = "op1", *, key: Key = WELCOME, result: Result = Result.APPLIED, **other: Any) -> AuditEntry:
    values: dict[str, Any] = {
        "time": T0,
        "op_id": OpId(op_id),
        "actor": Commit("c0ffee", "Example Author <author@example.com>", "Example Author <author@example.com>"),
        "revision": "c0ffee",
        "environment": "prod",
        "key": key,
        "id": RemoteId(f"id-{key.name}"),
        "action": "update",
        "cause": "intent",
        "result": result,
        "request_ids": ("r1", "r2"),
        "latency_ms": 12,
    }
    return AuditEntry(**{**values, **other})


def event(type: str = "prompt.updated", *, key: Key = WELCOME, **other: Any) -> Event:
    values: dict[str, Any] = {"type": type, "subject": str(key), "time": T0, "data": {"name": key.name}}
    return Event(**{**values, **other})


def applied(key: Key = WELCOME, **other: Any) -> Applied:
    values: dict[str, Any] = {
        "key": key,
        "id": RemoteId(f"id-{key.name}"),
        "version": "1",
        "digest": "d1",
        "revision": "c0ffee",
        "applied_at": T0,
        "spec": {"description": "A"},
    }
    return Applied(**{**values, **other})


def settlement(op_id: str = "op1", *, key: Key = WELCOME, result: Result = Result.APPLIED, **other: Any) -> Settlement:
    given = other.pop("entry", None) or entry(op_id, key=key, result=result)
    return Settlement(entry=given, **{"events": (event(key=key),), **other})


def intent(op_id: str = "op1", *, key: Key = WELCOME, **other: Any) -> Intent:
    values: dict[str, Any] = {
        "op_id": OpId(op_id),
        "key": key,
        "action": Action.CREATE,
        "digest": "d1",
        "spec": {"description": "A"},
        "revision": "c0ffee",
        "started_at": T0,
    }
    return Intent(**{**values, **other})


def finished(pass_id: str = "pass1", **other: Any) -> PassRecord:
    values: dict[str, Any] = {
        "pass_id": pass_id,
        "revision": "c0ffee",
        "started_at": T0,
        "ended_at": T1,
        "result": "succeeded",
    }
    return PassRecord(**{**values, **other})
