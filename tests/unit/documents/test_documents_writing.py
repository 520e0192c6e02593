"""What is written can be read by everybody, and says nothing that was not meant."""

from __future__ import annotations

import pytest
import yaml

from reconciler.documents import writing


@pytest.mark.parametrize("break_", ["\n", "\r", "\x85", "\u2028", "\u2029", "\x0b", "\x1b"])
def test_a_remark_stays_a_remark_whatever_is_in_it(break_):
    written = writing.render({"a": 1}, [f"Grüße{break_}evil: true{break_}#"])
    assert yaml.safe_load(written) == {"a": 1}
    assert "Grüße" in written.decode()
    assert len(written.decode().splitlines()) == 2
