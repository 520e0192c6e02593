"""Findings in the desired state as text and JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from reconciler.model import integrity
from reconciler.model.integrity import Integrity
from reconciler.model.problem import Problem, Severity
from reconciler.report.machine import jsonable
from reconciler.report.wording import printable

_COUNTED_FROM = 10


def text(problems: Sequence[Problem]) -> str:
    """One line per finding, `file:line:column: error REC1234: what. What to write.`; empty when there is none."""
    return "".join(f"{printable(str(problem))}\n" for problem in problems)


def table(problems: Sequence[Problem]) -> str:
    """How often each code was found, most first; empty for a handful, which anybody can count."""
    if len(problems) <= _COUNTED_FROM:
        return ""
    counts = Counter((problem.code, problem.severity) for problem in problems)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    return "".join(f"{count:6}  {code}  {severity}\n" for (code, severity), count in rows)


def whole(flows: Sequence[Integrity]) -> str:
    """A line for every flow with broken references, and one for all; empty when there is no Archy file."""
    if not flows:
        return ""
    lines = [
        f"Integrity of {one.flow}: {one.valid} of {one.total} references valid ({one.file})."
        for one in flows
        if not one.is_whole
    ]
    valid, total = integrity.overall(flows)
    lines.append(f"Integrity: {valid} of {total} references inside {len(flows)} flow files are valid.")
    return "".join(f"{printable(line)}\n" for line in lines)


def document(problems: Sequence[Problem], flows: Sequence[Integrity] = ()) -> dict[str, Any]:
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
        "integrity": [
            jsonable({"flow": one.flow, "file": one.file, "valid": one.valid, "total": one.total}) for one in flows
        ],
        "summary": {"errors": errors, "warnings": len(problems) - errors},
    }


def render(problems: Sequence[Problem], flows: Sequence[Integrity] = ()) -> str:
    return json.dumps(document(problems, flows), ensure_ascii=False, indent=2) + "\n"
