"""`history KIND/NAME`: every attempted change of ours, and with `--platform` what the platform's own audits tell."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from reconciler.errors import UsageError
from reconciler.kinds import quantities
from reconciler.model import moment
from reconciler.model.audit_message import AuditMessage
from reconciler.model.identity import Key, RemoteId
from reconciler.operations import audit, naming
from reconciler.operations.desk import Answer, Desk
from reconciler.report.wording import printable

HISTORY_MAX = 100
SINCE = "30d"
"""How far back the platform is asked: far enough for a question about last week, short enough to be answered soon."""

Found = tuple[Key, AuditMessage]


async def history(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """Every attempted change of one object or of all a Menu expands into, newest first, from the audit chain."""
    key = naming.key_of(arguments["name"])
    found = await desk.ledger.history(key, limit=HISTORY_MAX)
    if arguments.get("output") == "json":
        return Answer(output=json.dumps(found, indent=2, ensure_ascii=False))
    return Answer(output="\n".join(audit.line(entry) for entry in found) or f"No change of {key} is recorded.")


async def with_platform(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """The same with the platform's audit entries in between. Raises Forbidden when the role may not read audits."""
    assert desk.parts is not None  # noqa: S101
    key = naming.key_of(arguments["name"])
    since = _since(arguments.get("since") or SINCE, desk.clock.now())
    entries = await desk.ledger.history(key, limit=HISTORY_MAX)
    objects = await _objects(desk, key, entries)
    audit_messages: list[Found] = []
    for own, id in objects:
        audit_messages += [(own, message) for message in await desk.parts.platform.audit_messages(own, id, since=since)]
    audit_messages.sort(key=lambda found: found[1].at, reverse=True)
    if arguments.get("output") == "json":
        platform = [{"kind": own.kind, "name": own.name, **asdict(message)} for own, message in audit_messages]
        return Answer(output=json.dumps({"changes": list(entries), "platform": platform}, indent=2, ensure_ascii=False))
    return Answer(
        output="\n".join(_merged(entries, audit_messages)) or f"Nothing is recorded of {key} since {since:%Y-%m-%d}."
    )


async def _objects(desk: Desk, key: Key, entries: Sequence[Mapping[str, Any]]) -> list[tuple[Key, RemoteId]]:
    """The objects that are meant, with their ids: remembered, once changed by us, or only on the platform."""
    assert desk.parts is not None  # noqa: S101
    found = {
        record.id: own
        for own, record in (await desk.ledger.recall()).items()
        if (own.kind, own.name) == (key.kind, key.name) or record.declared_by == str(key)
    }
    for entry in entries:
        if entry.get("id"):
            found.setdefault(RemoteId(entry["id"]), Key(entry["kind"], entry["name"], entry.get("type") or ""))
    if not found and (remote := desk.parts.remotes.get(key.kind)) is not None:
        found = {have.id: have.key for have in await remote.observe() if have.key.name == key.name}
    if not found:
        raise UsageError(f"{key} is neither managed nor on the platform. `reconcile status` lists what is managed.")
    return [(own, id) for id, own in sorted(found.items(), key=lambda item: (item[1], item[0]))]


def _since(text: str, now: datetime) -> datetime:
    """An RFC 3339 time, or a duration back from now. Raises UsageError for anything else and for the future."""
    try:
        when = moment.read(text)
    except (ValueError, OverflowError):
        try:
            when = now - timedelta(seconds=quantities.span(text))
        except (ValueError, OverflowError):
            raise UsageError(
                f"--since {text!r} is neither a time (2026-03-01T06:00:00Z) nor a duration (30d, 8h)."
            ) from None
    if when > now:
        raise UsageError(f"--since {text!r} is in the future.")
    return when


def _merged(entries: Sequence[Mapping[str, Any]], audit_messages: Sequence[Found]) -> list[str]:
    lines = [(str(entry["time"]), audit.line(entry)) for entry in entries]
    lines += [(message.at, _line(own, message)) for own, message in audit_messages]
    return [line for _, line in sorted(lines, key=lambda line: line[0], reverse=True)]


def _line(own: Key, message: AuditMessage) -> str:
    """`    -  2026-03-01T02:14:00.000Z  Update    platform Prompt/welcome  by supervisor-1 (Architect): text`."""
    part = (
        f" {message.entity_type} {message.entity_name}".rstrip() if message.entity_id and _is_part(own, message) else ""
    )
    fields = f": {', '.join(message.fields)}" if message.fields else ""
    failed = "" if message.succeeded else ", failed"
    return printable(f"    -  {message.at}  {message.action:<9} platform {own}{part}  {_who(message)}{failed}{fields}")


def _is_part(own: Key, message: AuditMessage) -> bool:
    return message.entity_type not in (own.kind, "IVR")


def _who(message: AuditMessage) -> str:
    if message.ours:
        return "by us"
    if message.by is None and message.client is None:
        return "by the platform"
    application = f" ({message.application})" if message.application else ""
    return f"by {message.by or f'client {message.client}'}{application}"
