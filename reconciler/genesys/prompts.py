"""User prompts and their resources: one function per endpoint [SDK 269].

Callers pass `before_send` where a write must be announced to the ledger first.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from typing import Any, TypeVar

from reconciler.errors import Malformed
from reconciler.genesys.wire import bodies, paging
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.call import BeforeSend, Query
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.paging import Listing, Read
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

T = TypeVar("T")

PROMPTS = "/api/v2/architect/prompts"
PROMPT = f"{PROMPTS}/{{promptId}}"
RESOURCES = f"{PROMPT}/resources"
RESOURCE = f"{RESOURCES}/{{languageCode}}"
AUDIO = f"{RESOURCE}/audio"
UPLOADS = f"{RESOURCE}/uploads"

PAGE_SIZE = 100
"""What the official provider uses; the true maximum is UNVERIFIED."""
WINDOW = 10_000
"""The listing stops here, whatever there is [official provider, Genesys docs]."""
_LIGHT: Query = {"includeMediaUris": False, "includeResources": True}
"""Media addresses are signed one by one: a scan goes without."""
_INITIALS = string.ascii_letters + string.digits
"""Both cases, because whether the filter ignores case is UNVERIFIED; ids are counted once."""
_LETTERS = _INITIALS + "_"
_PREFIX_MAX = 4


async def everything(client: Client) -> list[Row]:
    """All prompts with their resources, raw."""
    return await whole(client, paging.as_is)


async def whole(client: Client, read: Read[T]) -> list[T]:
    """What `read` makes of each prompt. Beyond the result window by first letters, as the official provider does."""
    listing = Listing(PROMPTS, PAGE_SIZE, read, _LIGHT)
    first = await paging.page(client, listing, number=1)
    if first.pages is None or first.pages * PAGE_SIZE < WINDOW:
        return await paging.rest(client, listing, first)
    found: dict[str, T] = {}
    for letter in _INITIALS:
        await _by_prefix(client, letter, read, found)
    if len(found) <= WINDOW - PAGE_SIZE:
        raise Malformed(
            f"The platform has at least {WINDOW:,} prompts, its search by first letter shows {len(found):,}: "
            "the list is incomplete and nothing can be decided from it.",
            method="GET",
            path=PROMPTS,
        )
    return list(found.values())


async def _by_prefix(client: Client, prefix: str, read: Read[T], found: dict[str, T]) -> None:
    listing = _named(f"{prefix}*", read)
    first = await paging.page(client, listing, number=1)
    if first.pages is None or first.pages * PAGE_SIZE < WINDOW:
        found.update(await paging.rest_by_id(client, listing, first))
    elif len(prefix) >= _PREFIX_MAX:
        raise Malformed(
            f"More than {WINDOW:,} prompts begin with {prefix!r}; the platform cannot list them all.",
            method="GET",
            path=PROMPTS,
        )
    else:
        # The prompt that is called exactly `prefix` is found by its own name, the longer ones by their next letter.
        exact = _named(prefix, read)
        found.update(await paging.rest_by_id(client, exact, await paging.page(client, exact, number=1)))
        for letter in _LETTERS:
            await _by_prefix(client, prefix + letter, read, found)


def _named(name: str, read: Read[T]) -> Listing[T]:
    return Listing(PROMPTS, PAGE_SIZE, read, {**_LIGHT, "name": [name]})


async def find(client: Client, name: str) -> list[Row]:
    """Prompts with exactly this name; the platform's filter knows wildcards, so equality is checked here."""
    found = await paging.everything(client, PROMPTS, size=PAGE_SIZE, query={**_LIGHT, "name": [name]})
    return [row for row in found if row.get("name") == name]


async def get(client: Client, id: str, *, media: bool = False) -> Row:
    """The prompt with its resources; `media` asks for the signed addresses of its recordings too."""
    query = {**_LIGHT, "includeMediaUris": media}
    return bodies.row(await client.get(PROMPT, path={"promptId": id}, query=query), Place("GET", PROMPT))


async def create(
    client: Client, *, name: str, description: str, division: str | None = None, before_send: BeforeSend
) -> str:
    """The new prompt's id. `division` is an id; None means the organisation's default."""
    place = {"division": {"id": division}} if division is not None else {}
    body = await client.request(
        "POST",
        PROMPTS,
        effect=Effect.WRITE,
        json={"name": name, "description": description, **place},
        needs=("id",),
        before_send=before_send,
    )
    return str(body["id"])


async def replace(client: Client, id: str, *, name: str, description: str, before_send: BeforeSend) -> None:
    """Name and description only; the resources survive [official provider]."""
    await client.request(
        "PUT",
        PROMPT,
        effect=Effect.WRITE,
        path={"promptId": id},
        json={"name": name, "description": description},
        before_send=before_send,
    )


async def delete(client: Client, id: str, *, before_send: BeforeSend) -> None:
    """With all resources; without the flag a prompt that has some is refused."""
    await client.request(
        "DELETE",
        PROMPT,
        effect=Effect.WRITE,
        path={"promptId": id},
        query={"allResources": True},
        before_send=before_send,
    )


async def create_resource(client: Client, id: str, body: Mapping[str, Any], *, before_send: BeforeSend) -> None:
    await client.request(
        "POST", RESOURCES, effect=Effect.WRITE, path={"promptId": id}, json=body, before_send=before_send
    )


async def replace_resource(
    client: Client, id: str, language: str, body: Mapping[str, Any], *, before_send: BeforeSend
) -> None:
    """Whole texts and tags: whether a field left out is cleared or kept is UNVERIFIED."""
    await client.request(
        "PUT", RESOURCE, effect=Effect.WRITE, path=_resource(id, language), json=body, before_send=before_send
    )


async def get_resource(client: Client, id: str, language: str) -> Row:
    """One language, with a fresh signed `mediaUri` when it has audio."""
    return bodies.row(await client.get(RESOURCE, path=_resource(id, language)), Place("GET", RESOURCE))


async def delete_resource(client: Client, id: str, language: str, *, before_send: BeforeSend) -> None:
    await client.request("DELETE", RESOURCE, effect=Effect.WRITE, path=_resource(id, language), before_send=before_send)


async def delete_audio(client: Client, id: str, language: str, *, before_send: BeforeSend) -> None:
    """Removes the recording, keeps the texts."""
    await client.request("DELETE", AUDIO, effect=Effect.WRITE, path=_resource(id, language), before_send=before_send)


async def ask_upload(client: Client, id: str, language: str) -> tuple[str, dict[str, str]]:
    """A signed address and the headers to send there. Changes nothing by itself; marked preview by the platform."""
    place = Place("POST", UPLOADS)
    body = await client.request("POST", UPLOADS, effect=Effect.READ, path=_resource(id, language), needs=("url",))
    return str(body["url"]), headers_of(body, place)


def headers_of(body: Row, place: Place) -> dict[str, str]:
    """The headers that belong to a signed address; Malformed when they are no texts."""
    headers = body.get("headers") or {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        raise bodies.missing("headers", place)
    return dict(headers)


def _resource(id: str, language: str) -> dict[str, str]:
    return {"promptId": id, "languageCode": language}
