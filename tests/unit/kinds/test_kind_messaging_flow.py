"""A conversation as a graph: what is wrong with it, and the bot and message flow it becomes."""

from __future__ import annotations

import pytest

from reconciler.architect import canonical, checks, flow, walk
from reconciler.documents.load import ARCHY, load
from reconciler.model import identity

HEAD = "apiVersion: reconciler/v1\nkind: MessagingFlow\nmetadata: {name: Chat}\nspec:\n  start: a\n  language: en-us\n"


def chat(*nodes: str) -> str:
    return HEAD + "  nodes:\n" + "".join(f"    {node}\n" for node in nodes)


END = "z: {end: true}"


def compiled(normalise, text: str):
    """Both documents of a sound manifest, each of which passes our own checks of flows."""
    normal, problems = normalise(text)
    assert [str(problem) for problem in problems if problem.severity == "error"] == []
    bodies = []
    for resource in normal.resources:
        loaded = load(resource.assets["yaml"].content, "made.yaml", ARCHY)
        parsed, found = flow.parse(loaded.documents[0])
        assert [str(one) for one in [*found, *checks.check(parsed)]] == []
        assert resource.spec == {"document": canonical.canonical(loaded.documents[0].value)}
        ((_, body),) = loaded.documents[0].value.items()
        bodies.append(body)
    return bodies


def task(bot, name: str):
    return next(item["task"]["actions"] for item in bot["tasks"] if item["task"]["refId"] == name)


def test_it_becomes_a_bot_and_the_message_flow_that_calls_it(normalise):
    normal, _ = normalise(chat("a: {say: Hello, next: z}", END))
    assert [resource.key for resource in normal.resources] == [
        identity.flow("digitalBot", "Chat bot"),
        identity.flow("inboundShortMessage", "Chat"),
    ]
    assert {resource.declared_by for resource in normal.resources} == {"MessagingFlow/Chat"}
    assert [(one.kind, one.name, one.type) for one in normal.resources[1].externals] == [
        ("Flow", "Chat bot", "digitalBot")
    ]
    _, messages = compiled(normalise, chat("a: {say: Hello, next: z}", END))
    (call, bye) = messages["states"][0]["state"]["actions"]
    assert call["callDigitalBotFlow"]["digitalBotFlow"] == {"Chat bot": {"ver_latestPublished": {"none": True}}}
    assert "disconnect" in bye


def test_a_node_does_several_things_in_order_and_then_goes_on(normalise):
    bot, _ = compiled(normalise, chat("a: {do: [{say: One}, {set: {topic: x}}, {say: Two}], next: z}", END))
    assert [next(iter(action)) for action in task(bot, "a")] == [
        "communicate",
        "updateData",
        "communicate",
        "jumpToTask",
    ]
    assert task(bot, "z") == [{"exitBotFlow": {"name": "The end"}}]


def test_a_question_offers_its_choices_and_gives_up_to_otherwise(normalise):
    bot, _ = compiled(normalise, chat("a: {ask: Which?, choices: {Yes please: z, No: a}, otherwise: z}", END))
    menu, after = task(bot, "a")
    outputs = menu["digitalMenu"]["outputs"]
    assert [path["path"]["name"] for path in outputs["paths"]] == ["Yes please", "No"]
    assert outputs["maxNoMatches"]["actions"][0]["jumpToTask"]["targetTaskRef"] == "/digitalBot/tasks/task[z]"
    assert outputs["maxNoInputs"]["enabled"] is True
    assert "exitBotFlow" in after


def test_keywords_become_a_slot_whose_values_decide(normalise):
    text = chat("a: {ask: Which?, choices: {Billing: z, Other: a}, keywords: {Billing: [bill, invoice]}}", END)
    bot, _ = compiled(normalise, text)
    _, asked, _ = task(bot, "a")
    slot = asked["askForSlot"]
    domain = bot["settingsNaturalLanguageUnderstanding"]["nluDomainVersion"]
    assert domain["entities"] == [{"name": slot["slot"]["name"], "type": "a_answer_type"}]
    assert domain["entityTypes"][0]["mechanism"]["items"] == [
        {"value": "Billing", "synonyms": ["bill", "invoice"]},
        {"value": "Other", "synonyms": []},
    ]
    switch = slot["outputs"]["default"]["actions"][0]["switch"]["evaluate"]["firstTrue"]
    assert switch["cases"][0]["case"]["value"] == {"exp": 'Slot.a_answer == "Billing"'}


@pytest.mark.parametrize(
    ("test", "expression"),
    [
        ('equals: a "b"', 'Flow.x == "a \\"b\\""'),
        ("equals: true", 'Flow.x == "true"'),
        ("notEquals: 3", 'Flow.x != "3"'),
        ("contains: bill", 'Contains(Flow.x, "bill")'),
        ("startsWith: b", 'StartsWith(Flow.x, "b")'),
        ("exists: true", "!IsNotSetOrEmpty(Flow.x)"),
        ("exists: false", "IsNotSetOrEmpty(Flow.x)"),
        ("greater: 5", "IsSet(ToDecimal(Flow.x)) and ToDecimal(Flow.x) > 5"),
        ("less: 2.5", "IsSet(ToDecimal(Flow.x)) and ToDecimal(Flow.x) < 2.5"),
    ],
)
def test_every_comparison_has_its_expression(normalise, test, expression):
    bot, _ = compiled(normalise, chat("a: {set: {x: 1}, when: [{variable: x, " + test + ", go: z}]}", END))
    switch = task(bot, "a")[1]["switch"]["evaluate"]["firstTrue"]
    assert switch["cases"][0]["case"]["value"]["exp"] == expression
    assert switch["default"]["actions"] == [{"exitBotFlow": {"name": "No way on"}}]


def test_variables_stand_in_texts_and_the_channel_comes_from_the_message_flow(normalise):
    text = chat('a: {set: {x: "at ${flow.now}"}, next: b}', 'b: {say: "${flow.x} on ${flow.channel}!", end: true}')
    bot, messages = compiled(normalise, text)
    assert task(bot, "b")[0]["communicate"]["communication"] == {
        "exp": 'ToCommunication(Append(Flow.x, " on ", Flow.channel, "!"))'
    }
    assert task(bot, "a")[0]["updateData"]["statements"][0]["string"]["value"] == {
        "exp": 'Append("at ", ToString(GetCurrentDateTimeUtc()))'
    }
    variables = {item["stringVariable"]["name"]: item["stringVariable"]["isInput"] for item in bot["variables"]}
    assert variables == {"Flow.channel": True, "Flow.x": False}
    call = messages["states"][0]["state"]["actions"][0]["callDigitalBotFlow"]
    assert list(call["digitalBotFlow"]["Chat bot"]["ver_latestPublished"]["inputs"]) == ["Flow.channel"]


def test_the_same_manifest_gives_the_same_bytes_and_names_its_origin(normalise):
    text = chat("a: {ask: Which?, choices: {Go: z}}", END)
    one, other = (normalise(text)[0].resources[0].assets["yaml"].content for _ in range(2))
    assert one == other
    assert one.startswith(b'# Compiled from MessagingFlow "Chat" (m.yaml)')


def test_a_language_may_be_written_in_any_case(normalise):
    bot, _ = compiled(normalise, chat("a: {end: true}").replace("en-us", "en-US"))
    assert bot["defaultLanguage"] == "en-us"


@pytest.mark.parametrize(
    ("nodes", "code", "place", "words"),
    [
        (("a: {next: b}",), "REC1621", (8, 15), 'no node "b"'),
        (("a: {ask: Q, choices: {Go: zz}}", END), "REC1621", (8, 31), 'Did you mean "z"'),
        (("a: {next: b}", "b: {say: Hi, next: a}"), "REC1622", (8, 5), "a -> b -> a"),
        (("a: {set: {x: 1}, when: [{variable: x, exists: true, go: a}]}",), "REC1622", (8, 5), "a -> a"),
        (("a: {end: true}", "lost: {end: true}"), "REC1623", (9, 5), 'the node "lost"'),
        (("a: {ask: Q, choices: {Go: z}, keywords: {Gone: [x]}}", END), "REC1624", (8, 46), 'no choice "Gone"'),
        (("a: {ask: Q, choices: {A: z, B: z}, keywords: {A: [x], B: [X]}}", END), "REC1624", (8, 63), "already means"),
        (("a: {ask: Q, choices: {Go: z, GO: a}}", END), "REC1624", (8, 34), "differ in case"),
        (('a: {say: "${flow.topc}", next: z}', END), "REC1625", (8, 14), 'variable "topc"'),
        (("a: {when: [{variable: x, exists: true, go: z}]}", END), "REC1625", (8, 27), 'variable "x"'),
        (("a: {next: A}", "A: {end: true}"), "REC1626", (9, 5), "differ in case"),
        (("a: {ask: Q, choices: {Go: z, 'go ': a}}", END), "REC1624", (8, 34), "outer blanks"),
        (("a: {ask: Q, choices: {B: z}, keywords: {'b ': [x]}, next: z}", END), "REC1624", (8, 45), "mean the same"),
        (("a: {ask: Q, choices: {B: z, C: z}, keywords: {B: [x], C: [' X']}}", END), "REC1624", (8, 63), "already"),
        (("a: {set: {Topic: x}, next: b}", "b: {set: {topic: x}, next: z}", END), "REC1626", (9, 15), "variables"),
        (("a: {do: [{set: {x: 1}}, {set: {X: 1}}], next: z}", END), "REC1626", (8, 36), 'variables "x" and "X"'),
        (("a: {set: {x: 1}, ask: Q, into: X, next: z}", END), "REC1626", (8, 36), 'variables "x" and "X"'),
    ],
)
def test_what_is_wrong_names_the_node_and_the_place(normalise, nodes, code, place, words):
    _, problems = normalise(chat(*nodes))
    found = next(problem for problem in problems if problem.code == code)
    assert words in f"{found.message} {found.remedy}"
    assert (found.location.line, found.location.column) == place


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ("{say: Hi}", "no way on"),
        ("{next: a, end: true}", "`next` and `end`"),
        ("{ask: Q, end: true}", "`ask` and `end`"),
        ("{ask: Q}", "asks and has no way on"),
        ("{ask: Q, choices: {Go: a}, next: a}", "`choices` and `next`"),
        ("{end: true, into: x}", "`into` without"),
        ("{do: [{say: A}], say: B, end: true}", "`do` beside"),
        ("{end: true, otherwise: a}", "`otherwise` without"),
        ("{end: true, keywords: {A: [b]}}", "`keywords` without"),
        ("{when: [{variable: x, equals: 1, less: 2, go: a}]}", "exactly one comparison"),
        ("{ask: '  ', next: a}", "is blank"),
        ("{ask: Q, choices: {' ': a}}", "is blank"),
        ("{ask: Q, keywords: {a: ['  ']}}", "is blank"),
        ("{ask: Q, keywords: {' ': [b]}, next: a}", "is blank"),
        (f"{{ask: Q, choices: {{{'x' * 201}: a}}}}", "has 201 characters"),
    ],
)
def test_a_node_that_does_not_hang_together_is_refused_in_words(normalise, node, words):
    _, problems = normalise(chat(f"a: {node}"))
    assert any(words in f"{problem.message} {problem.remedy}" for problem in problems), list(map(str, problems))


def test_a_question_on_the_way_lets_a_ring_be(normalise):
    _, problems = normalise(chat("a: {ask: Q, choices: {Again: a, Go: z}}", END))
    assert problems == []


@pytest.mark.parametrize(
    ("test", "expression"),
    [
        ("greater: 1.0e+20", "> 100000000000000000000"),
        ("less: -0.00001", "< -0.00001"),
        ("greater: 0.0000001", "> 0.0000001"),
        ("less: 2.50", "< 2.5"),
        ("less: 7", "< 7"),
    ],
)
def test_numbers_are_written_without_exponents(normalise, test, expression):
    node = f"a: {{set: {{x: 1}}, when: [{{variable: x, {test}, go: z}}]}}"
    bot, _ = compiled(normalise, chat(node, END))
    (case,) = task(bot, "a")[1]["switch"]["evaluate"]["firstTrue"]["cases"]
    assert case["case"]["value"]["exp"].endswith(expression)


def test_every_action_of_the_bot_knows_where_it_is_written(normalise):
    text = chat(
        "a: {do: [{say: One}, {set: {x: 1}}], ask: Which?, choices: {Go: b}, keywords: {c: [see]}, otherwise: z}",
        "b: {set: {y: 1}, when: [{variable: x, exists: true, go: c}], otherwise: z}",
        "c: {say: Hi, transfer: {queue: Late night}}",
        END,
    )
    normal, _ = normalise(text)
    lines, found = text.splitlines(), normal.resources[0].places
    places = {parts: lines[at.line - 1][at.column - 1 :] for parts, at in found.items()}
    assert places["a",].startswith("a:")
    assert places["a", "Say 1"].startswith("say: One")
    assert places["a", "Set 2"].startswith("set: {x")
    assert places["a", "Ask"].startswith("ask:")
    assert places["a", "Go to b"].startswith("Go: b")
    assert places["a", "Go to c"].startswith("c: [see]")
    assert places["Which way",].startswith("when:")
    assert places["b", "Go to c"].startswith("go: c")
    assert places["c", "Say 1"].startswith("say: Hi")
    assert places["To Late night",].startswith("transfer:")
    bot, _ = compiled(normalise, text)
    named = {name for parts in places for name in parts}
    by_itself = {"Go to a", "Start", "Not answered", "The end", "Which answer", "Keep the answer"}
    assert {item.name for item in walk.items(bot) if item.name and "." not in item.name} - by_itself <= named
    assert normal.resources[1].places == {}


@pytest.mark.parametrize(
    ("node", "code", "words"),
    [
        ("say: ' ', next: z", "REC1107", "say is blank"),
        ("do: [{say: ' '}], next: z", "REC1107", "do[0].say is blank"),
        ("do: [{say: }], next: z", "REC1106", "do[0].say is empty. Write text, or remove the key."),
        ("transfer: {queue: ' '}", "REC1107", "queue is blank"),
        ("set: {x: {y: 1}}, next: z", "REC1106", "set.x must be text, not a mapping. Write text."),
        ("set: {x: 1}, when: [{variable: x, greater: '3', go: z}]", "REC1106", "must be a number, not the text"),
        ("set: {x: 1}, when: [{variable: x, less: {y: 1}, go: z}]", "REC1106", "must be a number, not a mapping"),
        ("set: {x: 1}, when: [{variable: x, less: true, go: z}]", "REC1106", "must be a number, not true."),
    ],
)
def test_a_value_of_a_wrong_type_is_told_once(normalise, node, code, words):
    _, problems = normalise(chat(f"a: {{{node}}}", END))
    assert [one.code for one in problems] == [code]
    assert words in f"{problems[0].message} {problems[0].remedy}"


@pytest.mark.parametrize(
    ("node", "column", "message"),
    [
        ("ask: x, next: z, otherwise: ", 37, "otherwise is empty. Write text, or remove the key."),
        ("ask: x, next: z, into: ", 32, "into is empty. Write text, or remove the key."),
        ("ask: x, choices: ", 26, "choices is empty. Write a mapping, or remove the key."),
        ("do: , next: z", 13, "do is empty. Write a list, or remove the key."),
        ("transfer: ", 19, "transfer is empty. Write a mapping with queue, or remove the key."),
        ("next: ", 15, "next is empty. Write text, or remove the key."),
    ],
)
def test_a_key_without_a_value_is_not_taken_for_absent(normalise, node, column, message):
    _, (problem,) = normalise(chat(f"a: {{{node}}}", END))
    assert (problem.code, problem.location.line, problem.location.column) == ("REC1106", 8, column)
    assert f"{problem.message} {problem.remedy}" == f"spec.nodes.a.{message}"
