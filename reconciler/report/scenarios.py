"""What became of scenarios, as text, JSON and JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.architect.simulator import unverified
from reconciler.architect.simulator.judge import Step, Verdict
from reconciler.model.problem import Problem
from reconciler.report import problems as findings
from reconciler.report.junit import clean
from reconciler.report.simulation import outcome_document, place_document
from reconciler.report.wording import counted, printable


def render(verdicts: Sequence[Verdict], problems: Sequence[Problem], output: str) -> str:
    """All scenarios; `problems` when the desired state could not be loaded, so that none was run."""
    match output:
        case "json":
            return json.dumps(_document(verdicts, problems), ensure_ascii=False, indent=2) + "\n"
        case "junit":
            return _junit(verdicts, problems)
        case _:
            return _text(verdicts, problems)


def _text(verdicts: Sequence[Verdict], problems: Sequence[Problem]) -> str:
    if problems:
        return findings.text(problems) + "No scenario was run: the desired state has errors.\n"
    lines: list[str] = []
    for verdict in verdicts:
        scenario = verdict.scenario
        title = f"{scenario.declared_by}: {scenario.name}"
        if verdict.passed:
            lines.append(f"ok      {title} ({_pressed(verdict)} -> {verdict.trace.outcome})")
            continue
        lines.append(f"FAILED  {title}")
        lines += [f"        {scenario.source}: {complaint}." for complaint in verdict.complaints]
        lines += [f"          {told}" for told in _way(verdict)]
        lines += [f'          heard last: "{words}"' for words in verdict.trace.prompts[-1:]]
    failed = sum(not verdict.passed for verdict in verdicts)
    total = counted(len(verdicts), "scenario")
    lines.append(f"{total}: {len(verdicts) - failed} passed, {failed} failed. {unverified.NOTICE}")
    return "".join(f"{printable(line)}\n" for line in lines)


def _pressed(verdict: Verdict) -> str:
    at = "" if verdict.scenario.at == "open" else f"{verdict.scenario.at} "
    said = [words for words in verdict.scenario.say if words]
    if verdict.scenario.say:
        return ", ".join(f'"{words}"' for words in said) or "nothing said"
    return f"{at}{' '.join(verdict.scenario.press)}".strip() or "nothing pressed"


def _way(verdict: Verdict) -> list[str]:
    """Each key with its line, and the line where the call ended."""
    ended = verdict.ended_elsewhere
    return [*map(_step, verdict.steps), *([f"ended at {ended}"] if ended else [])]


def _step(step: Step) -> str:
    what = f"silence in {step.menu}" if step.key == "t" else f"{step.key} in {step.menu}"
    return f"{what}: {step.choice or 'no such key'}" + (f", see {step.place}" if step.place else "")


def _document(verdicts: Sequence[Verdict], problems: Sequence[Problem]) -> dict[str, Any]:
    failed = sum(not verdict.passed for verdict in verdicts)
    return {
        "model": unverified.NOTICE,
        "passed": not failed and not problems,
        "scenarios": [
            {
                "name": verdict.scenario.name,
                "declaredBy": verdict.scenario.declared_by,
                "file": verdict.scenario.source.file,
                "line": verdict.scenario.source.line,
                "press": " ".join(verdict.scenario.press),
                "say": list(verdict.scenario.say),
                "at": verdict.scenario.at,
                "expected": str(verdict.scenario.expect),
                "outcome": {**outcome_document(verdict.trace.outcome), **place_document(verdict.ended)},
                "passed": verdict.passed,
                "complaints": list(verdict.complaints),
                "heard": verdict.trace.prompts,
                "steps": [
                    {
                        "menu": step.menu,
                        "key": step.key,
                        "choice": step.choice,
                        **place_document(step.place),
                    }
                    for step in verdict.steps
                ],
                "seconds": verdict.trace.seconds,
            }
            for verdict in verdicts
        ],
        "problems": findings.document(problems)["problems"],
        "summary": {"scenarios": len(verdicts), "passed": len(verdicts) - failed, "failed": failed},
    }


def _junit(verdicts: Sequence[Verdict], problems: Sequence[Problem]) -> str:
    failed = sum(not verdict.passed for verdict in verdicts)
    counts = {
        "tests": str(len(verdicts) + len(problems)),
        "failures": str(failed),
        "errors": str(len(problems)),
    }
    suites = Element("testsuites", {"name": "reconcile", **counts})
    suite = SubElement(suites, "testsuite", {"name": "reconcile test", **counts})
    for verdict in verdicts:
        case = _case(suite, verdict.scenario.declared_by, verdict.scenario.name, verdict.scenario.source)
        if not verdict.passed:
            failure = SubElement(case, "failure", type="scenario", message=clean("; ".join(verdict.complaints)))
            failure.text = clean("\n".join([str(verdict.scenario.source), *_way(verdict)]))
    for problem in problems:
        case = _case(suite, "reconcile.validate", problem.code, problem.location)
        SubElement(case, "error", type=problem.code, message=clean(problem.message)).text = clean(str(problem))
    SubElement(suite, "system-out").text = unverified.NOTICE
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _case(suite: Element, group: str, name: str, place: Any) -> Element:
    return SubElement(
        suite, "testcase", classname=clean(group), name=clean(name), file=clean(place.file), line=str(place.line)
    )
