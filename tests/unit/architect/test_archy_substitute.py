"""`{{name}}` in Archy files: replaced where it fits, refused where it would change the file."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.architect.substitute import Origin, substitute
from reconciler.documents.load import ARCHY, load
from reconciler.kinds.flow import reading
from reconciler.model import digest
from reconciler.model.problem import Location
from reconciler.model.resource import Asset
from tests.unit.architect.archy_samples import CORPUS, NO_CORPUS


def fill(text: str, **variables):
    return substitute(text, variables, "f.yaml")


@pytest.mark.parametrize(
    ("text", "variables", "expected"),
    [
        ("a: {{x}}\n", {"x": "Sales team"}, "a: Sales team\n"),
        ("a: {{ x }}\n", {"x": "b"}, "a: b\n"),
        ("a: '{{x}} and {{y}}'\n", {"x": "b: c", "y": "#d"}, "a: 'b: c and #d'\n"),
        ("{{x}}:\n  {{y}}: 1\n", {"x": "5", "y": "true"}, "5:\n  true: 1\n"),
        ("a: {{x}}\nb: {{y}}\nc: {{z}}\n", {"x": 5, "y": True, "z": 1.5}, "a: 5\nb: true\nc: 1.5\n"),
        ("a: pre{{x}}post\n", {"x": "&"}, "a: pre&post\n"),
        ("a: |\n  {{x}}\n", {"x": '"it\'s": #'}, 'a: |\n  "it\'s": #\n'),
        ("a: '{{{{x}}}}'\n", {"x": "b"}, "a: '{{x}}'\n"),
        ("a: ${x}\n", {"x": "b"}, "a: ${x}\n"),
        ('a: \'{"b":{"c":{"d":{}}}}\'\n', {}, 'a: \'{"b":{"c":{"d":{}}}}\'\n'),
        ("# {{unknown}} is explained here\na: 1\n", {}, "# {{unknown}} is explained here\na: 1\n"),
        ("a: '{{x}}'\n", {"x": ""}, "a: ''\n"),
        ("a: '{{x}}'\n", {"x": "{{y}}"}, "a: '{{y}}'\n"),
        ("nothing here\n", {"x": "b"}, "nothing here\n"),
        ("", {}, ""),
    ],
)
def test_tokens_are_replaced_and_everything_else_stays(text, variables, expected):
    assert fill(text, **variables) == (expected, [])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: {{x}}\n", "b: c"),
        ("a: {{x}}\n", "b #c"),
        ("a: {{x}}\n", "#c"),
        ("a: {{x}}\n", "- c"),
        ("a: {{x}}\n", "[b]"),
        ("a: {{x}}\n", "{b}"),
        ("a: {{x}}\n", "*b"),
        ("a: {{x}}\n", "&b"),
        ("a: {{x}}\n", "!b"),
        ("a: {{x}}\n", "|"),
        ("a: {{x}}\n", "'b"),
        ("a: {{x}}\n", '"b"'),
        ("a: {{x}}\n", "@b"),
        ("a: {{x}}\n", "? b"),
        ("a: {{x}}\n", " b"),
        ("a: {{x}}\n", "b "),
        ("a: {{x}}\n", "b:"),
        ("a: {{x}}\n", "true"),
        ("a: {{x}}\n", "5"),
        ("a: {{x}}\n", "~"),
        ("a: {{x}}\n", ""),
        ("a: {{x}}\n", "9" * 20),
        ("a: '{{x}}'\n", "it's"),
        ('a: "{{x}}"\n', 'say "hi"'),
        ('a: "{{x}}"\n', "back\\slash"),
        ("a: [{{x}}]\n", "b, c"),
        ("a: [{{x}}]\n", "b]"),
        ("a {{x}}: v\n", " #"),
        ("{{x}}: v\n", "- k"),
        ("a: '{{x}}'\n", "b\nc"),
        ("a: '{{x}}'\n", "b\rc"),
        ("a: '{{x}}'\n", "b\x00c"),
        ("a: '{{x}}'\n", "b\u2028c"),
    ],
)
def test_a_value_that_would_change_the_file_is_refused_without_showing_it(text, value):
    result, problems = fill(text, x=value)
    assert result == text
    (problem,) = problems
    assert problem.code == "REC1502"
    assert problem.location.column == text.index("{{") + 1
    assert problem.remedy
    if len(value) > 3:
        assert value not in problem.message


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('ToAudioTTS("{{x}}")', '") + ToAudioTTS(Call.Ani) + ToAudioTTS("EVIL'),
        ('ToAudioTTS("{{x}}")', 'say "hi"'),
        ('ToAudioTTS("{{x}}")', "back\\"),
        ('"{{x}}"', "back\\"),
        ('"{{x}}" + "b"', "back\\"),
        ("ToAudioTTS({{x}})", "Call.Ani) + ToAudioTTS(Call.Ani"),
        ("{{x}}", "Flow.a + Flow.b"),
        ("{{x}}", "FindQueue(Flow.a)"),
        ("Flow.{{x}}", "a b"),
        ("{{x}}(1)", '"open'),
        ("5{{x}}", "7"),
        ("Flow.a{{x}}", ")"),
        ("{{x}}.b", "5."),
    ],
)
def test_a_value_that_would_change_an_expression_is_refused_at_its_place(expression, value):
    text = f"a:\n  exp: |\n    {expression}\n"
    result, problems = fill(text, x=value)
    (problem,) = problems
    column = 5 + expression.index("{{")
    assert (problem.code, problem.location.line, problem.location.column) == ("REC1502", 3, column)
    assert problem.remedy
    assert result == text


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ('ToAudioTTS("{{x}}")', "Hello (all) + [more], it's 5 o'clock"),
        ('ToAudioTTS("{{x}}")', r"say \"hi\""),
        ('ToAudioTTS("{{x}} and {{x}}")', "a"),
        ('"{{x}}"', ""),
        ("ToAudioBlank({{x}})", 500),
        ("ToAudioBlank({{x}}00)", 5),
        ("ToInt({{x}}) - {{x}}", -5),
        ("Flow.{{x}}", "queue"),
        ("Flow.{{x}}", "queue.name"),
        ("Flow.a_{{x}} AND {{x}}", True),
        ("FindQueue({{x}})", '"Sales"'),
        ('If({{x}}, {{x}}{{x}}, "b")', "Call.Ani"),
    ],
)
def test_a_value_may_fill_a_text_or_stand_for_a_word_of_an_expression(expression, value):
    written = str(value).lower() if isinstance(value, bool) else str(value)
    text = f"a:\n  exp: |\n    {expression}\n"
    assert fill(text, x=value) == (text.replace("{{x}}", written), [])


def test_a_text_that_never_ends_takes_no_call():
    text = 'exp: |-\n  f("a {{x}}\n'
    assert [problem.code for problem in fill(text, x='") + f("')[1]] == ["REC1502"]


def test_what_is_no_expression_may_hold_anything():
    text = "exp:\n  - |\n    {{x}}\nb:\n  tts: |\n    {{x}}\nexp: c\n"
    assert fill(text, x='") + f("')[1] == []


def test_a_key_that_only_a_value_makes_exp_is_one():
    text = '{{k}}: |\n  f("{{x}}")\n'
    assert [problem.code for problem in fill(text, k="exp", x='") + f("')[1]] == ["REC1502"]


def test_only_the_guilty_value_is_reported():
    text = 'a: "{{x}} {{y}}"\nb: [{{x}}, {{z}}]\nc: {{y}}\n'
    result, problems = fill(text, x='"', y="fine", z=5)
    assert [(p.location.line, p.location.column) for p in problems] == [(1, 5), (2, 5)]
    assert result == 'a: "{{x}} fine"\nb: [{{x}}, 5]\nc: fine\n'


def test_values_that_break_the_file_only_together_are_reported():
    _, problems = fill("a: {{x}}{{y}}\n", x="b:", y=" c")
    assert [problem.code for problem in problems] == ["REC1502", "REC1502"]


def test_a_missing_variable_names_the_nearest_one():
    _, problems = fill("a: 1\nb:  {{flow_nam}}\n", flow_name="x", queue="y")
    (problem,) = problems
    assert (problem.code, problem.location.line, problem.location.column) == ("REC1501", 2, 5)
    assert "`{{flow_name}}`" in problem.remedy


def test_an_empty_token_is_refused():
    assert [problem.code for problem in fill("a: '{{}}'\n")[1]] == ["REC1503"]


def test_all_missing_variables_of_a_broken_file_are_told():
    _, problems = fill("a: {{x}}\nb: : c\nd: {{y}}\n")
    assert [problem.location.line for problem in problems] == [1, 3]


def test_hostile_nesting_beside_a_token_ends_at_once():
    started = time.process_time()
    fill("a: {{x}}\nb: " + "[" * 1_000_000, x="y")
    fill("'{{x}}'\n" * 20_000, x="it's")
    assert time.process_time() - started < 60


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("# z" + "q" * 100_000 + "\na: {{y}}\n", 0),
        ("# " + "".join(f"zq{number}q " for number in range(200_000)) + "\na: {{y}}\n", 0),
        ("a:\n" + '  - "{{x}} {{y}}"\n' * 4_900, 1),
        ("a: [" + '"{{x}} {{y}}",' * 4_900 + "]\n", 1),
        ("a:\n  exp: |\n    " + 'f("{{x}} {{y}}") + ' * 4_900 + "1\n", 1),
        ("a:\n  exp: |\n    " + "{{x}}{{y}}" * 4_900 + "\n", 1),
        ("a:\n  exp: |\n    " + "f(1) + " * 250_000 + '"{{x}}"\n', 1),
    ],
    ids=["a long word", "many words", "lines", "one line", "an expression", "only tokens", "a long expression"],
)
def test_values_are_judged_in_time_and_told_in_number(text, problems):
    started = time.process_time()
    _, found = fill(text, x='a"b', y="c")
    assert time.process_time() - started < 3
    assert problems <= len(found) <= ARCHY.problems_max


@pytest.mark.parametrize("before", ["zq", "zq0", "zq0q", "zq0q5", "z", "zqq", "zq1q5zq0q5"])
@pytest.mark.parametrize("after", ["", "q1y", "0q1y"])
def test_words_like_marks_beside_a_token_are_left_alone(before, after):
    assert fill(f"a: {before}{{{{x}}}}{after}\n", x="b") == (f"a: {before}b{after}\n", [])


PLACES = [
    "a: {{x}}\n",
    "a: '{{x}}'\n",
    'a: "{{x}}"\n',
    "a: b{{x}}c\n",
    "a: [{{x}}, d]\n",
    "{{x}}: a\n",
    "- {{x}}\n- b\n",
]


@settings(max_examples=800, deadline=None)
@given(st.sampled_from(PLACES), st.text(st.sampled_from(list("ab1 :#-'\"[]{}&*!|>%@,?~=.\t\\<")), max_size=8))
def test_an_accepted_value_arrives_as_the_same_text_and_nothing_else_moves(text, value):
    result, problems = fill(text, x=value)
    if problems:
        assert result == text
        return
    loaded = load(result.encode(), "f.yaml")
    if value == "<<":
        return  # as a key it is refused when the file is loaded
    assert loaded.problems == ()
    expected = load(text.replace("{{x}}", "MARK").encode(), "f.yaml").documents[0].value
    assert loaded.documents[0].value == _put(expected, value)


def _put(tree, value):
    if isinstance(tree, dict):
        return {_put(key, value): _put(item, value) for key, item in tree.items()}
    if isinstance(tree, list):
        return [_put(item, value) for item in tree]
    return tree.replace("MARK", value) if isinstance(tree, str) else tree


def test_real_files_load_once_their_variables_have_values():
    if not CORPUS.is_dir():
        pytest.skip(NO_CORPUS)
    for path in sorted(CORPUS.glob("*.y*ml")):
        text = path.read_bytes().decode("utf-8-sig")
        _, missing = substitute(text, {}, path.name)
        names = {problem.message.split("`")[1] for problem in missing}
        result, problems = substitute(text, dict.fromkeys(names, "Some_value"), path.name)
        assert problems == []
        assert result.count("\n") == text.count("\n")
        assert load(result.encode(), path.name, ARCHY).problems == ()


LINE = "one: 'a. {{x}} b. {{{{y}}}} c. {{ z }} d.' # {{unknown}} e.\nsecond: '{{x}}!'\n"


@pytest.mark.parametrize("values", [{"x": "longer than it", "z": 1}, {"x": "", "z": "z"}, {"x": "{{x}}", "z": 0}])
def test_columns_are_those_of_the_text_as_it_is_written(values):
    filled, problems = substitute(LINE, values, "f")
    assert problems == []
    origin = Origin(LINE, values)
    for line, (written, new) in enumerate(zip(LINE.splitlines(), filled.splitlines(), strict=True), start=1):
        for word in ("a.", "b.", "c.", "d.", "# ", "e.", "second:", "!"):
            if word in written:
                place = Location("f", line, new.rindex(word) + 1)
                assert origin.of(place) == Location("f", line, written.rindex(word) + 1)


def test_a_place_inside_a_value_is_its_token():
    origin = Origin("a: [{{x}}, {{x}}]\n", {"x": "12345678901"})
    assert [origin.of(Location("f", 1, column)).column for column in (4, 5, 15, 16, 17, 18, 28, 29)] == [
        4, 5, 5, 10, 11, 12, 12, 17,
    ]  # fmt: skip
    assert origin.of(Location("f", 2, 5)) == Location("f", 2, 5)


def test_columns_are_those_of_the_file_and_not_of_what_variables_make_of_it():
    text = (
        "inboundCall:\n  name: '{{n}}'\n  startUpRef: /inboundCall/tasks/task[t]\n  tasks:\n    - task:\n"
        "        name: T\n        refId: t\n        actions:\n"
        "          - transferToAcd: {name: '{{n}}', targetQueue: {lit: {name: Sales}}}\n"
        "          - jumpToTask: {name: '{{n}}', targetTaskRef: /nowhere}\n"
    )
    content = text.encode()
    found = reading.read(Asset("a.yaml", digest.of_bytes(content), content), {"n": "A name of some length"})
    lines = text.splitlines()
    (problem,) = found.problems
    assert (problem.location.line, problem.location.column) == (10, lines[9].index("/nowhere") + 1)
    (queue,) = found.references
    assert (queue.location.line, queue.location.column) == (9, lines[8].index("Sales") + 1)
    assert (found.name_at.line, found.name_at.column) == (2, 9)
