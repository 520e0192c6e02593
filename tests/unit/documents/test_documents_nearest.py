"""The name somebody probably meant."""

from __future__ import annotations

import pytest

from reconciler.documents.nearest import nearest


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("welcom", ["welcome", "goodbye"], "welcome"),
        ("INBOUNDCALL", ["inboundCall", "workflow"], "inboundCall"),
        ("xyz", ["welcome"], None),
        ("a", [], None),
        ("Sales", ["sales", "Sales "], "sales"),
    ],
)
def test_the_most_similar_name_is_offered_or_none(name, candidates, expected):
    assert nearest(name, candidates) == expected
    assert nearest(name, reversed(candidates)) == expected
