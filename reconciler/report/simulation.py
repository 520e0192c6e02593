"""A simulated call, and every way through a flow, as text and JSON. Both say that they are a model."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from reconciler.architect.simulator import unverified
from reconciler.architect.simulator.call import At, Script
from reconciler.architect.simulator.explore import Path, Report
from reconciler.architect.simulator.places import Part
from reconciler.architect.simulator.trace import Event, EventKind, Outcome, Trace
from reconciler.architect.walk import Path as DocumentPath
from reconciler.model import moment
from reconciler.model.identity import Key
from reconciler.model.problem import Location
from reconciler.report.wording import counted, printable

_INDENT = 14
_INPUTS_MAX = 100
"""Characters up to which the columns behind what was pressed stand in line."""
_HEARD_MAX = 60
"""Characters of one text beside a way; JSON has it whole."""


FindPlace = Callable[[str, DocumentPath], Location | None]
"""Where an element of the flow of that name is written; None where nobody wrote it."""


FindStep = Callable[[Event], Location | None]
"""Where a step of a call is written; None where nobody wrote it."""


def call(key: Key, script: Script, trace: Trace, output: str, *, place: FindPlace, step: FindStep) -> str:
    """One call, event by event, each with the line where it is written."""
    if output == "json":
        return _dumped(_call_document(key, script, trace, place, step))
    lines = [f"{key.label}: {_caller(script)}. {unverified.NOTICE}", ""]
    lines += [f"{line}{_beside(step(event))}" for event in trace.events if (line := _line(event))]
    where = _at(place(trace.outcome.flow, trace.outcome.path))
    lines.append(f"{'ends':<{_INDENT}}{trace.outcome}, after {trace.seconds:g} s of silence{where}")
    if trace.unused:
        lines.append(f"{'':<{_INDENT}}not used any more: {' '.join(trace.unused)}")
    lines += [f'{"":<{_INDENT}}nothing asked about "{name}"' for name in trace.unasked]
    return _joined([*lines, *_assumed(trace.assumptions)])


def exploration(key: Key, report: Report, output: str, *, place: FindPlace) -> str:
    """Every path and what is wrong with the flow as a whole."""
    if output == "json":
        return _dumped(_report_document(key, report, place))
    lines = [f"{key.label}: every way through. {unverified.NOTICE}", ""]
    width = min(max((len(_inputs(path)) for path in report.paths), default=0), _INPUTS_MAX)
    before: list[str] = []
    for path in report.paths:
        silent = " (nothing heard)" if path.is_silent else ""
        lines.append(f"{_inputs(path):<{width}}  {path.seconds:>4g} s  {path.outcome}{silent}")
        heard = _heard(path)
        lines += _told_anew(heard, before)
        before = heard
    lines += ["", f"{len(report.paths)} paths."]
    lines += [f"Nobody reaches the {part.what} {part.name}{_at(_of(part, place))}." for part in report.unreachable]
    lines += [f"Goes round: {' -> '.join(ring)}." for ring in report.endless]
    lines += [f"Nobody gets out of {part.name}{_at(_of(part, place))}." for part in report.no_exit]
    if not report.is_complete:
        lines.append(f"Cut short after {report.steps} steps; there are more paths.")
    return _joined([*lines, *_assumed(report.assumptions)])


def _of(part: Part, place: FindPlace) -> Location | None:
    return place(part.flow, part.path)


def _beside(place: Location | None) -> str:
    """The place of one line of a trace."""
    return f"  [{place.file}:{place.line}]" if place else ""


def _at(place: Location | None) -> str:
    return f", at {place}" if place else ""


def place_document(place: Location | None) -> dict[str, Any]:
    """A place as the two fields that every document has for it."""
    return {"file": place.file if place else None, "line": place.line if place else None}


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    return {
        "kind": outcome.kind.value,
        "name": outcome.name,
        "owner": outcome.owner or None,
        "reason": outcome.reason or None,
        "ring": list(outcome.ring),
    }


def _caller(script: Script) -> str:
    pressed = f"presses {' '.join(script.press)}" if script.press else "presses nothing"
    if script.say and not script.press:
        pressed = f"{counted(len(script.say), 'turn')} of a conversation"
    return pressed if script.at is At.OPEN else f"{pressed}, schedules say {script.at}"


def _line(event: Event) -> str:
    match event.kind:
        case EventKind.HEARS:
            prompt = f" (prompt {event.prompt})" if event.prompt else ""
            said = f'"{event.text}"' if event.text else ""
            return f"{'  hears':<{_INDENT}}{said}{prompt}"
        case EventKind.ENTERS:
            return f"{event.what:<{_INDENT - 1}} {event.name}"
        case EventKind.PRESSES:
            return f"{event.key:<{_INDENT}}{event.text}"
        case EventKind.WRONG_KEY:
            return f"{event.key:<{_INDENT}}no such key in {event.name}"
        case EventKind.GIVES_UP:
            return f"{'  no input':<{_INDENT}}{event.text}"
        case EventKind.SAYS:
            return f'{"  says":<{_INDENT}}"{event.text}"'
        case EventKind.WAITS:
            return f"{'  waits':<{_INDENT}}{event.seconds:g} s"
        case EventKind.DOES:
            return f"{'  does':<{_INDENT}}{event.name}{f': {event.text}' if event.text else ''}"
        case _:
            return f"{'  note':<{_INDENT}}{event.text}"


def _assumed(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    return [
        "",
        "Nobody has confirmed, and this call relies on it:",
        *(f"- {unverified.ASSUMPTIONS[name]}" for name in names),
    ]


def _heard(path: Path) -> list[str]:
    return [event.text or event.prompt for event in path.heard]


def _told_anew(heard: list[str], before: list[str]) -> list[str]:
    """What is heard on a way, as a line; what the way above it begins with as well stands as dots."""
    same = next((place for place, words in enumerate(zip(heard, before, strict=False)) if words[0] != words[1]), None)
    shared = min(len(heard), len(before)) if same is None else same
    if shared == len(heard):
        return []
    words = [f'"{_clipped(text)}"' for text in heard[shared:]]
    return [f"    hears {' / '.join(['…', *words] if shared else words)}"]


def _clipped(text: str) -> str:
    return text if len(text) <= _HEARD_MAX else f"{text[: _HEARD_MAX - 1].rstrip()}…"


def _inputs(path: Path) -> str:
    return " ".join(path.inputs) or "(nothing)"


def _call_document(key: Key, script: Script, trace: Trace, place: FindPlace, step: FindStep) -> dict[str, Any]:
    where = place(trace.outcome.flow, trace.outcome.path)
    return {
        "model": unverified.NOTICE,
        "flow": {"type": key.type, "name": key.name},
        "press": " ".join(script.press),
        "say": list(script.say),
        "at": script.at.value,
        "channel": script.channel,
        "now": moment.text(script.now) if script.now else None,
        "events": [_event_document(event, step(event)) for event in trace.events],
        "outcome": {**outcome_document(trace.outcome), **place_document(where)},
        "seconds": trace.seconds,
        "unused": list(trace.unused),
        "unasked": list(trace.unasked),
        "assumptions": {name: unverified.ASSUMPTIONS[name] for name in trace.assumptions},
    }


def _event_document(event: Event, place: Location | None) -> dict[str, Any]:
    """What is there; empty fields are left out."""
    fields = {
        "event": event.kind.value,
        "flow": event.flow,
        "what": event.what,
        "name": event.name,
        "text": event.text,
        "prompt": event.prompt,
        "key": event.key,
        "language": event.language,
        "seconds": event.seconds,
        "path": list(event.path),
        **(place_document(place) if place else {}),
    }
    return {name: value for name, value in fields.items() if value}


def _report_document(key: Key, report: Report, place: FindPlace) -> dict[str, Any]:
    return {
        "model": unverified.NOTICE,
        "flow": {"type": key.type, "name": key.name},
        "paths": [
            {
                "inputs": list(path.inputs),
                "heard": _heard(path),
                "seconds": path.seconds,
                "outcome": {
                    **outcome_document(path.outcome),
                    **place_document(place(path.outcome.flow, path.outcome.path)),
                },
                "silent": path.is_silent,
            }
            for path in report.paths
        ],
        "unreachable": [
            {"what": part.what, "name": part.name, **place_document(_of(part, place))} for part in report.unreachable
        ],
        "endless": [list(ring) for ring in report.endless],
        "noExit": [{"name": part.name, **place_document(_of(part, place))} for part in report.no_exit],
        "complete": report.is_complete,
        "assumptions": {name: unverified.ASSUMPTIONS[name] for name in report.assumptions},
    }


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{printable(line).rstrip()}\n" for line in lines)


def _dumped(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
