"""Where the lists of actions in a flow lead: other containers, or out of the flow, with the words for each way.

A drawing's view, not a check: every branch is followed once, what comes after an action that always ends is not looked
at, and whether a branch is ever taken is not asked. Relies on the simulator's tables for what transfers and ends are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from reconciler.architect import walk
from reconciler.architect.simulator import branching, transfers, values
from reconciler.architect.simulator.actions import ENDS
from reconciler.architect.simulator.program import KEY_OF_DTMF, Program, title
from reconciler.architect.simulator.trace import Ending
from reconciler.architect.walk import Item, Path

_TARGET_FIELDS: Final = {
    "jumpToMenu": "targetMenuRef",
    "jumpToTask": "targetTaskRef",
    "callTask": "targetTaskRef",
    "changeState": "targetStateRef",
    "menuJumpToTask": "targetTaskRef",
    "menuJumpToMenu": "targetMenuRef",
}
_LASTING: Final = frozenset({"jumpToMenu", "jumpToTask", "changeState", "previousMenu", "endTask", "disconnect"}) | ENDS
_PLAIN_BRANCHES: Final = frozenset(
    {"yes", "no", "success", "failure", "found", "notFound", "default", "loop", "timeout"}
)
"""Branch names that mean nothing without the name of their action."""
HANG_UP: Final = "hang up"


@dataclass(frozen=True, slots=True)
class Exit:
    """A way out of a container: to another one (`path`), out of the flow (`sort` and `name`), or nowhere (`name` is the
    broken reference). `is_fallback` when something has to fail first."""

    label: str
    path: Path | None = None
    sort: str = ""
    name: str = ""
    is_fallback: bool = False
    is_broken: bool = False


def of_block(program: Program, path: Path, label: str = "") -> list[Exit]:
    """All ways out of the list of actions at `path`, each once."""
    return list(dict.fromkeys(_walk(program, path, label, is_fallback=False)))


def of_menu(program: Program, path: Path) -> list[Exit]:
    """All ways out of a menu: its keys in order, then what happens without input."""
    menu = program.menus[path]
    found: list[Exit] = []
    for choice in menu.choices:
        key = KEY_OF_DTMF.get(str(choice.body.get("dtmf")), "")
        found += _of_choice(program, choice, " ".join(filter(None, (key, title(choice)))), path)
    if menu.default is not None:
        silent = [
            replace(way, label="no input", is_fallback=True) for way in _of_choice(program, menu.default, "", path)
        ]
        found += silent[:1]
    return list(dict.fromkeys(found))


def _of_choice(program: Program, choice: Item, label: str, menu: Path) -> Iterator[Exit]:
    if choice.tag == "menuTask":
        yield from _walk(program, (*choice.path, "task", "actions"), label, is_fallback=False)
    elif choice.tag == "menuDisconnect":
        yield Exit(label, sort=HANG_UP)
    elif choice.tag in _TARGET_FIELDS:
        yield _to(program, choice, label, is_fallback=False)
    elif transfers.plain(choice.tag) in transfers.TARGETS:
        yield _transfer(choice, label, is_fallback=False)
    elif choice.path in program.menus:
        yield Exit(label, path=choice.path)
    elif choice.tag == "menuRepeatMenu":
        yield Exit(label, path=menu)
    else:
        yield Exit(label, sort=choice.tag)


def _walk(program: Program, path: Path, label: str, *, is_fallback: bool) -> Iterator[Exit]:
    for item in program.block(path):
        if item.tag in _TARGET_FIELDS:
            yield _to(program, item, label, is_fallback=is_fallback)
        elif item.tag == "disconnect":
            yield Exit(label, sort=HANG_UP, is_fallback=is_fallback)
        elif item.tag in ENDS or item.tag == "previousMenu":
            yield Exit(label, sort=item.tag, is_fallback=is_fallback)
        elif item.tag in transfers.TARGETS:
            yield _transfer(item, label, is_fallback=is_fallback)
            yield from _branches(program, item, label, is_fallback=True)
            is_fallback = True  # what follows a transfer happens when it failed
            continue
        else:
            yield from _branches(program, item, label, is_fallback=is_fallback)
        if item.tag in _LASTING:
            return


def _branches(program: Program, item: Item, label: str, *, is_fallback: bool) -> Iterator[Exit]:
    for name, block in _blocks(item):
        words = name if name not in _PLAIN_BRANCHES else f"{title(item)}: {name}"
        inner = label if item.tag in transfers.TARGETS else " ".join(filter(None, (label, words)))
        yield from _walk(program, block, inner, is_fallback=is_fallback)


def _blocks(item: Item) -> Iterator[tuple[str, Path]]:
    """The lists of actions inside an action, with the names of their branches."""
    outputs = item.body.get("outputs")
    for name, content in outputs.items() if isinstance(outputs, Mapping) else ():
        if name in ("intents", "paths"):
            for one in walk.tagged(content, (*item.path, "outputs", name)):
                yield one.name or name, (*one.path, "actions")
        elif isinstance(content, Mapping):
            yield name, (*item.path, "outputs", name, "actions")
    _, block, path = branching.switch_form(item)
    for number, case in enumerate(walk.tagged(block.get("cases"), (*path, "cases")), start=1):
        written = values.literal(case.body.get("value"), {})
        yield (written if isinstance(written, str) and written else f"case {number}"), (*case.path, "actions")
    if isinstance(block.get("default"), Mapping):
        yield "otherwise", (*path, "default", "actions")


def _to(program: Program, item: Item, label: str, *, is_fallback: bool) -> Exit:
    field = _TARGET_FIELDS[item.tag]
    target = program.target(item.path, field)
    if target is None:
        return Exit(label, name=str(item.body.get(field, "")), is_fallback=is_fallback, is_broken=True)
    return Exit(label, path=target, is_fallback=is_fallback)


def _transfer(item: Item, label: str, *, is_fallback: bool) -> Exit:
    target = transfers.target_of(item, {})
    sort = f"{Ending.VOICEMAIL} of {target.owner}" if target.owner else target.kind.value
    return Exit(label, sort=sort, name=target.name, is_fallback=is_fallback)
