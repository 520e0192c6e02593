"""The organisation itself [SDK 269]."""

from __future__ import annotations

from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.translate import Place

ME = "/api/v2/organizations/me"


async def me(client: Client) -> Row:
    """The organisation our token belongs to; needs no permission."""
    return bodies.row(await client.get(ME), Place("GET", ME))
