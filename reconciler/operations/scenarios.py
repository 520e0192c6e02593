"""`test`: every scenario of the desired state, simulated and judged. The same judgement warns in `validate`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Final

from reconciler.architect.simulator import judge
from reconciler.architect.simulator.call import At, Script
from reconciler.architect.simulator.judge import Step, Verdict
from reconciler.architect.simulator.wording import cut, listed
from reconciler.errors import DesiredStateError
from reconciler.kinds.manifest import quoted
from reconciler.model.desired import DesiredState
from reconciler.model.problem import Location, Problem, Severity
from reconciler.model.scenario import Scenario
from reconciler.operations.desk import Answer
from reconciler.operations.stage import Stage
from reconciler.report import scenarios as report

_STEPS_MAX: Final = 12
"""The last keys of a call that a finding names; `test` tells all of them."""


async def test(  # the command's name; no test of ours
    load: Callable[[], Awaitable[DesiredState]],
    *,
    output: str,
    now: datetime | None = None,  # noqa: PT028
) -> Answer:
    """Simulate and report; `now` is the time of scenarios that name none. Exit 1 when a scenario fails or the desired
    state cannot be loaded."""
    try:
        desired = await load()
    except DesiredStateError as error:
        errors = [problem for problem in error.problems if problem.severity is Severity.ERROR]
        return Answer(exit=1, output=report.render([], errors, output))
    verdicts = run(desired, now)
    return Answer(
        exit=0 if all(verdict.passed for verdict in verdicts) else 1, output=report.render(verdicts, [], output)
    )


def run(desired: DesiredState, now: datetime | None = None) -> list[Verdict]:
    """Every scenario with how it went, in the order of the files."""
    stage = Stage(desired)
    return [_judged(stage, scenario, now) for scenario in desired.scenarios]


def _judged(stage: Stage, scenario: Scenario, now: datetime | None) -> Verdict:
    variables, complaints = stage.variables(scenario.flow, scenario.variables)
    script = Script(
        press=scenario.press,
        say=scenario.say,
        at=At(scenario.at),
        oracle=scenario.oracle,
        channel=scenario.channel,
        variables=variables,
        now=scenario.now or now,
    )
    trace = stage.play(scenario.flow, script)
    verdict = judge.judge(scenario, trace, elsewhere=stage.key, ended=stage.ended(trace))
    return replace(verdict, complaints=(*verdict.complaints, *complaints))


def warnings(desired: DesiredState, now: datetime | None = None) -> list[Problem]:
    """A failing scenario as a finding: it stops no pass, because the flow may be right and the scenario wrong."""
    return [_warning(verdict) for verdict in run(desired, now) if not verdict.passed]


def _warning(verdict: Verdict) -> Problem:
    scenario = verdict.scenario
    message = f"the scenario {quoted(scenario.name)} fails: {listed(verdict.complaints, '; ')}."
    steps = [_way(step, scenario) for step in verdict.steps if step.place is not None]
    remedy = "Correct the manifest or the scenario; `reconcile test` tells the call."
    if verdict.ended_elsewhere is not None:
        remedy = f"It ended at {_line(verdict.ended_elsewhere, scenario)}. {remedy}"
    if steps:
        before = f"{len(steps) - _STEPS_MAX} keys, then " if len(steps) > _STEPS_MAX else ""
        remedy = f"The call went by {before}{', '.join(steps[-_STEPS_MAX:])}. {remedy}"
    return Problem(scenario.source, "REC1613", message, remedy, Severity.WARNING)


def _way(step: Step, scenario: Scenario) -> str:
    menu = cut(step.menu)
    what = f"onNoInput of {menu}" if step.key == "t" else f"key {step.key} of {menu}"
    if not step.choice:
        what = f"{what}, which has no such key"
    return f"{what} ({_line(step.place, scenario)})" if step.place else what


def _line(place: Location, scenario: Scenario) -> str:
    """The line, with its file where that is not the scenario's own."""
    return f"line {place.line}" if place.file == scenario.source.file else f"{place.file}:{place.line}"
