"""Lists, whole: page one says how many there are, the others come at once.

Offset listings carry `entities`, `pageCount` and `total` [SDK 269]; `entities` may be absent when empty and totals may
move while we read [official provider]. A list of n objects costs ceil(n / size) requests, at least one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import anyio

from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.call import Query
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.translate import Place

Row = Mapping[str, Any]
T = TypeVar("T")
Read = Callable[[Row], T]
"""Makes a value of a row. A page is read while others are on their way, and not again while its bytes stay the same,
so it must be a function of the row alone, and the same object in each pass."""


def as_is(row: Row) -> Row:
    """Rows that are wanted raw; these are read anew each time instead of being kept."""
    return row


PAGES_MAX = 10_000
"""No list is longer than this many pages; an answer that says so is broken."""


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list as it is asked for: where, how much a page, and what is made of each row."""

    template: str
    size: int
    read: Read[T]
    query: Query | None = None
    path: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """What the rows were read as, by id, in the platform's order."""

    items: Mapping[str, T]
    pages: int | None
    """How many pages there are, None when the answer does not tell."""
    full: bool
    """Whether there are as many rows as were asked for."""


async def everything(
    client: Client, template: str, *, size: int, query: Query | None = None, path: Mapping[str, str] | None = None
) -> list[Row]:
    """All rows of an offset listing, each id once, in page order. Raises Malformed for rows without an id."""
    return await whole(client, Listing(template, size, as_is, query, path))


async def whole(client: Client, listing: Listing[T]) -> list[T]:
    """The same, with a value for each row."""
    return await rest(client, listing, await page(client, listing, number=1))


async def rest(client: Client, listing: Listing[T], first: Page[T]) -> list[T]:
    """The whole list, given its first page."""
    return list((await rest_by_id(client, listing, first)).values())


async def rest_by_id(client: Client, listing: Listing[T], first: Page[T]) -> dict[str, T]:
    """The same, by id."""
    pages = {1: first}
    while True:
        known = [page.pages for page in pages.values() if page.pages is not None]
        wanted = max(known) if known else _open_end(pages)
        if wanted > PAGES_MAX:
            message = f"The platform says that this list has {wanted:,} pages."
            raise bodies.unusable(message, Place("GET", listing.template))
        missing = [number for number in range(1, wanted + 1) if number not in pages]
        if not missing:
            return _unique(pages)
        pages |= await _together(client, listing, missing)


async def page(client: Client, listing: Listing[T], *, number: int) -> Page[T]:
    query: Query = {**(listing.query or {}), "pageNumber": number, "pageSize": listing.size}

    def read(body: Any) -> Page[T]:
        return _page(body, listing)

    if listing.read is as_is:
        return read(await client.get(listing.template, path=listing.path, query=query))
    return await client.get_again(listing.template, path=listing.path, query=query, reader=listing.read, read=read)


def _page(body: Any, listing: Listing[T]) -> Page[T]:
    if not isinstance(body, dict):
        raise bodies.unusable("The platform's list is no JSON object.", Place("GET", listing.template))
    entities = body.get("entities")
    rows = entities if entities is not None else []
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        raise bodies.unusable("The platform's list holds something without an id.", Place("GET", listing.template))
    count, total = body.get("pageCount"), body.get("total")
    if not isinstance(count, int) and isinstance(total, int):
        count = -(-total // listing.size)
    items = {row["id"]: listing.read(row) for row in rows}
    return Page(items, max(count, 1) if isinstance(count, int) else None, full=len(rows) >= listing.size)


async def _together(client: Client, listing: Listing[T], numbers: list[int]) -> dict[int, Page[T]]:
    found: dict[int, Page[T]] = {}
    todo = iter(numbers)

    async def worker() -> None:
        for number in todo:
            found[number] = await page(client, listing, number=number)

    workers = min(len(numbers), client.settings.pages_at_once)
    if workers == 1:
        await worker()
        return found
    await gather([worker] * workers)
    return found


async def gather(jobs: list[Any]) -> None:
    """Run coroutine functions together; the first error of ours comes out bare, not in a group."""
    try:
        async with anyio.create_task_group() as group:
            for job in jobs:
                group.start_soon(job)
    except BaseExceptionGroup as failures:
        raise first_of(failures) from None


def first_of(failures: BaseExceptionGroup) -> BaseException:
    """The first leaf of a group."""
    first: BaseException = failures.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first


def _open_end(pages: Mapping[int, Page[T]]) -> int:
    """Without counts: another page as long as the last one was full."""
    last = max(pages)
    return last + 1 if pages[last].full else last


def _unique(pages: Mapping[int, Page[T]]) -> dict[str, T]:
    """Rows that slid onto a second page while we read count once, as the later page shows them."""
    items: dict[str, T] = {}
    for number in sorted(pages):
        items.update(pages[number].items)
    return items
