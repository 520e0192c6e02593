"""Dotted paths into a flow's comparable form, and the parts of the flow they lead through.

A part is an item of a tagged list: `menus.menu[Main]`. Its label is the item's name; `]` in a name is doubled, so that
a path can be read back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LISTS: Final = frozenset(
    {
        "menus", "tasks", "states", "bots", "choices", "actions", "startUpTaskActions", "startUpTaskVariables",
        "variables", "cases", "paths", "intents", "statements", "attributes", "periodicState", "startUpState",
    }
)  # fmt: skip
"""Keys whose lists hold parts."""

_STEP: Final = re.compile(
    r"(?P<word>(?:[^.\[\]#]|#(?!\d))*)"
    r"(?:\[(?P<label>(?:[^\]]|\]\])*)\](?!\]))?"
    r"(?P<count>#\d+)?(?:\.|(?= \(order\)\Z)|\Z)"
)


@dataclass(frozen=True, slots=True)
class Step:
    """One part: its type and name, and its number among siblings of one name (1 when it is the only one)."""

    type: str
    name: str
    number: int = 1

    @property
    def title(self) -> str:
        word = "choice" if self.type.startswith("menu") and self.type != "menu" else self.type
        count = f" (no. {self.number})" if self.number > 1 else ""
        return f'{word} "{self.name}"{count}' if self.name else f"{word}{count}"


def label(type: str, name: str | None) -> str:
    """How an item is called in a path."""
    return type if name is None else f"{type}[{name.replace(']', ']]')}]"


def split(path: str) -> tuple[tuple[Step, ...], str]:
    """The parts a path leads through, and the rest within the last one. Paths that nobody here wrote are all rest."""
    steps: list[Step] = []
    position = rest = 0
    holder = ""
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or match.end() == position:
            break
        if holder in LISTS:
            number = int(match["count"][1:]) if match["count"] else 1
            steps.append(Step(match["word"], (match["label"] or "").replace("]]", "]"), number))
            rest = match.end()
            holder = ""
        else:
            holder = match["word"] if match["label"] is None else ""
        position = match.end()
    return tuple(steps), path[rest:].removesuffix(" (order)")
