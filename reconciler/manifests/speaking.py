"""What flows and what they use must agree on: the languages of prompts, how far flows call on from each other. Pure.

Only what is declared here is looked at; prompts and flows that exist on the platform alone are the platform's to check.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from reconciler.kinds.manifest import quoted, warning
from reconciler.model import identity
from reconciler.model.identity import Key
from reconciler.model.problem import Location, Problem
from reconciler.model.resource import Desired

Places = Mapping[tuple[Key, Key], Location]
"""Where one object first names another."""

CHAIN_MAX: Final = 10
"""Flows in one chain before we warn: a house figure, the platform publishes none. A caller in the last of them hears
nothing of where the call began, and every change to one is a change to all before it."""


def check(linked: Mapping[Key, Desired], places: Places) -> Iterator[Problem]:
    """Prompts that lack a language of the flow that plays them, and chains of flows that are too long."""
    for wanted in linked.values():
        if wanted.key.kind != identity.FLOW:
            continue
        for target in sorted(wanted.depends_on):
            if target.kind == identity.PROMPT:
                yield from _prompt(wanted, linked[target], places)
    yield from _chains(linked)


def _prompt(flow: Desired, prompt: Desired, places: Places) -> Iterator[Problem]:
    body = _body(flow)
    resources = prompt.spec.get("resources")
    if not body or not isinstance(resources, Mapping):
        return
    place = places.get((flow.key, prompt.key), flow.source)
    missing = [language for language in _languages(body) if language not in resources]
    if missing:
        message = f"the prompt {quoted(prompt.key.name)} has nothing to play in {', '.join(missing)}."
        yield warning(place, "REC1210", message, f"Add it below `resources` at {prompt.source}.")
    if not _must_have_audio(body):
        return
    silent = [language for language in _languages(body) if _lacks_audio(resources.get(language))]
    if silent:
        message = f"the prompt {quoted(prompt.key.name)} has no recording in {', '.join(silent)}."
        remedy = "Record it, or leave `ensureAudioInPrompts` of the flow off: the platform refuses to publish this."
        yield Problem(place, "REC1210", message, remedy)


def _body(flow: Desired) -> Mapping[str, Any]:
    document = flow.spec.get("document")
    body: Any = next(iter(document.values()), {}) if isinstance(document, Mapping) else {}
    return body if isinstance(body, Mapping) else {}


def _languages(body: Mapping[str, Any]) -> list[str]:
    supported = body.get("supportedLanguages")
    listed = [body.get("defaultLanguage"), *(supported if isinstance(supported, Mapping) else ())]
    return sorted({one.lower() for one in listed if isinstance(one, str)})


def _must_have_audio(body: Mapping[str, Any]) -> bool:
    settings = body.get("settingsPrompts")
    return isinstance(settings, Mapping) and settings.get("ensureAudioInPrompts") is True


def _lacks_audio(resource: Any) -> bool:
    return isinstance(resource, Mapping) and resource.get("audio") is None


def _chains(linked: Mapping[Key, Desired]) -> Iterator[Problem]:
    """The longest chain from each flow that no other calls. Flows in a ring are told as one elsewhere."""
    calls = {
        key: sorted(target for target in wanted.depends_on if target.kind == identity.FLOW)
        for key, wanted in linked.items()
        if key.kind == identity.FLOW
    }
    called = {target for targets in calls.values() for target in targets}
    longest: dict[Key, tuple[Key, ...]] = {}
    for key in _callees_first(calls):
        tails = [longest.get(target, ()) for target in calls[key]]
        longest[key] = (key, *max(tails, key=len, default=()))
    for key, chain in longest.items():
        if key not in called and len(chain) > CHAIN_MAX:
            names = " -> ".join(quoted(one.name) for one in chain)
            message = f"{len(chain)} flows call on from each other: {names}."
            remedy = "Let fewer flows hand a call on; common parts can be a common module."
            yield warning(linked[key].source, "REC1211", message, remedy)


def _callees_first(calls: Mapping[Key, list[Key]]) -> Iterator[Key]:
    """Every flow after those it calls, as far as there is no ring."""
    done: set[Key] = set()
    for start in sorted(calls):
        stack = [(start, iter(calls[start]))]
        open_ = {start}
        while stack and start not in done:
            key, targets = stack[-1]
            following = next((one for one in targets if one in calls and one not in done and one not in open_), None)
            if following is None:
                stack.pop()
                open_.discard(key)
                done.add(key)
                yield key
            else:
                open_.add(following)
                stack.append((following, iter(calls[following])))
