"""What the platform says of a compiled flow, led back to the line that a person wrote."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core import source_map
from reconciler.model.problem import Location
from reconciler.model.resource import External
from tests.builders import MAIN, want

FILE = "menus/service.yaml"
MENU, SALES, BILLING = (Location(FILE, line, 5) for line in (7, 9, 20))
QUEUE = Location(FILE, 9, 40)
SERVICE = replace(
    want(MAIN),
    places={("main",): MENU, ("main", "Sales"): SALES, ("billing",): BILLING, ("billing", "Sales"): BILLING},
    externals=(External("Queue", "Old Sales", QUEUE),),
)


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("Menu 'main' has no choices.", MENU),
        ("A choice 'Sales' of menu 'main' has no DTMF.", SALES),
        ('targetMenuRef "/inboundCall/menus/menu[billing]" points at nothing.', BILLING),
        ("The queue 'Old Sales' in menu 'main' does not exist.", QUEUE),
        ("The main menu is too long.", None),
        ("Internal error.", None),
    ],
)
def test_the_most_specific_part_that_is_named_decides(message, place):
    assert source_map.where(message, SERVICE) == place


def test_the_sentence_ends_with_the_place():
    assert source_map.told("Menu 'main' is wrong.", SERVICE) == f"Menu 'main' is wrong. See {FILE}:7:5."


def test_a_flow_that_nobody_compiled_and_a_deletion_are_told_as_they_are():
    assert source_map.told("Menu 'main' is wrong.", want(MAIN)) == "Menu 'main' is wrong."
    assert source_map.told("Menu 'main' is wrong.", None) == "Menu 'main' is wrong."


@pytest.mark.parametrize(
    ("names", "place"),
    [
        (["main"], MENU),
        (["main", "Sales"], SALES),
        (["billing", "Sales", "failure"], BILLING),
        (["main", "More", "failure"], MENU),
        (["other", "main"], None),
        ([], None),
    ],
)
def test_an_element_is_written_at_the_most_specific_part_on_the_way_to_it(names, place):
    assert source_map.written_at(names, SERVICE) == place


def test_of_two_parts_alike_the_one_nearest_to_the_element_counts():
    both = replace(SERVICE, places={("main", "Sales"): SALES, ("main", "digit_2"): BILLING})
    assert source_map.written_at(["main", "Sales", "digit_2"], both) == BILLING
    assert source_map.written_at(["main", "digit_2", "Sales"], both) == SALES
