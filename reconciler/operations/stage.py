"""The flows and prompts of a desired state, ready to be simulated: flows by name, prompts by language.

Pure, apart from remembering what was parsed and looked up once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.architect import flow
from reconciler.architect.flow import ArchyFlow
from reconciler.architect.simulator import call, naming, program
from reconciler.architect.simulator.call import Script
from reconciler.architect.simulator.expression import Value
from reconciler.architect.simulator.program import Program
from reconciler.architect.simulator.trace import Event, EventKind, Trace
from reconciler.architect.walk import Path
from reconciler.core import source_map
from reconciler.documents.load import ARCHY, load
from reconciler.documents.nearest import nearest
from reconciler.errors import UsageError
from reconciler.kinds.menu import compiler, places
from reconciler.model import identity
from reconciler.model.desired import DesiredState
from reconciler.model.identity import Key
from reconciler.model.problem import Location
from reconciler.model.resource import Desired


@dataclass(slots=True)
class Stage:
    """Where simulated calls take place."""

    desired: DesiredState
    _programs: dict[Key, Program] = field(default_factory=dict)
    _known: dict[Key, source_map.ByFirst] = field(default_factory=dict)
    _places: dict[tuple[Key, Path], Location | None] = field(default_factory=dict)

    def play(self, key: Key, script: Script) -> Trace:
        """One call to a flow of the desired state, followed into its other flows."""
        return call.run(self.program(key), script, find_flow=self.find_flow, find_prompt=self.prompt)

    def program(self, key: Key) -> Program:
        if key not in self._programs:
            self._programs[key] = program.build(parsed(self.desired.resources[key]))
        return self._programs[key]

    def find_flow(self, type: str, name: str) -> Program | None:
        """The flow of that type and name that is declared here."""
        key = identity.flow(type, name)
        return self.program(key) if key in self.desired.resources else None

    def variables(self, key: Key, given: Mapping[str, Value]) -> tuple[dict[str, Value], tuple[str, ...]]:
        """Variables for a simulation of a flow by their whole names, and what is wrong with them: the flow and those it
        leads to know others."""
        if not given:
            return {}, ()
        known = [name for one in self._led_to(key) for name in naming.names(self.program(one).flow)]
        return naming.settled(given, known)

    def _led_to(self, key: Key) -> list[Key]:
        """The flow and every flow of ours that it leads to."""
        found = [key]
        for one in found:
            needs = sorted(self.desired.resources[one].depends_on)
            found += [
                need
                for need in needs
                if need.kind == identity.FLOW and need in self.desired.resources and need not in found
            ]
        return found

    def prompt(self, language: str, prompt: str) -> str | None:
        """The sentence of a prompt in a language: what is spoken, else what is written. Empty when the prompt has
        nothing in that language; None when it is not declared here, or is a recording without a text."""
        found = self.desired.resources.get(identity.prompt(prompt))
        if found is None:
            return None
        resource = found.spec.get("resources", {}).get(language.lower())
        return "" if resource is None else str(resource.get("tts") or resource.get("text") or "") or None

    def words(self, language: str, prompt: str) -> str:
        """The sentence of a prompt in a language; empty when there is none."""
        return self.prompt(language, prompt) or ""

    def place(self, flow: str, path: Path) -> Location | None:
        """Where an element of the flow of that name is written; `path` begins with the flow's type. For a flow made
        from a manifest the line of the manifest, as far as it is known."""
        key = identity.flow(str(path[0]), flow) if path else None
        wanted = self.desired.resources.get(key) if key is not None else None
        if key is None or wanted is None:
            return None
        if len(path) == 1:
            return wanted.source
        if (key, path) not in self._places:
            self._places[key, path] = self._written(key, wanted, path)
        return self._places[key, path]

    def _written(self, key: Key, wanted: Desired, path: Path) -> Location | None:
        if not wanted.declared_by:
            return self.program(key).flow.at(path, key=True)
        if key not in self._known:
            self._known[key] = source_map.by_first(wanted.places)
        return source_map.written_at(_names(self.program(key), path), self._known[key])

    def step(self, event: Event) -> Location | None:
        """Where a step of a call is written. A menu that gives up is written at its `onNoInput`, whichever choice of
        the compiled flow stands for it."""
        wanted = self.desired.resources.get(identity.flow(str(event.path[0]), event.flow)) if event.path else None
        if wanted is not None and event.kind is EventKind.GIVES_UP:
            place = wanted.places.get((event.name, compiler.NO_INPUT))
            if place is not None:
                return place
        return self.place(event.flow, event.path)

    def key(self, event: Event) -> Location | None:
        """Where it is written what a key does: `keys` of the menu for one that is not there."""
        wanted = self.desired.resources.get(identity.flow(str(event.path[0]), event.flow)) if event.path else None
        if wanted is not None and event.kind is EventKind.WRONG_KEY:
            place = wanted.places.get((event.name, places.KEYS_OF_MENU))
            if place is not None:
                return place
        return self.step(event)

    def ended(self, trace: Trace) -> Location | None:
        """Where it is written how a call ended. What a flow made from a manifest does by itself is written nowhere:
        then where the last step is that somebody wrote."""
        place = self.place(trace.outcome.flow, trace.outcome.path)
        return place or next(filter(None, map(self.step, reversed(trace.events))), None)

    def find(self, name: str, *, type: str | None = None, declared_by: str = "") -> Key:
        """The flow of that name. Raises UsageError when there is none, or more than one."""
        flows = [
            key
            for key, wanted in self.desired.resources.items()
            if key.kind == identity.FLOW and wanted.declared_by.startswith(declared_by)
        ]
        called = [key for key in flows if key.name == name]
        matches = [key for key in called if type in (None, key.type)]
        if len(matches) == 1:
            return matches[0]
        noun = declared_by.rstrip("/") or "Flow"
        if matches:
            types = ", ".join(key.type for key in matches)
            raise UsageError(f"there are several flows {name!r}: {types}. Say which with --type.")
        if called:
            types = ", ".join(sorted(key.type for key in called))
            raise UsageError(
                f"the {noun} {name!r} here is of type {types}, not {type}. Say that with --type, or nothing."
            )
        names = sorted({key.name for key in flows if type in (None, key.type)})
        guess = nearest(name, names)
        hint = f"Did you mean {guess!r}?" if guess else f"There are {', '.join(names[:12]) or 'none'}."
        raise UsageError(f"there is no {noun} {name!r} here. {hint}")


def _names(program: Program, path: Path) -> list[str]:
    """What the parts on the way to an element are called, from the outside in: menu or task, choice and its key,
    branch."""
    if len(path) == 2:
        return [str(path[1])]
    names: list[str] = []
    for depth in range(1, len(path)):
        step = path[depth]
        if step in ("menu", "task") or (
            isinstance(step, str) and step.startswith("menu") and isinstance(path[depth - 1], int)
        ):
            body = program.value_at(path[: depth + 1])
            found = (body.get("name"), body.get("dtmf")) if isinstance(body, Mapping) else ()
            names += [name for name in found if isinstance(name, str)]
        elif path[depth - 1] == "outputs":
            names.append(str(step))
    return names


def parsed(wanted: Desired) -> ArchyFlow:
    """The flow a resource publishes. The desired state was checked, so it can be read."""
    asset = wanted.assets["yaml"]
    found, _ = flow.parse(load(asset.content, asset.path, ARCHY).documents[0])
    assert found is not None, "a loaded desired state holds readable flows"  # noqa: S101
    return found
