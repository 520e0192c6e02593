"""Pages that come back unchanged are not read again; anything else is."""

from __future__ import annotations

import json

import pytest
from genesys_stage import Platform, make_client, pages

from reconciler.genesys.wire import paging
from reconciler.genesys.wire.memo import Memo
from reconciler.genesys.wire.paging import Listing

pytestmark = pytest.mark.anyio


class Reader:
    def __init__(self):
        self.read = 0

    def __call__(self, row):
        self.read += 1
        return row["id"]


async def test_a_list_that_did_not_change_is_read_once_and_asked_for_each_time():
    reader, platform = Reader(), Platform(pages(250))
    client = make_client(platform)
    first = await paging.whole(client, Listing("/api/v2/rows", 100, reader))
    assert await paging.whole(client, Listing("/api/v2/rows", 100, reader)) == first
    assert reader.read == 250
    assert len(platform.requests) == 6


async def test_a_page_that_changed_is_read_again_and_only_that():
    reader = Reader()
    platform = Platform(pages(150), pages(150), pages(150), pages(151))
    client = make_client(platform)
    await paging.whole(client, Listing("/api/v2/rows", 100, reader))
    before = reader.read
    assert len(await paging.whole(client, Listing("/api/v2/rows", 100, reader))) == 151
    assert reader.read - before == 51


async def test_another_reader_reads_for_itself():
    client = make_client(Platform(pages(3)))
    one, other = Reader(), Reader()
    await paging.whole(client, Listing("/api/v2/rows", 100, one))
    await paging.whole(client, Listing("/api/v2/rows", 100, other))
    assert (one.read, other.read) == (3, 3)


def test_what_could_not_be_read_is_not_kept():
    memo, reader = Memo(), object()
    with pytest.raises(ValueError, match="Expecting"):
        memo.value("/a", b"{", reader, json.loads)
    assert memo.value("/a", b"{}", reader, json.loads) == {}


def test_the_memo_is_bounded_and_forgets_the_oldest():
    memo, reader, read = Memo(pages_max=2), object(), []
    for address in ("/a", "/b", "/a", "/c", "/a", "/b"):
        memo.value(address, b"1", reader, lambda body, address=address: read.append(address))
    assert read == ["/a", "/b", "/c", "/b"]
