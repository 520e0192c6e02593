from __future__ import annotations

import pytest

from reconciler.kinds.quantities import NotAQuantity, count, fraction, seconds, span


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90s", 90), ("5m", 300), ("1h30m", 5400), ("250ms", 0.25), ("1.5h", 5400), ("0s", 0), (" 2s ", 2), ("1m1s", 61)],
)
def test_durations_read_like_go(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "90", "s", "-5s", "5 s", "5d", "1h 30m", "5S", "٥s", "1e3s", "s" * 100])
def test_anything_else_is_no_duration(text):
    with pytest.raises(NotAQuantity):
        seconds(text)


@pytest.mark.parametrize(("text", "expected"), [("30%", 0.3), ("12.5%", 0.125), ("20", 0.2), ("0%", 0), ("100%", 1)])
def test_shares_are_percentages(text, expected):
    assert fraction(text) == expected


@pytest.mark.parametrize("text", ["", "%", "0.3", "101%", "-1%", "30 percent", "a%"])
def test_anything_else_is_no_share(text):
    with pytest.raises(NotAQuantity):
        fraction(text)


def test_a_span_may_be_in_whole_days():
    assert (span("7d"), span("90s"), span("1h30m")) == (604_800, 90, 5_400)
    for text in ("d", "-1d", "1.5d", "1d12h", "7 d"):
        with pytest.raises(NotAQuantity):
            span(text)


def test_counts_may_carry_their_noun():
    assert (count("10"), count("10 objects"), count("1 object")) == (10, 10, 1)
    for text in ("ten", "-1", "1.5", "10 apples", ""):
        with pytest.raises(NotAQuantity):
            count(text)
