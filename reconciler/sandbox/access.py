"""Login, bearer tokens and permissions. What a token may ask about itself is in `roles`.

Any client id and secret may log in with every permission, unless the state lists `clients`
`{id, secret, name, permissions[], roles[], divisions[]}`; `roles` of the state are `{name, permissions[]}`.
Permissions may hold wildcards (`architect:flow:*`). `divisions` (names or ids) limit what a client sees.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hmac
import secrets
from urllib.parse import parse_qs, unquote_plus

from reconciler.sandbox.answers import ApiError, Json, LoginError, Reply, ok
from reconciler.sandbox.calls import Call, Endpoint
from reconciler.sandbox.world import Actor, World

EVERYTHING = ("*",)


def issue_token(call: Call) -> Reply:
    """Client credentials for a bearer token. Raises LoginError in OAuth's shape."""
    client_id, secret = _credentials(call)
    form = parse_qs(call.body.decode("utf-8", "replace"))
    if form.get("grant_type") != ["client_credentials"]:
        raise LoginError(400, "unsupported_grant_type", "grant_type must be client_credentials.")
    world = call.world
    client = _client(world, client_id)
    if client is None and world.state["clients"]:
        raise LoginError(401, "invalid_client", "client not found: invalid_client")
    if client is not None and not hmac.compare_digest(str(client.get("secret", "")).encode(), secret.encode()):
        raise LoginError(401, "invalid_client", "authentication failed: invalid_client")
    now, lifetime = world.now(), world.options.token_lifetime_seconds
    tokens = world.state["tokens"]
    for token in [t for t, kept in tokens.items() if kept["expires"] + lifetime < now]:
        del tokens[token]
    token = secrets.token_urlsafe(48)
    tokens[token] = {"client": client_id, "expires": now + lifetime}
    world.touch()
    return ok({"access_token": token, "token_type": "bearer", "expires_in": int(lifetime)})


def _credentials(call: Call) -> tuple[str, str]:
    scheme, _, encoded = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise LoginError(400, "invalid_client", "client credentials are missing: send HTTP Basic authentication.")
    try:
        client_id, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as reason:
        raise LoginError(400, "invalid_client", "the Basic authentication header cannot be decoded.") from reason
    if not colon or not client_id or not secret:
        raise LoginError(401, "invalid_client", "client id and secret must not be empty.")
    return unquote_plus(client_id), unquote_plus(secret)


def authenticate(world: World, authorization: str | None) -> tuple[str, Actor]:
    """The token and its client. Raises ApiError 401."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise ApiError(
            401, "authentication.required", "No authentication bearer token specified in authorization header."
        )
    kept = world.state["tokens"].get(token.strip())
    if kept is None or kept["expires"] <= world.now():
        raise ApiError(401, "bad.credentials", "Invalid login credentials.")
    return token.strip(), actor_of(world, kept["client"])


def actor_of(world: World, client_id: str) -> Actor:
    client = _client(world, client_id)
    return Actor(client_id, str((client or {}).get("name", client_id)))


def divisions_of(world: World, client_id: str) -> frozenset[str] | None:
    """Ids of the divisions the client reaches; None means all."""
    listed = (_client(world, client_id) or {}).get("divisions")
    if listed is None:
        return None
    return frozenset(d["id"] for d in world.all("divisions") if d["id"] in listed or d["name"] in listed)


def permissions_of(world: World, client_id: str) -> tuple[str, ...]:
    return tuple(p for role in roles_of(world, client_id) for p in role.get("permissions", ()))


def roles_of(world: World, client_id: str) -> list[Json]:
    """The client's roles of the state; what it may do without a role is one of its own, `Role of <client>`."""
    client = _client(world, client_id) or {"id": client_id}
    roles = [r for r in world.state["roles"] if r.get("name") in client.get("roles", ())]
    direct = client.get("permissions", () if "roles" in client else EVERYTHING)
    if direct:
        roles.append({"name": f"Role of {client.get('name', client_id)}", "permissions": list(direct)})
    return roles


def require_any(world: World, client_id: str, needs: tuple[str, ...]) -> None:
    """Raises ApiError 403 that names what is missing."""
    held = permissions_of(world, client_id)
    if not needs or any(fnmatch.fnmatchcase(need, have) for need in needs for have in held):
        return
    code = "missing.permissions" if len(needs) == 1 else "missing.any.permissions"
    wanted = ", ".join(needs)
    raise ApiError(
        403, code, f"Unable to perform the requested action. You are missing the following permission(s): {wanted}"
    )


def _client(world: World, client_id: str) -> Json | None:
    return next((c for c in world.state["clients"] if c.get("id") == client_id), None)


ENDPOINTS = [Endpoint("POST", "/oauth/token", issue_token, open=True)]
