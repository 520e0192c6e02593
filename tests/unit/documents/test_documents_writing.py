"""What is written can be read by everybody, and says nothing that was not meant."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.documents import writing


class Reference(yaml.SafeDumper):
    """How PyYAML alone writes it: list items under their key, nothing by alias."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, _: Any) -> bool:
        return True


Reference.add_representer(str, writing._text)

WORDS = st.one_of(
    st.text(
        alphabet=st.sampled_from("aZ0_/-:.,'\"\\#*=?!&%@`|>{}[]()<~$ \n\t\u00a0\u00e4\u2028\u5b57\U0001f600"),
        max_size=12,
    ),
    st.sampled_from(["no", "Yes", "null", "~", "1:30", "0x1f", "2024-01-01", "<<", "=", "---", "- a", "on ", "true"]),
    st.text(max_size=8),
    st.sampled_from(["k" * 122, "k" * 123, "l" * 900]),
)
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(), st.floats(allow_nan=False), st.booleans(), st.none()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.integers()), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(WORDS, VALUES, max_size=5))
@example({})
@example({"zero": [0.0, -0.0, 0, False]})
@example({"": {"a": [[1, []], [{"b": {}}]]}, "a\nb": {"c": [1]}, "k" * 200: [1, 2], "d": {"l" * 200: {"e": 1}}})
def test_the_bytes_are_those_of_pyyaml(document):
    expected = yaml.dump(
        document, Dumper=Reference, sort_keys=False, allow_unicode=True, width=10**9, default_flow_style=False
    )
    assert writing.render(document) == expected.encode()


def test_a_large_document_takes_no_time(monkeypatch):
    """PyYAML is asked for odd scalars only, never for the whole: that took seconds."""
    asked = []
    dump = yaml.dump
    monkeypatch.setattr(yaml, "dump", lambda value, **how: asked.append(value) or dump(value, **how))
    rows = [
        {"exp": f'ToCommunication("No {number}: go")', "ref": f"/digitalBot/tasks/task[n{number}]", "n": True}
        for number in range(500)
    ]
    assert writing.render({"rows": rows}).startswith(b"rows:\n  - exp: 'ToCommunication(\"No 0: go\")'\n    ref: /dig")
    assert asked == []


@pytest.mark.parametrize("break_", ["\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x1b"])
def test_a_remark_stays_a_remark_whatever_is_in_it(break_):
    written = writing.render({"a": 1}, [f"Grüße{break_}evil: true{break_}#"])
    assert yaml.safe_load(written) == {"a": 1}
    assert "Grüße" in written.decode()
    assert len(written.decode().splitlines()) == 2
