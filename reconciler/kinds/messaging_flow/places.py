"""Where each part of a compiled MessagingFlow is written, by the names it has in Architect: nodes and actions. Pure.

Relies on the compiler for the names. What a node does by itself, such as leaving the bot, is written nowhere; the node
says enough.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.core import source_map
from reconciler.core.source_map import Names
from reconciler.kinds.manifest import Manifest
from reconciler.kinds.messaging_flow import asking, compiler, graph
from reconciler.kinds.messaging_flow.graph import Path
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec, MessagingNode
from reconciler.model.problem import Location


def of(manifest: Manifest, spec: MessagingFlowSpec) -> dict[Names, Location]:
    """The places of all nodes and of their actions."""
    return source_map.places((names, manifest.at(*path, key=True)) for names, path in _parts(spec))


def _parts(spec: MessagingFlowSpec) -> Iterator[tuple[Names, Path]]:
    for name, node in spec.nodes.items():
        path: Path = ("spec", "nodes", name)
        yield (name,), path
        for action, where in _actions(node, path):
            yield (name, action), where
    for edge in graph.edges(spec):
        yield (edge.node, asking.jump_name(edge.to)), edge.path


def _actions(node: MessagingNode, path: Path) -> Iterator[tuple[str, Path]]:
    for number, step in enumerate(node.steps, start=1):
        word = "set" if step.say is None else "say"
        yield compiler.step_name(step, number), (*path, word) if node.do is None else (*path, "do", number - 1, word)
    if node.ask is not None:
        yield asking.ASK, (*path, "ask")
    if node.when is not None:
        yield compiler.WHICH_WAY, (*path, "when")
    if node.transfer is not None:
        yield compiler.transfer_name(node.transfer.queue), (*path, "transfer")
