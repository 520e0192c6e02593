"""Passes a person asks for: `plan`, `--once`, `apply`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.core.planner import Take
from reconciler.operations.desk import Answer, Desk
from reconciler.report import machine, markdown, planfile, text
from reconciler.runtime.parts import Mode, PassResult, Request

DRAIN_SECONDS = 15.0
"""How long `--once` waits for webhooks after the pass; undelivered ones stay in the outbox."""


async def plan(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """What would change and why. Exit 2 with `detailed_exitcode` when anything would be written."""
    result = await desk.passed(
        Request(mode=Mode.PLAN, names=tuple(arguments.get("names", ())), deep=bool(arguments.get("deep")))
    )
    return Answer(
        exit=2 if arguments.get("detailed_exitcode") and result.plan.would_write else 0,
        output=_plan(desk, result, arguments),
        facts={
            "executes": bool(result.plan.waves),
            "plan_file": planfile.plan_file(result.plan).decode(),
        },
    )


async def once(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """One applying pass, then the outbox is given a little time."""
    take, plan_file = arguments.get("take"), arguments.get("plan_file")
    request = Request(
        mode=Mode.APPLY,
        names=tuple(arguments.get("names", ())),
        force=bool(arguments.get("force")),
        deep=bool(arguments.get("deep")),
        take=Take(take) if take else None,
        expected=planfile.read_plan_file(plan_file.encode()) if plan_file else None,
    )
    result = await desk.passed(request)
    if desk.drain is not None:
        await desk.drain(DRAIN_SECONDS)
    return Answer(exit=result.exit_code, output=_applied(desk, result, arguments))


def _plan(desk: Desk, result: PassResult, arguments: Mapping[str, Any]) -> str:
    match arguments.get("output", "text"):
        case "json":
            return machine.render(result.plan)
        case "markdown":
            return markdown.plan_markdown(
                result.plan, warnings=result.warnings, refusals=_refusals(result), notices=desk.notices
            )
        case _:
            return _plan_text(desk, result, arguments)


def _plan_text(desk: Desk, result: PassResult, arguments: Mapping[str, Any]) -> str:
    return text.plan_text(
        result.plan,
        warnings=result.warnings,
        refusals=_refusals(result),
        notices=desk.notices,
        requests_per_minute=round(desk.parts.platform.requests_per_minute) if desk.parts else 300,
        paint=_paint(arguments),
    )


def _applied(desk: Desk, result: PassResult, arguments: Mapping[str, Any]) -> str:
    ended = tuple(result.outcomes[key] for wave in result.plan.waves for key in wave if key in result.outcomes)
    if arguments.get("output") == "json":
        return machine.render(result.plan, ended)
    if result.stood_in_the_way or not ended:
        return _plan_text(desk, result, arguments)
    return text.result_text(result.plan, ended, paint=_paint(arguments))


def _paint(arguments: Mapping[str, Any]) -> text.Paint:
    return text.colour if arguments.get("color") else text.plain


def _refusals(result: PassResult) -> tuple[str, ...]:
    return (result.frozen,) if result.frozen else result.verdict.reasons
