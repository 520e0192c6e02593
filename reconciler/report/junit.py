"""Findings in the desired state as JUnit XML, one test case per file, for CI systems that show those."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.model.problem import Problem, Severity

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(problems: Sequence[Problem], *, files: Sequence[str] = ()) -> str:
    """The report. `files` are all files looked at, so that good ones show as passed; without them and without problems
    there is one passed case, because several CI systems take an empty report for a broken one."""
    names = sorted({*files, *(problem.location.file for problem in problems)}) or ["desired state"]
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    failed = {problem.location.file for problem in problems if problem.severity is Severity.ERROR}
    suite = Element(
        "testsuite", name="reconcile validate", tests=str(len(names)), failures=str(len(failed)), errors="0"
    )
    for name in names:
        case = SubElement(suite, "testcase", classname="reconcile.validate", name=clean(name), file=clean(name))
        _fill(case, [problem for problem in problems if problem.location.file == name])
    suites = Element("testsuites", name="reconcile", tests=str(len(names)), failures=str(len(failed)), errors="0")
    suites.append(suite)
    SubElement(suite, "system-out").text = f"{errors} errors, {len(problems) - errors} warnings"
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _fill(case: Element, problems: Sequence[Problem]) -> None:
    """One failure with all errors of the file: the format allows one per case in the strictest readers."""
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    warnings = [problem for problem in problems if problem.severity is not Severity.ERROR]
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        case.set("line", str(errors[0].location.line))
        failure = SubElement(case, "failure", type=clean(errors[0].code), message=clean(errors[0].message) + more)
        failure.text = clean("\n".join(map(str, errors)))
    if warnings:
        SubElement(case, "system-out").text = clean("\n".join(map(str, warnings)))


def clean(text: str) -> str:
    """XML 1.0 has no form at all for most control characters; they become question marks."""
    return _NOT_XML.sub("?", text)
