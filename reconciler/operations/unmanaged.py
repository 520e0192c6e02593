"""`report --unmanaged`: what the organisation holds and no manifest declares. Left alone, and good to know."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from reconciler.operations.desk import Answer, Desk
from reconciler.report.wording import printable


async def unmanaged(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """List objects that neither git nor the ledger knows, by kind and name. Raises DesiredStateError."""
    assert desk.parts is not None  # noqa: S101
    assert desk.wanted is not None  # noqa: S101
    declared = (await desk.wanted()).resources
    known = {record.id for record in (await desk.ledger.recall()).values()}
    found = []
    for kind in sorted(desk.parts.remotes):
        for have in sorted(await desk.parts.remotes[kind].observe(), key=lambda have: have.key):
            if have.id not in known and have.key not in declared:
                by = have.changed_by.name if have.changed_by else None
                found.append(
                    {"kind": kind, "name": have.key.name, "type": have.key.type or None, "id": have.id, "by": by}
                )
    if arguments.get("output") == "json":
        return Answer(output=json.dumps(found, indent=2, ensure_ascii=False))
    total = "1 object is" if len(found) == 1 else f"{len(found)} objects are"
    return Answer(
        output="\n".join([*(printable(_line(entry)) for entry in found), f"{total} declared by no manifest."])
    )


def _line(entry: Mapping[str, Any]) -> str:
    kind = f" ({entry['type']})" if entry["type"] else ""
    by = f", last by {entry['by']}" if entry["by"] else ""
    return f"{entry['kind']}/{entry['name']}{kind}{by}"
