"""Where each part of a compiled Menu is written, by the names it has in Architect: menus, choices, actions. Pure.

Relies on the compiler for the names. What hangs up at the end of a way has no words of its own in the Menu; the choice
it belongs to says enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from reconciler.core import source_map
from reconciler.core.source_map import Names
from reconciler.kinds.manifest import Manifest
from reconciler.kinds.menu import compiler
from reconciler.kinds.menu.graph import Graph, Path
from reconciler.kinds.menu.spec import Action, MenuSpec, Node
from reconciler.model.problem import Location

KEYS_OF_MENU: Final = "\0keys"
"""Stands for all keys of a menu. Nothing in Architect is called that: no file can hold the first character."""


def of(manifest: Manifest, spec: MenuSpec, graph: Graph) -> dict[Names, Location]:
    """The places of all parts that callers can come to."""
    return source_map.places((names, manifest.at(*path, key=True)) for names, path in _parts(spec, graph))


def _parts(spec: MenuSpec, graph: Graph) -> Iterator[tuple[Names, Path]]:
    if spec.greeting is not None:
        yield (compiler.GREETING,), ("spec", "greeting")
    if spec.hours is not None:
        path: Path = ("spec", "hours")
        yield (compiler.HOURS_NAME,), path
        yield (compiler.HOURS_REF,), path
        for name in ("closed", "holiday", "emergency"):
            action = getattr(spec.hours, name)
            yield (compiler.HOURS_NAME, name), (*path, name if action is not None else "closed")
            if action is not None:
                yield from _actions((compiler.HOURS_NAME,), (*path, name), action, "", graph)
    for menu, node in spec.menus.items():
        path = ("spec", "menus", menu)
        yield (menu,), path
        yield (menu, KEYS_OF_MENU), (*path, "keys")
        if menu not in graph.parents:
            continue
        # By their keys as well: two choices may have one name.
        yield from (((menu, compiler.dtmf(key)), (*path, "keys", key)) for key in node.keys)
        for name, where, action in _choices(node, path):
            yield (menu, name), where
            yield from _actions((menu, name), where, action, menu, graph)


def _choices(node: Node, path: Path) -> Iterator[tuple[str, Path, Action]]:
    for key, action in node.keys.items():
        yield compiler.choice_name(action, key), (*path, "keys", key), action
    if node.on_no_input is not None:
        yield compiler.NO_INPUT, (*path, "onNoInput"), node.on_no_input


def _actions(within: Names, path: Path, action: Action, menu: str, graph: Graph) -> Iterator[tuple[Names, Path]]:
    """The actions of one choice, those after a failed transfer included."""
    if action.language is not None:
        yield (*within, compiler.speak_name(action.language)), (*path, "language")
    if action.say is not None or action.prompt is not None:
        yield (*within, compiler.SAY), (*path, "say" if action.say is not None else "prompt")
    if action.transfer is not None:
        yield (*within, compiler.transfer_name(action.transfer)), (*path, "transfer")
        if action.transfer.on_failure is not None:
            yield from _actions(within, (*path, "transfer", "onFailure"), action.transfer.on_failure, menu, graph)
    elif not action.hangup:
        word = next((word for word in ("menu", "back", "repeat") if getattr(action, word) is not None), "language")
        yield (*within, compiler.go_name(compiler.jump_target(action, menu, graph))), (*path, word)
