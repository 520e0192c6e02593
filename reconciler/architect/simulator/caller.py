"""A call under way during one leg: what it remembers, what it tells, how it moves about.

Mutable, and never seen outside the leg that made it: `machine` thaws a state into a Caller and freezes it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from reconciler.architect import walk
from reconciler.architect.flow import CALL_TYPES
from reconciler.architect.simulator import unverified, values
from reconciler.architect.simulator.expression import NOW, Value
from reconciler.architect.simulator.program import Menu, Program, title
from reconciler.architect.simulator.state import AGAIN, Frame, KeyWait, Oracle, Question, State
from reconciler.architect.simulator.trace import Ending, Event, EventKind, Outcome
from reconciler.architect.walk import Item, Path

SLOT: Final = "slot."
"""Scope of what people have answered."""


class Caller:
    """Where the call is and what happened in this leg. With `abstract` it forgets what it writes to variables."""

    def __init__(self, program: Program, state: State, *, abstract: bool) -> None:
        self.program = program
        self.abstract = abstract
        self.menu = state.menu
        self.before = state.before
        self.tries = state.tries
        self.frames = list(state.frames)
        self.collected = state.collected
        self.memory = dict(state.memory)
        self.language = state.language
        self.events: list[Event] = []
        self.assumed: set[str] = set()
        self.stop: Question | Outcome | None = None

    def state(self) -> State:
        before = self.before if self.program.uses_previous_menu else None
        memory = tuple(sorted(self.memory.items(), key=lambda pair: pair[0]))
        return State(self.menu, before, self.tries, tuple(self.frames), self.collected, memory, self.language)

    def next_action(self) -> Item | None:
        """The next action of the innermost list, which counts as begun; None when the list is through."""
        frame = self.frames[-1]
        block = self.program.block(frame.block)
        if frame.index >= len(block):
            return None
        self.frames[-1] = replace(frame, index=frame.index + 1)
        return block[frame.index]

    def end(self, outcome: Outcome) -> None:
        self.stop = replace(outcome, flow=self.program.flow.name)

    def ask(self, question: Question) -> None:
        self.stop = question

    # What is told.

    def tell(self, kind: EventKind, item: Item | None = None, text: str = "", *, seconds: float = 0) -> None:
        path, what, name = (item.path, item.tag, title(item)) if item else ((), "", "")
        self.events.append(Event(kind, path, what, name, text, seconds=seconds, flow=self.program.flow.name))

    def assume(self, name: str) -> None:
        self.assumed.add(name)

    def hear(self, field: object, path: Path) -> None:
        """Play an audio field."""
        flow = self.program.flow.name
        self.look_at_clock(field)
        self.events += [
            Event(EventKind.HEARS, path, text=piece.text, prompt=piece.prompt, flow=flow, language=self.language)
            for piece in values.heard(field, self.memory)
        ]

    def look_at_clock(self, field: object) -> None:
        """Say what an expression with the time in it relies on."""
        if NOW in self.memory and values.reads_clock(field):
            self.assume(unverified.TEXT_OF_A_MOMENT)

    # Moving.

    def begin(self) -> None:
        flow = self.program.flow
        self.hear(flow.body.get("initialGreeting"), (flow.type, "initialGreeting"))
        if "startUpTaskActions" in flow.body:
            self.frames = [Frame("task", (flow.type, "startUpTaskActions"), (flow.type,))]
            return
        self.go(self.program.target((flow.type,), "startUpRef"), "startUpRef")

    def go(self, target: Path | None, field: str) -> None:
        """Go to a menu, task, state or bot, leaving everything that is under way."""
        if target in self.program.menus and target is not None:
            self.enter_menu(self.program.menus[target])
        elif target in self.program.parts and target is not None:
            self.frames = []
            self.enter(self.program.parts[target], target)
        else:
            self.end(Outcome(Ending.ERROR, reason=f"`{field}` leads nowhere"))

    def enter(self, part: Item, owner: Path) -> None:
        self._forget_slots()
        self.tell(EventKind.ENTERS, part)
        self.frames.append(Frame("task", (*part.path, "actions"), owner))

    def enter_menu(self, menu: Menu) -> None:
        if menu.item.path != self.menu:
            self.before = self.menu
        self.menu, self.tries, self.frames = menu.item.path, 0, []
        self.tell(EventKind.ENTERS, menu.item)
        self.announce(menu)

    def previous_menu(self) -> None:
        self.assume(unverified.PREVIOUS_MENU)
        target = self.before or self.menu
        if target is None:
            self.end(Outcome(Ending.ERROR, reason="there is no previous menu"))
        else:
            self.enter_menu(self.program.menus[target])

    def end_task(self, path_name: str = "default") -> None:
        """Leave the innermost task: back to who called it, to the menu, or off the line."""
        while self.frames and self.frames[-1].kind != "task":
            self.frames.pop()
        left = self.frames.pop() if self.frames else None
        if left is not None and self.frames:
            caller = self.program.item(left.owner)
            if caller is not None:
                self.take(caller, path_name, quiet=True)
        elif self.menu is not None and left is not None and self._is_choice(left):
            self.assume(unverified.END_OF_CHOICE)
            self.enter_menu(self.program.menus[self.menu])
        else:
            self.nothing_left()

    def _is_choice(self, frame: Frame) -> bool:
        """Whether a task is written inside a menu choice; one that was jumped to has left the menu behind."""
        owner = self.program.item(frame.owner)
        return owner is not None and owner.tag == "menuTask"

    def nothing_left(self) -> None:
        is_call = self.program.flow.type in CALL_TYPES - {"inqueueCall"}
        if is_call:
            self.assume(unverified.END_OF_TASK)
        self.end(Outcome(Ending.HANGUP if is_call else Ending.END, reason="the task ended"))

    def leave(self, frame: Frame) -> None:
        """The list of actions is through."""
        if frame.kind == "branch":
            self.frames.pop()
        elif frame.kind == "loop":
            self.frames.pop()
            self.next_round(frame)
        else:
            self.assume(unverified.FALLS_OFF)
            self.end_task()

    def next_round(self, frame: Frame) -> None:
        """After a round of a loop: the next one, unless it was the last. Ask where nobody knows how many there are."""
        loop = self.program.item(frame.owner)
        if loop is None:
            return
        if frame.rounds is None:
            self.ask(Oracle(loop.path, loop.tag, title(loop), ("done", AGAIN), is_computed=True))
        elif frame.round + 1 < frame.rounds:
            self.frames.append(replace(frame, index=0, round=frame.round + 1))
            self.remember(values.name(loop.body.get("currentIndex")), frame.round + 1)

    def take(self, item: Item, branch: str, *, quiet: bool = False) -> None:
        """Go into a branch of an action; one that is not there, empty or off falls through to the next action."""
        if not quiet:
            self.tell(EventKind.DOES, item, branch)
        outputs = item.body.get("outputs")
        where = (*item.path, "outputs")
        if not isinstance(outputs, Mapping):
            return
        if branch in outputs:
            if values.is_enabled(outputs[branch]):
                self.frames.append(Frame("branch", (*where, branch, "actions"), item.path))
            return
        for group in ("intents", "paths"):
            for one in walk.tagged(outputs.get(group), (*where, group)):
                if one.name == branch and values.is_enabled(one.body):
                    self.frames.append(Frame("branch", (*one.path, "actions"), item.path))
                    return

    def fill(self, slot: str, value: Value) -> None:
        """Keep the answer to a bot's question. An exploration keeps it as well, until the call comes to another task:
        enough for the action that looks at it, and the number of states stays small."""
        self.memory[f"{SLOT}{slot.lower()}"] = value

    def _forget_slots(self) -> None:
        if self.abstract:
            self.memory = {name: value for name, value in self.memory.items() if not name.startswith(SLOT)}

    def remember(self, name: str, value: Value) -> None:
        if name and not self.abstract:
            self.memory[name.lower()] = value
        elif name.lower().startswith(SLOT):
            self.memory.pop(name.lower(), None)

    def announce(self, menu: Menu) -> None:
        self.hear(menu.item.body.get("audio"), (*menu.item.path, "audio"))
        if menu.choices:
            keys = tuple(sorted({*menu.keys(), *self.program.global_keys}))
            self.ask(KeyWait(menu.item.path, menu.name, menu.timeout_seconds, keys))
        else:
            self.end(Outcome(Ending.ERROR, menu.name, menu.item.path, "a menu without choices"))
