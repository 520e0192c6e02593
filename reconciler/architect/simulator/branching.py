"""Branching inside a flow: decisions, switches, loops, and the variables they look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.architect import walk
from reconciler.architect.simulator import unverified, values
from reconciler.architect.simulator.caller import Caller
from reconciler.architect.simulator.expression import UNKNOWN, Unknown, Value
from reconciler.architect.simulator.program import title
from reconciler.architect.simulator.state import AGAIN, Frame, Oracle
from reconciler.architect.simulator.trace import Ending, EventKind, Outcome
from reconciler.architect.walk import Item

_CASES_MAX: Final = 64


def decision(caller: Caller, item: Item) -> None:
    result = values.literal(item.body.get("condition"), caller.memory)
    if isinstance(result, bool):
        caller.take(item, "yes" if result else "no")
    else:
        caller.ask(Oracle(item.path, item.tag, title(item), ("yes", "no"), is_computed=True))


def switch(caller: Caller, item: Item) -> None:
    open_cases: list[str] = []
    for number, (_, holds) in enumerate(_cases(caller, item), start=1):
        if holds is True:
            open_cases.append(f"case {number}")
            break
        if holds is not False:
            open_cases.append(f"case {number}")
    else:
        open_cases.append("default")
    if len(open_cases) == 1:
        settle_switch(caller, item, open_cases[0])
    else:
        caller.ask(Oracle(item.path, item.tag, title(item), tuple(open_cases), is_computed=True))


def _cases(caller: Caller, item: Item) -> Iterator[tuple[Item, Value]]:
    """The cases in order, each with whether it holds."""
    form, block, path = switch_form(item)
    wanted = values.literal(block.get("value"), caller.memory)
    for case in list(walk.tagged(block.get("cases"), (*path, "cases")))[:_CASES_MAX]:
        value = values.literal(case.body.get("value"), caller.memory)
        if form == "firstTrue":
            yield case, value
        elif isinstance(value, Unknown) or isinstance(wanted, Unknown) or type(value) is not type(wanted):
            yield case, UNKNOWN
        else:
            yield case, value == wanted


def switch_form(item: Item) -> tuple[str, Mapping[str, Any], walk.Path]:
    """`evaluate.firstTrue {…}` or `evaluate.firstMatch.<type> {…}`: the form, its block, the block's path."""
    evaluate = item.body.get("evaluate")
    if isinstance(evaluate, Mapping):
        first = evaluate.get("firstTrue")
        if isinstance(first, Mapping):
            return "firstTrue", first, (*item.path, "evaluate", "firstTrue")
        match = evaluate.get("firstMatch")
        if isinstance(match, Mapping):
            for key, block in match.items():
                if isinstance(block, Mapping):
                    return "firstMatch", block, (*item.path, "evaluate", "firstMatch", key)
    return "", {}, item.path


def settle_switch(caller: Caller, item: Item, answer: str) -> None:
    _, block, path = switch_form(item)
    caller.tell(EventKind.DOES, item, answer)
    number = int(answer.removeprefix("case ")) - 1 if answer.startswith("case ") else -1
    cases = list(walk.tagged(block.get("cases"), (*path, "cases")))
    if 0 <= number < len(cases):
        caller.frames.append(Frame("branch", (*cases[number].path, "actions"), item.path))
    else:
        caller.frames.append(Frame("branch", (*path, "default", "actions"), item.path))


def update_data(caller: Caller, item: Item) -> None:
    for statement in walk.tagged(item.body.get("statements"), (*item.path, "statements")):
        value = statement.body.get("value")
        caller.look_at_clock(value)
        caller.remember(values.name(statement.body.get("variable")), values.literal(value, caller.memory))


def loop(caller: Caller, item: Item) -> None:
    count = values.literal(item.body.get("loopCount"), caller.memory)
    rounds = count if isinstance(count, int) and not isinstance(count, bool) else None
    if rounds is not None and rounds < 1:
        caller.tell(EventKind.DOES, item, "skipped")
        return
    if rounds is None:
        caller.ask(Oracle(item.path, item.tag, title(item), (AGAIN, "done"), is_computed=True))
        return
    caller.assume(unverified.LOOP_FROM_ZERO)
    caller.remember(values.name(item.body.get("currentIndex")), 0)
    # An exploration does not count rounds; it asks after each whether there is another.
    kept = None if caller.abstract and rounds != 1 else rounds
    caller.frames.append(Frame("loop", (*item.path, "outputs", "loop", "actions"), item.path, rounds=kept))


def settle_loop(caller: Caller, item: Item, answer: str) -> None:
    caller.tell(EventKind.DOES, item, answer)
    if answer == AGAIN:
        caller.remember(values.name(item.body.get("currentIndex")), UNKNOWN)
        caller.frames.append(Frame("loop", (*item.path, "outputs", "loop", "actions"), item.path))


def loop_control(caller: Caller, item: Item) -> None:
    depth = next((n for n in range(len(caller.frames) - 1, -1, -1) if caller.frames[n].kind == "loop"), None)
    if depth is None:
        caller.end(Outcome(Ending.ERROR, title(item), item.path, "outside a loop"))
        return
    frame = caller.frames[depth]
    del caller.frames[depth:]
    if item.tag == "loopNext":
        caller.next_round(frame)
