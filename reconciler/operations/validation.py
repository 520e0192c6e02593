"""`validate`: every manifest checked offline, every problem told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

from reconciler.errors import DesiredStateError
from reconciler.model.desired import DesiredState
from reconciler.model.problem import Problem, Severity
from reconciler.operations import scenarios
from reconciler.operations.desk import Answer
from reconciler.report import junit, problems
from reconciler.report.wording import counted


async def validate(load: Callable[[], Awaitable[DesiredState]], *, output: str, now: datetime | None = None) -> Answer:
    """Load and report; `now` is the time of scenarios that name none. Exit 1 when there is an error; warnings alone
    pass."""
    found: tuple[Problem, ...]
    try:
        desired = await load()
    except DesiredStateError as error:
        found, objects, integrity = error.problems, 0, error.integrity
    else:
        integrity = desired.integrity
        found, objects = tuple(sorted([*desired.warnings, *scenarios.warnings(desired, now)])), len(desired.resources)
    errors = sum(problem.severity is Severity.ERROR for problem in found)
    match output:
        case "json":
            shown = problems.render(found, integrity)
        case "junit":
            shown = junit.render(found)
        case _:
            shown = (
                problems.text(found)
                + problems.table(found)
                + problems.whole(integrity)
                + _summary(objects, errors, len(found) - errors)
            )
    return Answer(exit=1 if errors else 0, output=shown)


def _summary(objects: int, errors: int, warnings: int) -> str:
    said = f"{counted(errors, 'error')}, {counted(warnings, 'warning')}."
    return said if errors else f"Valid: {counted(objects, 'object')}, {said}"
