"""References inside a flow: every form is followed, every broken one is reported where it stands."""

from __future__ import annotations

import pytest

from reconciler.architect import reference_checks, references
from tests.unit.architect.archy_samples import TINY, corpus, document, parsed, well_worded

NESTED = """\
inboundCall:
  name: Nested
  startUpRef: "/inboundCall/menus/menu[Main]"
  menus:
    - menu:
        name: Main
        refId: Main
        defaultChildMenuRef: ./choices/menuTask[qna]
        choices:
          - menuTask:
              name: QnA
              refId: qna
              dtmf: digit_1
              task:
                actions:
                  - decision:
                      outputs:
                        "yes":
                          actions:
                            - jumpToMenu: {name: Back, targetMenuRef: REF}
"""


def codes(text: str) -> list[tuple[str, int]]:
    return [(problem.code, problem.location.line) for problem in reference_checks.check(parsed(text))]


def test_absolute_and_relative_references_are_followed_anywhere_in_the_tree():
    found = {reference.field: reference.target for reference in references.find(document(TINY).value)}
    assert found == {
        "startUpRef": ("inboundCall", "menus", 0, "menu"),
        "targetTaskRef": ("inboundCall", "tasks", 0, "task"),
        "targetMenuRef": ("inboundCall", "menus", 0, "menu"),
    }
    assert codes(TINY) == []


@pytest.mark.parametrize(
    "reference",
    [
        "/inboundCall/menus/menu[Main]",
        "../" * 8 + "..",
        "../" * 10 + "menu[Main]",
        "../" * 11 + "menus/menu[Main]",
    ],
)
def test_absolute_and_parent_references_reach_the_menu_from_deep_inside(reference):
    text = NESTED.replace("targetMenuRef: REF", f'targetMenuRef: "{reference}"')
    targets = {found.text: found.target for found in references.find(document(text).value)}
    assert targets[reference] == ("inboundCall", "menus", 0, "menu")
    assert codes(text) == []


@pytest.mark.parametrize(
    "reference",
    [
        "/inboundCall/menus/menu[main]",
        "/inboundCall/menus/task[Main]",
        "/inboundCall/menus",
        "/inboundCall/menus/",
        "/workflow/menus/menu[Main]",
        "/inboundCall//menus/menu[Main]",
        "menus/menu[Main]",
        "./menus/menu[Main]",
        "/",
        "",
        "..",
        "../" * 99,
        "]",
        "/inboundCall/menus/menu[",
        "/inboundCall/name/x",
    ],
)
def test_anything_else_is_a_broken_reference_at_its_place(reference):
    (problem,) = reference_checks.check(parsed(NESTED.replace("targetMenuRef: REF", f'targetMenuRef: "{reference}"')))
    assert problem.code in ("REC1410", "REC1411")
    line = NESTED.splitlines()[19]
    assert (problem.location.line, problem.location.column) == (20, line.index("REF}") + 1)
    assert "/inboundCall/menus/menu[Main]" in problem.remedy
    well_worded(problem)


def test_the_nearest_existing_target_is_offered():
    (problem,) = reference_checks.check(parsed(TINY.replace("task[work]", "task[wrok]")))
    assert problem.code == "REC1410"
    assert 'Did you mean "/inboundCall/tasks/task[work]"?' in problem.remedy


def test_names_with_brackets_blanks_and_dots_are_followed():
    text = TINY.replace("refId: work", "refId: 'Work [new], v1.0_12'").replace(
        "task[work]", "task[Work [new], v1.0_12]"
    )
    assert codes(text) == []


def test_a_number_as_ref_id_is_its_text():
    assert codes(TINY.replace("refId: work", "refId: 12").replace("task[work]", "task[12]")) == []


def test_a_target_of_the_wrong_kind_is_reported():
    assert codes(TINY.replace("/inboundCall/menus/menu[main]", "/inboundCall/tasks/task[work]")) == [("REC1411", 20)]


def test_the_default_choice_must_be_a_choice_of_its_own_menu():
    text = NESTED.replace("targetMenuRef: REF", 'targetMenuRef: "/inboundCall/menus/menu[Main]"')
    assert codes(text) == []
    assert codes(text.replace("./choices/menuTask[qna]", "/inboundCall/menus/menu[Main]")) == [("REC1411", 8)]
    assert codes(text.replace("./choices/menuTask[qna]", "./choices/menuTask[qn]")) == [("REC1410", 8)]


def test_references_into_other_files_are_explained():
    (problem,) = reference_checks.check(
        parsed(TINY.replace("/inboundCall/tasks/task[work]", "./parts/lib.yaml#/lib/tasks/task[x]"))
    )
    assert problem.code == "REC1412"
    assert "preprocess" in problem.remedy


def test_a_flow_without_a_start_is_reported():
    assert codes("workflow: {name: x, states: []}\n") == [("REC1413", 1)]
    assert codes("inqueueCall: {name: x, startUpTaskActions: []}\n") == []


@pytest.mark.parametrize("value", ["", "5", "true", "~"])
def test_a_reference_that_is_no_text_is_broken(value):
    text = TINY.replace('targetTaskRef: "/inboundCall/tasks/task[work]"', f"targetTaskRef: {value}")
    assert codes(text) == [("REC1410", 13)]


def test_fields_of_data_actions_are_not_references():
    text = "inqueueCall: {name: x, startUpTaskActions: [{callData: {inputs: {targetTaskRef: /nowhere}}}]}\n"
    assert codes(text) == []


def test_every_reference_of_real_files_is_followed():
    total = 0
    for text in corpus():
        for reference in references.find(document(text).value):
            assert reference.target is not None
            total += 1
    assert total > 40


@pytest.mark.parametrize(
    ("kind", "container", "expected"),
    [
        ("inboundCall", "task", []),
        ("inboundCall", "state", ["REC1411"]),
        ("inboundEmail", "state", []),
        ("inboundEmail", "task", ["REC1411"]),
        ("workflow", "task", ["REC1411"]),
        ("digitalBot", "bot", []),
        ("digitalBot", "task", ["REC1411"]),
    ],
)
def test_a_flow_starts_at_what_flows_of_its_type_start_at(kind, container, expected):
    text = (
        f"{kind}:\n  name: X\n  startUpRef: '/{kind}/{container}s/{container}[a]'\n"
        f"  {container}s:\n    - {container}: {{name: A, refId: a, actions: []}}\n"
    )
    assert [problem.code for problem in reference_checks.check(parsed(text))] == expected


@pytest.mark.parametrize("start", ["[a]", "{exp: x}"])
def test_a_start_that_is_no_text_leads_nowhere(start):
    text = f"inboundCall:\n  name: X\n  startUpRef: {start}\n  tasks:\n    - task: {{name: A, refId: a, actions: []}}\n"
    assert [problem.code for problem in reference_checks.check(parsed(text))] == ["REC1410"]
