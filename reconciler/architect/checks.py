"""All offline findings about one flow, in one call, and the table of their codes.

A family is a module with a function `check(flow)`; each code belongs to one family. Families are pure and know nothing
of each other's findings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Final

from reconciler.architect import (
    course_checks,
    menu_checks,
    name_checks,
    outward_checks,
    part_checks,
    reach,
    references,
    structure,
    value_checks,
    variable_checks,
)
from reconciler.architect.flow import ArchyFlow
from reconciler.model.problem import Problem

Check = Callable[[ArchyFlow], Iterable[Problem]]

FINDINGS_MAX: Final = 100
"""Findings of one family in one flow: nobody reads more, and a hostile file would have a million."""

CHECKS: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("REC1410", "REC1411", "REC1412", "REC1413"), references.check),
    **dict.fromkeys(("REC1420", "REC1421", "REC1422", "REC1423", "REC1424", "REC1425"), structure.check),
    **dict.fromkeys(("REC1426", "REC1443", "REC1454"), part_checks.check),
    **dict.fromkeys(("REC1430", "REC1431", "REC1432", "REC1433", "REC1434"), course_checks.check),
    **dict.fromkeys(("REC1435", "REC1436", "REC1437"), reach.check),
    **dict.fromkeys(("REC1427", "REC1428", "REC1429", "REC1438", "REC1439", "REC1441", "REC1442"), menu_checks.check),
    **dict.fromkeys(("REC1440", "REC1444", "REC1445", "REC1446", "REC1448"), value_checks.check),
    **dict.fromkeys(("REC1447", "REC1451", "REC1453"), variable_checks.check),
    **dict.fromkeys(("REC1418", "REC1450", "REC1452"), outward_checks.check),
    **dict.fromkeys(("REC1414", "REC1415", "REC1416", "REC1417", "REC1449"), name_checks.check),
}
"""Which family finds what; docs/problems.md explains each code. REC1401 to REC1405 come from reading the frame."""

_FAMILIES: Final = tuple(dict.fromkeys(CHECKS.values()))


def check(flow: ArchyFlow) -> list[Problem]:
    """Findings that need nothing but the flow itself, sorted by place."""
    return sorted(problem for family in _FAMILIES for problem in islice(family(flow), FINDINGS_MAX))
