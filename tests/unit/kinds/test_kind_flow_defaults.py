"""A flow written by hand, published and exported again, plans clean: whatever its type, an export's defaults are no
drift. The stand-in fills them in with tables of its own."""

from __future__ import annotations

import pytest

from reconciler.architect.canonical import canonical
from reconciler.kinds.flow.normal import differences
from reconciler.sandbox import archy_export
from tests.unit.architect.archy_samples import corpus, document

STATES = """\
TYPE:
  name: W
  division: Home
  startUpRef: /TYPE/states/state[s]
  defaultLanguage: en-us
  states:
    - state: {name: S, refId: s, actions: [ACTION]}
"""
BOT = """\
TYPE:
  name: B
  defaultLanguage: en-us
  startUpRef: /TYPE/bots/bot[s]
  bots:
    - bot: {name: S, refId: s, actions: [ACTION]}
"""
TRANSFER = "{transferToAcd: {name: T, targetQueue: {lit: {name: Q}}}}"
FLOWS = {
    "workflow": (STATES, "{endWorkflow: {name: End}}"),
    "inboundShortMessage": (STATES, TRANSFER),
    "inboundChat": (STATES, "{disconnect: {name: End}}"),
    "inboundEmail": (STATES, TRANSFER),
    "botFlow": (BOT, "{exitBotFlow: {name: X}}"),
    "digitalBot": (BOT, TRANSFER),
}
"""By root key: the shape, and an action to put there."""


def written(type_: str) -> str:
    shape, action = FLOWS[type_]
    return shape.replace("TYPE", type_).replace("ACTION", action)


def told(wanted: str, live: str):
    return differences(*({"document": canonical(document(text).value)} for text in (wanted, live)))


@pytest.mark.parametrize("type_", FLOWS)
def test_a_minimal_flow_and_its_export_have_no_difference(type_):
    exported = archy_export.export(written(type_), "Home")
    assert "settingsErrorHandling" in exported
    assert told(written(type_), exported) == []


@pytest.mark.parametrize(
    ("type_", "old", "new", "field"),
    [
        ("workflow", "endWorkflow:\n        none: true", "task: {none: true}", "settingsErrorHandling"),
        ("digitalBot", "noMatchesMax:\n      lit: 3", "noMatchesMax: {lit: 2}", "settingsUserInput"),
        ("botFlow", "noMatchApology:\n      exp: ", "noMatchApology:\n      exp: 1+", "settingsUserInput"),
        ("botFlow", "mutedUtterances: []", "mutedUtterances: [a]", "settingsNaturalLanguageUnderstanding"),
        ("digitalBot", "language: en-us\n      l", "language: es-us\n      l", "settingsNaturalLanguageUnderstanding"),
        ("digitalBot", "settingsKnowledge:\n    none: true", "settingsKnowledge: {x: {lit: 1}}", "settingsKnowledge"),
    ],
)
def test_a_setting_that_a_person_changed_on_the_platform_is_a_difference(type_, old, new, field):
    exported = archy_export.export(written(type_), "Home")
    assert exported.count(old) == 1
    assert [path.split(".")[1] for path, _, _ in told(written(type_), exported.replace(old, new))] == [field]


def test_the_exported_settings_of_real_bots_are_no_difference_from_silence():
    """All but what their authors wrote: intents, knowledge and farewells."""
    bots = 0
    for text in corpus():
        ((type_, body),) = document(text).value.items()
        if type_ not in ("botFlow", "digitalBot"):
            continue
        silent = {type_: {key: item for key, item in body.items() if not key.startswith("settings")}}
        wanted, live = ({"document": canonical(one)} for one in (silent, {type_: body}))
        extra = {"settingsBotFlow", "settingsNaturalLanguageUnderstanding", "settingsKnowledge"}
        if "endOfSessionMessage" in body["settingsUserInput"]:
            extra.add("settingsUserInput")
        assert {path.split(".")[1] for path, _, _ in differences(wanted, live)} <= extra
        bots += 1
    assert bots > 2
