"""docs/problems.md and docs/schemas say what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from reconciler.kinds.registry import KINDS
from reconciler.kinds.schema import json_schema

ROOT = Path(__file__).parents[3]


def test_every_code_is_explained_and_every_explained_code_exists():
    in_code = {
        code
        for path in (ROOT / "reconciler").rglob("*.py")
        for code in re.findall(r'"(REC1\d{3})"', path.read_text(encoding="utf-8"))
    }
    explained = re.findall(
        r"^\| (REC1\d{3}) \|", (ROOT / "docs" / "problems.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(explained) == len(set(explained))
    assert in_code == set(explained)


@pytest.mark.parametrize("kind", [*KINDS, "all"])
def test_the_shipped_schemas_are_those_of_the_code(kind):
    shipped = (ROOT / "docs" / "schemas" / f"{kind}.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == json_schema(kind), f"run: reconcile schema {kind} > docs/schemas/{kind}.json"
