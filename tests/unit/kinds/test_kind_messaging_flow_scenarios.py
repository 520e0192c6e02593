"""What people write as scenarios of a MessagingFlow, and what the simulator makes of them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import jsonschema
import pytest

from reconciler.architect.simulator import unverified
from reconciler.architect.simulator.call import Script
from reconciler.documents.load import ARCHY, load
from reconciler.errors import UsageError
from reconciler.kinds.schema import json_schema
from reconciler.operations import scenarios, simulation, validation
from reconciler.operations.simulation import Subject
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


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("turns", "line"), [("{say: Hi}", 9), ("{say: Hi}, {say: billing}", 10), ("{say: Hi}, {say: nothing}", 11)]
)
async def test_the_node_where_a_conversation_ended_is_told(turns, line):
    assert f"ended at m.yaml:{line}:" in await outcome(f"{{name: a, turns: [{turns}], expect: {{queue: Sales}}}}")


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


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (
            f"{{name: a, turns: [{', '.join(['{say: a}'] * 101)}]}}",
            "spec.scenarios[0].turns takes at most 100 entries.",
        ),
        (
            "\n    - ".join(f"{{name: a{number}, turns: [{{say: a}}]}}" for number in range(501)),
            "spec.scenarios takes at most 500 entries.",
        ),
    ],
)
def test_scenarios_and_turns_are_bounded(normalise, scenario, said):
    _, problems = normalise(FLOW % scenario)
    assert [problem.message for problem in problems] == [said]


def test_the_schema_knows_scenarios():
    schema = jsonschema.Draft202012Validator(json_schema("MessagingFlow"))
    schema.validate(document("{name: a, turns: [{expect: [a, b]}], expect: {end: true}}"))
    assert not schema.is_valid(document("{name: a, turns: [{press: 1}]}"))


CLOCK = """\
apiVersion: reconciler/v1
kind: MessagingFlow
metadata: {name: Chat}
spec:
  language: en-us
  start: a
  nodes:
    a: {set: {when: "at ${flow.now}"}, next: b}
    b: {say: "It is ${flow.now} by ${flow.channel}, ${flow.when}", end: true}
  scenarios:
    - {name: early, now: "2026-03-01T08:00:00+02:00", turns: [{say: Hi, expect: 2026-03-01T06:00:00}]}
    - {name: as it is, turns: [{say: Hi, expect: [2026-01-31T08:30:00, by webmessaging]}]}
"""
NOW = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
CHAT = Subject(name="Chat", type="inboundShortMessage")


@pytest.mark.anyio
async def test_the_time_of_a_conversation_is_the_scenarios_or_the_clocks():
    assert "2 passed" in (await scenarios.test(loading(CLOCK), output="text", now=NOW)).output
    assert "REC1613" not in (await validation.validate(loading(CLOCK), output="text", now=NOW)).output
    assert "1 passed, 1 failed" in (await scenarios.test(loading(CLOCK), output="text")).output


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("subject", "channel", "heard"),
    [
        (CHAT, "", "It is 2026-01-31T08:30:00.000Z by webmessaging, at 2026-01-31T08:30:00.000Z"),
        (CHAT, "sms", "It is 2026-01-31T08:30:00.000Z by sms, at 2026-01-31T08:30:00.000Z"),
        (
            Subject(name="Chat bot"),
            "",
            "It is 2026-01-31T08:30:00.000Z by webmessaging, at 2026-01-31T08:30:00.000Z",
        ),
    ],
)
async def test_time_and_channel_are_heard_as_values(subject, channel, heard):
    script = Script(say=("Hi",), channel=channel)
    told = json.loads((await simulation.simulate(loading(CLOCK), subject, script, output="json", now=NOW)).output)
    assert [event["text"] for event in told["events"] if event["event"] == "hears"] == [heard]
    assert told["now"] == "2026-01-31T08:30:00.000Z"
    assert unverified.TEXT_OF_A_MOMENT in told["assumptions"]
    options = {"variables": {}, "channel": channel, "now": NOW}
    explored = json.loads((await simulation.every_way(loading(CLOCK), subject, output="json", **options)).output)
    # An exploration forgets what is written to variables.
    assert explored["paths"][0]["heard"] == [heard.replace("at 2026-01-31T08:30:00.000Z", "{Flow.when}")]


@pytest.mark.anyio
async def test_a_time_of_the_script_wins_over_the_clock():
    script = Script(say=("Hi",), now=datetime(2027, 1, 1, tzinfo=UTC))
    answer = await simulation.simulate(loading(CLOCK), CHAT, script, output="text", now=NOW)
    assert "It is 2027-01-01T00:00:00.000Z" in answer.output


@pytest.mark.anyio
@pytest.mark.parametrize("now", ["noon", "08:30", "2026-13-01", "0001-01-01T00:00:00+10:00"])
async def test_a_time_that_is_none_says_how_to_write_it(now):
    text = CLOCK.replace("2026-03-01T08:00:00+02:00", now)
    answer = await scenarios.test(loading(text), output="text")
    assert answer.exit == 1
    assert "is not a point in time" in answer.output
    assert '"2026-01-31T08:30:00Z"' in answer.output


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("node", "relies"), [("set: {when: 'at ${flow.now}'}", 1), ("say: 'At ${flow.now}'", 1), ("say: x", 0)]
)
async def test_how_the_platform_writes_a_time_is_told_as_an_assumption(node, relies):
    text = CLOCK.split("    a:", maxsplit=1)[0] + f"    a: {{{node}, end: true}}\n"
    told = json.loads((await simulation.simulate(loading(text), CHAT, Script(), output="json", now=NOW)).output)
    assert list(told["assumptions"]).count(unverified.TEXT_OF_A_MOMENT) == relies


ROUTE = """\
apiVersion: reconciler/v1
kind: MessagingFlow
metadata: {name: Chat}
spec:
  language: en-us
  start: hello
  nodes:
    hello: {say: "You are a ${flow.tier} guest", when: [{variable: tier, exists: true, go: bill}], otherwise: bye}
    bill: {transfer: {queue: Billing}}
    bye: {set: {reason: none}, say: Bye, end: true}
  scenarios:
    - {name: known, turns: [{expect: gold guest}], expect: {queue: Billing}, variables: {Flow.tier: gold}}
    - {name: unknown, turns: [{expect: Bye}], expect: {end: true}}
"""


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["Flow.tier", "tier"])
async def test_a_variable_that_only_a_scenario_sets_is_there_before_the_conversation_and_empty_without_it(name):
    answer = await scenarios.test(loading(ROUTE.replace("Flow.tier: gold", f"{name}: gold")), output="text")
    assert "2 passed" in answer.output, answer.output


def test_it_is_an_input_of_the_bot_that_the_message_flow_hands_over_empty(normalise):
    normal, problems = normalise(ROUTE)
    assert [str(one) for one in problems] == []
    bot, messages = (
        load(resource.assets["yaml"].content, "made.yaml", ARCHY).documents[0].value for resource in normal.resources
    )
    declared = [one["stringVariable"] for one in bot["digitalBot"]["variables"]]
    assert [(one["name"], one["isInput"]) for one in declared] == [("Flow.reason", False), ("Flow.tier", True)]
    (call, _) = messages["inboundShortMessage"]["states"][0]["state"]["actions"]
    called = call["callDigitalBotFlow"]["digitalBotFlow"]["Chat bot"]["ver_latestPublished"]
    assert called == {"inputs": {"Flow.tier": {"lit": ""}}}


@pytest.mark.anyio
async def test_a_number_that_a_scenario_sets_is_the_text_that_variables_hold():
    text = ROUTE.replace("exists: true", "equals: 3").replace("Flow.tier: gold", "Flow.tier: 3").replace("gold", "3")
    answer = await scenarios.test(loading(text), output="text")
    assert "2 passed" in answer.output, answer.output


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        ("variable: tier", "variable: teir", (8, 68), 'scenario sets the variable "teir". Did you mean tier?'),
        ("Flow.tier: gold", "Call.tier: gold", (8, 68), "set `tier` in a scenario"),
        ("Flow.tier: gold", "Flow.tier: x, Flow.teir: gold", (12, 104), '"Flow.teir". Did you mean tier?'),
        ("Flow.tier: gold", "tier: x, raeson: gold", (12, 99), '"raeson". Did you mean reason?'),
        ("Flow.tier: gold", "Flow.tier: x, Flow.channel: sms", (12, 104), "Write `channel:` beside"),
        ("Flow.tier: gold", "Flow.tier: x, flow.Channel: sms", (12, 104), "Write `channel:` beside"),
        (
            "Flow.tier: gold",
            "Flow.tier: x, tier: y",
            (12, 104),
            'variables "Flow.tier" and "tier" are one, and only the',
        ),
        ("Flow.tier: gold", "tier: x, flow.TIER: y", (12, 99), '"tier" and "flow.TIER" are one'),
        ("Flow.tier: gold", "Flow.tier: x, Flow.now: today", (12, 104), "built in and cannot be set"),
        ("set: {reason", "set: {Tier", (12, 90), 'variables "Tier" and "tier" differ in case'),
    ],
)
def test_variables_that_are_set_or_read_to_no_effect(normalise, old, new, place, words):
    _, problems = normalise(ROUTE.replace(old, new))
    assert words in str(problems[-1])
    assert (problems[-1].location.line, problems[-1].location.column) == place
    assert len({one.code for one in problems}) == 1


KNOWN = """\
apiVersion: reconciler/v1
kind: MessagingFlow
metadata: {name: Chat}
spec:
  language: en-us
  start: a
  nodes:
    a: {when: [{variable: topic, equals: billing, go: b}], otherwise: c}
    b: {transfer: {queue: Billing}}
    c: {set: {topic: x}, end: true}
  scenarios:
    - {name: told, variables: {%s: billing}, turns: [{say: Hi}], expect: {queue: Billing}}
"""


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["topic", "Flow.topic", "TOPIC", "flow.Topic"])
async def test_a_variable_may_be_named_as_it_is_written(name):
    assert "1 passed" in (await scenarios.test(loading(KNOWN % name), output="text")).output
    script = Script(say=("Hi",), variables={name: "billing"})
    answer = await simulation.simulate(loading(KNOWN % "topic"), CHAT, script, output="text")
    assert "queue Billing" in answer.output
    ways = await simulation.every_way(loading(KNOWN % "topic"), CHAT, variables={name: "billing"}, output="json")
    assert [path["outcome"]["name"] for path in json.loads(ways.output)["paths"]] == ["Billing"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("topik", 'nothing reads or declares the variable "topik", the nearest is topic.'),
        ("Flow.topik", 'nothing reads or declares the variable "Flow.topik", the nearest is Flow.topic.'),
        ("Call.Any", 'nothing reads or declares the variable "Call.Any", the nearest is Call.Ani.'),
        ("zzz", 'nothing reads or declares the variable "zzz".'),
    ],
)
async def test_a_variable_that_is_none_is_told_with_the_nearest(name, complaint):
    answer = await scenarios.test(loading(KNOWN % name), output="text")
    assert (answer.exit, complaint in answer.output) == (1, True)
    told = re.escape(f"{complaint[0].upper()}{complaint[1:]}".rstrip("."))
    with pytest.raises(UsageError, match=told):
        await simulation.simulate(
            loading(KNOWN % "topic"), CHAT, Script(variables={"topic": 1, name: 2}), output="text"
        )
    with pytest.raises(UsageError, match=told):
        await simulation.every_way(loading(KNOWN % "topic"), CHAT, variables={name: 2}, output="text")


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["Call.Ani", "call.ani", "Call.Contact.Name", "Message.Message.body"])
async def test_what_the_platform_tells_every_flow_may_be_given_although_nothing_reads_it(name):
    script = Script(say=("Hi",), variables={name: "x"})
    assert (await simulation.simulate(loading(KNOWN % "topic"), CHAT, script, output="text")).exit == 0


@pytest.mark.parametrize("written", ["tier: x, REASON: y", "tier: x, flow.Reason: y"])
def test_the_case_of_a_variable_of_a_scenario_does_not_matter(normalise, written):
    _, problems = normalise(ROUTE.replace("Flow.tier: gold", written))
    assert [str(one) for one in problems] == []


INPUT = """\
apiVersion: reconciler/v1
kind: MessagingFlow
metadata: {name: Desk}
spec:
  language: en-us
  start: a
  nodes:
    a: {when: [{variable: vip, equals: "yes", go: b}], otherwise: c}
    b: {say: "A guest", end: true}
    c: {say: "vip <${flow.vip}> by ${flow.channel}", end: true}
  scenarios: [{name: a, variables: {vip: "yes"}, turns: [{expect: A guest}]}]
"""


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["Desk", "Desk bot"])
@pytest.mark.parametrize(
    ("channel", "told"), [("", "webmessaging"), ("sms", "sms"), ("voice", "voice"), ("webmessaging", "webmessaging")]
)
async def test_a_bot_on_its_own_has_the_channel_and_the_empty_inputs_of_the_whole(name, channel, told):
    subject, script = Subject(name=name), Script(channel=channel)
    body = json.loads((await simulation.simulate(loading(INPUT), subject, script, output="json")).output)
    heard = [event["text"] for event in body["events"] if event["event"] == "hears"]
    assert (body["channel"], heard) == (told, [f"vip <> by {told}"])
    explored = await simulation.every_way(
        loading(INPUT), subject, variables={"vip": ""}, channel=channel, output="text"
    )
    assert f'hears "vip <> by {told}"' in explored.output


@pytest.mark.anyio
async def test_an_input_that_is_given_is_not_empty():
    script = Script(variables={"vip": "yes"})
    answer = await simulation.simulate(loading(INPUT), Subject(name="Desk bot"), script, output="text")
    assert '"A guest"' in answer.output
