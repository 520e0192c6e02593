"""Rules of Architect's engine about the parts of a flow."""

from __future__ import annotations

import pytest

from reconciler.architect import structure
from tests.unit.architect.archy_samples import TINY, parsed


def codes(text: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.location.line) for problem in structure.check(parsed(text))]


def flow(body: str) -> str:
    return "inboundCall:\n  name: x\n" + body


def menu(*choices: str) -> str:
    listed = "".join(f"          - {choice}\n" for choice in choices)
    return f"  menus:\n    - menu:\n        name: Main\n        choices:\n{listed}"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("  menus:\n    - menu: {name: Main, choices: []}\n", [("REC1422", 4)]),
        ("  menus:\n    - menu: {name: Main}\n", [("REC1422", 4)]),
        (
            menu("menuDisconnect: {name: A, dtmf: digit_1}", "menuDisconnect: {name: B, dtmf: digit_1}"),
            [("REC1423", 8)],
        ),
        (menu("menuDisconnect: {name: A}"), [("REC1424", 7)]),
        (menu("menuDisconnect: {name: A, speechRecTerms: {en-us: {terms: [bye]}}}"), []),
        (menu("menuDisconnect: {name: A, speechRecTerms: {en-us: {terms: []}}}"), [("REC1424", 7)]),
        (menu("menuDialByExtension: {name: B}"), []),
        ("  tasks:\n    - task: {name: A, refId: a}\n    - task: {name: A, refId: b}\n", [("REC1421", 5)]),
        ("  tasks:\n    - task: {name: A, refId: a}\n    - task: {name: B, refId: a}\n", [("REC1420", 5)]),
        ("  states:\n    - state: {name: A}\n    - state: {name: A}\n", [("REC1421", 5)]),
        ("  tasks:\n    - task: {name: A, actions: [{a: {name: N}}, {b: {name: N}}]}\n", []),
        ("  tasks:\n    - task: {name: A, actions: [{a: {refId: r}}, {b: {refId: r}}]}\n", [("REC1420", 4)]),
        (
            "  tasks:\n    - task: {name: A, actions: [callData: {category: {I: {dataAction: {actions: {x: 1}}}}}]}\n",
            [],
        ),
    ],
)
def test_a_broken_rule_is_reported_at_its_place(body, expected):
    assert codes(flow(body)) == expected


def test_a_switch_takes_64_cases_and_no_more():
    def switch(count: int) -> str:
        cases = ", ".join("{case: {value: {lit: true}, actions: []}}" for _ in range(count))
        actions = f"[{{switch: {{evaluate: {{firstTrue: {{cases: [{cases}]}}}}}}}}]"
        return flow(f"  tasks: [{{task: {{name: A, actions: {actions}}}}}]\n")

    assert codes(switch(64)) == []
    assert codes(switch(65)) == [("REC1425", 3)]


def test_the_tiny_flow_is_sound():
    assert codes(TINY) == []


def test_the_same_key_in_two_menus_is_fine():
    menu = "    - menu:\n        name: {0}\n        choices: [{{menuDisconnect: {{name: Bye, dtmf: digit_9}}}}]\n"
    assert codes(flow("  menus:\n" + menu.format("A") + menu.format("B"))) == []
