"""The ways a conversation can take through a list of actions: which end, which go on, what comes after an end.

Actions run from top to bottom. A branch that does not end falls through to the next action, and so does a branch that
is not written. What an unknown action does is not known either, so it is never the reason for a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from reconciler.architect.flow import CALL_TYPES
from reconciler.architect.walk import Trail

ENDING: Final = frozenset(
    {
        "disconnect", "endWorkflow", "abortSurveyInvite", "completeSurveyInvite", "exitBotFlow", "exitWorkitemFlow",
        "returnToAgent", "endTask", "jumpToMenu", "jumpToTask", "previousMenu", "changeState", "endState",
    }
)  # fmt: skip
"""Actions nothing comes after [Architect engine bundle 0.0.18]. `returnToAgent` as a key: UNVERIFIED. The engine lists
`disconnectWorkitem` too, yet a real export goes on after it, so it is left open here."""

LOOP_ENDING: Final = frozenset({"loopNext", "loopExit"})

GOING_ON: Final = frozenset(
    {
        "playAudio", "updateData", "setParticipantData", "getParticipantData", "setConversationData", "wait",
        "sendResponse", "sendAutoReply", "setScreenPop", "holdMusic", "playEstimatedWaitTime", "communicate",
        "clearSlot", "callTask", "callBotFlow", "callDigitalBotFlow", "callCommonModule", "callLexV2Bot", "loop",
    }
)  # fmt: skip
"""Actions that the next one follows unless a branch of theirs says otherwise."""

BRANCHES: Final[Mapping[str, frozenset[str]]] = {
    "decision": frozenset({"yes", "no"}),
    "askForBoolean": frozenset({"yes", "no"}),
    "collectInput": frozenset({"success", "failure"}),
    "callData": frozenset({"success", "failure", "timeout"}),
    "evaluateSchedule": frozenset({"active", "inactive"}),
    "evaluateScheduleGroup": frozenset({"open", "closed", "holiday", "emergency"}),
    "findQueue": frozenset({"found", "notFound"}),
    "findQueueById": frozenset({"found", "notFound"}),
    "findUser": frozenset({"found", "notFound"}),
    "findSkill": frozenset({"found", "notFound"}),
    "dataTableLookup": frozenset({"found", "notFound"}),
    "getExternalContact": frozenset({"found", "notFound"}),
    "getConversationData": frozenset({"found", "notFound"}),
    "switch": frozenset({"default"}),
}
"""All ways out of an action. `askForBoolean` may have more: UNVERIFIED, it counts as complete with these."""

WAITING: Final = frozenset(
    {
        "collectInput", "askForIntent", "askForSlot", "askForBoolean", "digitalMenu", "wait", "waitForInput",
        "callBotFlow", "callDigitalBotFlow", "callLexV2Bot", "callTask", "holdMusic",
    }
)  # fmt: skip
"""Actions that take the caller's time or answer. `callTask` may, depending on the task: `follow` is told."""

TRANSFER_ENDS: Final = frozenset({"inboundEmail", "inboundShortMessage", "inboundChat", "workflow"})
"""Flow types in which a transfer to a queue is the end whatever comes of it [Architect engine bundle 0.0.18]; for
inboundChat by analogy: UNVERIFIED. In calls only a success ends; for other types nothing is known."""


class Ending(Enum):
    """What comes after."""

    ENDS = "nothing"
    GOES_ON = "the next action, in at least one way"
    OPEN = "not known"


@dataclass(slots=True)
class Course:
    """What was found along the ways through one container. Trails lead to the action, or to the reference of a jump."""

    unreachable: list[tuple[Trail, Trail]] = field(default_factory=list)
    """The first action nothing leads to, and the one that ends the way before it."""
    stray: list[tuple[Trail, str]] = field(default_factory=list)
    """Loop actions outside a loop."""
    barren: list[Trail] = field(default_factory=list)
    """Loops whose body never comes to a second round."""
    hasty: set[Trail] = field(default_factory=set)
    """Jumps that some way reaches without waiting for the caller."""
    previous: list[Trail] = field(default_factory=list)
    """Returns to the menu before."""
    returns_hasty: bool = False
    """Some way comes to an `endTask` without waiting for the caller."""


@dataclass(frozen=True, slots=True)
class _After:
    ending: Ending
    hasty: bool
    """Some way gets here without waiting."""


_JUMPS: Final[Mapping[str, str]] = {
    "jumpToTask": "targetTaskRef",
    "callTask": "targetTaskRef",
    "changeState": "targetStateRef",
}


def follow(
    actions: Any, trail: Trail, flow_type: str, quick_calls: Callable[[Trail], bool] = lambda _: False
) -> tuple[Ending, Course]:
    """Follow every way through the list of actions at `trail`. `quick_calls` tells by the trail to its reference that a
    `callTask` may come back without having waited for the caller."""
    course = Course()
    after = _Walker(flow_type, course, quick_calls).sequence(actions, trail, hasty=True, in_loop=False)
    return after.ending, course


class _Walker:
    def __init__(self, flow_type: str, course: Course, quick_calls: Callable[[Trail], bool]) -> None:
        self._flow_type, self._course, self._quick_calls = flow_type, course, quick_calls
        self._rounds: list[bool] = []  # per open loop: whether a `loopNext` was met

    def sequence(self, actions: Any, trail: Trail, *, hasty: bool, in_loop: bool) -> _After:
        state = _After(Ending.GOES_ON, hasty)
        ended_by: Trail = ()
        told = False
        for number, item in enumerate(actions if isinstance(actions, list) else ()):
            if not isinstance(item, Mapping) or len(item) != 1:
                return _After(Ending.OPEN, hasty=False)
            ((tag, body),) = item.items()
            here: Trail = ((trail, number), tag)
            if state.ending is Ending.ENDS and not told:
                self._course.unreachable.append((here, ended_by))
                told = True
            found = self._action(tag, body if isinstance(body, Mapping) else {}, here, state.hasty, in_loop)
            if not told:
                ending = found.ending
                if state.ending is Ending.OPEN and ending is Ending.GOES_ON:
                    ending = Ending.OPEN  # nothing certain comes after something unknown
                state = _After(ending, found.hasty)
                ended_by = here
        return state

    def _action(self, tag: str, body: Mapping[str, Any], here: Trail, hasty: bool, in_loop: bool) -> _After:
        if tag in _JUMPS and hasty:
            self._course.hasty.add((here, _JUMPS[tag]))
        if tag in LOOP_ENDING:
            if not in_loop:
                self._course.stray.append((here, tag))
                return _After(Ending.OPEN, hasty=False)
            if tag == "loopNext" and self._rounds:
                self._rounds[-1] = True
            return _After(Ending.ENDS, hasty=False)
        if tag == "previousMenu":
            self._course.previous.append(here)
        if tag == "endTask" and hasty:
            self._course.returns_hasty = True
        if tag in ENDING:
            return _After(Ending.ENDS, hasty=False)
        is_known = tag in GOING_ON or tag in BRANCHES or tag.startswith("transferTo")
        is_quick_call = tag == "callTask" and hasty and self._quick_calls((here, _JUMPS[tag]))
        quick = hasty and is_known and (tag not in WAITING or is_quick_call)
        if tag == "loop":
            return self._loop(body, here, quick)
        ways = {
            name: self.sequence(actions, where, hasty=quick, in_loop=in_loop)
            for name, actions, where in branches(tag, body, here)
        }
        return _After(self._ending(tag, ways), self._is_quick(tag, ways, quick))

    def _loop(self, body: Mapping[str, Any], here: Trail, hasty: bool) -> _After:
        self._rounds.append(False)
        ways = [
            self.sequence(actions, where, hasty=hasty, in_loop=True)
            for _, actions, where in branches("loop", body, here)
        ]
        goes_round = self._rounds.pop()
        if not goes_round and ways and all(way.ending is Ending.ENDS for way in ways):
            self._course.barren.append(here)
        return _After(Ending.GOES_ON, hasty)

    def _ending(self, tag: str, ways: Mapping[str, _After]) -> Ending:
        endings = [way.ending for way in ways.values()]
        if tag.startswith("transferTo"):
            if self._flow_type not in CALL_TYPES:
                is_end = tag == "transferToAcd" and self._flow_type in TRANSFER_ENDS and not ways
                return Ending.ENDS if is_end else Ending.OPEN
            return ways["failure"].ending if "failure" in ways else Ending.GOES_ON
        if Ending.GOES_ON in endings:
            return Ending.GOES_ON
        if tag in BRANCHES:
            if not BRANCHES[tag] <= ways.keys():
                return Ending.GOES_ON
            return Ending.OPEN if Ending.OPEN in endings else Ending.ENDS
        if endings:
            return Ending.OPEN
        return Ending.GOES_ON if tag in GOING_ON else Ending.OPEN

    def _is_quick(self, tag: str, ways: Mapping[str, _After], quick: bool) -> bool:
        if not ways or not BRANCHES.get(tag, frozenset({""})) <= ways.keys():
            return quick
        return any(way.hasty and way.ending is not Ending.ENDS for way in ways.values())


def branches(tag: str, body: Mapping[str, Any], here: Trail) -> Iterator[tuple[str, Any, Trail]]:
    """Each written branch of an action: its name, its actions and the trail to them."""
    if tag == "switch":
        yield from _cases(body.get("evaluate"), (here, "evaluate"))
        return
    outputs = body.get("outputs")
    if not isinstance(outputs, Mapping):
        return
    for name, branch in outputs.items():
        where: Trail = ((here, "outputs"), name)
        if isinstance(branch, Mapping):
            if branch.get("enabled") is not False and isinstance(branch.get("actions"), list):
                yield name, branch["actions"], (where, "actions")
        elif isinstance(branch, list):
            yield from _listed(name, branch, where)


def _cases(evaluate: Any, where: Trail) -> Iterator[tuple[str, Any, Trail]]:
    """`firstTrue {cases, default}` or `firstMatch.<type> {value, cases, default}`."""
    for form, block in evaluate.items() if isinstance(evaluate, Mapping) else ():
        here: Trail = (where, form)
        if form == "firstMatch":
            yield from _cases(block, here)
            continue
        if not isinstance(block, Mapping):
            continue
        yield from _listed("case", block.get("cases"), (here, "cases"))
        default = block.get("default")
        if isinstance(default, Mapping) and isinstance(default.get("actions"), list):
            yield "default", default["actions"], ((here, "default"), "actions")


def _listed(name: str, items: Any, where: Trail) -> Iterator[tuple[str, Any, Trail]]:
    """Branches that are items of a list: cases, paths of a digital menu, intents."""
    for number, item in enumerate(items if isinstance(items, list) else ()):
        if not isinstance(item, Mapping) or len(item) != 1:
            continue
        ((tag, body),) = item.items()
        if isinstance(body, Mapping) and body.get("enabled") is not False:
            actions = body.get("actions", [])
            yield f"{name} {number}", actions, (((where, number), tag), "actions")
