"""Rules about the parts of a flow that Architect's engine enforces before it publishes: what may be there only once,
menus, keys, cases.

Only rules read off the engine itself are errors here; choices of kinds nobody has shown a file with are left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from reconciler.architect import walk
from reconciler.architect.flow import ArchyFlow
from reconciler.model.problem import Problem

SWITCH_CASES_MAX: Final = 64
_NAMED_LISTS: Final = {"menus": "menu", "tasks": "task", "states": "state"}
_MAY_LACK_KEY: Final = frozenset({"menuDialByExtension"})
"""Choices that may work without a key of their own: UNVERIFIED, so not reported."""


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """All findings, in the order of the document."""
    for entry in flow.entries:
        if entry.named_by_user:
            continue
        if isinstance(entry.value, list):
            yield from _check_list(flow, entry)
        elif entry.key in ("menu", "menuSubMenu") and isinstance(entry.value, Mapping):
            yield from _check_menu(flow, entry.path, entry.value)


def _check_list(flow: ArchyFlow, entry: walk.Entry) -> Iterator[Problem]:
    items = list(walk.tagged(entry.value, entry.path))
    yield from _duplicates(flow, items, lambda item: item.ref_id, "REC1420", "refId", "siblings")
    if entry.key in _NAMED_LISTS and len(entry.path) == 2:
        kind = _NAMED_LISTS[entry.key]
        yield from _duplicates(flow, items, lambda item: item.name, "REC1421", "name", f"{kind}s of a flow")
    if entry.key == "cases" and len(entry.value) > SWITCH_CASES_MAX:
        message = f"the switch has {len(entry.value)} cases, Architect takes {SWITCH_CASES_MAX}."
        remedy = "Split it into several switches, or look the value up in a data table."
        yield Problem(flow.at(entry.path, key=True), "REC1425", message, remedy)


def _duplicates(
    flow: ArchyFlow,
    items: Iterable[walk.Item],
    word_of: Callable[[walk.Item], str | None],
    code: str,
    field: str,
    among: str,
) -> Iterator[Problem]:
    first: dict[str, walk.Item] = {}
    for item in items:
        word = word_of(item)
        if word is None:
            continue
        if word in first:
            line = flow.at((*first[word].path, field)).line
            message = f'the {field} "{word}" is already used on line {line}; {among} need different ones.'
            yield Problem(flow.at((*item.path, field)), code, message, "Change one of them.")
        first.setdefault(word, item)


def _check_menu(flow: ArchyFlow, path: walk.Path, menu: Mapping[str, Any]) -> Iterator[Problem]:
    choices = menu.get("choices")
    if choices is None and path[-1] == "menuSubMenu":
        return  # the exact nesting of a sub-menu is UNVERIFIED; an inner `menu` is checked when we get to it
    if not choices:
        message = f'the menu "{menu.get("name", "")}" has no choices.'
        yield Problem(flow.at(path, key=True), "REC1422", message, "Add `choices:` with at least one choice.")
        return
    keys: dict[str, walk.Item] = {}
    for choice in walk.tagged(choices, (*path, "choices")):
        dtmf = choice.body.get("dtmf")
        if dtmf in (None, ""):
            if choice.tag not in _MAY_LACK_KEY and not (recognises_speech(flow) and _has_speech_terms(choice.body)):
                message = (
                    f'nothing leads to the choice "{choice.name or choice.tag}": it has no `dtmf` and no speech terms.'
                )
                yield Problem(flow.at(choice.path, key=True), "REC1424", message, "Add `dtmf: digit_1` or another key.")
        elif str(dtmf) in keys:
            other = keys[str(dtmf)]
            message = f'the key {dtmf} of "{choice.name}" is already taken by "{other.name}" in this menu.'
            yield Problem(flow.at((*choice.path, "dtmf")), "REC1423", message, "Give one of them another key.")
        else:
            keys[str(dtmf)] = choice


def recognises_speech(flow: ArchyFlow) -> bool:
    block = flow.body.get("settingsSpeechRec")
    return not (isinstance(block, Mapping) and block.get("asrEnabledOnFlow") is False)


def _has_speech_terms(choice: Mapping[str, Any]) -> bool:
    languages = choice.get("speechRecTerms")
    if not isinstance(languages, Mapping):
        return False
    return any(isinstance(block, Mapping) and block.get("terms") for block in languages.values())
