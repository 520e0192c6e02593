from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from reconciler.model.integrity import Integrity
from reconciler.model.problem import Location, Problem, Severity
from reconciler.report import junit, problems

WRONG = Problem(Location("menus/main.yaml", 12, 7), "REC1101", "unknown key 'prompts'.", "Write prompt.")
ALSO = Problem(Location("menus/main.yaml", 20, 1), "REC1102", "duplicate key 'keys'.")
ODD = Problem(Location("prompts/a.yaml", 3, 5), "REC1200", "external queue 'Sales'.", severity=Severity.WARNING)


def test_problems_as_text_are_one_line_each():
    assert problems.text([WRONG, ODD]) == (
        "menus/main.yaml:12:7: error REC1101: unknown key 'prompts'. Write prompt.\n"
        "prompts/a.yaml:3:5: warning REC1200: external queue 'Sales'.\n"
    )
    assert problems.text([]) == ""


def test_problems_as_text_cannot_forge_lines():
    forged = Problem(Location("a\nb.yaml"), "REC1", "x\x1b[2J\ny")
    assert problems.text([forged]).count("\n") == 1
    assert "\x1b" not in problems.text([forged])


def test_problems_as_json():
    assert json.loads(problems.render([WRONG, ODD])) == {
        "valid": False,
        "problems": [
            {
                "severity": "error",
                "code": "REC1101",
                "file": "menus/main.yaml",
                "line": 12,
                "column": 7,
                "message": "unknown key 'prompts'.",
                "remedy": "Write prompt.",
            },
            {
                "severity": "warning",
                "code": "REC1200",
                "file": "prompts/a.yaml",
                "line": 3,
                "column": 5,
                "message": "external queue 'Sales'.",
                "remedy": "",
            },
        ],
        "integrity": [],
        "summary": {"errors": 1, "warnings": 1},
    }


@pytest.mark.parametrize(("found", "valid"), [([], True), ([ODD], True), ([WRONG], False)])
def test_only_errors_make_it_invalid(found, valid):
    assert problems.document(found)["valid"] is valid


def suite(*found: Problem, files=()) -> ElementTree.Element:
    return ElementTree.fromstring(junit.render(found, files=files).split("\n", 1)[1])


def test_a_junit_report_has_one_case_per_file():
    root = suite(WRONG, ALSO, ODD, files=["menus/main.yaml", "routes/r.yaml"])
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert list(cases) == ["menus/main.yaml", "prompts/a.yaml", "routes/r.yaml"]
    assert root.find("testsuite").get("tests") == "3"
    assert root.find("testsuite").get("failures") == "1"
    assert root.find("testsuite/system-out").text == "2 errors, 1 warnings"
    failure = cases["menus/main.yaml"].find("failure")
    assert failure.get("type") == "REC1101"
    assert failure.get("message") == "unknown key 'prompts'. (and 1 more)"
    assert failure.text == f"{WRONG}\n{ALSO}"
    assert cases["menus/main.yaml"].get("line") == "12"
    assert cases["prompts/a.yaml"].find("failure") is None
    assert cases["prompts/a.yaml"].find("system-out").text == str(ODD)
    assert len(cases["routes/r.yaml"]) == 0


def test_a_junit_report_is_never_empty():
    assert [case.get("name") for case in suite().iter("testcase")] == ["desired state"]


def test_a_junit_report_is_xml_whatever_is_in_it():
    odd = Problem(Location("a<\x00.yaml"), "REC&", 'x ]]> "\x1b\ud800 </failure>')
    root = suite(odd)
    assert root.find(".//testcase").get("name") == "a<?.yaml"
    assert root.find(".//failure").get("message") == 'x ]]> "?? </failure>'


def test_many_problems_are_counted_by_code_and_a_handful_is_not():
    assert problems.table([WRONG] * 10) == ""
    assert problems.table([ODD] * 9 + [WRONG] * 12) == "    12  REC1101  error\n     9  REC1200  warning\n"


def test_integrity_names_the_damaged_flows_and_counts_all():
    flows = [Integrity("Line", "a.yaml", 3, 4), Integrity("Whole", "b.yaml", 2, 2)]
    assert problems.whole(flows) == (
        "Integrity of Line: 3 of 4 references valid (a.yaml).\n"
        "Integrity: 5 of 6 references inside 2 flow files are valid.\n"
    )
    assert problems.whole([]) == ""
    assert problems.document([], flows)["integrity"][0] == {"flow": "Line", "file": "a.yaml", "valid": 3, "total": 4}
