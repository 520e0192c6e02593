"""Small flows for the tests of the simulator, put together from their parts."""

from __future__ import annotations

import json
from textwrap import indent

from reconciler.architect.simulator import call, program
from reconciler.architect.simulator.call import Script
from tests.unit.architect.archy_samples import parsed


def step(tag: str, name: str = "", /, **fields) -> str:
    """One action or choice as an item of a list."""
    return f"- {json.dumps({tag: {'name': name or tag, **fields}})}"


def branches(**lists: str) -> dict:
    """`outputs` with these lists of actions, each a text of `step`s."""
    return {
        name: {"actions": [json.loads(line[2:]) for line in text.splitlines() if line]} for name, text in lists.items()
    }


SALES = step("transferToAcd", "To Sales", targetQueue={"lit": {"name": "Sales"}})
BYE = step("disconnect", "Bye")
HOME = "/inboundCall/tasks/task[first]"


def jump(menu: str) -> str:
    return step("jumpToMenu", f"Go to {menu}", targetMenuRef=f"/inboundCall/menus/menu[{menu}]")


def flow(*, menus: str = "", tasks: str = "", start: str = "/inboundCall/menus/menu[main]", rest: str = "") -> str:
    """An inbound call flow; extension dialing is off, so that keys work at once."""
    text = f"inboundCall:\n  name: Line\n  startUpRef: {start}\n"
    text += "  settingsMenu: {listenForExtensionDialing: {lit: false}}\n" + indent(rest, "  ")
    for key, items in (("menus", menus), ("tasks", tasks)):
        text += f"\n  {key}:\n" + indent(items, "    ") if items else ""
    return text + "\n"


def menu(name: str, choices: str, *, settings: str = "", audio: str = "") -> str:
    heard = audio or f"{{tts: This is {name}}}"
    head = f"- menu:\n    name: {name}\n    refId: {name}\n    audio: {heard}\n"
    head += f"    {settings}\n" if settings else ""
    return head + "    choices:\n" + indent(choices, "      ") + "\n"


def task(name: str, actions: str) -> str:
    return f"- task:\n    name: {name}\n    refId: {name}\n    actions:\n" + indent(actions, "      ") + "\n"


def key(digit: str, actions: str, name: str = "", ref: str = "") -> str:
    head = f'- menuTask:\n    name: "{name or f"Key {digit}"}"\n    dtmf: "digit_{digit}"\n'
    head += f"    refId: {ref}\n" if ref else ""
    return head + "    task:\n      actions:\n" + indent(actions, "        ")


def in_task(actions: str, *, rest: str = "", tasks: str = "", menus: str = "") -> str:
    """A flow whose start-up task runs these actions."""
    return flow(tasks=task("first", actions) + tasks, start=HOME, rest=rest, menus=menus)


def ready(text: str) -> program.Program:
    return program.build(parsed(text))


def play(text: str, press: str = "", **options) -> call.Trace:
    """The trace of one call by a script."""
    return call.run(ready(text), Script(tuple(press.split()), **options))


def told(trace: call.Trace) -> list[str]:
    """A trace as lines: who does what."""
    lines = []
    for event in trace.events:
        words = (event.key, event.name, event.text or event.prompt, f"{event.seconds:g} s" if event.seconds else "")
        lines.append(" ".join([event.kind.value, *filter(None, words)]))
    return [*lines, f"ends {trace.outcome}"]
