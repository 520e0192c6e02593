"""Architect expressions: what they mention, and nothing inside their strings."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.architect import expressions
from reconciler.architect.expressions import LookUp


@given(st.text(max_size=80))
def test_tokens_joined_give_the_text_back(text):
    assert "".join(token.text for token in expressions.tokens(text)) == text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Prompt.Welcome", ["Welcome"]),
        ("ToAudio(Prompt.Main_Menu)", ["Main_Menu"]),
        ("Append(ToAudioBlank(500), Prompt.A, Prompt.B, Prompt.A)", ["A", "B"]),
        ('If(x, "Prompt.Fake", Prompt.Real)', ["Real"]),
        (r'"say \"Prompt.Fake\" now"', []),
        ("PromptSystem.processing", []),
        ("Flow.Prompt.x", []),
        ("MyPrompt.X", []),
        ('"unterminated Prompt.X', []),
        ("Prompt", []),
        ("", []),
    ],
)
def test_user_prompts_are_found_outside_strings(text, names):
    assert expressions.prompts(text) == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('FindQueue("Sales")', [LookUp("Queue", "Sales")]),
        ('findqueue( "Sa\\"les" )', [LookUp("Queue", 'Sa"les')]),
        ("FindQueue(Flow.Name)", [LookUp("Queue", None)]),
        ('FindQueue("a" + "b")', [LookUp("Queue", None)]),
        ('FindEmergencyGroup("E")', [LookUp("EmergencyGroup", "E")]),
        ('FindSkill("a") + FindUser("b")', [LookUp("Skill", "a"), LookUp("User", "b")]),
        ('FindString("FindQueue(\\"x\\")", "x")', []),
        ("FindQueue", []),
        ("FindQueue(", [LookUp("Queue", None)]),
    ],
)
def test_look_ups_with_a_literal_are_told_from_dynamic_ones(text, found):
    assert expressions.look_ups(text) == found


def test_declared_variables_are_told_from_built_in_ones():
    text = 'Task.A == Call.Ani AND Flow.b.id > State.c + "Flow.no"'
    assert expressions.variables(text) == ["Task.A", "Flow.b.id", "State.c"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('  Append(\n    "a  b",\n    "c")  ', 'Append( "a  b", "c")'),
        ("a AND b", "a AND b"),
        ("ab", "ab"),
        ('"open  end ', '"open  end '),
        (" \n ", ""),
    ],
)
def test_white_space_is_collapsed_outside_strings_only(text, expected):
    assert expressions.collapsed(text) == expected
    assert expressions.collapsed(expected) == expected


HOSTILE = [
    "X.y + " + "a" * 30_000,
    "find + " + "a" * 30_000,
    "find" + ".a" * 15_000,
    "find(" + " " * 30_000,
    "find.x " + " " * 30_000,
    "find." * 6_000,
    '"' + '\\"' * 15_000 + "\\",
    'find.x("' + '\\"' * 15_000 + "\\",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_takes_longer_than_its_length(text):
    for look in (expressions.tokens, expressions.variables, expressions.look_ups, expressions.prompts):
        started = time.process_time()
        look(text)
        expressions.brackets(text)
        expressions.collapsed(text)
        expressions.is_not_set(text)
        assert time.process_time() - started < 0.5


@pytest.mark.parametrize("text", ['"', '"a', '"a\\', '"a\\"', '"' + '\\"' * 10 + "\\", 'f("a\\")'])
def test_a_text_that_never_ends_is_told(text):
    assert expressions.brackets(text).defect == "holds a text that does not end"
    assert not expressions.tokens(text)[-1].is_closed


def test_an_expression_nobody_takes_is_read_by_nobody():
    text = 'FindQueue("a") + Prompt.A + Flow.b' + " " * expressions.LENGTH_MAX
    assert expressions.look_ups(text) == []
    assert expressions.prompts(text) == []
    assert expressions.variables(text) == []
    assert expressions.collapsed(text) == text
    assert expressions.literal('"a"' + " " * expressions.LENGTH_MAX) is None
