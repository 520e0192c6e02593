"""What callers hear in a Menu, held against what they can do: hints, never errors. Pure.

The same findings that a flow written by hand gets from `architect`, at the lines of the Menu.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.architect import menu_checks
from reconciler.kinds.manifest import Manifest, quoted, warning
from reconciler.kinds.menu.graph import Graph, Path, steps
from reconciler.kinds.menu.spec import MenuSpec
from reconciler.model.problem import Problem


def check(manifest: Manifest, spec: MenuSpec, graph: Graph) -> Iterator[Problem]:
    yield from _blank(manifest, spec)
    yield from _announced(manifest, spec, graph)
    yield from _impatient(manifest, spec, graph)


def _said(spec: MenuSpec) -> Iterator[tuple[Path, str | None]]:
    """Every text that is spoken, with the way to it."""
    if spec.greeting is not None:
        yield ("spec", "greeting", "say"), spec.greeting.say
    for menu, node in spec.menus.items():
        yield ("spec", "menus", menu, "ask", "say"), node.ask.say
    for step in steps(spec):
        yield (*step.path, "say"), step.action.say


def _blank(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    for path, text in _said(spec):
        if text is not None and not text.strip():
            yield warning(manifest.at(*path), "REC1440", "this says nothing.", "Write what callers shall hear.")


def _announced(manifest: Manifest, spec: MenuSpec, graph: Graph) -> Iterator[Problem]:
    """English menus only: for other languages we do not know the words."""
    if not spec.language.startswith("en"):
        return
    for menu, node in spec.menus.items():
        for word, key in menu_checks.announced(node.ask.say or "").items() if menu in graph.parents else ():
            if key not in node.keys:
                message = f"{quoted(menu)} tells callers to press {word}, and has no key {quoted(key)}."
                place = manifest.at("spec", "menus", menu, "ask", "say")
                yield warning(place, "REC1442", message, "Correct the text, or add the key.")


def _impatient(manifest: Manifest, spec: MenuSpec, graph: Graph) -> Iterator[Problem]:
    for menu, node in spec.menus.items():
        if menu in graph.parents and node.repeats == 0 and node.on_no_input is None:
            message = f"{quoted(menu)} hangs up on a caller who says nothing once: it repeats 0 times."
            place = manifest.at("spec", "menus", menu, "repeats")
            yield warning(place, "REC1438", message, "Raise repeats, or say in onNoInput what happens.")
