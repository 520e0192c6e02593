"""File names of exported objects: readable, stable, and never two for one."""

from __future__ import annotations

import pytest

from reconciler.core import filenames


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Main IVR", "main-ivr"),
        ("main_menu_welcome", "main_menu_welcome"),
        ("Español: días / noches", "espanol-dias-noches"),
        ("  A  &  B  ", "a-b"),
        ("../../etc/passwd", "etc-passwd"),
        ("日本", ""),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_slug_is_plain_ascii_that_no_file_system_minds(name, slug):
    assert filenames.slug(name) == slug


def test_names_that_would_share_a_file_all_get_a_mark_of_their_own():
    found = filenames.unique({"a": "Main IVR", "b": "main-ivr", "c": "Other"})
    assert found["c"] == "other"
    assert found["a"] != found["b"]
    assert found["a"].startswith("main-ivr-")
    assert found["b"].startswith("main-ivr-")


def test_the_order_of_the_names_means_nothing():
    names = {"a": "Main IVR", "b": "main-ivr", "c": "日本"}
    assert filenames.unique(names) == filenames.unique(dict(reversed(names.items())))


@pytest.mark.parametrize("name", ["日本", "CON", "lpt1"])
def test_a_name_that_cannot_be_a_file_name_gets_a_mark(name):
    assert len(filenames.unique({"k": name})["k"]) >= 8
