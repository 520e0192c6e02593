"""The model of a call: from a state and an answer to the next question or the end. Pure.

`start` and `resume` make a leg each; a leg always ends, because going round and too many steps are endings of their
own. With `abstract` the model forgets what it writes to variables and how often a loop went round, so that an
exploration meets finitely many states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from reconciler.architect.simulator import actions, collecting, conversation, menus
from reconciler.architect.simulator.caller import Caller
from reconciler.architect.simulator.expression import Value
from reconciler.architect.simulator.program import Program, title
from reconciler.architect.simulator.state import Leg, Oracle, Question, SayWait, State
from reconciler.architect.simulator.trace import Ending, Event, EventKind, Outcome

ACTIONS_MAX: Final = 1_000
"""Steps in one call; the platform stops after 10,000 actions [Genesys docs], nobody wants to read those."""
FRAMES_MAX: Final = 50
"""Tasks, branches and loops inside each other."""


def start(program: Program, memory: Mapping[str, Value], *, spent: int = 0, abstract: bool = False) -> Leg:
    """The first leg: greeting, then the start-up menu, task or state. `memory` has the variables that are known."""
    first = State(memory=tuple(sorted(memory.items(), key=lambda pair: pair[0])), language=program.language)
    caller = Caller(program, first, abstract=abstract)
    caller.begin()
    return _run(caller, spent)


def resume(
    program: Program, state: State, question: Question, answer: str, *, spent: int = 0, abstract: bool = False
) -> Leg:
    """The leg after an answer: a key or `t` to a KeyWait, words or `t` to a SayWait, one of the options (or `error`) to
    an Oracle. `spent` is how many steps the call has made already."""
    caller = Caller(program, state, abstract=abstract)
    item = program.item(question.path)
    assert item is not None, "a question is about something in the document"  # noqa: S101
    if isinstance(question, Oracle):
        actions.settle(caller, item, answer)
    elif isinstance(question, SayWait):
        conversation.enter(caller, item, answer)
    elif question.is_collecting:
        collecting.enter(caller, item, answer)
    else:
        menus.press(caller, program.menus[question.path], answer)
    return _run(caller, spent)


def _run(caller: Caller, spent: int) -> Leg:
    """Action by action until the call waits, asks or ends."""
    met: dict[State, tuple[int, int]] = {}
    route: list[str] = []
    while caller.stop is None:
        spent += 1
        state = caller.state()
        first, told = met.setdefault(state, (len(route), len(caller.events)))
        if first < len(route):
            _going_round(caller, route[first:], caller.events[told:])
        elif spent > ACTIONS_MAX:
            _going_round(caller, _last_ring(route), [])
        elif len(caller.frames) > FRAMES_MAX:
            reason = f"more than {FRAMES_MAX} tasks and branches inside each other: {' -> '.join(_last_ring(route))}"
            caller.end(Outcome(Ending.ERROR, path=caller.frames[-1].owner, reason=reason))
        elif not caller.frames:
            caller.nothing_left()
        elif (item := caller.next_action()) is None:
            caller.leave(caller.frames[-1])
        else:
            route.append(title(item))
            actions.perform(caller, item)
    return Leg(tuple(caller.events), caller.state(), caller.stop, frozenset(caller.assumed), spent)


def _last_ring(route: list[str]) -> list[str]:
    """From the last time the route met its last station."""
    earlier = [place for place, name in enumerate(route[:-1]) if name == route[-1]]
    return route[earlier[-1] + 1 :] if earlier else route[-1:]


def _going_round(caller: Caller, ring: list[str], events: list[Event]) -> None:
    """The end of a leg that comes back to where it was: waiting when there is music or a pause on the way."""
    path = caller.frames[-1].owner if caller.frames else ()
    kind = Ending.WAITING if any(event.kind is EventKind.WAITS for event in events) else Ending.ENDLESS
    caller.end(Outcome(kind, path=path, ring=(*ring, *ring[:1])))
