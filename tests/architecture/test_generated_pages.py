"""Pages that are written from code must say what the code says."""

from __future__ import annotations

import pytest

from docs.generate import DOCS, pages


@pytest.mark.parametrize("file", sorted(pages()), ids=lambda file: str(file.relative_to(DOCS)))
def test_a_generated_page_is_up_to_date(file):
    assert file.read_text(encoding="utf-8") == pages()[file], "run `make docs`"
