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
QUEUE, HOURS = Location(FILE, 9, 40), Location(FILE, 30, 20)
NORTH = Location(FILE, 22, 30)
TRANSFER, RETURN = Location(FILE, 9, 30), Location(FILE, 21, 30)
SERVICE = replace(
    want(MAIN),
    places=source_map.places(
        [
            (("main",), MENU),
            (("main", "Sales"), SALES),
            (("main", "Sales", "Transfer to Old Sales"), TRANSFER),
            (("main", "billing"), Location(FILE, 10, 5)),
            (("billing",), BILLING),
            (("billing", "Sales"), BILLING),
            (("billing", "Sales", "Go to main"), RETURN),
            (("billing", "Sales", "Transfer to Old Sales North"), NORTH),
            (("billing", "Sales", "Say"), Location(FILE, 21, 10)),
            (("billing", "Sales", "Say"), Location(FILE, 21, 40)),
        ]
    ),
    externals=(External("Queue", "Old Sales", QUEUE), External("ScheduleGroup", "main", HOURS)),
)


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("Menu 'main' has no choices.", MENU),
        ("A choice 'Sales' of menu 'main' has no DTMF.", SALES),
        ('targetMenuRef "/inboundCall/menus/menu[billing]" points at nothing.', BILLING),
        ("The queue 'Old Sales' in menu 'main' does not exist.", QUEUE),
        ("The schedule group 'main' does not exist.", HOURS),
        ("The main menu is too long.", None),
        # An action alone, quoted or not; part of its name is no name.
        ("Action 'Transfer to Old Sales' has no queue.", TRANSFER),
        ("The action Transfer to Old Sales (3) has no queue.", TRANSFER),
        ("The action Transfer to Old Salesmen has no queue.", None),
        ("The action NoGo to main is wrong.", None),
        ("The action Transfer to Old Sales North has no queue.", NORTH),
        # The narrowest part that is named decides, also among parts of as many names.
        ("Action 'Go to main' of menu 'billing' points at nothing.", RETURN),
        ("The action Go to main cannot lead to 'main'.", RETURN),
        ("Action 'Go to main' of choice 'Sales' in 'billing' is wrong.", RETURN),
        # Which of two actions of one name is meant nobody knows, but the choice.
        ("Action 'Say' of choice 'Sales' in 'billing' is wrong.", BILLING),
        ("Action 'Say' is wrong.", None),
        # One word without quotes is a name after the word for what it is, and when it is long enough.
        ("Menu billing has no choices.", BILLING),
        ("The billing department is closed.", None),
        ("Menu main has no choices.", None),
        ("Queue Old Sales does not exist.", QUEUE),
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
    assert source_map.written_at(names, source_map.by_first(SERVICE.places)) == place


def test_of_two_parts_alike_the_one_nearest_to_the_element_counts():
    both = source_map.by_first({("main", "Sales"): SALES, ("main", "digit_2"): BILLING})
    assert source_map.written_at(["main", "Sales", "digit_2"], both) == BILLING
    assert source_map.written_at(["main", "digit_2", "Sales"], both) == SALES
