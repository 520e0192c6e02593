"""Every way through an IVR of 30 menus in the simulator.

    python -m bench.simulate

Twelve keys in each menu: sub-menus, transfers that may fail, the way back, repeats; opening hours in front. The goal is
less than 2 s for all of it, parsing left out.
"""

from __future__ import annotations

import statistics
import time

from reconciler.architect import flow
from reconciler.architect.simulator import explore, program
from reconciler.documents.load import ARCHY, load

MENUS = 30
_HEAD = """inboundCall:
  name: Large
  startUpRef: /inboundCall/tasks/task[hours]
  tasks:
    - task:
        name: Hours
        refId: hours
        actions:
          - evaluateScheduleGroup:
              name: Hours
              outputs: {closed: {actions: [{playAudio: {name: Say, audio: {tts: Closed}}}, {disconnect: {name: Bye}}]}}
          - jumpToMenu: {name: Go, targetMenuRef: "/inboundCall/menus/menu[m0]"}
  menus:
"""
_MENU = """    - menu:
        name: m{n}
        refId: m{n}
        audio: {{tts: This is menu {n}}}
        settingsMenu: {{repeatCount: {{lit: 2}}}}
        defaultChildMenuRef: "./choices/menuTask[k0]"
        choices:
"""
_CHOICE = '          - menuTask: {{name: "K{k}", refId: k{n}, dtmf: "digit_{k}", task: {{actions: [{actions}]}}}}\n'


def document() -> bytes:
    """The flow as Archy YAML: a tree of menus, two to each."""
    parts = [_HEAD]
    for number in range(MENUS):
        parts.append(_MENU.format(n=number))
        for place, key in enumerate("0123456789*#"):
            parts.append(_CHOICE.format(k=key, n=place, actions=_actions(number, place)))
    return "".join(parts).encode()


def _actions(menu: int, key: int) -> str:
    below = 2 * menu + key
    if key in (1, 2) and below < MENUS:
        return _jump(below)
    if key >= 10:
        return _jump(max(0, (menu - 1) // 2) if key == 11 else menu)
    transfer = f'{{transferToAcd: {{name: "To {menu}-{key}", targetQueue: {{lit: {{name: "Queue {key}"}}}}}}}}'
    return f"{transfer}, {{playAudio: {{name: Say, audio: {{tts: Busy}}}}}}, {_jump(menu)}"


def _jump(menu: int) -> str:
    return f'{{jumpToMenu: {{name: Go, targetMenuRef: "/inboundCall/menus/menu[m{menu}]"}}}}'


def measure(rounds: int = 5) -> dict[str, float]:
    """Median seconds to explore, with the numbers of paths and steps."""
    found, _ = flow.parse(load(document(), "bench.yaml", ARCHY).documents[0])
    if found is None:
        raise SystemExit("the benchmark's own flow cannot be read")
    times = []
    for _round in range(rounds):
        started = time.perf_counter()
        report = explore.explore(program.build(found))
        times.append(time.perf_counter() - started)
    if not report.is_complete or report.unreachable:
        raise SystemExit("the exploration did not see everything")
    return {"seconds": statistics.median(times), "paths": len(report.paths), "steps": report.steps}


def main() -> None:
    found = measure()
    print(
        f"explore {MENUS} menus: {found['paths']:.0f} paths, {found['steps']:.0f} steps in "
        f"{found['seconds'] * 1000:.0f} ms (goal < 2 s)"
    )


if __name__ == "__main__":
    main()
