"""`doctor`: is everything there that a pass needs? Nothing is written, and the first trouble hides no other.

What is looked at comes in as checks from `bootstrap`; the judgements are in `core.diagnosis`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio

from reconciler.core import diagnosis
from reconciler.core.diagnosis import Finding, Health
from reconciler.errors import DesiredStateError, ReconcilerError
from reconciler.model.problem import Severity
from reconciler.operations.desk import Answer
from reconciler.report.wording import counted, printable

CHECK_SECONDS_MAX = 30.0
"""After this a check is red: whoever runs `doctor` is waiting."""

Check = Callable[[], Awaitable[Sequence[Finding]]]


class Skipped(Exception):
    """A check cannot be made because of what another one found; the text goes on from "Not looked at:"."""


async def doctor(checks: Mapping[str, Check], *, output: str, seconds_max: float = CHECK_SECONDS_MAX) -> Answer:
    """Make the checks one after another, each within `seconds_max`; exit 1 when any is red."""
    found = [(name, finding) for name, check in checks.items() for finding in await _made(check, seconds_max)]
    red = any(finding.health is Health.RED for _, finding in found)
    shown = json.dumps(_facts(found), indent=2, ensure_ascii=False) if output == "json" else "\n".join(_lines(found))
    return Answer(exit=int(red), output=shown)


async def _made(check: Check, seconds_max: float) -> Sequence[Finding]:
    try:
        with anyio.fail_after(seconds_max):
            return await check()
    except Skipped as skipped:
        return [Finding(Health.WARN, f"Not looked at: {skipped}.")]
    except DesiredStateError as error:
        errors = [problem for problem in error.problems if problem.severity is Severity.ERROR]
        errors_said = "1 error" if len(errors) == 1 else f"{len(errors)} errors, the first"
        return [Finding(Health.RED, f"{errors_said}: {errors[0]}", "`reconcile validate` shows all.")]
    except ReconcilerError as error:
        return [Finding(Health.RED, str(error))]
    except TimeoutError:
        return [Finding(Health.RED, f"No answer within {seconds_max:g} s.", "Check the network, the proxy, the disk.")]


def _lines(found: Sequence[tuple[str, Finding]]) -> list[str]:
    width = max(len(name) for name, _ in found)
    lines = [
        printable(f"{finding.health:<5} {name:<{width}}  {finding.said} {finding.remedy}".rstrip())
        for name, finding in found
    ]
    return [*lines, _summary([finding for _, finding in found])]


def _summary(findings: Sequence[Finding]) -> str:
    red = sum(finding.health is Health.RED for finding in findings)
    warnings = sum(finding.health is Health.WARN for finding in findings)
    if not red and not warnings:
        return "All well."
    return f"{red} red, {counted(warnings, 'warning')}."


def _facts(found: Sequence[tuple[str, Finding]]) -> dict[str, object]:
    return {
        "health": diagnosis.worst([finding for _, finding in found]),
        "checks": [
            {"check": name, "health": finding.health, "message": finding.said, "remedy": finding.remedy}
            for name, finding in found
        ],
    }
