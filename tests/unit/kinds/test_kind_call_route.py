from __future__ import annotations

import pytest

from reconciler.kinds.call_route.normal import differences, e164

HEAD = "apiVersion: reconciler/v1\nkind: CallRoute\nmetadata: {name: Main number}\nspec: "


def test_numbers_are_normalised_and_sorted_and_flows_are_inbound_call_flows(normalise):
    text = HEAD + (
        '{dnis: ["+1 (317) 555-0102", "+13175550101"], open: {flow: A}, closed: {flow: B}, holiday: {flow: B}, '
        "scheduleGroup: Office hours}"
    )
    normal, problems = normalise(text)
    assert problems == []
    (route,) = normal.resources
    assert route.spec == {
        "description": "",
        "dnis": ["+13175550101", "+13175550102"],
        "open": "A",
        "closed": "B",
        "holiday": "B",
        "scheduleGroup": "Office hours",
    }
    assert [(item.kind, item.name, item.type) for item in route.externals] == [
        ("Flow", "A", "inboundCall"),
        ("Flow", "B", "inboundCall"),
        ("Flow", "B", "inboundCall"),
        ("ScheduleGroup", "Office hours", ""),
    ]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ('{dnis: ["+13175550101"], open: {flow: A}}', []),
        ('{dnis: ["+13175550101"]}', ["REC1105"]),
        ('{dnis: ["+13175550101"], open: A}', ["REC1106"]),
        ("{dnis: [+13175550101], open: {flow: A}}", ["REC1106"]),
        ('{dnis: ["3175550101"], open: {flow: A}}', ["REC1107"]),
        ('{dnis: ["+1317555010x"], open: {flow: A}}', ["REC1107"]),
        ('{dnis: ["+13175550101", "+1 317 555 0101"], open: {flow: A}}', ["REC1116"]),
        ("{open: {flow: A}}", ["REC1116"]),
        ('{dnis: ["+13175550101"], open: {flow: A}, scheduleGroup: X}', ["REC1116"]),
        ('{dnis: ["+13175550101"], open: {flow: A}, closed: {flow: B}}', ["REC1116"]),
        ('{dnis: ["+13175550101"], opn: {flow: A}}', ["REC1105", "REC1104"]),
    ],
)
def test_what_a_route_needs(codes, spec, expected):
    assert codes(HEAD + spec) == expected


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+13175550101", "+13175550101"),
        ("+1 (317) 555-0101", "+13175550101"),
        ("+1.317.555.0101", "+13175550101"),
        ("13175550101", None),
        ("+0317555010", None),
        ("+123456", None),
        ("+1234567890123456", None),
        ("+1317555０101", None),
    ],
)
def test_e164(text, number):
    assert e164(text) == number


def test_fields_are_compared_one_by_one_and_empty_equals_absent():
    want = {
        "description": "",
        "dnis": ["+1", "+2"],
        "open": "A",
        "closed": None,
        "holiday": None,
        "scheduleGroup": None,
    }
    have = {"description": None, "dnis": ["+2", "+1"], "open": "A"}
    assert differences(want, have) == []
    assert differences(want, have | {"open": "B", "dnis": ["+1"]}) == [
        ("dnis", ["+1"], ["+1", "+2"]),
        ("open", "B", "A"),
    ]
