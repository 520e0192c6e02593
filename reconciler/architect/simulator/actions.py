"""What each action does to a call. Facts: the language's reference pages; guesses: `unverified`.

Actions with effects outside ask; the usual answer stands first. Actions nobody modelled are walked past, or ask which
of their branches to take when they have some.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from reconciler.architect import walk
from reconciler.architect.simulator import (
    branching,
    collecting,
    conversation,
    languages,
    menus,
    transfers,
    unverified,
    values,
)
from reconciler.architect.simulator.caller import Caller
from reconciler.architect.simulator.expression import UNKNOWN
from reconciler.architect.simulator.program import title
from reconciler.architect.simulator.state import ERROR, Oracle
from reconciler.architect.simulator.trace import Ending, EventKind, Outcome
from reconciler.architect.walk import Item

ENDS: Final = frozenset(
    {
        "endWorkflow",
        "endState",
        "abortSurveyInvite",
        "completeSurveyInvite",
        "exitBotFlow",
        "exitWorkitemFlow",
        "disconnectWorkitem",
    }
)
USUAL: Final[Mapping[str, tuple[str, ...]]] = {
    "callData": ("success", "failure", "timeout"),
    "dataTableLookup": ("found", "notFound"),
    "findQueue": ("found", "notFound"),
    "findQueueById": ("found", "notFound"),
    "findUser": ("found", "notFound"),
    "findSkill": ("found", "notFound"),
    "getExternalContact": ("found", "notFound"),
    "getConversationData": ("found", "notFound"),
    "callDigitalBotFlow": ("exited",),
    "callBotFlow": ("exited",),
    "evaluateSchedule": ("active", "inactive"),
    "evaluateScheduleGroup": ("open", "closed", "holiday", "emergency"),
}
"""Branches that exist although an export leaves out the empty ones; the first is what usually happens."""
SCHEDULES: Final = frozenset({"evaluateSchedule", "evaluateScheduleGroup"})
SILENT: Final = frozenset(
    {
        "setParticipantData",
        "getParticipantData",
        "setConversationData",
        "setScreenPop",
        "clearSlot",
        "setWhisperAudio",
        "setExternalTag",
    }
)
SPEAKS: Final[Mapping[str, tuple[str, ...]]] = {
    "playAudio": ("audio",),
    "communicate": ("communication",),
    "sendResponse": ("messageBody",),
    "askForIntent": ("question",),
    "waitForInput": ("question",),
    "callData": ("processingPrompt",),
}
"""Fields that are heard (or read) before anything else happens."""


def perform(caller: Caller, item: Item) -> None:
    """Run one action."""
    handler = _HANDLERS.get(item.tag)
    if handler is not None:
        handler(caller, item)
    elif item.tag in transfers.TARGETS:
        transfers.begin(caller, item)
    elif item.tag in ENDS:
        caller.end(Outcome(Ending.END, item.tag, item.path))
    else:
        _other(caller, item)


def settle(caller: Caller, item: Item, answer: str) -> None:
    """Go on after the world has answered."""
    if answer == ERROR:
        transfers.break_off(caller, item)
    elif transfers.plain(item.tag) in transfers.TARGETS:
        transfers.settle(caller, item, answer)
    elif item.tag == "loop":
        branching.settle_loop(caller, item, answer)
    elif item.tag == languages.SET:
        languages.settle(caller, item, answer)
    elif item.tag == "switch":
        branching.settle_switch(caller, item, answer)
    elif item.tag.startswith("menu"):
        menus.settle(caller, item, answer)
    else:
        caller.take(item, answer)


def _jump_to_task(caller: Caller, item: Item) -> None:
    target = caller.program.target(item.path, "targetTaskRef")
    frames = caller.frames
    while frames and frames[-1].kind != "task":
        frames.pop()
    replaced = frames.pop() if frames else None
    if target is None or target not in caller.program.parts:
        caller.end(Outcome(Ending.ERROR, title(item), item.path, "`targetTaskRef` leads nowhere"))
        return
    if frames:
        caller.assume(unverified.JUMP_KEEPS_CALLER)
    caller.enter(caller.program.parts[target], replaced.owner if replaced and frames else target)


def _call_task(caller: Caller, item: Item) -> None:
    target = caller.program.target(item.path, "targetTaskRef")
    if target is None or target not in caller.program.parts:
        caller.end(Outcome(Ending.ERROR, title(item), item.path, "`targetTaskRef` leads nowhere"))
    else:
        caller.enter(caller.program.parts[target], item.path)


def _end_task(caller: Caller, item: Item) -> None:
    caller.end_task(values.name(item.body.get("outputPath")) or "default")


def _wait(caller: Caller, item: Item) -> None:
    duration = item.body.get("duration") if item.tag == "wait" else item.body.get("playStyle")
    if item.tag == "holdMusic":
        caller.hear(item.body.get("prompt"), (*item.path, "prompt"))
        if isinstance(duration, Mapping) and isinstance(duration.get("duration"), Mapping):
            duration = duration["duration"]
    caller.tell(EventKind.WAITS, item, seconds=values.seconds(duration) or 0.0)


def _other(caller: Caller, item: Item) -> None:
    """Speak if it speaks, then ask for a branch if it has some; otherwise walk past."""
    spoken = SPEAKS.get(item.tag, ())
    for field in spoken:
        caller.hear(item.body.get(field), (*item.path, field))
    _forget(caller, item)
    options = _options(item)
    if item.tag == "evaluateSchedule":
        caller.assume(unverified.SINGLE_SCHEDULE)
    if options:
        caller.ask(Oracle(item.path, item.tag, title(item), options, is_schedule=item.tag in SCHEDULES))
    elif item.tag in SILENT:
        caller.tell(EventKind.DOES, item)
    elif not spoken:
        caller.assume(unverified.UNKNOWN_ACTION)
        caller.tell(EventKind.DOES, item, "passed by")


def _options(item: Item) -> tuple[str, ...]:
    """Branches of an action: those it always has, then those written, named paths and intents by their names."""
    found = list(USUAL.get(item.tag, ()))
    outputs = item.body.get("outputs")
    for branch, content in outputs.items() if isinstance(outputs, Mapping) else ():
        if branch in ("intents", "paths"):
            found += [one.name for one in walk.tagged(content, ()) if one.name and values.is_enabled(one.body)]
        elif isinstance(content, Mapping) and branch not in found and values.is_enabled(content):
            found.append(branch)
    return tuple(dict.fromkeys(found))


def _forget(caller: Caller, item: Item) -> None:
    """Variables that the action fills with something only the call can tell."""
    for key, value in item.body.items():
        if key == "outputs":
            continue
        for entry in walk.entries({key: value}):
            if entry.key in ("var", "variable"):
                caller.remember(values.name(entry.value), UNKNOWN)


_HANDLERS: Final[Mapping[str, Callable[[Caller, Item], None]]] = {
    "disconnect": lambda caller, item: caller.end(Outcome(Ending.HANGUP, path=item.path)),
    "decision": branching.decision,
    "switch": branching.switch,
    "updateData": branching.update_data,
    "loop": branching.loop,
    "loopNext": branching.loop_control,
    "loopExit": branching.loop_control,
    "collectInput": collecting.begin,
    "jumpToMenu": lambda caller, item: caller.go(caller.program.target(item.path, "targetMenuRef"), "targetMenuRef"),
    "jumpToTask": _jump_to_task,
    "callTask": _call_task,
    "endTask": _end_task,
    "previousMenu": lambda caller, _: caller.previous_menu(),
    "changeState": lambda caller, item: caller.go(caller.program.target(item.path, "targetStateRef"), "targetStateRef"),
    languages.SET: languages.begin,
    "digitalMenu": conversation.begin,
    "askForSlot": conversation.begin,
    "askForBoolean": conversation.begin,
    "wait": _wait,
    "holdMusic": _wait,
}
"""Actions with a meaning of their own."""
