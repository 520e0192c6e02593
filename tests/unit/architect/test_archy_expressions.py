"""Architect expressions: what they mention, and nothing inside their strings."""

from __future__ import annotations

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
