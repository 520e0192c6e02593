"""What keys, wrong keys and silence do in a menu, and what each sort of choice does."""

from __future__ import annotations

from reconciler.architect.simulator import transfers, unverified
from reconciler.architect.simulator.caller import Caller
from reconciler.architect.simulator.program import Menu, title
from reconciler.architect.simulator.state import TIMEOUT, Frame, Oracle
from reconciler.architect.simulator.trace import Ending, Event, EventKind, Outcome
from reconciler.architect.walk import Item


def press(caller: Caller, menu: Menu, key: str) -> None:
    """What a key, or silence, does in a menu."""
    flow = caller.program.flow.name
    own = menu.keys().get(key)
    choice = own or caller.program.global_keys.get(key)
    if choice is not None:
        if own is not None and key in caller.program.global_keys and caller.program.global_keys[key] is not own:
            caller.assume(unverified.LOCAL_KEY_FIRST)
        pause = menu.extension_pause_seconds if key.isdigit() else 0.0
        if pause:
            caller.assume(unverified.EXTENSION_PAUSE)
        caller.events.append(
            Event(EventKind.PRESSES, choice.path, choice.tag, menu.name, title(choice), "", key, pause, flow)
        )
        _take_choice(caller, choice)
        return
    if key == TIMEOUT:
        caller.tell(EventKind.WAITS, menu.item, seconds=menu.timeout_seconds)
    else:
        caller.assume(unverified.ONE_COUNTER)
        caller.events.append(Event(EventKind.WRONG_KEY, menu.item.path, "menu", menu.name, key=key, flow=flow))
    caller.tries += 1
    if caller.tries <= menu.repeats:
        caller.announce(menu)
    elif menu.default is not None:
        default = menu.default
        caller.events.append(
            Event(EventKind.GIVES_UP, default.path, default.tag, menu.name, title(default), "", TIMEOUT, flow=flow)
        )
        _take_choice(caller, menu.default)
    else:
        caller.end(Outcome(Ending.HANGUP, path=menu.item.path, reason="no default choice after the last repeat"))


def _take_choice(caller: Caller, choice: Item) -> None:
    caller.tries = 0
    choose(caller, choice)


def choose(caller: Caller, choice: Item) -> None:
    """Do what a menu choice says."""
    tag = choice.tag
    if tag == "menuDisconnect":
        caller.end(Outcome(Ending.HANGUP, path=choice.path))
    elif tag == "menuTask":
        caller.frames = [Frame("task", (*choice.path, "task", "actions"), choice.path)]
    elif tag == "menuJumpToTask":
        caller.go(caller.program.target(choice.path, "targetTaskRef"), "targetTaskRef")
    elif tag == "menuJumpToMenu":
        caller.assume(unverified.MENU_BODY)
        caller.go(caller.program.target(choice.path, "targetMenuRef"), "targetMenuRef")
    elif tag == "menuPreviousMenu":
        caller.assume(unverified.MENU_BODY)
        caller.previous_menu()
    elif tag == "menuRepeatMenu" and caller.menu is not None:
        caller.assume(unverified.MENU_BODY)
        caller.enter_menu(caller.program.menus[caller.menu])
    elif transfers.plain(tag) in transfers.TARGETS:
        if tag != "menuTransferToAcd":
            caller.assume(unverified.MENU_BODY)
        transfers.begin(caller, choice)
    elif choice.path in caller.program.menus:
        caller.assume(unverified.MENU_BODY)
        caller.enter_menu(caller.program.menus[choice.path])
    else:
        caller.assume(unverified.MENU_BODY)
        caller.ask(Oracle(choice.path, tag, title(choice), ("failure", "success")))


def settle(caller: Caller, choice: Item, answer: str) -> None:
    """A choice of a sort nobody has seen has come out well or not."""
    if answer == "success":
        caller.end(Outcome(Ending.END, title(choice), choice.path))
    elif caller.menu is not None:
        caller.assume(unverified.FAILED_CHOICE)
        caller.enter_menu(caller.program.menus[caller.menu])
