"""Names that mean something else in the same flow: tasks of intents, slots, output paths, paths of a digital menu.

References by name, not by `refId`; they are found by where they stand. Bots may get slots and intents from elsewhere
(knowledge, dynamic types): UNVERIFIED, so a missing one is a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from reconciler.architect import walk
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.walk import Path
from reconciler.documents.nearest import nearest
from reconciler.model.problem import Problem, Severity

_CLOSED: Final = frozenset({"closed", "holiday"})


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """All findings about names inside the flow."""
    yield from _tasks_of_intents(flow)
    yield from _understood(flow)
    yield from _output_paths(flow)
    for entry in flow.having("digitalMenu"):
        if isinstance(entry.value, Mapping):
            yield from _menu_paths(flow, entry.path, entry.value)
    yield from _closed_transfers(flow)


def _warning(flow: ArchyFlow, path: Path, code: str, message: str, remedy: str) -> Problem:
    return Problem(flow.at(path), code, message, remedy, Severity.WARNING)


def _offer(word: str, known: Iterable[str], otherwise: str) -> str:
    likely = nearest(word, list(known))
    return f'Did you mean "{likely}"?' if likely else otherwise


def _tasks_of_intents(flow: ArchyFlow) -> Iterator[Problem]:
    """`intentSettings[- intent {task {name}}]`: the task that a recognised intent starts."""
    wanted = [entry for entry in flow.having("task") if entry.parent == "intent" and isinstance(entry.value, Mapping)]
    if not wanted:
        return
    known = {item.name for item in walk.tagged(flow.body.get("tasks"), ()) if item.name}
    for entry in wanted:
        name = entry.value.get("name")
        if isinstance(name, str) and name not in known:
            message = f'the intent "{entry.holder.get("name", "")}" starts the task "{name}", which is not here.'
            remedy = _offer(name, known, "Add the task, or name one that is here.")
            yield Problem(flow.at((*entry.path, "name")), "REC1414", message, remedy)


def _understood(flow: ArchyFlow) -> Iterator[Problem]:
    """Slots and intents that a bot asks for and its language model does not hold."""
    models = [entry.value for entry in flow.having("nluDomainVersion") if isinstance(entry.value, Mapping)]
    if not models:
        return
    slots, intents = _names(models, "entities"), _names(models, "intents")
    for entry in flow.having("slot"):
        name = entry.value.get("name") if isinstance(entry.value, Mapping) else None
        if isinstance(name, str) and name not in slots:
            message = f'the slot "{name}" is not among the entities of the bot.'
            remedy = _offer(name, slots, "Add it below `entities`.")
            yield _warning(flow, (*entry.path, "name"), "REC1415", message, remedy)
    for entry in flow.having("intents"):
        if entry.parent != "outputs":
            continue
        for item in walk.tagged(entry.value, entry.path):
            if item.name and item.name not in intents:
                message = f'the intent "{item.name}" is not among the intents the bot understands.'
                remedy = _offer(item.name, intents, "Add it below `intents`.")
                yield _warning(flow, (*item.path, "name"), "REC1415", message, remedy)


def _names(models: list[Mapping[str, Any]], key: str) -> set[str]:
    lists = [model[key] for model in models if isinstance(model.get(key), list)]
    return {str(item["name"]) for listed in lists for item in listed if isinstance(item, Mapping) and "name" in item}


def _output_paths(flow: ArchyFlow) -> Iterator[Problem]:
    """`endTask` leaves by `default` or by a path its task declares."""
    for entry in flow.having("outputPath"):
        if entry.parent != "endTask" or not isinstance(entry.value, Mapping):
            continue
        name = entry.value.get("name")
        if not isinstance(name, str) or name.lower() == "default":
            continue
        path = entry.path
        task = walk.get(flow.document.value, path[:4])
        if path[1] != "tasks" or not isinstance(task, Mapping):
            continue
        declared = {item.name for item in walk.tagged(task.get("outputPaths"), ())}
        if name not in declared:
            message = f'the task "{task.get("name", "")}" has no output path "{name}".'
            remedy = _offer(name, [str(one) for one in declared if one], "Declare it below `outputPaths` of the task.")
            yield Problem(flow.at((*path, "name")), "REC1416", message, remedy)


def _menu_paths(flow: ArchyFlow, path: Path, body: Mapping[str, Any]) -> Iterator[Problem]:
    """The path of a digital menu is taken when a button of its name is pressed."""
    chooser, outputs = body.get("chooser"), body.get("outputs")
    if not isinstance(outputs, Mapping) or not isinstance(chooser, Mapping) or "lit" not in chooser:
        return
    buttons: set[str] = set()
    for entry in walk.entries(chooser):
        if entry.key in ("value", "title") and isinstance(entry.value, Mapping):
            if "exp" in entry.value:
                return  # known only while the flow runs
            literal = entry.value.get("lit")
            if isinstance(literal, str):
                buttons.add(literal)
        elif entry.key in ("quickReplies", "buttons") and isinstance(entry.value, Mapping) and "exp" in entry.value:
            return
    named = {item.name: item for item in walk.tagged(outputs.get("paths"), (*path, "outputs", "paths"))}
    for name, item in named.items():
        if name and name not in buttons:
            message = f'no button of the digital menu "{body.get("name", "")}" leads to the path "{name}".'
            remedy = _offer(name, buttons - {""}, "Give a button that value.")
            yield _warning(flow, (*item.path, "name"), "REC1417", message, remedy)


def _closed_transfers(flow: ArchyFlow) -> Iterator[Problem]:
    """A transfer to a queue where the schedule group has just said that nobody is there."""
    for entry in flow.having("transferToAcd"):
        steps = entry.path
        for number, step in enumerate(steps[:-3]):
            if step == "evaluateScheduleGroup" and steps[number + 1] == "outputs" and steps[number + 2] in _CLOSED:
                name = entry.value.get("name", "") if isinstance(entry.value, Mapping) else ""
                message = f'"{name}" transfers to a queue where the schedule group says `{steps[number + 2]}`.'
                remedy = "Take a voicemail or say when you are open, unless the queue is meant to answer then."
                place = flow.at(steps, key=True)
                yield Problem(place, "REC1449", message, remedy, Severity.WARNING)
                break
