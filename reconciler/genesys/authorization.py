"""What our OAuth client may do, as the platform tells it: one function per endpoint, and the way through them.

Paths, parameters and fields are those of the official SDK 269. UNVERIFIED: whether `subjects/me` answers for a
client-credentials token, which has no user; so the roles that the token itself names are the second way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.errors import PermanentError
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.translate import Place

TOKEN = "/api/v2/tokens/me"  # noqa: S105 - a path
SUBJECT = "/api/v2/authorization/subjects/me"
ROLE = "/api/v2/authorization/roles/{roleId}"

ROLES_MAX = 20
"""Roles read one by one; a client with more of them is told apart by `subjects/me` or not at all."""


@dataclass(frozen=True, slots=True)
class Permits:
    """Permissions of one role: those that always hold, and those that hold under a condition we cannot judge."""

    always: tuple[str, ...]
    conditional: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one division. `permissions` are `domain:entity:action`, where each part may be `*`."""

    role: str
    division_id: str
    division: str
    permissions: tuple[str, ...] | None
    """None when the platform named the role and not what it permits."""
    conditional: tuple[str, ...] = ()


async def token(client: Client) -> Row:
    """What the platform knows of our token: `organization`, `homeOrganization`, and `OAuthClient` with its id, name,
    state and `roleDivisions`. No permission needed. The time until an idle token ends is left as it is."""
    place = Place("GET", TOKEN)
    body = await client.get(TOKEN, query={"preserveIdleTTL": True})
    if not isinstance(body, dict) or bodies.part(body, "organization") is None:
        raise bodies.missing("organization", place)
    return body


async def grants(client: Client) -> list[Grant]:
    """Our own grants with the permissions of each role, which come with `includeFullRoles` only. No permission
    needed."""
    body = bodies.row(await client.get(SUBJECT, query={"includeFullRoles": True}), Place("GET", SUBJECT))
    return [_grant(entry) for entry in bodies.parts(body, "grants", Place("GET", SUBJECT))]


async def role(client: Client, id: str) -> Permits:
    """What a role permits; needs `authorization:role:view`."""
    body = bodies.row(await client.get(ROLE, path={"roleId": id}, query={"userCount": False}), Place("GET", ROLE))
    return _permits(body.get("permissionPolicies"), actions="actionSet", condition="resourceConditionNode")


async def held(client: Client) -> list[Grant] | None:
    """Our grants by the first way that tells them; None when the platform does not say what we may do.

    An empty list is an answer: the client has no role. Raises TransientError when the platform has trouble.
    """
    try:
        found = await grants(client)
    except PermanentError:
        found = []
    if found and all(grant.permissions is not None for grant in found):
        return found
    try:
        return await _by_token(client)
    except PermanentError:
        return None


async def _by_token(client: Client) -> list[Grant] | None:
    pairs = (bodies.part(await token(client), "OAuthClient") or {}).get("roleDivisions")
    if not isinstance(pairs, list):
        return None
    roles = sorted({bodies.optional_text(pair, "roleId") for pair in pairs if isinstance(pair, dict)})
    if len(roles) > ROLES_MAX:
        return None
    permits = {id: await role(client, id) for id in roles}
    return [_pair(pair, permits) for pair in pairs if isinstance(pair, dict)]


def _pair(pair: Row, permits: Mapping[str, Permits]) -> Grant:
    id, division = bodies.optional_text(pair, "roleId"), bodies.optional_text(pair, "divisionId")
    return Grant(id, division, "", permits[id].always, permits[id].conditional)


def _grant(entry: Row) -> Grant:
    role, division = bodies.part(entry, "role") or {}, bodies.part(entry, "division") or {}
    permits = _permits(role.get("policies"), actions="actions", condition="condition")
    return Grant(
        role=bodies.optional_text(role, "name") or bodies.optional_text(role, "id"),
        division_id=bodies.optional_text(division, "id"),
        division=bodies.optional_text(division, "name"),
        permissions=permits.always if isinstance(role.get("policies"), list) else None,
        conditional=permits.conditional,
    )


def _permits(policies: object, *, actions: str, condition: str) -> Permits:
    """Permissions of policies, by the names that this endpoint has for the fields."""
    always: list[str] = []
    conditional: list[str] = []
    for policy in policies if isinstance(policies, list) else ():
        named = policy.get(actions) if isinstance(policy, dict) else None
        if isinstance(named, list):
            entity = f"{bodies.optional_text(policy, 'domain')}:{bodies.optional_text(policy, 'entityName')}"
            found = [f"{entity}:{action}" for action in named if isinstance(action, str)]
            (conditional if policy.get(condition) else always).extend(found)
    return Permits(tuple(dict.fromkeys(always)), tuple(dict.fromkeys(conditional)))
