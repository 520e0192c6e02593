"""Lists, whole: page one says how many there are, the others come at once.

Offset listings carry `entities`, `pageCount` and `total` [SDK 269]; `entities` may be absent when empty and totals may
move while we read [official provider]. A list of n objects costs ceil(n / size) requests, at least one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio

from reconciler.errors import Malformed
from reconciler.genesys.call import Query
from reconciler.genesys.client import Client

Row = Mapping[str, Any]
PAGES_MAX = 10_000
"""No list is longer than this many pages; an answer that says so is broken."""


@dataclass(frozen=True, slots=True)
class Page:
    rows: tuple[Row, ...]
    pages: int | None
    """How many pages there are, None when the answer does not tell."""


Arrived = Callable[[Sequence[Row]], None]


def waits(rows: Sequence[Row]) -> None:
    """Nothing is done with a page before all of them are there."""
    del rows


async def everything(
    client: Client, template: str, *, size: int, query: Query | None = None, path: Mapping[str, str] | None = None
) -> list[Row]:
    """All rows of an offset listing, each id once, in page order. Raises Malformed for rows without an id."""
    first = await page(client, template, number=1, size=size, query=query, path=path)
    return await rest(client, template, first, size=size, query=query, path=path)


async def rest(
    client: Client,
    template: str,
    first: Page,
    *,
    size: int,
    query: Query | None = None,
    path: Mapping[str, str] | None = None,
    arrived: Arrived = waits,
) -> list[Row]:
    """The whole list, given its first page. `arrived` gets each page's rows while others are still on their way."""
    pages = {1: first}
    arrived(first.rows)
    while True:
        known = [page.pages for page in pages.values() if page.pages is not None]
        wanted = max(known) if known else _open_end(pages, size)
        if wanted > PAGES_MAX:
            raise Malformed(f"The platform says that this list has {wanted:,} pages.", method="GET", path=template)
        missing = [number for number in range(1, wanted + 1) if number not in pages]
        if not missing:
            return _unique(pages)
        pages |= await _together(client, template, missing, size=size, query=query, path=path, arrived=arrived)


async def page(
    client: Client,
    template: str,
    *,
    number: int,
    size: int,
    query: Query | None = None,
    path: Mapping[str, str] | None = None,
) -> Page:
    body = await client.get(template, path=path, query={**(query or {}), "pageNumber": number, "pageSize": size})
    if not isinstance(body, dict):
        raise Malformed("The platform's list is no JSON object.", method="GET", path=template)
    entities = body.get("entities")
    rows = entities if entities is not None else []
    if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("id"), str) for row in rows):
        raise Malformed("The platform's list holds something without an id.", method="GET", path=template)
    count, total = body.get("pageCount"), body.get("total")
    if not isinstance(count, int) and isinstance(total, int):
        count = -(-total // size)
    return Page(tuple(rows), max(count, 1) if isinstance(count, int) else None)


async def _together(
    client: Client,
    template: str,
    numbers: list[int],
    *,
    size: int,
    query: Query | None,
    path: Mapping[str, str] | None,
    arrived: Arrived,
) -> dict[int, Page]:
    found: dict[int, Page] = {}
    todo = iter(numbers)

    async def worker() -> None:
        for number in todo:
            found[number] = await page(client, template, number=number, size=size, query=query, path=path)
            arrived(found[number].rows)

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


def _open_end(pages: Mapping[int, Page], size: int) -> int:
    """Without counts: another page as long as the last one was full."""
    last = max(pages)
    return last + 1 if len(pages[last].rows) >= size else last


def _unique(pages: Mapping[int, Page]) -> list[Row]:
    """Rows that slid onto a second page while we read count once, as the later page shows them."""
    rows = {row["id"]: row for number in sorted(pages) for row in pages[number].rows}
    return list(rows.values())
