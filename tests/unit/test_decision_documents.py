"""Decisions stay true and findable: every dependency has its reason, every page is listed."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = ROOT / "docs" / "decisions"


def test_every_runtime_dependency_has_a_reason():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=\[ ]", line)[0].lower() for line in project["dependencies"]}
    page = (DECISIONS / "0006-dependencies.md").read_text(encoding="utf-8")
    explained = {match.lower() for match in re.findall(r"^\| ([A-Za-z0-9-]+) \|", page, re.MULTILINE)} - {"dependency"}
    assert explained == wanted


def test_every_decision_is_listed_and_numbered_in_order():
    pages = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    listed = re.findall(r"\(([0-9]{4}-[a-z-]+\.md)\)", (DECISIONS / "README.md").read_text(encoding="utf-8"))
    assert listed == pages
    assert [int(page[:4]) for page in pages] == list(range(1, len(pages) + 1))


def test_every_decision_says_problem_choice_and_cost():
    for path in DECISIONS.glob("[0-9]*.md"):
        text = path.read_text(encoding="utf-8")
        assert [word for word in ("Problem", "Options", "Choice", "Cost") if f"**{word}.**" not in text] == [], (
            path.name
        )
