"""IVR configurations, our call routes: one function per endpoint [SDK 269].

PUT replaces the whole object: what is left out is cleared [Genesys docs]. `version` must be the one just read; left
out, the platform overwrites without a word [official provider], so we never leave it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from reconciler.genesys.wire import bodies, paging
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.call import BeforeSend
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.paging import Listing, Read
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

T = TypeVar("T")

ROUTES = "/api/v2/architect/ivrs"
ROUTE = f"{ROUTES}/{{ivrId}}"
PAGE_SIZE = 100
"""What the official provider uses; the true maximum is UNVERIFIED."""


async def everything(client: Client) -> list[Row]:
    return await whole(client, paging.as_is)


async def whole(client: Client, read: Read[T]) -> list[T]:
    """What `read` makes of each route."""
    return await paging.whole(client, Listing(ROUTES, PAGE_SIZE, read))


async def find(client: Client, name: str) -> list[Row]:
    """Routes with exactly this name that are not deleted."""
    found = await paging.everything(client, ROUTES, size=PAGE_SIZE, query={"name": name})
    return [row for row in found if row.get("name") == name and row.get("state") != "deleted"]


async def get(client: Client, id: str) -> Row:
    return bodies.row(await client.get(ROUTE, path={"ivrId": id}), Place("GET", ROUTE))


async def create(client: Client, body: Mapping[str, Any], *, before_send: BeforeSend) -> Row:
    made = await client.request("POST", ROUTES, effect=Effect.WRITE, json=body, needs=("id",), before_send=before_send)
    return bodies.row(made, Place("POST", ROUTES))


async def replace(client: Client, id: str, body: Mapping[str, Any], *, before_send: BeforeSend) -> Row:
    """The object as the platform now has it, with its new version."""
    made = await client.request(
        "PUT",
        ROUTE,
        effect=Effect.WRITE,
        path={"ivrId": id},
        json=body,
        needs=("id",),
        before_send=before_send,
    )
    return bodies.row(made, Place("PUT", ROUTE))


async def delete(client: Client, id: str, *, before_send: BeforeSend) -> None:
    await client.request("DELETE", ROUTE, effect=Effect.WRITE, path={"ivrId": id}, before_send=before_send)
