"""What can be wrong with a Menu whose shape is right. Pure; reports everything at once.

Depth is a house rule of ours (policy.menuMaxDepth); the platform has no limit that we know of.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.documents.nearest import nearest
from reconciler.kinds.call_route.normal import e164
from reconciler.kinds.manifest import Manifest, quoted, warning
from reconciler.kinds.menu import compiler, wording
from reconciler.kinds.menu.graph import Graph, Path, Step, prompts, steps
from reconciler.kinds.menu.spec import MenuSpec
from reconciler.kinds.prompt.normal import check_name
from reconciler.model.policy import Policy
from reconciler.model.problem import Problem, Severity

_SHOWN = 8
"""Menus of a way that a message names."""


def check(manifest: Manifest, spec: MenuSpec, graph: Graph, policy: Policy) -> list[Problem]:
    """Errors and warnings; without errors the Menu compiles."""
    problems = [*_check_reserved(manifest, spec), *_check_names(manifest, spec), *_check_targets(manifest, spec)]
    problems += _check_languages(manifest, spec)
    problems += _check_prompts(manifest, spec)
    problems += _check_hours(manifest, spec)
    problems += _check_numbers(manifest, spec)
    problems += _check_scenarios(manifest, spec)
    if any(problem.code == "REC1601" for problem in problems):
        return problems  # Ways through the menus mean nothing while some lead nowhere.
    problems += _check_reach(manifest, spec, graph, policy)
    problems += _check_back(manifest, spec, graph)
    problems += _check_exits(manifest, spec, graph)
    problems += wording.check(manifest, spec, graph)
    if not any(problem.severity is Severity.ERROR for problem in problems):
        problems += _check_spare_keys(manifest, spec, graph)
    return problems


def _check_reserved(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    if spec.adaptive is not None:
        place = manifest.at("spec", "adaptive", key=True)
        yield Problem(place, "REC1609", "`adaptive` is not available in this version.", "Remove it.")


def _check_names(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    """The engine refuses two menus of one name; whether it minds case is unknown, so we do."""
    seen: dict[str, str] = {}
    for menu in spec.menus:
        other = seen.setdefault(menu.lower(), menu)
        if other != menu:
            message = f"the menus {quoted(other)} and {quoted(menu)} differ in case only."
            yield Problem(manifest.at("spec", "menus", menu, key=True), "REC1612", message, "Rename one of them.")


def _check_targets(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    named: list[tuple[Path, str]] = [(("spec", "start"), spec.start)]
    named += [((*step.path, "menu"), step.action.menu) for step in steps(spec) if step.action.menu is not None]
    for place, scenario in enumerate(spec.scenarios):
        if scenario.expect.menu is not None:
            named.append((("spec", "scenarios", place, "expect", "menu"), scenario.expect.menu))
    for path, menu in named:
        if menu not in spec.menus:
            guess = nearest(menu, spec.menus)
            remedy = f"Did you mean {quoted(guess)}?" if guess else f"There are {', '.join(list(spec.menus)[:12])}."
            yield Problem(manifest.at(*path), "REC1601", f"there is no menu {quoted(menu)} here.", remedy)


def _check_languages(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    """A language that a key changes to is one the menu speaks, and so is the one it begins with."""
    spoken = spec.languages or [spec.language]
    used: list[tuple[Path, str]] = [(("spec", "language"), spec.language)]
    used += [((*step.path, "language"), step.action.language) for step in steps(spec) if step.action.language]
    for path, language in used:
        if language not in spoken:
            remedy = f"Write languages: [{', '.join(dict.fromkeys([*spoken, language]))}] under spec."
            message = f"the menu does not speak {quoted(language)}, only {', '.join(spoken)}."
            yield Problem(manifest.at(*path), "REC1614", message, remedy)
    if len(spoken) != len(set(spoken)):
        yield Problem(manifest.at("spec", "languages"), "REC1614", "a language is there twice.", "Keep one of them.")


def _check_prompts(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    """A name that no prompt can have is not looked for anywhere."""
    for path, prompt in prompts(spec):
        plain = prompt.removeprefix("Prompt.")
        if plain != prompt and not check_name(plain, manifest.source):
            message = f"{quoted(prompt)} is how a flow writes it, not the name of the prompt."
            yield Problem(manifest.at(*path), "REC1109", message, f"Write {plain}.")
        else:
            yield from check_name(prompt, manifest.at(*path))


def _check_hours(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    for step in steps(spec):
        if not step.menu and step.action.verb in ("back", "repeat"):
            message = f"`{step.action.verb}` means nothing outside a menu."
            remedy = "Write `menu:` with the menu to go to."
            word = step.action.verb if getattr(step.action, step.action.verb) else "language"
            yield Problem(manifest.at(*step.path, word, key=True), "REC1610", message, remedy)
    hours = spec.hours
    if hours is not None and hours.emergency is not None and hours.emergency_group is None:
        message = "`emergency` never happens: no emergency group switches it on."
        remedy = "Add `emergencyGroup:` with the name of an emergency group, or remove it."
        yield warning(manifest.at("spec", "hours", "emergency", key=True), "REC1611", message, remedy)
    if hours is not None and hours.emergency is None and hours.emergency_group is not None:
        message = "with an emergencyGroup but no `emergency`, callers in an emergency get `closed`."
        remedy = "Add `emergency:`, or remove `emergencyGroup`."
        yield warning(manifest.at("spec", "hours", "emergencyGroup", key=True), "REC1611", message, remedy)


def _check_numbers(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    for step in steps(spec):
        transfer = step.action.transfer
        if transfer is not None and transfer.number is not None and e164(transfer.number) is None:
            remedy = 'Write it with a plus and the country code, such as "+13175550150".'
            message = f"{quoted(transfer.number)} is not an E.164 number."
            yield Problem(manifest.at(*step.path, "transfer", "number"), "REC1107", message, remedy)


def _check_scenarios(manifest: Manifest, spec: MenuSpec) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, scenario in enumerate(spec.scenarios):
        if scenario.name in seen:
            message = f"there are two scenarios {quoted(scenario.name)}."
            where = manifest.at("spec", "scenarios", place, "name")
            yield Problem(where, "REC1612", message, "Rename one of them.")
        seen.add(scenario.name)


def _check_reach(manifest: Manifest, spec: MenuSpec, graph: Graph, policy: Policy) -> Iterator[Problem]:
    for menu in spec.menus:
        place = manifest.at("spec", "menus", menu, key=True)
        if menu not in graph.parents:
            message = f"no caller reaches the menu {quoted(menu)}, so it is left out."
            yield warning(place, "REC1602", message, "Lead a key to it with `menu:`, or remove it.")
            continue
        path = graph.path_to(menu)
        if len(path) > policy.menu_max_depth:
            way = " -> ".join([*path[:_SHOWN], "…", path[-1]] if len(path) > _SHOWN + 1 else path)
            message = (
                f"the menu {quoted(menu)} is {len(path)} levels deep ({way}), policy.menuMaxDepth is "
                f"{policy.menu_max_depth} (a house rule, the platform has none)."
            )
            yield Problem(place, "REC1603", message, "Lead to it from a menu nearer to the start.")


def _check_back(manifest: Manifest, spec: MenuSpec, graph: Graph) -> Iterator[Problem]:
    for step in steps(spec):
        if not step.menu or not step.action.back or step.menu not in graph.parents:
            continue
        place = manifest.at(*step.path, "back", key=True)
        parent = graph.parents[step.menu]
        if not parent:
            message = f"calls start in {quoted(step.menu)}, there is no menu to go back to."
            yield Problem(place, "REC1604", message, "Write `repeat: true`, or `menu:` with the menu to go to.")
            continue
        others = [other for other in _rivals(step, graph) if other != parent]
        if others:
            message = (
                f"`back` always leads to {quoted(parent)}, also for callers who came to {quoted(step.menu)} from "
                f"{quoted(others[0])}."
            )
            yield warning(place, "REC1605", message, "Write `menu:` to say where to go.")


def _rivals(step: Step, graph: Graph) -> list[str]:
    """Other menus that lead to the step's menu. Those below it only return the caller and do not count."""
    return [
        menu
        for menu, ways in graph.ways.items()
        if step.menu in ways and menu in graph.parents and step.menu not in graph.path_to(menu)
    ]


def _check_exits(manifest: Manifest, spec: MenuSpec, graph: Graph) -> Iterator[Problem]:
    """Menus that no key leads out of, and silent callers who are asked for ever."""
    leaving = {step.menu for step in steps(spec) if step.action.verb in ("hangup", "transfer")}
    going_back = {step.menu for step in steps(spec) if step.action.back}
    moved = True
    while moved:
        more = {
            menu
            for menu, ways in graph.ways.items()
            if menu not in leaving
            and (leaving & {*ways} or (menu in going_back and graph.parents.get(menu) in leaving))
        }
        moved = bool(more)
        leaving |= more
    for menu in spec.menus:
        place = manifest.at("spec", "menus", menu, key=True)
        if menu in graph.parents and menu not in leaving:
            message = f"nothing leads out of {quoted(menu)}: a caller can only wait until the call ends."
            yield warning(place, "REC1606", message, "Add a key with `transfer`, `hangup` or a `menu` that has one.")
    for ring in _silent_rings(spec, graph):
        message = f"a silent caller never leaves: {' -> '.join([*ring, ring[0]])}."
        place = manifest.at("spec", "menus", ring[0], "onNoInput", key=True)
        yield warning(place, "REC1607", message, "Let one of these menus end in `transfer` or `hangup`.")


def _silent_rings(spec: MenuSpec, graph: Graph) -> list[list[str]]:
    """Rings of menus that hand a silent caller on to each other."""
    onward: dict[str, str] = {}
    for menu, node in spec.menus.items():
        action = node.on_no_input
        target = action and (
            action.menu or (menu if action.verb == "repeat" else graph.parents.get(menu) if action.back else None)
        )
        if target:
            onward[menu] = target
    rings: list[list[str]] = []
    told: set[str] = set()
    for first in list(onward):
        path: list[str] = []
        here = first
        while here in onward and here not in told:
            told.add(here)
            path.append(here)
            here = onward[here]
        if here in path:
            rings.append(path[path.index(here) :])
    return rings


def _check_spare_keys(manifest: Manifest, spec: MenuSpec, graph: Graph) -> Iterator[Problem]:
    for menu, node in spec.menus.items():
        if menu not in graph.parents:
            continue
        try:
            compiler.spare_key(menu, node, graph)
        except LookupError:
            message = f"{quoted(menu)} uses all twelve keys, and Architect needs one that does what `onNoInput` says."
            remedy = "Let one of the keys do the same, or free one."
            yield Problem(manifest.at("spec", "menus", menu, "onNoInput", key=True), "REC1608", message, remedy)
