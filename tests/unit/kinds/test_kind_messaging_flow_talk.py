"""Conversations with compiled MessagingFlows, in the simulator: what people read, and where they end."""

from __future__ import annotations

import json
import time

import pytest

from reconciler.architect import checks, flow
from reconciler.architect.simulator import program
from reconciler.architect.simulator.call import Script, run
from reconciler.documents.load import ARCHY, load
from reconciler.kinds.messaging_flow import texts
from reconciler.kinds.registry import KINDS
from reconciler.manifests import variables
from reconciler.manifests.variables import Variables
from reconciler.sandbox import archy, archy_checks, archy_scan

HEAD = "apiVersion: reconciler/v1\nkind: MessagingFlow\nmetadata: {name: Chat}\nspec:\n  start: a\n  language: en-us\n"
ENDS = ("yes: {transfer: {queue: Holds}}", "no: {transfer: {queue: Fails}}")


def chat(*nodes: str) -> str:
    return HEAD + "  nodes:\n" + "".join(f"    {node}\n" for node in nodes)


@pytest.fixture
def talk(normalise):
    """A conversation with the message flow: what it says, and how it ends. Nothing may be left to chance."""

    def talk(text: str, *say: str, channel: str = "webmessaging") -> tuple[list[str], str]:
        normal, problems = normalise(text)
        assert [str(problem) for problem in problems if problem.severity == "error"] == []
        ready = {}
        for resource in normal.resources:
            content = resource.assets["yaml"].content
            parsed, defects = flow.parse(load(content, "made.yaml", ARCHY).documents[0])
            assert [str(one) for one in [*defects, *checks.check(parsed)]] == []
            assert archy_checks.structure(archy_scan.scan(archy.read(content.decode()))) == []
            ready[resource.key.type, resource.key.name] = program.build(parsed)
        script = Script(say=("Hi", *say), channel=channel)
        trace = run(ready["inboundShortMessage", "Chat"], script, find_flow=lambda *asked: ready.get(asked))
        assert not [event.text for event in trace.events if "only known during" in event.text]
        return trace.prompts, str(trace.outcome)

    return talk


TOPIC = chat(
    "a: {say: Hello!, next: topic}",
    "topic: {ask: Which?, choices: {Billing: bill, Other: other}, keywords: {Billing: [bill, invoice]}, otherwise: o}",
    "bill: {set: {topic: billing}, next: route}",
    "route: {when: [{variable: topic, equals: billing, go: b}], otherwise: o}",
    "b: {transfer: {queue: Billing}}",
    "other: {say: Bye, end: true}",
    "o: {transfer: {queue: Overflow}}",
)


@pytest.mark.parametrize(
    ("said", "ending"),
    [
        (["I need help with my bill"], "queue Billing"),
        (["INVOICE"], "queue Billing"),
        (["Billing"], "queue Billing"),
        (["billiards", "the bill, please"], "queue Billing"),
        (["other"], "hangup"),
        (["x", "y", "z"], "queue Overflow"),
        (["t", "t", "t"], "queue Overflow"),
    ],
)
def test_words_lead_where_the_graph_says(talk, said, ending):
    prompts, outcome = talk(TOPIC, *said)
    assert prompts[:2] == ["Hello!", "Which?"]
    assert outcome == ending


@pytest.mark.parametrize(
    ("value", "comparison", "holds"),
    [
        ("refund please", "contains: refund", True),
        ("refund please", "contains: bill", False),
        ("refund please", "startsWith: refund", True),
        ("refund please", "startsWith: please", False),
        ("x", "equals: x", True),
        ("x", "notEquals: x", False),
        ("x", "exists: true", True),
        ("x", "exists: false", False),
        ("", "exists: true", False),
        (17, "greater: 16.5", True),
        (17, "greater: 17", False),
        (17, "less: 18", True),
        ("many", "less: 18", False),
        (True, "equals: true", True),
    ],
)
def test_comparisons_look_at_what_was_set(talk, value, comparison, holds):
    first = f"a: {{set: {{v: {json.dumps(value)}}}, next: b}}"
    text = chat(first, f"b: {{when: [{{variable: v, {comparison}, go: yes}}], otherwise: no}}", *ENDS)
    assert talk(text)[1] == f"queue {'Holds' if holds else 'Fails'}"


@pytest.mark.parametrize(
    ("comparison", "holds"),
    [
        ("equals: x", False),
        ("notEquals: x", True),
        ("exists: false", True),
        ("contains: x", False),
        ("startsWith: x", False),
        ("greater: -1", False),
        ("less: 1", False),
    ],
)
def test_a_variable_that_was_never_set_is_empty(talk, comparison, holds):
    text = chat(
        f"a: {{when: [{{variable: v, {comparison}, go: yes}}], otherwise: no}}",
        "yes: {say: Holds, next: z}",
        "no: {say: Fails, next: z}",
        "z: {set: {v: 1}, end: true}",
    )
    assert talk(text)[0] == ["Holds" if holds else "Fails"]


@pytest.mark.parametrize(
    "words",
    [
        'say "hi"',
        "back\\slash",
        '\\"',
        "a literal \\n",
        "two\nlines",
        "{braces} {{more}} }}",
        '", Flow.secret, "',
        '") + Call.Ani + ("',
        "ends with \\",
    ],
)
def test_a_text_is_read_as_it_was_written(talk, words):
    assert talk(chat(f"a: {{say: {json.dumps(words)}, end: true}}"))[0] == [words]
    assert texts.quoted(words).count("\n") == 0


def test_pieces_of_a_sentence_are_joined_without_blanks(talk):
    assert talk(chat("a: {set: {x: Mr X}, next: b}", "b: {say: 'Bye, ${flow.x}.', end: true}"))[0] == ["Bye, Mr X."]


def test_the_bot_is_told_the_channel_of_the_message(talk):
    assert talk(chat('a: {say: "By ${flow.channel}", end: true}'), channel="whatsapp")[0] == ["By whatsapp"]


def test_an_escaped_token_is_plain_text(talk):
    assert talk(chat('a: {say: "$${flow.now}", end: true}'))[0] == ["${flow.now}"]


def test_a_variable_of_the_environment_cannot_bring_a_token_along():
    text = chat('a: {say: "${greeting} ${flow.now}", end: true}')
    document = load(text.encode(), "m.yaml").documents[0]
    values = Variables({"greeting": "${flow.secret}"}, {})
    filled, problems = variables.fill(document, values, KINDS["MessagingFlow"].keeps)
    assert problems == []
    said = texts.communication(filled["spec"]["nodes"]["a"]["say"])
    assert said == {"exp": 'ToCommunication(Append("${flow.secret} ", ToString(GetCurrentDateTimeUtc())))'}


@pytest.mark.parametrize("node", ['{transfer: {queue: "${flow.x}"}}', '{next: "${flow.x}"}'])
def test_a_token_of_the_flow_stands_in_texts_only(codes, node):
    assert "REC1501" not in codes(chat(f"a: {node}"))
    assert [code for code in codes(chat(f"a: {node}")) if code in ("REC1503", "REC1107", "REC1621")]


def test_a_rename_renames_the_bot_too(normalise):
    normal, _ = normalise(chat("a: {end: true}").replace("{name: Chat}", "{name: Chat, renamedFrom: Talk}"))
    assert {str(one.key.type): one.renamed_from for one in normal.resources} == {
        "digitalBot": "Talk bot",
        "inboundShortMessage": "Talk",
    }


@pytest.mark.parametrize("name", ["Chat-debug", "C/D", "x" * 197, r'"a\nb"', r'"a\u2028b"', r'"a\tb"'])
def test_both_names_must_be_names_of_flows(codes, name):
    assert codes(chat("a: {end: true}").replace("{name: Chat}", f"{{name: {name}}}")) == ["REC1109"]


def test_keywords_alone_lead_to_the_nodes_they_are_named_after(talk):
    text = chat("a: {ask: Which?, keywords: {Yes: [sure], No: [never]}}", *ENDS)
    assert talk(text, "sure, please")[1] == "queue Holds"
    assert talk(text, "never ever")[1] == "queue Fails"


def test_an_answer_can_be_kept_and_all_answers_lead_on(talk):
    text = chat(
        "a: {ask: Which?, keywords: {Gold: [golden], Silver: [grey]}, into: colour, next: b}",
        "b: {say: 'You like ${flow.colour}.', next: c}",
        "c: {ask: Your name?, into: name, next: d}",
        "d: {ask: Sure?, choices: {Quite: e}, into: mood}",
        "e: {say: 'Bye ${flow.name}, ${flow.mood}', end: true}",
    )
    assert talk(text, "the grey one", "Mr X", "quite") == (
        ["Which?", "You like Silver.", "Your name?", "Sure?", "Bye Mr X, Quite"],
        "hangup",
    )


def test_a_question_that_comes_again_forgets_its_answer(talk, normalise):
    text = chat("a: {ask: More?, keywords: {again: [yes], z: [no]}}", "again: {say: Fine, next: a}", "z: {end: true}")
    assert talk(text, "yes", "no") == (["More?", "Fine", "More?"], "hangup")
    bot = load(normalise(text)[0].resources[0].assets["yaml"].content, "made.yaml", ARCHY).documents[0].value
    first = bot["digitalBot"]["tasks"][0]["task"]["actions"][0]
    assert first["updateData"]["statements"] == [{"string": {"variable": "Slot.a_answer", "value": {"exp": "NOT_SET"}}}]


def test_a_conversation_that_never_ends_is_told_at_its_node(normalise):
    _, problems = normalise(chat("a: {ask: Q, choices: {Go: a}, otherwise: a}"))
    assert [(one.code, one.severity, one.location.line) for one in problems] == [("REC1627", "warning", 8)]


def test_a_text_longer_than_an_expression_is_refused(codes):
    assert codes(chat(f"a: {{say: {'x' * 31_990}, end: true}}")) == ["REC1628"]
    assert codes(chat(f"a: {{say: {'x' * 31_900}, end: true}}")) == []


def large(size: int) -> str:
    """A first node and `size` questions that lead round."""
    nodes = [f"n{i}: {{ask: Q, keywords: {{n{(i + 1) % size}: [x]}}, otherwise: n{i * 7 % size}}}" for i in range(size)]
    return chat("a: {next: n0}", *nodes)


def test_the_largest_flow_takes_no_more_than_its_share(normalise):
    started = time.process_time()
    _, problems = normalise(large(499))
    assert time.process_time() - started < 20, "a check that compares all nodes with all takes minutes"
    assert {problem.code for problem in problems} == {"REC1627"}


def test_a_larger_flow_is_refused(codes):
    assert codes(large(500)) == ["REC1107"]
