"""All offline findings about one flow, in one call, and the table of their codes.

A family is a module with a function `check(flow)`; each code belongs to one family. Families are pure and know nothing
of each other's findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from reconciler.architect import (
    course_checks,
    menu_checks,
    name_checks,
    outward_checks,
    part_checks,
    reach,
    reference_checks,
    structure,
    value_checks,
    variable_checks,
    word_checks,
)
from reconciler.architect.flow import ArchyFlow
from reconciler.model.problem import Problem, Severity

Check = Callable[[ArchyFlow], Iterable[Problem]]

FINDINGS_MAX: Final = 100
"""Errors of one family in one flow, and warnings: nobody reads more."""
ERRORS_MAX: Final = 1000
"""Errors of one family that are counted: with so many of them nothing behind them is told any more."""

CHECKS: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("REC1410", "REC1411", "REC1412", "REC1413"), reference_checks.check),
    **dict.fromkeys(("REC1420", "REC1421", "REC1422", "REC1423", "REC1424", "REC1425"), structure.check),
    **dict.fromkeys(("REC1426", "REC1443", "REC1454"), part_checks.check),
    **dict.fromkeys(("REC1430", "REC1431", "REC1432", "REC1433", "REC1434"), course_checks.check),
    **dict.fromkeys(("REC1435", "REC1436", "REC1437"), reach.check),
    **dict.fromkeys(("REC1427", "REC1428", "REC1429", "REC1438", "REC1439", "REC1441", "REC1442"), menu_checks.check),
    **dict.fromkeys(("REC1440", "REC1444", "REC1445", "REC1446", "REC1448"), value_checks.check),
    **dict.fromkeys(("REC1447", "REC1451", "REC1453"), variable_checks.check),
    **dict.fromkeys(("REC1418", "REC1450", "REC1452"), outward_checks.check),
    **dict.fromkeys(("REC1414", "REC1415", "REC1416", "REC1417", "REC1449"), name_checks.check),
    "REC1455": word_checks.check,
}
"""Which family finds what; docs/problems.md explains each code. REC1401 to REC1405 come from reading the frame."""

_FAMILIES: Final = tuple(dict.fromkeys(CHECKS.values()))


def check(flow: ArchyFlow) -> list[Problem]:
    """Findings that need nothing but the flow itself, sorted by place."""
    return sorted(problem for family in _FAMILIES for problem in _shown(family(flow)))


def _shown(findings: Iterable[Problem]) -> Iterator[Problem]:
    """The first errors and the first warnings, the last of each with how many there are beyond it."""
    kept: dict[Severity, list[Problem]] = {}
    count: Counter[Severity] = Counter()
    for problem in findings:
        count[problem.severity] += 1
        if count[problem.severity] <= FINDINGS_MAX:
            kept.setdefault(problem.severity, []).append(problem)
        if count[Severity.ERROR] == ERRORS_MAX:
            break
    for severity, problems in kept.items():
        if more := count[severity] - len(problems):
            least = "At least " if count[Severity.ERROR] == ERRORS_MAX else ""
            message = f"{problems[-1].message} {least}{more:,} more {severity.value}s like this are not shown."
            problems[-1] = replace(problems[-1], message=message)
        yield from problems
