"""Pictures as text that other tools draw: Mermaid for Markdown, DOT for Graphviz."""

from __future__ import annotations

from typing import Final

from reconciler.architect.picture.model import Edge, Node, NodeKind, Picture, Status, Way

_SHAPES: Final = {
    NodeKind.START: ("([", "])"),
    NodeKind.MENU: ("[", "]"),
    NodeKind.TASK: ("[[", "]]"),
    NodeKind.STATE: ("[[", "]]"),
    NodeKind.BOT: ("[[", "]]"),
    NodeKind.END: ("([", "])"),
    NodeKind.RESOURCE: ("[", "]"),
    NodeKind.EXTERNAL: ("([", "])"),
    NodeKind.BROKEN: ("{{", "}}"),
}
_CLASSES: Final = {
    Status.ADDED: "fill:#dafbe1,stroke:#1a7f37,color:#0a3615",
    Status.REMOVED: "fill:#ffebe9,stroke:#cf222e,color:#4c0d12,stroke-dasharray:4 3",
    Status.CHANGED: "fill:#fff1c9,stroke:#9a6700,color:#3b2300",
    Status.FORMER: "fill:#fff1c9,stroke:#9a6700,color:#3b2300,stroke-dasharray:4 3",
}
_BROKEN: Final = "fill:#ffebe9,stroke:#cf222e,color:#4c0d12"
_COLOURS: Final = {
    Status.ADDED: "#1a7f37",
    Status.REMOVED: "#cf222e",
    Status.CHANGED: "#9a6700",
    Status.FORMER: "#9a6700",
}
_DOT_SHAPES: Final = {
    NodeKind.START: "oval",
    NodeKind.END: "oval",
    NodeKind.EXTERNAL: "oval",
    NodeKind.MENU: "box",
    NodeKind.BROKEN: "octagon",
}


def mermaid(picture: Picture) -> str:
    """A flowchart for Mermaid; labels are escaped, so that no name can end one."""
    ids = {node.id: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = ["---", f"title: {_quoted(picture.title)}", "---", "flowchart LR"]
    for node in picture.nodes:
        left, right = _SHAPES[node.kind]
        css = "broken" if node.kind is NodeKind.BROKEN else node.status.value
        mark = f":::{css}" if css != Status.SAME else ""
        lines.append(f'  {ids[node.id]}{left}"{_entities(_label(node))}"{right}{mark}')
    for number, edge in enumerate(picture.edges):
        arrow = "-->" if edge.way is Way.ONWARD and edge.status not in (Status.REMOVED, Status.FORMER) else "-.->"
        label = f'|"{_entities(edge.label)}"|' if edge.label else ""
        lines.append(f"  {ids[edge.source]} {arrow}{label} {ids[edge.target]}")
        if edge.status in _COLOURS:
            lines.append(f"  linkStyle {number} stroke:{_COLOURS[edge.status]},stroke-width:2px")
    lines += [f"  classDef {status.value} {style}" for status, style in _CLASSES.items()]
    lines.append(f"  classDef broken {_BROKEN}")
    return "\n".join(lines) + "\n"


def dot(picture: Picture) -> str:
    """A digraph for Graphviz."""
    ids = {node.id: f"n{number}" for number, node in enumerate(picture.nodes)}
    lines = [
        f"digraph {_quoted(picture.title)} {{",
        '  graph [rankdir=LR, fontname="Helvetica"];',
        '  node [fontname="Helvetica", fontsize=11, style="rounded"];',
        '  edge [fontname="Helvetica", fontsize=10];',
    ]
    for node in picture.nodes:
        attributes = {"label": _label(node), "shape": _DOT_SHAPES.get(node.kind, "box")}
        colour = _COLOURS.get(node.status) or ("#cf222e" if node.kind is NodeKind.BROKEN else "")
        lines.append(f"  {ids[node.id]} [{_attributes(attributes, colour)}];")
    for edge in picture.edges:
        attributes = {"label": edge.label, "style": _line(edge)}
        lines.append(
            f"  {ids[edge.source]} -> {ids[edge.target]} [{_attributes(attributes, _COLOURS.get(edge.status, ''))}];"
        )
    return "\n".join([*lines, "}"]) + "\n"


def _line(edge: Edge) -> str:
    is_gone = edge.status in (Status.REMOVED, Status.FORMER)
    return "dashed" if is_gone or edge.way in (Way.FALLBACK, Way.LOOSE) else "solid"


def _label(node: Node) -> str:
    return f"{node.sort}: {node.label}" if node.sort and node.kind is not NodeKind.MENU else node.label


def _attributes(fields: dict[str, str], colour: str) -> str:
    if colour:
        fields = {**fields, "color": colour, "fontcolor": colour}
    return ", ".join(f"{name}={_quoted(value)}" for name, value in fields.items() if value)


def _quoted(text: str) -> str:
    """A string of DOT and of YAML alike: backslash and quote escaped, line breaks and control characters as blanks."""
    plain = "".join(character if character.isprintable() else " " for character in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _entities(text: str) -> str:
    """Mermaid's own entities for everything that means something to it or to HTML."""
    return "".join(
        character if character.isalnum() or character in " .,:-_/()+" else f"#{ord(character)};" for character in text
    )
