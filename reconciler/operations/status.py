"""What is: the last passes, what we manage, what is blocked, suspended, unfinished or undelivered."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from reconciler.errors import ReconcilerError
from reconciler.model import moment
from reconciler.model.identity import Key
from reconciler.operations import audit
from reconciler.operations.desk import Answer, Desk
from reconciler.report.wording import printable


async def status(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """The standing of this environment as text or JSON."""
    facts = await _facts(desk)
    if arguments.get("output") == "json":
        return Answer(output=json.dumps(facts, indent=2, ensure_ascii=False))
    return Answer(output="\n".join(printable(line) for line in _lines(facts)))


async def _facts(desk: Desk) -> dict[str, Any]:
    applied = await desk.ledger.recall()
    conditions = await desk.ledger.conditions()
    passes = await desk.ledger.passes(5)
    used_by = await _used_by(desk)
    held = [
        {"kind": key.kind, "name": key.name, "condition": c.text.partition(" @")[0], "since": c.since}
        for key, c in sorted(conditions.items())
    ]
    objects = [
        {
            "kind": key.kind,
            "name": key.name,
            "type": key.type or None,
            "id": record.id,
            "version": record.version,
            "revision": record.revision,
            "applied_at": record.applied_at,
            "declared_by": record.declared_by or None,
            "usedBy": list(used_by.get(key, ())),
            "ready": key not in conditions,
        }
        for key, record in sorted(applied.items())
    ]
    standing, backlog = desk.standing, await desk.ledger.backlog()
    return {
        "organization": await desk.ledger.organization(),
        "service": None if standing is None else {"started_at": standing.started_at, "turns": standing.turns},
        "last_error": standing.last_error if standing is not None else "",
        "passes": [asdict(record) for record in passes],
        "objects": objects,
        "held": held,
        "suspended": [asdict(suspension) for suspension in await desk.ledger.suspensions()],
        "unfinished": [
            {"kind": i.key.kind, "name": i.key.name, "action": i.action, "stage": i.stage, "since": i.started_at}
            for i in await desk.ledger.intents()
        ],
        "undelivered": sum(one.pending for one in backlog),
        "dead_letters": sum(one.dead for one in backlog),
        "time": moment.text(desk.clock.now()),
    }


async def _used_by(desk: Desk) -> Mapping[Key, tuple[str, ...]]:
    """Who references what in git now. A desired state that cannot be loaded must not keep `status` from answering."""
    if desk.wanted is None:
        return {}
    try:
        return (await desk.wanted()).used_by
    except ReconcilerError:
        return {}


def _lines(facts: Mapping[str, Any]) -> list[str]:
    kinds = Counter(entry["kind"] for entry in facts["objects"])
    managed = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())) or "nothing yet"
    lines = [
        f"Organisation  {facts['organization'] or 'not bound yet: the first applying pass binds this ledger'}",
        f"Service       {_service(facts)}",
        f"Managed       {managed}",
    ]
    lines += [_pass_line(record) for record in facts["passes"][:1]]
    lines += [f"Held          {e['kind']}/{e['name']}: {e['condition']} (since {e['since']})" for e in facts["held"]]
    lines += [f"Suspended     {e['scope']}{_until(e)}" for e in facts["suspended"]]
    lines += [f"Unfinished    {e['kind']}/{e['name']}: {e['action']} at {e['stage']}" for e in facts["unfinished"]]
    lines.append(f"Webhooks      {facts['undelivered']} waiting, {facts['dead_letters']} given up")
    lines += [_object_line(entry) for entry in facts["objects"]]
    if facts["last_error"]:
        lines.append(f"Error         {facts['last_error']}")
    return lines


def _object_line(entry: Mapping[str, Any]) -> str:
    used_by = f", used by {', '.join(entry['usedBy'])}" if entry["usedBy"] else ""
    return f"Object        {entry['kind']}/{entry['name']} {audit.short(entry['version'])}{used_by}"


def _pass_line(record: Mapping[str, Any]) -> str:
    message = f" ({record['message']})" if record["message"] else ""
    return (
        f"Last pass     {record['ended_at']} {record['result']}: revision {record['revision'][:12]}, "
        f"{record['applied']} applied, {record['failed']} failed, {record['blocked']} blocked{message}"
    )


def _service(facts: Mapping[str, Any]) -> str:
    service = facts["service"]
    return f"running since {service['started_at']}, {service['turns']} turns" if service else "not running"


def _until(entry: Mapping[str, Any]) -> str:
    until = f" until {entry['until']}" if entry["until"] else ""
    return f"{until}: {entry['reason']}" if entry["reason"] else until
