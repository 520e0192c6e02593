"""Lists: whole, each row once, in no more requests than pages."""

from __future__ import annotations

import httpx
import pytest
from genesys_stage import Platform, make_client, ok, pages

from reconciler.errors import Malformed
from reconciler.genesys import prompts
from reconciler.genesys.wire import paging

pytestmark = pytest.mark.anyio


async def listed(platform, size=100):
    return await paging.everything(make_client(platform), "/api/v2/rows", size=size)


@pytest.mark.parametrize(("total", "requests"), [(0, 1), (1, 1), (99, 1), (100, 1), (101, 2), (1000, 10), (2050, 21)])
@pytest.mark.parametrize("without", [(), ("pageCount",)])
async def test_a_list_costs_its_pages(total, requests, without):
    platform = Platform(pages(total, without=without, absent_when_empty=True))
    rows = await listed(platform)
    assert [row["id"] for row in rows] == [f"row-{number}" for number in range(total)]
    assert len(platform.requests) == requests


@pytest.mark.parametrize(("total", "requests"), [(0, 1), (99, 1), (100, 2), (250, 3)])
async def test_without_any_count_pages_are_read_until_one_is_not_full(total, requests):
    platform = Platform(pages(total, without=("pageCount", "total")))
    assert len(await listed(platform)) == total
    assert len(platform.requests) == requests


async def test_a_list_that_grows_while_it_is_read_is_read_to_its_new_end():
    first, later = pages(150), pages(250)
    platform = Platform(first, later)
    assert len(await listed(platform)) == 250
    assert len(platform.requests) == 3


async def test_a_row_that_slid_onto_the_next_page_counts_once():
    def answer(request):
        number = int(request.url.params["pageNumber"])
        rows = [{"id": "a"}, {"id": "b", "at": 1}] if number == 1 else [{"id": "b", "at": 2}, {"id": "c"}]
        return ok({"entities": rows, "pageCount": 2})

    assert await listed(Platform(answer), size=2) == [{"id": "a"}, {"id": "b", "at": 2}, {"id": "c"}]


@pytest.mark.parametrize(
    "body", [[], {"entities": "x"}, {"entities": [{}]}, {"entities": [None]}, {"entities": [{"id": 1}]}]
)
async def test_rows_without_an_id_are_malformed(body):
    with pytest.raises(Malformed):
        await listed(Platform(ok(body)))


async def test_an_impossible_page_count_is_malformed():
    platform = Platform(ok({"entities": [], "pageCount": 10**9}))
    with pytest.raises(Malformed, match="pages"):
        await listed(platform)
    assert len(platform.requests) == 1


async def test_one_failing_page_fails_the_list_with_its_own_error():
    def answer(request):
        if request.url.params["pageNumber"] == "3":
            return httpx.Response(400, json={"message": "no"})
        return pages(500)(request)

    with pytest.raises(Exception) as caught:
        await listed(Platform(answer))
    assert type(caught.value).__name__ == "Rejected"


# -- the result window of prompts -------------------------------------------------------------------------------


def windowed(names, *, ignores_case=True):
    """The prompt listing: stops at 10,000 results, knows `*` at the end of a name."""

    def answer(request):
        wanted = request.url.params.get("name")
        found = [name for name in names if _fits(name, wanted, ignores_case)]
        number, size = int(request.url.params["pageNumber"]), int(request.url.params["pageSize"])
        shown = found[: prompts.WINDOW][(number - 1) * size : number * size]
        count = -(-min(len(found), prompts.WINDOW) // size)
        return ok({"entities": [{"id": f"id-{name}", "name": name} for name in shown], "pageCount": count})

    return answer


def _fits(name, wanted, ignores_case):
    if wanted is None:
        return True
    if ignores_case:
        name, wanted = name.lower(), wanted.lower()
    return name.startswith(wanted[:-1]) if wanted.endswith("*") else name == wanted


async def test_a_list_below_the_window_costs_its_pages():
    platform = Platform(windowed([f"p{number}" for number in range(9_900)]))
    assert len(await prompts.everything(make_client(platform))) == 9_900
    assert len(platform.requests) == 99


@pytest.mark.parametrize("ignores_case", [True, False])
async def test_beyond_the_window_prompts_are_listed_by_first_letters(ignores_case):
    names = [f"{letter}{number}" for letter in "abZ7" for number in range(3_000)]
    rows = await prompts.everything(make_client(Platform(windowed(names, ignores_case=ignores_case))))
    assert {row["name"] for row in rows} == set(names)
    assert len(rows) == 12_000


async def test_a_letter_beyond_the_window_is_split_by_the_next_one():
    names = ["a", "ab", *(f"a{letter}{number}" for letter in "bc_" for number in range(4_000))]
    rows = await prompts.everything(make_client(Platform(windowed(names))))
    assert {row["name"] for row in rows} == set(names)


async def test_a_search_that_shows_less_than_the_list_promised_is_not_believed():
    def answer(request):
        if "name" in request.url.params:
            return ok({"entities": [], "pageCount": 0})
        return windowed([f"p{number}" for number in range(12_000)])(request)

    with pytest.raises(Malformed, match="incomplete"):
        await prompts.everything(make_client(Platform(answer)))


async def test_the_scan_asks_for_resources_and_for_no_signed_addresses():
    platform = Platform(windowed(["a"]))
    await prompts.everything(make_client(platform))
    query = platform.requests[0].url.params
    assert (query["includeMediaUris"], query["includeResources"], query["pageSize"]) == ("false", "true", "100")
