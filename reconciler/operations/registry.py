"""Every operation by the name that commands and the control socket use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.errors import UsageError
from reconciler.operations import audit, export, history, passes, reviewing, status, suspension, unmanaged, webhooks
from reconciler.operations.desk import Desk, Operation
from reconciler.runtime.control import Handler

OPERATIONS: Mapping[str, Operation] = {
    "plan": passes.plan,
    "once": passes.once,
    "export": export.export,
    "status": status.status,
    "history": history.history,
    "history.platform": history.with_platform,
    "suspend": suspension.suspend,
    "resume": suspension.resume,
    "unmanaged": unmanaged.unmanaged,
    "validate.remote": reviewing.validate_remote,
    "audit.list": audit.listed,
    "audit.verify": audit.verified,
    "audit.export": audit.exported,
    "webhooks.list": webhooks.listed,
    "webhooks.replay": webhooks.replayed,
}

NEED_PLATFORM = frozenset({"export", "plan", "once", "unmanaged", "validate.remote", "history.platform"})
"""Operations that talk to Genesys Cloud; the others need the ledger only."""

NEED_NO_SOURCE = frozenset({"export"})
"""Operations that make sense before there is a desired state."""


def answers(operations: Mapping[str, Operation], desk: Desk) -> Handler:
    """A handler for the control socket that answers from these operations at this desk."""

    async def handle(name: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        if name not in operations:
            raise UsageError(f"the running service does not know {name!r}; it is another version of reconcile")
        answer = await operations[name](desk, arguments)
        return {"exit": answer.exit, "output": answer.output, "facts": dict(answer.facts)}

    return handle
