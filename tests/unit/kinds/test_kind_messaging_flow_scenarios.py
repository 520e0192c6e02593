"""What people write as scenarios of a MessagingFlow, and what the simulator makes of them."""

from __future__ import annotations

import jsonschema
import pytest

from reconciler.documents.load import load
from reconciler.kinds.schema import json_schema
from reconciler.operations import scenarios
from tests.unit.operations.desired_files import loading

FLOW = """\
apiVersion: reconciler/v1
kind: MessagingFlow
metadata: {name: Chat}
spec:
  language: en-us
  start: hello
  nodes:
    hello: {say: Hello!, next: topic}
    topic: {ask: Which?, choices: {Billing: bill, Nothing: bye}, keywords: {Billing: [invoice]}, otherwise: bye}
    bill: {say: "A bill, by ${flow.channel}", transfer: {queue: Billing}}
    bye: {say: Bye, end: true}
  scenarios:
    - %s
"""


def document(scenario: str):
    return load((FLOW % scenario).encode(), "m.yaml").documents[0].value


async def outcome(scenario: str) -> str:
    answer = await scenarios.test(loading(FLOW % scenario), output="text")
    assert (answer.exit == 0) == ("1 passed" in answer.output)
    return answer.output


@pytest.mark.anyio
@pytest.mark.parametrize(
    "scenario",
    [
        "{name: a, turns: [{expect: [hello, WHICH]}, {say: the invoice, expect: a bill}], expect: {queue: Billing}}",
        "{name: a, turns: [{say: Hi}, {say: nothing, expect: Bye}], expect: {end: true}}",
        "{name: a, turns: [{say: Hi}, {say: t}, {say: t, expect: Which}, {say: t, expect: Bye}]}",
        "{name: a, turns: [{expect: Hello}]}",
        "{name: a, channel: sms, turns: [{say: Hi}, {say: billing, expect: by sms}]}",
    ],
)
async def test_conversations_that_go_as_written_pass(scenario):
    assert "ok      MessagingFlow/Chat: a" in await outcome(scenario)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("scenario", "complaint"),
    [
        (
            "{name: a, turns: [{say: Hi}, {say: nothing}], expect: {queue: Billing}}",
            ":13:7: expected queue Billing, the conversation ends in hangup.",
        ),
        (
            "{name: a, turns: [{say: Hi, expect: Which}, {say: nothing, expect: Hello}]}",
            ':13:7: expected the words "Hello" after "nothing", the answer is "Bye".',
        ),
        ("{name: a, turns: [{expect: Bye}]}", 'expected the words "Bye" at first, the answer is "Hello!'),
        (
            "{name: a, turns: [{say: Hi}, {say: nothing}, {say: more, expect: x}]}",
            'the conversation is over before "more" is said.',
        ),
        (
            "{name: a, turns: [{say: Hi}], expect: {end: true}}",
            "expected hangup, the conversation ends in waiting Ask.",
        ),
    ],
)
async def test_conversations_that_go_otherwise_say_where(scenario, complaint):
    found = await outcome(scenario)
    assert "FAILED  MessagingFlow/Chat: a" in found
    assert complaint in found


@pytest.mark.parametrize(
    ("scenario", "place"),
    [
        ("{name: a, turns: []}", (13, 24)),
        ("{name: a, turns: [{say: a}, {expect: b}]}", (13, 7)),
        ("{name: a, turns: [{}]}", (13, 25)),
        ("{name: a, turns: [{say: a}], expect: {queue: Q, end: true}}", (13, 44)),
        ("{name: a, turns: [{say: a}]}\n    - {name: a, turns: [{say: a}]}", (14, 14)),
    ],
)
def test_what_no_scenario_may_say(normalise, scenario, place):
    _, problems = normalise(FLOW % scenario)
    assert [(one.location.line, one.location.column) for one in problems] == [place]


def test_the_schema_knows_scenarios():
    schema = jsonschema.Draft202012Validator(json_schema("MessagingFlow"))
    schema.validate(document("{name: a, turns: [{expect: [a, b]}], expect: {end: true}}"))
    assert not schema.is_valid(document("{name: a, turns: [{press: 1}]}"))
