"""Offset paging as the platform does it [SDK 269]: entities, pageSize, pageNumber, total, pageCount and page URIs.

`entities` is left out of an empty page by some lists (the official provider guards against it), so callers say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from reconciler.sandbox.answers import Json, Reply, bad_request, encode
from reconciler.sandbox.calls import Call, Query

PAGE_SIZE_DEFAULT = 25
WINDOW = 10_000


def listing(
    call: Call,
    items: Sequence[Json],
    render: Callable[[Json], bytes],
    *,
    size_max: int = 100,
    window: int | None = None,
    absent_when_empty: bool = False,
    more: Json | None = None,
    uris: bool = True,
) -> Reply:
    """One page of `items`. With `window`, what lies beyond that many results cannot be reached."""
    number = call.query.number("pageNumber", default=1)
    size = call.query.number("pageSize", default=PAGE_SIZE_DEFAULT)
    if size > size_max:
        raise bad_request(f"pageSize must be at most {size_max}.", "pageSize", code="invalid.value")
    total = len(items) if window is None else min(len(items), window)
    pages = -(-total // size)
    page = items[(number - 1) * size : min(number * size, total)]
    envelope: Json = {"pageSize": size, "pageNumber": number, "total": total, **(more or {}), "pageCount": pages}
    if uris:
        envelope |= page_uris(call, number, size, pages)
    tail = encode(envelope)
    if not page and absent_when_empty:
        return Reply(200, tail)
    return Reply(200, b'{"entities":[' + b",".join(map(render, page)) + b"]," + tail[1:])


def page_uris(call: Call, number: int, size: int, pages: int) -> Json:
    kept = [(k, v) for k, v in call.query.pairs if k not in ("pageNumber", "pageSize")]

    def uri(page: int) -> str:
        return f"{call.path}?{urlencode([*kept, ('pageSize', size), ('pageNumber', page)])}"

    uris = {"selfUri": uri(number), "firstUri": uri(1), "lastUri": uri(max(pages, 1))}
    if number < pages:
        uris["nextUri"] = uri(number + 1)
    if number > 1:
        uris["previousUri"] = uri(number - 1)
    return uris


def name_filter(query: Query, *names: str) -> Callable[[Json], bool]:
    """Matches any of the given names, `*` as wildcard, case ignored: never exact, so clients compare themselves."""
    wanted = [text for name in names for text in query.many(name)]
    if not wanted:
        return lambda _: True
    patterns = [wildcard(text) for text in wanted]
    return lambda entity: any(p.fullmatch(entity["name"]) for p in patterns)


def wildcard(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")), re.IGNORECASE | re.DOTALL)


def in_order(call: Call, items: list[Json], keys: tuple[str, ...]) -> list[Json]:
    """Sort as asked; `items` come sorted by name. Unknown sort keys are refused."""
    by = call.query.one("sortBy")
    if by is not None and by not in keys:
        raise bad_request(f"sortBy must be one of {', '.join(keys)}.", "sortBy", code="invalid.value")
    if by is not None and by != "name":
        items = sorted(items, key=lambda e: str(e.get(by, "")))
    if (call.query.one("sortOrder") or "").lower() in ("desc", "descending"):
        items = items[::-1]
    return items
