"""What a token may ask about itself, and the organisation's roles [SDK 269].

Roles have permission policies, one for each domain and entity. `roles` of the state are `{name, permissions[]}` with an
optional `id` and `description`; clients of the state name theirs. Wildcards of the state show as `*` in the policies.
"""

from __future__ import annotations

import uuid

from reconciler.sandbox.access import roles_of
from reconciler.sandbox.answers import Json, Reply, encode, no_content, not_found, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.clock import iso
from reconciler.sandbox.paging import listing, name_filter

ROOT = "/api/v2/authorization/roles"
VIEW = ("authorization:role:view",)


def identity(role: Json) -> str:
    """The role's id; one without an id of its own has always the same."""
    return str(role.get("id") or uuid.uuid5(uuid.NAMESPACE_URL, f"role:{role['name']}"))


def _policies(role: Json) -> list[tuple[str, str, list[str]]]:
    """Domain, entity and actions of what the role permits, in the order given."""
    actions: dict[tuple[str, str], list[str]] = {}
    for permission in role.get("permissions", ()):
        domain, entity, action = [*str(permission).split(":"), "*", "*"][:3]
        actions.setdefault((domain, entity), []).append(action)
    return [(domain, entity, names) for (domain, entity), names in actions.items()]


def _divisions(call: Call) -> list[Json]:
    reached = [d for d in call.world.all("divisions") if call.divisions is None or d["id"] in call.divisions]
    return [call.world.division_ref(division["id"]) for division in reached]


def token_info(call: Call) -> Reply:
    world, actor = call.world, call.actor
    organization = {key: world.state["organization"][key] for key in ("id", "name")}
    held = [identity(role) for role in roles_of(world, actor.id)]
    client = {
        "id": actor.id,
        "name": actor.name,
        "authorizedGrantType": "CLIENT-CREDENTIALS",
        "roleDivisions": [{"roleId": id, "divisionId": division["id"]} for id in held for division in _divisions(call)],
        "state": "active",
        "organization": organization,
    }
    return ok(
        {
            "organization": organization,
            "homeOrganization": organization,
            "authorizedScope": [],
            "OAuthClient": client,
        }
    )


def token_check(_: Call) -> Reply:
    return Reply(200)


def revoke_token(call: Call) -> Reply:
    token = call.headers["authorization"].partition(" ")[2].strip()
    call.world.state["tokens"].pop(token, None)
    call.world.touch()
    return no_content()


def own_grants(call: Call) -> Reply:
    """Each role in each division the client reaches. UNVERIFIED on the platform: that a token without a user gets an
    answer, and that policies come with `includeFullRoles` only, as the SDK describes that parameter."""
    world, actor = call.world, call.actor
    full = call.query.flag("includeFullRoles", default=False)
    call.query.flag("includeDuplicates", default=False)
    grants = [
        {
            "subjectId": actor.id,
            "division": division,
            "role": _granted(role, full=full),
            "grantMadeAt": iso(world.now()),
        }
        for role in roles_of(world, actor.id)
        for division in _divisions(call)
    ]
    self_uri = f"/api/v2/authorization/subjects/{actor.id}"
    return ok({"id": actor.id, "name": actor.name, "grants": grants, "version": 1, "selfUri": self_uri})


def _granted(role: Json, *, full: bool) -> Json:
    body: Json = {"id": identity(role), "name": role["name"], "default": False}
    body["selfUri"] = f"{ROOT}/{body['id']}"
    if full:
        body["policies"] = [{"domain": d, "entityName": e, "actions": actions} for d, e, actions in _policies(role)]
    return body


def render(role: Json) -> Json:
    id = identity(role)
    policies = [
        {"domain": domain, "entityName": entity, "actionSet": actions, "allowConditions": False}
        for domain, entity, actions in _policies(role)
    ]
    body = {"id": id, "name": role["name"], "description": role.get("description", ""), "permissionPolicies": policies}
    return {**body, "default": False, "base": False, "selfUri": f"{ROOT}/{id}"}


def list_roles(call: Call) -> Reply:
    ids, wanted = call.query.many("id"), name_filter(call.query, "name")
    items = [r for r in call.world.state["roles"] if wanted(r) and (not ids or identity(r) in ids)]
    return listing(call, sorted(items, key=lambda r: str(r["name"])), lambda r: encode(render(r)))


def get_role(call: Call) -> Reply:
    role = next((r for r in call.world.state["roles"] if identity(r) == call.params["roleId"]), None)
    if role is None:
        raise not_found("not.found", "a role", call.params["roleId"])
    return ok(render(role))


ENDPOINTS = [
    Endpoint("GET", "/api/v2/tokens/me", token_info),
    Endpoint("HEAD", "/api/v2/tokens/me", token_check),
    Endpoint("DELETE", "/api/v2/tokens/me", revoke_token),
    Endpoint("GET", "/api/v2/authorization/subjects/me", own_grants),
    Endpoint("GET", ROOT, list_roles, VIEW),
    Endpoint("GET", ROOT + "/{roleId}", get_role, VIEW),
]
