"""A flow as a picture: its menus, tasks and states, and every way between them and out of them.

Ids come from names, because references of exports carry numbers that change when something is made anew; so two
versions of a flow can be laid over each other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping

from reconciler.architect.flow import ArchyFlow
from reconciler.architect.picture import exits
from reconciler.architect.picture.exits import Exit
from reconciler.architect.picture.model import Edge, Node, NodeKind, Picture, Status, Way
from reconciler.architect.simulator import program, values
from reconciler.architect.simulator.program import Program, title
from reconciler.architect.walk import Item, Path

Words = Callable[[str], str]
"""The sentence of a prompt; empty when it is not known."""
_START = "start"


def draw(flow: ArchyFlow, *, words: Words = lambda _: "") -> Picture:
    """The picture of one flow. Containers nobody reaches are in it too, without ways to them."""
    ready = program.build(flow)
    containers = {**{path: menu.item for path, menu in ready.menus.items()}, **ready.parts}
    ids = _ids(containers)
    nodes = [Node(_START, NodeKind.START, flow.name, flow.type)]
    nodes += [
        Node(ids[path], _kind(item), title(item), item.tag, _said(ready, item, words))
        for path, item in containers.items()
    ]
    edges: list[Edge] = []
    ways = {(): _start(ready), **{path: _exits(ready, path) for path in containers}}
    depths = _depths(ways)
    for path, found in ways.items():
        source = ids.get(path, _START)
        for way in found:
            target, extra = _target(source, way, ids)
            if extra is not None and all(node.id != extra.id for node in nodes):
                nodes.append(extra)
            edges.append(_edge(source, target, way, path, depths))
    return Picture(flow.name, tuple(nodes), tuple(dict.fromkeys(edges)))


def _ids(containers: Mapping[Path, Item]) -> dict[Path, str]:
    """`menu/Main`, numbered where two containers share sort and name."""
    ids: dict[Path, str] = {}
    used: set[str] = set()
    for path, item in containers.items():
        wanted = name = f"{item.tag}/{title(item)}"
        number = 2
        while name in used:
            name, number = f"{wanted} #{number}", number + 1
        used.add(name)
        ids[path] = name
    return ids


def _kind(item: Item) -> NodeKind:
    return {"menu": NodeKind.MENU, "menuSubMenu": NodeKind.MENU, "state": NodeKind.STATE, "bot": NodeKind.BOT}.get(
        item.tag, NodeKind.TASK
    )


def _start(ready: Program) -> list[Exit]:
    flow = ready.flow
    if "startUpTaskActions" in flow.body:
        return exits.of_block(ready, (flow.type, "startUpTaskActions"))
    written = flow.body.get("startUpRef")
    target = ready.target((flow.type,), "startUpRef")
    if written is None:
        return []
    return [Exit("", path=target) if target is not None else Exit("", name=str(written), is_broken=True)]


def _exits(ready: Program, path: Path) -> list[Exit]:
    return exits.of_menu(ready, path) if path in ready.menus else exits.of_block(ready, (*path, "actions"))


def _said(ready: Program, item: Item, words: Words) -> str:
    """What a menu says; for other containers the first thing they say."""
    field = item.body.get("audio")
    if item.path not in ready.menus:
        first = next((action for action in ready.block((*item.path, "actions")) if action.tag == "playAudio"), None)
        field = first.body.get("audio") if first is not None else None
    return " ".join(piece.text or words(piece.prompt) or f"[{piece.prompt}]" for piece in values.heard(field, {}))


def _depths(ways: Mapping[Path, Iterable[Exit]]) -> dict[Path, int]:
    """How many steps each container is away from the start."""
    depths: dict[Path, int] = {(): 0}
    queue: deque[Path] = deque([()])
    while queue:
        here = queue.popleft()
        for way in ways.get(here, ()):
            if way.path is not None and way.path not in depths:
                depths[way.path] = depths[here] + 1
                queue.append(way.path)
    return depths


def _target(source: str, way: Exit, ids: Mapping[Path, str]) -> tuple[str, Node | None]:
    """The id of where a way leads, and the node to add when it is no container. Ends belong to their source."""
    if way.path in ids and way.path is not None:
        return ids[way.path], None
    if way.is_broken or way.path is not None:
        broken = way.name or "/".join(map(str, way.path or ()))
        return f"broken/{broken}", Node(f"broken/{broken}", NodeKind.BROKEN, broken, "leads nowhere")
    id = f"{source} > {way.sort} {way.name}".rstrip()
    return id, Node(id, NodeKind.END, way.name or way.sort, way.sort if way.name else "")


def _edge(source: str, target: str, way: Exit, path: Path, depths: Mapping[Path, int]) -> Edge:
    sort = Way.FALLBACK if way.is_fallback else Way.ONWARD
    if way.path is not None and depths.get(way.path, 0) <= depths.get(path, 0) and path in depths:
        sort = Way.FALLBACK if way.is_fallback and way.path == path else Way.RETURN
    return Edge(source, target, way.label, sort, Status.SAME)
