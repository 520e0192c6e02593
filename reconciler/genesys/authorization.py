"""What our OAuth client may do, as the platform tells it: one function per endpoint [SDK 269]. No permission needed."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.genesys import bodies
from reconciler.genesys.bodies import Row
from reconciler.genesys.client import Client
from reconciler.genesys.translate import Place

TOKEN = "/api/v2/tokens/me"  # noqa: S105 - a path
SUBJECT = "/api/v2/authorization/subjects/me"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one division. `permissions` are `domain:entity:action`, where each part may be `*`."""

    role: str
    division_id: str
    division: str
    permissions: tuple[str, ...]


async def token(client: Client) -> Row:
    """What the platform knows of our token: `organization`, `homeOrganization`, and `OAuthClient` with its id, name,
    state and `roleDivisions`. The time until an idle token ends is left as it is."""
    place = Place("GET", TOKEN)
    body = await client.get(TOKEN, query={"preserveIdleTTL": True})
    if not isinstance(body, dict) or bodies.part(body, "organization") is None:
        raise bodies.missing("organization", place)
    return body


async def grants(client: Client) -> list[Grant]:
    """Our own grants with the permissions of each role.

    Policies are asked for explicitly, as the SDK describes `includeFullRoles`. UNVERIFIED: that the platform answers
    for a client-credentials token, which has no user.
    """
    body = bodies.row(await client.get(SUBJECT, query={"includeFullRoles": True}), Place("GET", SUBJECT))
    listed = body.get("grants") or []
    if not isinstance(listed, list):
        raise bodies.missing("grants", Place("GET", SUBJECT))
    return [_grant(entry) for entry in listed if isinstance(entry, dict)]


def _grant(entry: Row) -> Grant:
    role, division = bodies.part(entry, "role") or {}, bodies.part(entry, "division") or {}
    return Grant(
        role=bodies.optional_text(role, "name") or bodies.optional_text(role, "id"),
        division_id=bodies.optional_text(division, "id"),
        division=bodies.optional_text(division, "name"),
        permissions=_permissions(role),
    )


def _permissions(role: Row) -> tuple[str, ...]:
    policies = role.get("policies")
    found: list[str] = []
    for policy in policies if isinstance(policies, list) else ():
        actions = policy.get("actions") if isinstance(policy, dict) else None
        if isinstance(actions, list):
            entity = f"{bodies.optional_text(policy, 'domain')}:{bodies.optional_text(policy, 'entityName')}"
            found += [f"{entity}:{action}" for action in actions if isinstance(action, str)]
    return tuple(dict.fromkeys(found))
