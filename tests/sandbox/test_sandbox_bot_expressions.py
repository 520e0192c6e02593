"""What the stand-in makes of the expressions of a bot."""

from __future__ import annotations

import pytest

from reconciler.sandbox.conversations import bot_expressions
from reconciler.sandbox.conversations.bot_script import NotUnderstood

KNOWN = {"flow.name": "Mr X", "flow.none": None, "flow.empty": "", "slot.a": "17"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'ToCommunication("say \"hi\"\nthere \\")', 'say "hi"\nthere \\'),
        ('Append("Bye, ", Flow.Name, ".")', "Bye, Mr X."),
        ('Flow.name == "Mr X" and !IsNotSetOrEmpty(Slot.a)', True),
        ('Flow.empty == "x" or Flow.name != "y"', True),
        ("IsSet(ToDecimal(Slot.a)) and ToDecimal(Slot.a) > 16.5", True),
        ("IsSet(ToDecimal(Flow.name)) and ToDecimal(Flow.name) > 1", False),
        ("ToDecimal(Slot.a) > -1", True),
        ('Contains(Flow.name, "r X")', True),
        ('StartsWith(Flow.name, "X")', False),
        ("IsSet(Flow.none)", False),
        ("NOT_SET", None),
        ('")" == "("', False),
        ('"or" == "and"', False),
    ],
)
def test_what_is_certain_is_evaluated(text, value):
    assert bot_expressions.evaluate(text, KNOWN) == value


@pytest.mark.parametrize(
    "text", ["", "Flow.missing", "Mystery(1)", '"a" "b"', "(1", '"a" > 1', '"open', "(" * 200 + "1" + ")" * 200]
)
def test_anything_else_is_not_understood(text):
    with pytest.raises(NotUnderstood):
        bot_expressions.evaluate(text, KNOWN)
