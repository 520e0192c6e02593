"""The frame of an Archy file: root key, name, body."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from hypothesis import given, settings

from reconciler.architect import checks, flow
from reconciler.architect.dependencies import dependencies
from reconciler.model.problem import Severity
from tests.unit.architect.archy_samples import TINY, TREES, corpus, document, parsed


def test_a_flow_has_type_name_and_platform_type():
    found = parsed("digitalBot: {name: Web chat, division: Home}\n")
    assert (found.type, found.name, found.platform_type, found.division) == (
        "digitalBot",
        "Web chat",
        "DIGITALBOT",
        "Home",
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"inboundCall": {}}, True),
        ({"workflow": None}, True),
        ({"inboundCall": {}, "x": 1}, False),
        ({"kind": "Flow"}, False),
        ({}, False),
        (["inboundCall"], False),
        ("inboundCall", False),
        (None, False),
    ],
)
def test_a_bare_archy_file_is_known_by_its_only_root_key(value, expected):
    assert flow.is_archy(value) is expected


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("[1]\n", "REC1401", 1, 1),
        ("a: {name: x}\nb: 1\n", "REC1401", 1, 1),
        ("inboundCall: [x]\n", "REC1401", 1, 1),
        ("inboundCall:\n", "REC1401", 1, 1),
        ("inboundcall: {name: x}\n", "REC1402", 1, 1),
        ("workflow: {description: x}\n", "REC1403", 1, 1),
        ("workflow: {name: 5}\n", "REC1403", 1, 18),
        ("workflow: {name: ' '}\n", "REC1403", 1, 18),
        ("workflow: {name: a/b}\n", "REC1403", 1, 18),
        ("workflow: {name: main-debug}\n", "REC1403", 1, 18),
        ("workflow: {name: main-DEBUG}\n", "REC1403", 1, 18),
        ("workflow: {name: ' a'}\n", "REC1403", 1, 18),
        ('workflow: {name: "a\\n"}\n', "REC1403", 1, 18),
        ('workflow: {name: "a\\nb"}\n', "REC1403", 1, 18),
        ('workflow: {name: "a\\tb"}\n', "REC1403", 1, 18),
        ('workflow: {name: "a\\u2028b"}\n', "REC1403", 1, 18),
        ("workflow: {name: '---'}\n", "REC1403", 1, 18),
        (f"workflow: {{name: {'x' * 201}}}\n", "REC1403", 1, 18),
        ("workflow: {name: 'a {{b}}'}\n", "REC1404", 1, 18),
        ("workflow: {name: a, category: {'{{c}}': {}}}\n", "REC1404", 1, 32),
        ("workflow: {name: a, startUpRef: '/workflow/states/state[{{c}}]'}\n", "REC1404", 1, 33),
    ],
)
def test_a_bad_frame_is_refused_at_its_place(text, code, line, column):
    _, problems = flow.parse(document(text))
    assert [(p.code, p.location.line, p.location.column) for p in problems] == [(code, line, column)]
    assert problems[0].remedy


@pytest.mark.parametrize(
    ("written", "message", "remedy"),
    [
        ("{exp: Flow.x}", "the flow name is a mapping, not text.", "Write the name itself."),
        ("[a]", "the flow name is a list, not text.", "Write the name itself."),
        ("true", "the flow name is `true`, not text.", "Put it in quotes."),
        ("1.5", "the flow name is `1.5`, not text.", "Put it in quotes."),
    ],
)
def test_a_name_that_is_no_text_is_told_in_words_of_yaml(written, message, remedy):
    _, (problem,) = flow.parse(document(f"workflow: {{name: {written}}}\n"))
    assert (problem.message, problem.remedy) == (message, remedy)


@pytest.mark.parametrize("name", ["x" * 200, "main-debug-2", "Ünïcode", "a.b", "1"])
def test_legal_names_pass(name):
    assert parsed(f"workflow: {{name: '{name}'}}\n").name == name


def test_a_misspelt_type_is_corrected():
    _, problems = flow.parse(document("inqueuecall: {name: x}\n"))
    assert "`inqueueCall`" in problems[0].remedy


def test_an_unknown_type_is_taken_with_a_warning():
    found, problems = flow.parse(document("voicemail: {name: x}\n"))
    assert found is not None
    assert [(problem.code, problem.severity) for problem in problems] == [("REC1402", Severity.WARNING)]
    assert found.platform_type == "VOICEMAIL"


def test_braces_in_free_text_are_nobodys_left_over():
    parsed("workflow: {name: a, states: [{state: {name: b, note: {lit: 'Hello {{first_name}}'}}}]}\n")


def test_the_binary_export_is_refused_with_what_to_do():
    blob = b"UEsDBBQ" * 100
    assert flow.is_binary_export("flows/Main.i3InboundFlow")
    assert flow.is_binary_export("main.yaml", blob)
    assert not flow.is_binary_export("main.yaml", TINY.encode())
    found, problems = flow.parse(document(blob.decode()))
    assert found is None
    assert problems[0].code == "REC1405"
    assert "YAML" in problems[0].remedy


def test_real_files_have_no_errors_and_the_warnings_that_reading_them_confirms():
    """Looked up one by one: two placeholder menus and a task nobody leads to, a hang-up after a switch that always
    transfers, two error outputs bound to variables their flow (there twice) does not declare, a client secret handed
    to a data action twice, two queues found by name, and variables that are mentioned once: where they are declared."""
    warnings: list[str] = []
    for text in corpus():
        found, problems = flow.parse(document(text))
        assert problems == []
        assert found is not None
        problems = checks.check(found)
        assert [problem for problem in problems if problem.severity == "error"] == []
        warnings += [problem.code for problem in problems]
    assert Counter(warnings) == {
        "REC1434": 1, "REC1435": 3, "REC1447": 4, "REC1450": 2, "REC1451": 27, "REC1452": 2,
    }  # fmt: skip


@settings(max_examples=500, deadline=None)
@given(TREES)
def test_no_body_however_wrong_raises(body):
    text = json.dumps({"inboundCall": {"name": "x", "startUpRef": "./menus", "menus": body, "tasks": [{"menu": body}]}})
    found, problems = flow.parse(document(text))
    if found is not None:
        problems = problems + checks.check(found)
        for item in dependencies(found).items:
            assert item.at(found.document).line == 1
    assert all(problem.code.startswith("REC14") for problem in problems)
