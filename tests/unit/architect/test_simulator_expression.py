"""Expressions evaluated where it is safe, and unknown everywhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.architect.simulator import values
from reconciler.architect.simulator.expression import UNKNOWN, evaluate

KNOWN = {"flow.tier": "gold", "flow.n": 3, "flow.on": True, "flow.empty": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"a\\"b"', 'a"b'),
        ("1 + 2 - 4", -1),
        ('"a" + "b"', "ab"),
        ('Flow.Tier == "gold"', True),
        ('Flow.Tier == "GOLD"', UNKNOWN),
        ('Flow.Tier != "lead"', True),
        ("Flow.N >= 3 and !(Flow.N > 3)", True),
        ("Flow.On AND Call.Ani", UNKNOWN),
        ("Call.Ani and false", False),
        ("true OR Call.Ani", True),
        ("Flow.empty == NOT_SET", True),
        ("IsNotSetOrEmpty(Flow.Empty)", True),
        ("IsSet(Flow.Tier)", True),
        ('If(Flow.On, "x", "y")', "x"),
        ('Append("a", "b")', "ab"),
        ("-Flow.N", -3),
        ('Flow.Tier < "lead"', UNKNOWN),
        ('Flow.N == "3"', UNKNOWN),
        ("FindQueue(Flow.Tier)", UNKNOWN),
        ("Flow.Unheard", UNKNOWN),
        ("1 +", UNKNOWN),
        ("(1", UNKNOWN),
        ("a b", UNKNOWN),
        ("", UNKNOWN),
        ("(" * 500, UNKNOWN),
        ("1" + " + 1" * 5000, UNKNOWN),
        ("1 / 0", UNKNOWN),
    ],
)
def test_what_an_expression_comes_to(text, value):
    assert evaluate(text, KNOWN) == value
    assert type(evaluate(text, KNOWN)) is type(value)


@given(st.text(alphabet='aF.1"()!<>=+-, \\', max_size=60))
def test_no_text_makes_it_raise(text):
    evaluate(text, KNOWN)


@pytest.mark.parametrize(
    ("field", "heard"),
    [
        ({"tts": "Hello"}, ["Hello"]),
        ({"prompt": "Prompt.welcome"}, ["<welcome>"]),
        ({"exp": 'AudioPlaybackOptions(Append(ToAudioBlank(500), ToAudioTTS("Hi"), Prompt.a), true)'}, ["Hi", "<a>"]),
        ({"exp": 'Append(ToAudioTTS("You are "), ToAudioTTS(Flow.Tier))'}, ["You are gold"]),
        ({"exp": "ToAudioTTS(Call.Ani)"}, ["{Call.Ani}"]),
        ({"exp": "ToAudio(NOT_SET)"}, []),
        ({"exp": 'MakeCommunication("Hello")'}, ["Hello"]),
        ({"lit": {"name": "PromptSystem.on_hold_music"}}, ["<PromptSystem.on_hold_music>"]),
        ({"noValue": True}, []),
        ({"tts": " "}, []),
        (None, []),
    ],
)
def test_what_audio_lets_the_caller_hear(field, heard):
    assert [piece.text or f"<{piece.prompt}>" for piece in values.heard(field, KNOWN)] == heard


def test_what_a_loop_lets_grow_beyond_reason_is_unknown_and_costs_nothing():
    known = {"flow.a": "x" * 30_000, "flow.n": 10**300}
    for text in ("Flow.a + Flow.a", "Append(Flow.a, Flow.a)", "Flow.n + 0.5 > 1", "Flow.n", "9" * 400 + " + 1"):
        assert evaluate(text, known) is UNKNOWN, text
    assert evaluate("Flow.a", known) == known["flow.a"]


def test_a_duration_is_at_most_a_year():
    assert values.seconds({"lit": {"days": 1e308, "hours": 1e308}}) == values.SECONDS_MAX
