"""`webhooks list|replay`: what waits in the outbox, what was given up, and sending it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reconciler.errors import UsageError
from reconciler.model import moment
from reconciler.operations.desk import Answer, Desk
from reconciler.report.wording import printable


async def listed(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """Outbox rows, newest first, without bodies; `state` narrows to pending, delivered or dead."""
    rows = await desk.ledger.deliveries(state=arguments.get("state"), limit=int(arguments.get("limit") or 100))
    shown = [
        {
            "id": row.id,
            "endpoint": row.endpoint,
            "type": row.type,
            "subject": row.subject,
            "state": str(row.state),
            "attempts": row.attempts,
            "created_at": row.created_at,
            "next_attempt_at": row.next_attempt_at if row.state == "pending" else None,
            "delivered_at": row.delivered_at,
            "last_error": row.last_error or None,
        }
        for row in rows
    ]
    if arguments.get("output") == "json":
        return Answer(output=json.dumps(shown, indent=2, ensure_ascii=False))
    return Answer(output="\n".join(printable(_line(entry)) for entry in shown) or "The outbox is empty.")


def _line(entry: Mapping[str, Any]) -> str:
    after = f"  {entry['last_error']}" if entry["last_error"] else ""
    due = f"  next {entry['next_attempt_at']}" if entry["next_attempt_at"] else ""
    return (
        f"{entry['id']}  {entry['state']:<9} {entry['type']:<18} {entry['subject']}  to {entry['endpoint']}, "
        f"{entry['attempts']} attempts{due}{after}"
    )


async def replayed(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """Send events again with the same id and bytes: those named, or every dead letter."""
    ids = list(arguments.get("ids") or ())
    number = await desk.ledger.replay(
        ids or None, now=moment.text(desk.clock.now()), endpoint=arguments.get("endpoint")
    )
    if ids and number == 0:
        raise UsageError(f"No event {ids[0]} is in the outbox. `reconcile webhooks list` shows the ids.")
    desk.deliver()
    what = "1 delivery" if number == 1 else f"{number} deliveries"
    return Answer(output=f"{what} will be sent again by the service or the next pass.")
