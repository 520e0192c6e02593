"""What can be wrong with a MessagingFlow whose shape is right. Pure; reports everything at once, by node."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from reconciler.architect import expressions
from reconciler.documents.nearest import nearest
from reconciler.kinds.manifest import Manifest, quoted, warning
from reconciler.kinds.messaging_flow import graph, texts
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec
from reconciler.model.problem import Problem


def check(manifest: Manifest, spec: MessagingFlowSpec) -> list[Problem]:
    """Errors and warnings; without errors the flow compiles."""
    problems = [
        *_targets(manifest, spec),
        *_answers(manifest, spec),
        *_variables(manifest, spec),
        *_variables_of_scenarios(manifest, spec),
        *_given_twice(manifest, spec),
        *_names(manifest, spec),
        *_lengths(manifest, spec),
    ]
    if any(problem.code == "REC1621" for problem in problems):
        return problems  # Ways mean nothing while some lead nowhere.
    return [*problems, *_rings(manifest, spec), *_unreached(manifest, spec), *_endless(manifest, spec)]


def _targets(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    named = [(("spec", "start"), spec.start), *((edge.path, edge.to) for edge in graph.edges(spec))]
    for path, node in named:
        if node not in spec.nodes:
            guess = nearest(node, spec.nodes)
            remedy = f"Did you mean {quoted(guess)}?" if guess else f"There are {', '.join(list(spec.nodes)[:12])}."
            yield Problem(manifest.at(*path), "REC1621", f"there is no node {quoted(node)} here.", remedy)


def _rings(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    for ring in graph.restless(spec):
        path = " -> ".join([*ring, ring[0]])
        place = manifest.at("spec", "nodes", ring[0], key=True)
        message = f"the node {quoted(ring[0])} goes round for ever without waiting for an answer: {path}."
        yield Problem(place, "REC1622", message, "Put an `ask` on the way, or let one of them end or transfer.")


def _unreached(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    there = graph.reached(spec)
    for node in spec.nodes:
        if node not in there:
            place = manifest.at("spec", "nodes", node, key=True)
            message = f"no conversation comes to the node {quoted(node)}; it is left out."
            yield warning(place, "REC1623", message, "Lead a way to it, or remove it.")


def _endless(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    for node in graph.endless(spec):
        place = manifest.at("spec", "nodes", node, key=True)
        message = f"a conversation that comes to the node {quoted(node)} never ends."
        yield warning(place, "REC1627", message, "Lead a way from it to a node with `transfer` or `end: true`.")


def _lengths(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    for path, text in texts.said(spec):
        length = len(texts.communication(text)["exp"])
        if length > expressions.LENGTH_MAX:
            message = (
                f"this text takes {length} characters as an expression, the platform takes {expressions.LENGTH_MAX}."
            )
            yield Problem(manifest.at(*path), "REC1628", message, "Split it into several messages.")


def _folded(answer: str) -> str:
    """What an answer is compared by: nobody sees its outer blanks, or is asked for its case."""
    return answer.strip().casefold()


def _answers(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    """Keywords belong to a choice, and a word to one choice only; choices differ in more than case and outer blanks."""
    for name, node in spec.nodes.items():
        path = ("spec", "nodes", name)
        owner: dict[str, str] = {}
        for label in node.choices or {}:
            other = owner.setdefault(_folded(label), label)
            if other != label:
                message = f"the choices {quoted(other)} and {quoted(label)} differ in case or outer blanks only."
                yield Problem(manifest.at(*path, "choices", label, key=True), "REC1624", message, "Rename one of them.")
        for label, words in (node.keywords or {}).items():
            if graph.answers(spec, node)[label] is None:
                guess = nearest(label, [*(node.choices or {}), *spec.nodes])
                remedy = f"Did you mean {quoted(guess)}?" if guess else "Name a choice or a node, or add `next`."
                place = manifest.at(*path, "keywords", label, key=True)
                message = f"there is no choice {quoted(label)} for these keywords, and no node of that name."
                yield Problem(place, "REC1624", message, remedy)
                continue
            other = owner.setdefault(_folded(label), label)
            if other != label:
                message = f"the answers {quoted(other)} and {quoted(label)} mean the same."
                yield Problem(
                    manifest.at(*path, "keywords", label, key=True), "REC1624", message, "Rename one of them."
                )
            for number, word in enumerate(words):
                other = owner.setdefault(_folded(word), label)
                if other != label:
                    message = f"{quoted(word)} already means {quoted(other)}."
                    place = manifest.at(*path, "keywords", label, number)
                    yield Problem(place, "REC1624", message, "Keep it for one of them.")


def _variables(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    """`${flow.NAME}` and `when` read what some node sets, or a scenario before the conversation."""
    known = [*texts.variables_set(spec), *texts.handed_over(spec)]
    for path, name in texts.variables_read(spec):
        if name not in known and name not in texts.BUILT_IN:
            guess = nearest(name, [*known, *texts.BUILT_IN])
            remedy = (
                f"Did you mean {guess}?"
                if guess
                else f"Set it in a node first; if it is there before the conversation, set `{name}` in a scenario."
            )
            message = f"no node and no scenario sets the variable {quoted(name)}."
            yield Problem(manifest.at(*path), "REC1625", message, remedy)
    for name, node in spec.nodes.items():
        for built_in in texts.BUILT_IN:
            if node.into == built_in or any(built_in in (step.set or {}) for step in node.steps):
                message = f"the variable {quoted(built_in)} is built in and cannot be set."
                yield Problem(manifest.at("spec", "nodes", name, key=True), "REC1625", message, "Use another name.")


def _variables_of_scenarios(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    """What a scenario sets to no effect, whatever the case of the name. Only variables of the flow are judged; the rest
    is the platform's."""
    used = sorted({name for _, name in texts.variables_read(spec)} | {*texts.variables_set(spec)})
    folded = {name.lower() for name in used}
    for path, scope, name in texts.variables_of_scenarios(spec):
        is_built_in = name.lower() in texts.BUILT_IN
        if scope != "flow" or (name.lower() in folded and not is_built_in):
            continue
        place = manifest.at(*path, key=True)
        if is_built_in:
            message = f"the variable {quoted(name)} is built in and cannot be set."
            remedy = "Write `channel:` beside `turns:`." if name.lower() == "channel" else "Remove it."
        else:
            guess = nearest(name, used)
            message = f"no node reads or sets {quoted(str(path[-1]))}."
            remedy = f"Did you mean {guess}?" if guess else "Remove it, or read it in a node as `${flow.NAME}`."
        yield warning(place, "REC1625", message, remedy)


def _given_twice(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    """One variable under two names in one scenario: only the last value is there."""
    first: dict[tuple[str | int, str, str], str] = {}
    for path, scope, name in texts.variables_of_scenarios(spec):
        written = str(path[-1])
        other = first.setdefault((path[2], scope, name.lower()), written)
        if other != written:
            message = f"the variables {quoted(other)} and {quoted(written)} are one, and only the last counts."
            yield warning(manifest.at(*path, key=True), "REC1625", message, "Keep one of them.")


def _names(manifest: Manifest, spec: MessagingFlowSpec) -> Iterator[Problem]:
    told: set[str] = set()
    for number, scenario in enumerate(spec.scenarios):
        if scenario.name in told:
            place = manifest.at("spec", "scenarios", number, "name")
            message = f"there are two scenarios {quoted(scenario.name)}."
            yield Problem(place, "REC1612", message, "Rename one of them.")
        told.add(scenario.name)
    seen: dict[str, str] = {}
    for node in spec.nodes:
        other = seen.setdefault(node.lower(), node)
        if other != node:
            message = f"the nodes {quoted(other)} and {quoted(node)} differ in case only."
            yield Problem(manifest.at("spec", "nodes", node, key=True), "REC1626", message, "Rename one of them.")
    spelled: dict[str, str] = {}
    handed = texts.handed_over(spec)
    among_scenarios = ((path, name) for path, _, name in texts.variables_of_scenarios(spec) if name in handed)
    for path, name in itertools.chain(texts.variables_written(spec), among_scenarios):
        other = spelled.setdefault(name.lower(), name)
        if other != name:
            message = f"the variables {quoted(other)} and {quoted(name)} differ in case only."
            place = manifest.at(*path, key=path[-1] == name or path[-2] == "variables")
            yield Problem(place, "REC1626", message, "Write one of them everywhere.")
