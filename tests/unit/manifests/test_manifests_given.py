"""A file of variables for files that come without an Environment."""

from __future__ import annotations

import pytest

from reconciler.errors import DesiredStateError
from reconciler.manifests import given


def faults(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(DesiredStateError) as caught:
        given.read(content, "values.yaml")
    return [(str(problem.location), problem.code) for problem in caught.value.problems]


def test_names_have_the_values_written():
    assert given.read(b"queue: Sales\nseconds: 5\nquiet: true\n", "values.yaml") == {
        "queue": "Sales",
        "seconds": 5,
        "quiet": True,
    }


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [("values.yaml:1:1", "REC1516")]),
        (b"- a\n", [("values.yaml:1:1", "REC1516")]),
        (b"a: 1\nb: [1]\nc: {d: 1}\n", [("values.yaml:2:4", "REC1516"), ("values.yaml:3:4", "REC1516")]),
        (b"a: 1\n---\nb: 1\n", [("values.yaml:3:1", "REC1516")]),
        (b"a: 1\na: 2\n", [("values.yaml:2:1", "REC1003")]),
    ],
)
def test_what_is_no_list_of_names_with_values_is_told_with_its_place(content, expected):
    assert faults(content) == expected
