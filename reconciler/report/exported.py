"""An export as text for a person and as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from reconciler.model import identity
from reconciler.model.export import Aside, Broken, Export
from reconciler.model.identity import Key
from reconciler.report.wording import printable

NAMED_MAX = 20
"""Broken references that the audit entry names; the event has up to a hundred, the command's answer all."""
LINES_MAX = 20
"""Lines of what was left out, which is as it should be."""
SHOWN = 5
"""Objects named where many have one reason; JSON names all."""
_NOUNS = ((identity.FLOW, "flow"), (identity.PROMPT, "prompt"), (identity.CALL_ROUTE, "route"))


def facts(export: Export, *, where: str, seconds: float) -> dict[str, Any]:
    """Everything but the contents, as JSON values."""
    return {
        "status": str(export.status),
        "organization": export.organization,
        "where": where,
        "counts": {
            **{f"{noun}s": export.count(kind) for kind, noun in _NOUNS},
            "files": len(export.files),
            "left_out": len(export.left_out),
            "failed": len(export.failed),
        },
        "seconds": round(seconds, 3),
        "integrity": round(export.integrity, 4),
        "references": export.references,
        "unanswered": export.unanswered or None,
        "broken": [
            {
                **_named(broken.user),
                "reference": {"kind": broken.reference.kind, "name": broken.reference.name},
                "why": broken.why or None,
            }
            for broken in export.broken
        ],
        "cycles": [[key.label for key in ring] for ring in export.cycles],
        "objects": [
            {**_named(copy.key), "version": copy.version or None, "file": copy.path}
            for copy in sorted(export.copies, key=lambda copy: copy.key)
        ],
        "left_out": [_aside(aside) for aside in export.left_out],
        "failed": [_aside(aside) for aside in export.failed],
        "problems": [
            {
                "file": problem.location.file,
                "line": problem.location.line,
                "column": problem.location.column,
                "code": problem.code,
                "severity": str(problem.severity),
                "message": problem.message,
                "remedy": problem.remedy,
            }
            for problem in export.problems
        ],
    }


def render(export: Export, *, where: str, seconds: float) -> str:
    return json.dumps(facts(export, where=where, seconds=seconds), indent=2, ensure_ascii=False)


def summary(export: Export) -> str:
    """One sentence for the audit: status, counts, soundness, the references that lead nowhere."""
    counts = ", ".join(_counted(export.count(kind), noun) for kind, noun in _NOUNS)
    lost = f"; {_counted(len(export.failed), 'failure')}" if export.failed else ""
    cycles = f"; {_counted(len(export.cycles), 'cycle')}" if export.cycles else ""
    more = f" and {len(export.broken) - NAMED_MAX} more" if len(export.broken) > NAMED_MAX else ""
    broken = f"; broken: {', '.join(map(_broken, export.broken[:NAMED_MAX]))}{more}" if export.broken else ""
    unknown = "; references not all looked up" if export.unanswered else ""
    return f"{export.status}: {counts}{lost}; {_soundness(export)}{unknown}{cycles}{broken}"


def _soundness(export: Export) -> str:
    rate = f"{export.integrity * 100:.1f}".removesuffix(".0")
    return f"integrity {rate} % ({len(export.broken)} of {export.references} references broken)"


def text(export: Export, *, where: str, notices: Sequence[str] = ()) -> str:
    """What was exported, what was not and why; the last line says where it is."""
    lines = [f"Note: {printable(notice)}" for notice in notices]
    lines += _part("Failed", _asides(export.failed))
    lines += _part("Not looked up", [export.unanswered] if export.unanswered else [])
    lines += _part("Broken references", map(_broken, export.broken))
    lines += _part("Cycles", (_cycle(ring) for ring in export.cycles))
    lines += _part(
        "Not accepted by `plan` as it is", (str(problem) for problem in export.problems if problem.severity == "error")
    )
    lines += _part("Warnings", (str(problem) for problem in export.problems if problem.severity != "error"))
    lines += _part("Left out", _bounded(_grouped(export.left_out)))
    counts = ", ".join(_counted(export.count(kind), noun) for kind, noun in _NOUNS)
    lines.append(
        f"Exported {counts} to {printable(where)}: {_counted(len(export.files), 'file')}, {_soundness(export)}."
    )
    return "\n".join(lines)


def _part(title: str, lines: Iterable[str]) -> list[str]:
    told = [f"  {printable(line)}" for line in lines]
    return [title, *told, ""] if told else []


def _asides(asides: Iterable[Aside]) -> Iterable[str]:
    return (f"{aside.key.label}: {aside.reason}" for aside in sorted(asides, key=lambda a: (a.key, a.reason)))


def _grouped(asides: Iterable[Aside]) -> Iterable[str]:
    """One line for all objects with the same reason, by the reason's first object."""
    groups: dict[str, list[str]] = {}
    for aside in sorted(asides, key=lambda a: (a.key, a.reason)):
        groups.setdefault(aside.reason, []).append(aside.key.label)
    for reason, labels in groups.items():
        more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
        yield f"{', '.join(labels[:SHOWN])}{more}: {reason}"


def _bounded(lines: Iterable[str]) -> list[str]:
    told = list(lines)
    more = [f"and {len(told) - LINES_MAX} more; -o json has all"] if len(told) > LINES_MAX else []
    return told[:LINES_MAX] + more


def _broken(broken: Broken) -> str:
    why = f" ({broken.why})" if broken.why else ""
    return f"{broken.user.label}: {broken.reference.kind} {broken.reference.name}{why}"


def _cycle(ring: Sequence[Key]) -> str:
    path = " -> ".join(key.label for key in (*ring, ring[0]))
    return (
        f"{path}. None of them can be made first in an empty organisation: move what they share into a flow of its own "
        "that both call."
    )


def _named(key: Key) -> dict[str, Any]:
    return {"kind": key.kind, "type": key.type or None, "name": key.name}


def _aside(aside: Aside) -> dict[str, Any]:
    return {**_named(aside.key), "reason": aside.reason}


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
