"""One trouble told twice must not look like two."""

from __future__ import annotations

import pytest

from reconciler.core import gist

SAME = {
    "correlation ids": (
        "busy (HTTP 503, correlation id 0af7651916cd43dd8448eb211c80319c)",
        "busy (HTTP 503, correlation id b9c7c989f97918e1b9c7c989f97918e1)",
    ),
    "job ids": ("job 2f7c0e0e-1111-4222-8333-444444444444 failed", "job 9a1b2c3d-1111-4222-8333-444444444444 failed"),
    "waits": ("next attempt in 40 s", "next attempt in 7.5 s"),
}
OTHER = {
    "words": ("locked by supervisor", "locked by operator"),
    "more": ("no host", "no host at all"),
    "words of hex letters": ("facade", "decade"),
}  # fmt: skip


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_numbers_and_ids_make_no_other_trouble(pair):
    assert gist.of(pair[0]) == gist.of(pair[1])


@pytest.mark.parametrize("pair", OTHER.values(), ids=OTHER)
def test_words_do(pair):
    assert gist.of(pair[0]) != gist.of(pair[1])
