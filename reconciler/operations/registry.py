"""Every operation by the name that commands and the control socket use."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.operations import audit, passes, status, suspension, unmanaged, webhooks
from reconciler.operations.desk import Operation

OPERATIONS: Mapping[str, Operation] = {
    "plan": passes.plan,
    "once": passes.once,
    "status": status.status,
    "history": status.history,
    "suspend": suspension.suspend,
    "resume": suspension.resume,
    "unmanaged": unmanaged.unmanaged,
    "audit.list": audit.listed,
    "audit.verify": audit.verified,
    "audit.export": audit.exported,
    "webhooks.list": webhooks.listed,
    "webhooks.replay": webhooks.replayed,
}

NEED_PLATFORM = frozenset({"plan", "once", "unmanaged"})
"""Operations that talk to Genesys Cloud; the others need the ledger only."""
