"""What people write as scenarios of a Menu, and what the simulator gets."""

from __future__ import annotations

import jsonschema
import pytest

from reconciler.documents.load import load
from reconciler.kinds.schema import json_schema
from reconciler.model.scenario import Expectation

MENU = """\
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Service}
spec:
  start: main
  menus:
    main:
      ask: {say: Hi}
      onNoInput: {transfer: {queue: Help}}
      keys:
        "1": {transfer: {queue: Sales}}
        "*": {repeat: true}
  scenarios:
    - %s
"""


def scenario(normalise, written: str):
    normal, problems = normalise(MENU % written)
    assert [problem for problem in problems if problem.severity == "error"] == []
    (found,) = normal.scenarios
    return found


def test_a_scenario_knows_its_line_and_the_lines_that_decide(normalise):
    found = scenario(normalise, '{name: a, press: "1 t *", expect: {queue: Sales}}')
    assert (found.source.line, found.press, found.declared_by) == (14, ("1", "t", "*"), "Menu/Service")
    assert {place: location.line for place, location in found.places.items()} == {
        ("main", "1"): 11,
        ("main", "*"): 12,
        ("main", "t"): 9,
        ("main", ""): 10,
    }
    assert (found.at, found.channel, found.oracle, found.variables) == ("open", "voice", {}, {})


def test_the_world_of_a_scenario(normalise):
    found = scenario(
        normalise,
        "{name: a, at: holiday, oracle: {Sales: failure, Help: [failure, success]}, channel: voice, "
        'variables: {Call.Ani: "+13175550150", Flow.n: 2}, expect: {hangup: true}}',
    )
    assert (found.at, found.press) == ("holiday", ())
    assert found.oracle == {"Sales": ("failure",), "Help": ("failure", "success")}
    assert found.variables == {"Call.Ani": "+13175550150", "Flow.n": 2}


@pytest.mark.parametrize(
    ("expect", "meant"),
    [
        ("{queue: Q}", Expectation("queue", "Q")),
        ("{flow: F}", Expectation("flow", "F")),
        ('{number: "+1 317 555 0150"}', Expectation("number", "+13175550150")),
        ("{voicemail: Q}", Expectation("voicemail", "Q", "queue")),
        ("{voicemail: {user: Pat}}", Expectation("voicemail", "Pat", "user")),
        ("{menu: main}", Expectation("menu", "main")),
        ("{hangup: true}", Expectation("hangup")),
        ("{says: closed}", Expectation(says=("closed",))),
        ("{says: [a, b], hangup: true}", Expectation("hangup", says=("a", "b"))),
    ],
)
def test_what_may_be_expected(normalise, expect, meant):
    assert scenario(normalise, f"{{name: a, expect: {expect}}}").expect == meant


@pytest.mark.parametrize(
    "written",
    [
        "{name: a, expect: {queue: Q, hangup: true}}",
        "{name: a, expect: {}}",
        "{name: a, expect: {hangup: true}, at: noon}",
        "{name: a, expect: {hangup: true}, oracle: {Sales: []}}",
        '{name: a, expect: {hangup: true}, press: "12"}',
        "{name: a, expect: {says: []}}",
    ],
)
def test_what_may_not(codes, written):
    assert codes(MENU % written) == ["REC1107"]


@pytest.mark.parametrize(
    ("expect", "fits"),
    [
        ({"queue": "Q", "says": "a"}, True),
        ({"says": ["a"]}, True),
        ({}, False),
        ({"queue": "Q", "hangup": True}, False),
    ],
)
def test_the_schema_for_editors_says_the_same(expect, fits):
    document = {
        "apiVersion": "reconciler/v1",
        "kind": "Menu",
        "metadata": {"name": "Service"},
        "spec": {
            "start": "main",
            "menus": {"main": {"ask": {"say": "Hi"}, "keys": {"1": {"hangup": True}}}},
            "scenarios": [{"name": "a", "expect": expect}],
        },
    }
    assert jsonschema.Draft202012Validator(json_schema("Menu")).is_valid(document) is fits


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "onNoInput: {transfer: {queue: Help}}",
            "onNoInput:",
            9,
            "spec.menus.main.onNoInput is empty. Write a mapping with",
        ),
        (
            "{transfer: {queue: Sales}}",
            "{menu: }",
            11,
            'spec.menus.main.keys["1"].menu is empty. Write text, or remove',
        ),
        (
            "{name: Service}",
            "{name: Service, division: }",
            3,
            "metadata.division is empty. Write text, or remove the key.",
        ),
        (
            "%s",
            "{name: a, now: , expect: {hangup: true}}",
            14,
            "spec.scenarios[0].now is empty. Write text, or remove the",
        ),
        (
            "%s",
            "{name: a, expect: {hangup: true, says: }}",
            14,
            "spec.scenarios[0].expect.says is empty. Write a list, or",
        ),
        (
            "%s",
            "{name: a, expect: }",
            14,
            "spec.scenarios[0].expect is empty. Write a mapping with queue or flow or number,",
        ),
    ],
)
def test_a_key_without_a_value_is_not_taken_for_absent(normalise, old, new, line, message):
    text = MENU.replace(old, new).replace("%s", "{name: a, expect: {hangup: true}}")
    _, (problem,) = normalise(text)
    schema = jsonschema.Draft202012Validator(json_schema("Menu"))
    assert not schema.is_valid(load(text.encode(), "m.yaml").documents[0].value)
    assert (problem.code, problem.location.line) == ("REC1106", line)
    assert f"{problem.message} {problem.remedy}".startswith(message)
