"""A flow made ready to be simulated: its containers, its actions by list, its references resolved once.

Relies on walk and references for the language. Says nothing about what happens; `machine` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from reconciler.architect import references, walk
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.simulator import values
from reconciler.architect.simulator.expression import UNKNOWN, Value
from reconciler.architect.walk import Item, Path

CONTAINERS: Final[Mapping[str, str]] = {"menus": "menu", "tasks": "task", "states": "state", "bots": "bot"}
VARIABLES: Final = frozenset({"variables", "startUpTaskVariables"})
"""Lists that declare variables."""
KEY_OF_DTMF: Final[Mapping[str, str]] = {
    **{f"digit_{digit}": digit for digit in "0123456789*#"},
    "digit_star": "*",
    "digit_pound": "#",
}
"""DTMF tokens; the spelled forms of star and pound come from third parties: UNVERIFIED, accepted for reading."""

TIMEOUT_SECONDS: Final = 10.0
REPEATS: Final = 3
EXTENSION_PAUSE_SECONDS: Final = 1.0
NO_ENTRY_SECONDS: Final = 5.0
"""Defaults of exported call flows [real exports]."""
INTER_DIGIT_SECONDS: Final = 3.0
"""The pause after a digit that ends a collection without a setting of its own [Genesys docs]."""


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu with its settings, its own first and the flow's where it says nothing."""

    item: Item
    choices: tuple[Item, ...]
    timeout_seconds: float
    repeats: int
    default: Item | None
    extension_pause_seconds: float
    """Added to every key while extension dialing is on, 0 when it is off."""

    @property
    def name(self) -> str:
        return title(self.item)

    def keys(self) -> dict[str, Item]:
        """Its choices by key, the first one where a key is there twice."""
        found: dict[str, Item] = {}
        for choice in self.choices:
            key = KEY_OF_DTMF.get(str(choice.body.get("dtmf")))
            if key is not None:
                found.setdefault(key, choice)
        return found


@dataclass(slots=True)
class Program:
    """Everything a simulation looks up. `constants` are variables that start with a literal and are never written."""

    flow: ArchyFlow
    menus: Mapping[Path, Menu]
    parts: Mapping[Path, Item]
    """Tasks, states and bots."""
    targets: Mapping[Path, Path | None]
    initial: Mapping[str, Value]
    constants: Mapping[str, Value]
    written: frozenset[str]
    """Variables that the flow fills somewhere, in lower case."""
    inputs: Mapping[str, Value]
    """Inputs that are empty text when no other flow hands them over."""
    global_keys: Mapping[str, Item]
    uses_previous_menu: bool
    languages: tuple[str, ...] = ()
    """What the flow speaks, in lower case, its default language first."""
    _blocks: dict[Path, tuple[Item, ...]] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """What it speaks first; empty when it does not say."""
        return _tag(self.flow.body.get("defaultLanguage"))

    def block(self, path: Path) -> tuple[Item, ...]:
        """The actions of the list at `path`; empty when there is none."""
        if path not in self._blocks:
            self._blocks[path] = tuple(walk.tagged(self.value_at(path), path))
        return self._blocks[path]

    def value_at(self, path: Path) -> Any:
        here: Any = self.flow.document.value
        for step in path:
            try:
                here = here[step]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def item(self, path: Path) -> Item | None:
        """The tagged object at `path`."""
        body = self.value_at(path)
        if not isinstance(body, Mapping) or len(path) < 2:
            return None
        return Item(path, path[:-2], str(path[-1]), body)

    def target(self, holder: Path, field_name: str) -> Path | None:
        """What a reference in the object at `holder` means; None when it means nothing."""
        return self.targets.get((*holder, field_name))


def title(item: Item) -> str:
    """What people call the object."""
    return item.name or item.ref_id or item.tag


def build(flow: ArchyFlow) -> Program:
    """Ready a parsed flow. Broken references stay broken and end the simulation where they are met."""
    targets = {found.path: found.target for found in references.find(flow.document.value)}
    every = list(walk.items(flow.document.value))
    initial, inputs, written = _variables(flow)
    menus = {
        item.path: _menu(flow, item, targets)
        for item in every
        if item.tag in ("menu", "menuSubMenu") and isinstance(item.body.get("choices"), list)
    }
    parts = {
        item.path: item
        for key, tag in CONTAINERS.items()
        if tag != "menu"
        for item in walk.tagged(flow.body.get(key), (flow.type, key))
        if item.tag == tag
    }
    return Program(
        flow=flow,
        languages=_languages(flow),
        menus=menus,
        parts=parts,
        targets=targets,
        initial=initial,
        inputs=inputs,
        written=frozenset(written),
        constants={name: value for name, value in initial.items() if name not in written},
        global_keys=_global_keys(menus),
        uses_previous_menu=any(item.tag in ("previousMenu", "menuPreviousMenu") for item in every),
    )


def _languages(flow: ArchyFlow) -> tuple[str, ...]:
    spoken = flow.body.get("supportedLanguages")
    every = (flow.body.get("defaultLanguage"), *(spoken if isinstance(spoken, Mapping) else ()))
    return tuple(dict.fromkeys(filter(None, map(_tag, every))))


def _tag(written: Any) -> str:
    """A language as the platform compares it; empty for anything else."""
    return written.strip().lower() if isinstance(written, str) else ""


def _menu(flow: ArchyFlow, item: Item, targets: Mapping[Path, Path | None]) -> Menu:
    own, general = _settings(item.body), _settings(flow.body)
    choices = tuple(walk.tagged(item.body.get("choices"), (*item.path, "choices")))
    default = targets.get((*item.path, "defaultChildMenuRef"))
    repeats = _first(values.literal(block.get("repeatCount"), {}) for block in (own, general))
    listens = _first(values.literal(block.get("listenForExtensionDialing"), {}) for block in (own, general))
    timeout = _first(values.seconds(block.get("menuSelectionTimeout")) for block in (own, general))
    pause = _first(values.seconds(block.get("extensionDialingMaxDelay")) for block in (own, general))
    return Menu(
        item=item,
        choices=choices,
        timeout_seconds=TIMEOUT_SECONDS if timeout is None else timeout,
        repeats=repeats if _is_count(repeats) else REPEATS,
        default=next((choice for choice in choices if choice.path == default), None),
        extension_pause_seconds=0.0 if listens is False else (EXTENSION_PAUSE_SECONDS if pause is None else pause),
    )


def _is_count(value: Value) -> bool:
    """0 to 10 repeats [Architect Scripting SDK]."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10


def _settings(body: Mapping[str, Any]) -> Mapping[str, Any]:
    block = body.get("settingsMenu")
    return block if isinstance(block, Mapping) else {}


def _first(found: Iterator[Any]) -> Any:
    """The first value that is one."""
    return next((value for value in found if value is not None and value is not UNKNOWN), None)


def _global_keys(menus: Mapping[Path, Menu]) -> dict[str, Item]:
    found: dict[str, Item] = {}
    for menu in menus.values():
        for key, choice in menu.keys().items():
            if choice.body.get("globalDtmf") is True:
                found.setdefault(key, choice)
    return found


def _variables(flow: ArchyFlow) -> tuple[dict[str, Value], dict[str, Value], set[str]]:
    """Literal initial values by lower-case name, inputs that begin as empty text, and the names that the flow writes
    somewhere."""
    initial: dict[str, Value] = {}
    inputs: dict[str, Value] = {}
    written: set[str] = set()
    for entry in walk.entries(flow.body, (flow.type,), flow.type):
        if entry.key in VARIABLES and isinstance(entry.value, list):
            for item in walk.tagged(entry.value, entry.path):
                start = values.literal(item.body.get("initialValue", {"noValue": True}), {})
                if item.name and item.body.get("isInput"):
                    inputs |= {item.name.lower(): start} if start == "" else {}
                elif item.name and start is not UNKNOWN:
                    initial[item.name.lower()] = start
        elif entry.key in ("var", "variable") and isinstance(entry.value, str):
            written.add(entry.value.lower())
        elif entry.key == "variable" and isinstance(entry.value, Mapping):
            written.add(values.name(entry.value).lower())
    return initial, inputs, written
