"""Flows and their locks: one function per endpoint [SDK 269]. Content goes through `flow_jobs` and `exports`."""

from __future__ import annotations

import json
from typing import TypeVar

from reconciler.architect.flow import ROOT_KEYS
from reconciler.errors import NotFound
from reconciler.genesys.wire import bodies, paging
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.call import BeforeSend
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.paging import Listing, Read
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

T = TypeVar("T")

FLOWS = "/api/v2/flows"
FLOW = f"{FLOWS}/{{flowId}}"
VERSIONS = f"{FLOW}/versions"
CHECKOUT = f"{FLOWS}/actions/checkout"
REVERT = f"{FLOWS}/actions/revert"
UNLOCK = f"{FLOWS}/actions/unlock"
LATEST = f"{FLOW}/latestconfiguration"

_KEYS = {platform: key for key, platform in ROOT_KEYS.items()}

PAGE_SIZE = 500
"""The documented maximum; larger pages cost less of the endpoint's own limit [Genesys docs]."""


def root_key(row: Row) -> str:
    """Archy's root key for a flow's type. Types without one (new ones appear) keep their own name in lower case."""
    platform_type = bodies.optional_text(row, "type").upper()
    return _KEYS.get(platform_type, platform_type.lower())


async def everything(client: Client) -> list[Row]:
    """All flows of all types, raw."""
    return await whole(client, paging.as_is)


async def whole(client: Client, read: Read[T]) -> list[T]:
    """What `read` makes of each flow, deleted ones excluded by default. Never filtered by type: new types appear."""
    return await paging.whole(client, Listing(FLOWS, PAGE_SIZE, read))


async def find(client: Client, *, type: str, name: str) -> list[Row]:
    """Flows of this root key with exactly this name; the platform's filter is not exact, so we compare."""
    found = await paging.everything(client, FLOWS, size=PAGE_SIZE, query={"name": name})
    return [row for row in found if row.get("name") == name and root_key(row) == type]


async def get(client: Client, id: str) -> Row:
    return bodies.row(await client.get(FLOW, path={"flowId": id}), Place("GET", FLOW))


async def versions(client: Client, id: str) -> list[Row]:
    return await paging.everything(client, VERSIONS, size=100, path={"flowId": id})


async def checkout(client: Client, id: str, *, before_send: BeforeSend) -> Row:
    """Take the lock; 409 when somebody holds it."""
    return await _action(client, CHECKOUT, id, before_send)


async def revert(client: Client, id: str, *, before_send: BeforeSend | None = None) -> Row:
    """Drop our checkout and what was not saved under it; 409 when the lock is not ours."""
    return await _action(client, REVERT, id, before_send)


async def unlock(client: Client, id: str, *, before_send: BeforeSend) -> Row:
    """Take somebody's lock away; an administrator's right (`architect:flow:unlock`)."""
    return await _action(client, UNLOCK, id, before_send)


async def latest_configuration(client: Client, id: str) -> bytes | None:
    """What was last saved or checked in, in the platform's own JSON; None when nothing ever was."""
    try:
        body = await client.get(LATEST, path={"flowId": id})
    except NotFound:
        return None
    return json.dumps(body, ensure_ascii=False, sort_keys=True).encode()


async def _action(client: Client, template: str, id: str, before_send: BeforeSend | None) -> Row:
    body = await client.request(
        "POST", template, effect=Effect.WRITE, query={"flow": id}, needs=("id",), before_send=before_send
    )
    return bodies.row(body, Place("POST", template))


async def replace(client: Client, flow: Row, *, name: str, before_send: BeforeSend) -> Row:
    """Change the name and keep the other metadata; needs our lock."""
    kept = {key: flow[key] for key in ("id", "type", "description", "division") if flow.get(key) is not None}
    body = await client.request(
        "PUT",
        FLOW,
        effect=Effect.WRITE,
        path={"flowId": str(flow["id"])},
        json={**kept, "name": name},
        needs=("id",),
        before_send=before_send,
    )
    return bodies.row(body, Place("PUT", FLOW))


async def delete(client: Client, id: str, *, before_send: BeforeSend) -> None:
    """409 while something uses it, 405 under somebody else's lock."""
    await client.request("DELETE", FLOW, effect=Effect.WRITE, path={"flowId": id}, before_send=before_send)
