"""The organisation itself [SDK 269]."""

from __future__ import annotations

from reconciler.genesys import bodies
from reconciler.genesys.bodies import Row
from reconciler.genesys.client import Client
from reconciler.genesys.translate import Place

ME = "/api/v2/organizations/me"


async def me(client: Client) -> Row:
    """The organisation our token belongs to; needs no permission."""
    return bodies.row(await client.get(ME), Place("GET", ME))
