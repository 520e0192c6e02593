"""Findings about the order of actions: ways that run off the end, actions nothing leads to, loops, returns.

The rules are the engine's own [Architect engine bundle 0.0.18]; `ways` says what is known of each action. Unknown
actions never cause a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciler.architect import references, walk, ways
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.walk import Path, Trail
from reconciler.architect.ways import Course, Ending
from reconciler.model.problem import Problem, Severity

_MUST_END: Final = frozenset({"task", "state"})
"""Containers whose ways must all end. A bot may run off its end: UNVERIFIED, so it is let."""


IN_QUEUE_STATES: Final = ("startUpState", "periodicState")
"""What in-queue flows of messages and emails hold instead of `states`. Their inside is UNVERIFIED (no public file shows
it): a state's `actions` is what we follow, and how such a state must end is not judged."""
_ROUNDS_MAX: Final = 4
"""How deep tasks may call each other for us to know that all of them come back at once; what is deeper counts as
waiting, so it causes no finding."""
_HOLDERS: Final = frozenset({"task", "state", "bot", *IN_QUEUE_STATES})


@dataclass(frozen=True, slots=True)
class Container:
    """A task, state or bot, the task of a menu choice, or the actions a flow starts with. `path` leads to the object
    that holds the actions; `is_named` tells those that references may mean."""

    kind: str
    name: str
    path: Path
    is_named: bool
    ending: Ending
    course: Course


def containers(flow: ArchyFlow) -> list[Container]:
    """Every container of actions, followed."""
    return flow.once(_containers)


def _containers(flow: ArchyFlow) -> list[Container]:
    found = list(_lists(flow, frozenset()))
    if not flow.having("callTask"):
        return found
    targets = {one.path: one.target for one in references.of(flow) if one.field == "targetTaskRef"}
    quick: frozenset[Path] = frozenset()
    for _ in range(_ROUNDS_MAX):
        more = {container.path for container in found if container.course.returns_hasty} - quick
        if not more:
            break
        quick |= more
        calls = frozenset(path for path, target in targets.items() if target in quick)
        found = list(_lists(flow, calls))
    return found


def _lists(flow: ArchyFlow, calls: frozenset[Path]) -> Iterator[Container]:
    """Every list of actions, followed. `calls` are the references of those `callTask` that come back at once."""

    def quick_calls(trail: Trail) -> bool:
        return walk.unrolled(trail) in calls

    for entry in flow.having("actions"):
        if entry.parent not in _HOLDERS or entry.path[-2] != entry.parent:
            continue
        if entry.value and not isinstance(entry.value, list):
            continue  # no list of actions; `part_checks` says so
        ending, course = ways.follow(entry.value, entry.trail, flow.type, quick_calls)
        path = entry.path[:-1]
        name = str(entry.holder.get("name") or "")
        kind = "start" if entry.parent in IN_QUEUE_STATES else entry.parent
        yield Container(kind, name, path, isinstance(path[-2], int), ending, course)
    for entry in flow.having("startUpTaskActions"):
        ending, course = ways.follow(entry.value, entry.trail, flow.type, quick_calls)
        yield Container("start", flow.name, entry.path[:-1], False, ending, course)


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """All findings about the order of actions."""
    for container in containers(flow):
        yield from _check_end(flow, container)
        yield from _check_course(flow, container.course)
    yield from _check_returns(flow)


def _check_end(flow: ArchyFlow, container: Container) -> Iterator[Problem]:
    if container.kind not in _MUST_END or container.ending is not Ending.GOES_ON:
        return
    actions = walk.get(flow.document.value, container.path)["actions"]
    path = (*container.path, "actions")
    remedy = "End it with an action such as disconnect, a transfer or a jump"
    if not actions:
        message = f"{_title(flow, container)} does nothing: it has no action."
        yield Problem(flow.at(path, key=True), "REC1430", message, f"{remedy}.")
        return
    ((tag, body),) = actions[-1].items()
    message = (
        f'{_title(flow, container)} runs off its end after "{_name(body, tag)}", so a caller is left with an error.'
    )
    end = ", endTask" if container.kind == "task" and container.is_named else ""
    place = flow.at((*path, len(actions) - 1, tag), key=True)
    yield Problem(place, "REC1430", message, f"{remedy}{end}, also in branches that are not written.")


def _title(flow: ArchyFlow, container: Container) -> str:
    if container.is_named:
        return f'the {container.kind} "{container.name}"'
    choice = walk.get(flow.document.value, container.path[:-1])
    return f'the task of the choice "{choice.get("name", "")}"'


def _check_course(flow: ArchyFlow, course: Course) -> Iterator[Problem]:
    for here, before in course.unreachable:
        one, other = _action(flow, here), _action(flow, before)
        message = f'nothing leads to "{one}": "{other}" before it ends every way.'
        yield _at(flow, here, "REC1434", message, "Remove it, or move it before what ends the way.", Severity.WARNING)
    for here, tag in course.stray:
        message = f'`{tag}` "{_action(flow, here)}" stands in no loop.'
        yield _at(flow, here, "REC1431", message, "Move it into the loop it is meant for, or remove it.")
    for here in course.barren:
        message = f'the loop "{_action(flow, here)}" never comes to a second round: every way in it ends.'
        yield _at(flow, here, "REC1432", message, "Let one way run to the end of the loop, or take the loop away.")


def _check_returns(flow: ArchyFlow) -> Iterator[Problem]:
    """`previousMenu` where no menu can have been before: the flow has none, or a call starts in the task and nothing
    leads back to it. The engine refuses it in the starting task in any case; whether also when a menu leads there is
    UNVERIFIED, so that is left to the platform."""
    returns = [entry.path for entry in flow.having("previousMenu") if isinstance(entry.path[-2], int)]
    if not returns:
        return
    starts = [one for one in references.of(flow) if one.field == "startUpRef" and len(one.path) == 2]
    start = starts[0].target if starts else None
    comes_back = any(one.target == start for one in references.of(flow) if one not in starts)
    for path in returns:
        is_first = start is not None and path[: len(start)] == start and start[-1] == "task" and not comes_back
        if is_first or not flow.having("menu"):
            name = _name(walk.get(flow.document.value, path), "previousMenu")
            message = f'"{name}" goes back to a menu, and no caller has been in one.'
            yield Problem(flow.at(path, key=True), "REC1433", message, "Jump to a task or hang up instead.")


def _at(
    flow: ArchyFlow, trail: Trail, code: str, message: str, remedy: str, severity: Severity = Severity.ERROR
) -> Problem:
    return Problem(flow.at(walk.unrolled(trail), key=True), code, message, remedy, severity)


def _action(flow: ArchyFlow, trail: Trail) -> str:
    path = walk.unrolled(trail)
    return _name(walk.get(flow.document.value, path), str(path[-1]))


def _name(body: Any, tag: str) -> str:
    name = body.get("name") if isinstance(body, Mapping) else None
    return str(name) if name else tag
