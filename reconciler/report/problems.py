"""Findings in the desired state as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from reconciler.model.problem import Problem, Severity
from reconciler.report.machine import jsonable
from reconciler.report.wording import printable


def text(problems: Sequence[Problem]) -> str:
    """One line per finding, `file:line:column: error REC1234: what. What to write.`; empty when there is none."""
    return "".join(f"{printable(str(problem))}\n" for problem in problems)


def document(problems: Sequence[Problem]) -> dict[str, Any]:
    """The findings as a JSON object; `valid` is false when one of them is an error."""
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    return {
        "valid": not errors,
        "problems": [
            jsonable(
                {
                    "severity": str(problem.severity),
                    "code": problem.code,
                    "file": problem.location.file,
                    "line": problem.location.line,
                    "column": problem.location.column,
                    "message": problem.message,
                    "remedy": problem.remedy,
                }
            )
            for problem in problems
        ],
        "summary": {"errors": errors, "warnings": len(problems) - errors},
    }


def render(problems: Sequence[Problem]) -> str:
    return json.dumps(document(problems), ensure_ascii=False, indent=2) + "\n"
