"""Who we are on the platform: the organisation the token reaches, and our own OAuth client."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.genesys import organizations
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.client import Client


@dataclass(frozen=True, slots=True)
class Identity:
    """`client_id` is what the platform names as `createdByClient` and `lockedClient` for our own doings."""

    organization_id: str
    organization_name: str
    client_id: str


async def whoami(client: Client) -> Identity:
    """One request. The OAuth client is the one we log in with, so it needs none."""
    me = await organizations.me(client)
    return Identity(str(me["id"]), bodies.optional_text(me, "name"), client.client_id)
