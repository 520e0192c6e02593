"""One entry of the audit service [SDK 269, AuditLogMessage], made from what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.sandbox.answers import Json

if TYPE_CHECKING:
    from reconciler.sandbox.world import Actor

# UNVERIFIED on the platform: what the entry calls the application of a person, of a client, and of the service itself.
PERSON, CLIENT = "Architect", "Public API"


def entry(
    *,
    id: str,
    organization: str,
    moment: str,
    transaction: str,
    actor: Actor | None,
    service: str,
    entity_type: str,
    action: str,
    entity: Json,
    changes: Json | None = None,
    status: str = "SUCCESS",
) -> Json:
    """`actor` None means the platform itself: level SYSTEM, nobody named. `changes` maps a property to (old, new)."""
    made: Json = {
        "id": id,
        "userHomeOrgId": organization,
        "serviceName": service,
        "level": "USER" if actor is not None else "SYSTEM",
        "eventDate": moment,
        "action": action,
        "entity": {"id": entity["id"], "name": entity.get("name", "")},
        "entityType": entity_type,
        "status": status,
        "initiatingAction": {"transactionId": transaction},
        "transactionInitiator": actor is not None,
    }
    if actor is not None:
        who = actor.ref()
        made |= {"remoteIp": ["127.0.0.1"], "application": PERSON if actor.user else CLIENT}
        made["user" if actor.user else "client"] = who if actor.user else {"id": who["id"], "selfUri": who["selfUri"]}
    if changes:
        made["propertyChanges"] = [
            {"property": name, "oldValues": _values(old), "newValues": _values(new)}
            for name, (old, new) in changes.items()
            if old != new
        ]
    return made


def _values(value: object) -> list[str]:
    if value is None:
        return []
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
