"""The comparable form of a flow: spelling goes, meaning stays."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.architect import references, walk
from reconciler.architect.canonical import canonical, differences
from reconciler.architect.defaults import CALL_SETTINGS
from tests.unit.architect.archy_samples import TINY, TREES, corpus, document

EXPORTED = """\
inboundCall:
  name: Tiny
  description: ""
  startUpRef: "/inboundCall/menus/menu[Main_10]"
  defaultLanguage: en-us
  supportedLanguages:
    en-us:
      defaultLanguageSkill: {noValue: true}
      textToSpeech: {defaultEngine: {defaultVoice: true}}
      speechToText: {engine: {name: Genesys Enhanced v2, defaultEngine: true}}
  variables: []
  initialGreeting: {tts: Hello}
  settingsActionDefaults:
    playAudioOnSilence: {timeout: {lit: {seconds: 40}}}
    detectSilence: {timeout: {lit: {seconds: 40}}}
    callData: {processingPrompt: {noValue: true}}
    callBridge: {processingPrompt: {noValue: true}}
    collectInput: {noEntryTimeout: {lit: {seconds: 5}}}
    dialByExtension: {interDigitTimeout: {lit: {seconds: 6}}}
    transferToUser: {connectTimeout: {noValue: true}}
    transferToNumber: {connectTimeout: {noValue: true}}
    transferToGroup: {connectTimeout: {noValue: true}}
    transferToFlowSecure: {connectTimeout: {lit: {seconds: 15}}}
  settingsErrorHandling: {errorHandling: {disconnect: {none: true}}}
  settingsMenu:
    extensionDialingMaxDelay: {lit: {seconds: 1}}
    listenForExtensionDialing: {lit: true}
    menuSelectionTimeout: {lit: {seconds: 10}}
    repeatCount: {lit: 3}
  settingsPrompts: {ensureAudioInPrompts: false, promptMediaToValidate: [{mediaType: tts}, {mediaType: audio}]}
  settingsSpeechRec:
    completeMatchTimeout: {lit: {ms: 100}}
    incompleteMatchTimeout: {lit: {ms: 1500}}
    maxSpeechLengthTimeout: {lit: {seconds: 20}}
    minConfidenceLevel: {lit: 50}
    asrCompanyDir: none
    asrEnabledOnFlow: true
    suppressRecording: false
  menus:
    - menu:
        name: Main
        refId: Main_10
        choices:
          - menuJumpToTask:
              name: Go
              dtmf: digit_1
              globalDtmf: false
              globalSpeechRecTerms: false
              targetTaskRef: "/inboundCall/tasks/task[Work_12]"
          - menuDisconnect: {name: Bye, dtmf: digit_9, globalDtmf: false, globalSpeechRecTerms: false}
        audio: {tts: Press nine to hang up}
        settingsMenu: {menuSelectionTimeout: {noValue: true}, repeatCount: {noValue: true}}
        settingsSpeechRec: {minConfidenceLevel: {noValue: true}}
  tasks:
    - task:
        name: Work
        refId: Work_12
        actions:
          - transferToAcd:
              name: To Sales
              targetQueue: {lit: {name: Sales}}
              priority: {lit: 0}
              preferredAgents: {noValue: true}
              languageSkill: {noValue: true}
              failureOutputs: {errorType: {noValue: true}, errorMessage: {noValue: true}}
              outputs: {failure: {actions: []}}
          - jumpToMenu: {name: Back, targetMenuRef: "/inboundCall/menus/menu[Main_10]"}
"""


def form(text: str) -> dict[str, Any]:
    return canonical(document(text).value)


def corpus_values() -> list[Any]:
    return [document(text).value for text in corpus()]


def test_an_authored_flow_and_its_export_have_one_form():
    assert differences(form(TINY), form(EXPORTED)) == []
    assert form(TINY) == form(EXPORTED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seconds: 10", "seconds: 11"),
        ("repeatCount: {lit: 3}", "repeatCount: {lit: 2}"),
        ("repeatCount: {lit: 3}", "repeatCount: {noValue: true}"),
        ("menuSelectionTimeout: {noValue: true}", "menuSelectionTimeout: {lit: {seconds: 10}}"),
        ("listenForExtensionDialing: {lit: true}", "listenForExtensionDialing: {lit: false}"),
        ("listenForExtensionDialing: {lit: true}", "listenForExtensionDialing: {lit: 1}"),
        ("suppressRecording: false", "suppressRecording: true"),
        ("asrCompanyDir: none", "asrCompanyDir: entireFlow"),
        ("disconnect: {none: true}", "queue: {targetQueue: {lit: {name: Sales}}}"),
        ("[{mediaType: tts}, {mediaType: audio}]", "[{mediaType: tts}]"),
        ("priority: {lit: 0}", "priority: {lit: 1}"),
        ("languageSkill: {noValue: true}", "languageSkill: {lit: {name: Spanish}}"),
        ("errorType: {noValue: true}", "errorType: {var: Task.x}"),
        ("failure: {actions: []}", "failure: {actions: [{disconnect: {name: x}}]}"),
        ("globalDtmf: false", "globalDtmf: true"),
        ('description: ""', "description: x"),
        ("variables: []", "variables: [{stringVariable: {name: Flow.x}}]"),
        ("tts: Hello", "tts: hello"),
        ("tts: Hello", 'tts: "Hello "'),
        ("digit_9", "digit_8"),
        ("task[Work_12]", "task[Work_13]"),
        ("name: Work", "name: Works"),
        ("name: Sales", "name: Support"),
        ("name: Bye", "name: Hang up"),
        ("defaultVoice: true", "voice: Jill"),
        ("defaultEngine: true}}", "defaultEngine: false}}"),
        ("defaultLanguage: en-us", "defaultLanguage: es-us"),
        ("seconds: 15", "seconds: 16"),
    ],
)
def test_whatever_changes_behaviour_changes_the_form(old, new):
    assert old in EXPORTED
    assert form(EXPORTED.replace(old, new, 1)) != form(EXPORTED)


def test_the_order_of_actions_and_cases_matters():
    one, two = "[{disconnect: {name: a}}, {wait: {name: b}}]", "[{wait: {name: b}}, {disconnect: {name: a}}]"
    text = "workflow: {name: x, states: [{state: {name: s, actions: LIST}}]}\n"
    assert form(text.replace("LIST", one)) != form(text.replace("LIST", two))
    cases = "workflow: {name: x, switch: {cases: [{case: {value: {lit: 1}}}, {case: {value: {lit: 2}}}]}}\n"
    assert form(cases) != form(
        cases.replace("lit: 1", "lit: 3").replace("lit: 2", "lit: 1").replace("lit: 3", "lit: 2")
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{lit: {minutes: 1}}", "{lit: {seconds: 60}}"),
        ("{lit: {seconds: 1, ms: 500}}", "{lit: {ms: 1500}}"),
        ("{exp: 'If( a,  b)'}", '{exp: "If( a,\\n b)"}'),
        ('{tts: "a\\r\\nb"}', '{tts: "a\\nb"}'),
        ("{directAgent: {noValue: true}}", "{}"),
        ("{startUpTaskVariables: []}", "{}"),
        (
            "{startUpTaskVariables: [stringVariable: {name: Task.a}, stringVariable: {name: Task.b}]}",
            "{startUpTaskVariables: [stringVariable: {name: Task.b}, stringVariable: {name: Task.a}]}",
        ),
    ],
)
def test_two_spellings_of_one_value_are_equal(one, other):
    text = "workflow: {name: x, field: VALUE}\n"
    assert form(text.replace("VALUE", one)) == form(text.replace("VALUE", other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{exp: '\"a  b\"'}", "{exp: '\"a b\"'}"),
        ("{exp: 'ab'}", "{exp: 'a b'}"),
        ("{lit: abc}", "{exp: '\"abc\"'}"),
        ("{lit: 'true'}", "{lit: true}"),
        ("{lit: '5'}", "{lit: 5}"),
        ("{lit: {seconds: 5}}", "{lit: {ms: 5}}"),
        ("{lit: {hours: 1}}", "{lit: {minutes: 60}}"),
        ("{tts: x}", "{exp: 'AudioPlaybackOptions(ToAudioTTS(\"x\"), true)'}"),
        ("{directAgent: {lit: {name: Ann}}}", "{}"),
        ("{noValue: true}", "{lit: ''}"),
        ("{tts: 'a  b'}", "{tts: 'a b'}"),
        ("{choices: [{a: {name: 1}}, {b: {name: 2}}]}", "{choices: [{b: {name: 2}}, {a: {name: 1}}]}"),
        ("{inputs: {priority: {lit: 0}}}", "{inputs: {}}"),
        ("{inputs: {a: {noValue: true}}}", "{inputs: {}}"),
    ],
)
def test_what_may_differ_is_never_merged(one, other):
    text = "workflow: {name: x, field: VALUE}\n"
    assert form(text.replace("VALUE", one)) != form(text.replace("VALUE", other))


def test_defaults_of_call_flows_are_not_assumed_for_other_types():
    text = "workflow: {name: x, settingsErrorHandling: {errorHandling: {disconnect: {none: true}}}}\n"
    assert "settingsErrorHandling" in form(text)["workflow"]


def test_references_keep_their_target_when_choices_share_a_name():
    text = """\
inboundCall:
  name: x
  menus:
    - menu:
        name: Main
        defaultChildMenuRef: ./choices/menuTask[b]
        choices:
          - menuTask: {name: Same, dtmf: digit_1, refId: a}
          - menuTask: {name: Same, dtmf: digit_2, refId: b}
"""
    changed = form(text.replace("menuTask[b]", "menuTask[a]"))
    assert form(text) != changed
    assert form(text)["inboundCall"]["menus"][0]["menu"]["defaultChildMenuRef"].endswith("menuTask[Same~digit_2]")


def test_the_input_is_left_alone():
    value = document(EXPORTED).value
    before = copy.deepcopy(value)
    canonical(value)
    assert value == before


def shuffled(tree: Any, rng: random.Random) -> Any:
    """The same meaning: mappings in another order, and lists whose order means nothing too."""
    if isinstance(tree, dict):
        keys = list(tree)
        rng.shuffle(keys)
        result = {key: shuffled(tree[key], rng) for key in keys}
        for key in ("variables", "menus", "tasks", "states", "terms", "compatibleFlowTypes"):
            if isinstance(result.get(key), list):
                rng.shuffle(result[key])
        return result
    return [shuffled(item, rng) for item in tree] if isinstance(tree, list) else tree


def renumbered(tree: Any) -> Any:
    """Every refId and reference with another tracking number, as after re-creating the parts in Architect."""
    text = json.dumps(tree)
    for number in range(99, 9, -1):
        text = text.replace(f"_{number}]", f"_{number + 700}]").replace(f'_{number}"', f'_{number + 700}"')
    return json.loads(text)


@pytest.mark.parametrize("seed", range(5))
def test_the_form_of_real_files_ignores_order_and_tracking_numbers(seed):
    rng = random.Random(seed)
    for value in corpus_values():
        assert canonical(shuffled(value, rng)) == canonical(value)
        assert canonical(shuffled(renumbered(value), rng)) == canonical(value)


def test_the_form_of_real_files_is_its_own_form_and_json():
    for value in corpus_values():
        once = canonical(value)
        assert canonical(once) == once
        assert json.loads(json.dumps(once, allow_nan=False)) == once
        assert "refId" not in json.dumps(once)


def test_any_changed_text_of_a_real_file_is_seen():
    rng = random.Random(7)
    seen = 0
    for value in corpus_values():
        leaves = [path for path in _leaves(value) if path[-1] in ("tts", "exp", "dtmf") or path[-2:] == ("lit", "name")]
        for path in rng.sample(leaves, min(5, len(leaves))):
            changed = copy.deepcopy(value)
            holder = changed
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = f"{holder[path[-1]]} changed"
            assert differences(canonical(value), canonical(changed))
            seen += 1
    assert seen > 100


def _leaves(tree: Any, path: tuple = ()) -> list[tuple]:
    if isinstance(tree, dict):
        return [leaf for key, item in tree.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(tree, list):
        return [leaf for number, item in enumerate(tree) for leaf in _leaves(item, (*path, number))]
    return [path] if isinstance(tree, str) else []


def test_a_reference_inside_a_badly_indented_item_does_no_harm():
    broken = {"inboundCall": {"menus": [{"menu": None, "task": {"startUpRef": "./a", "a": {}}}]}}
    assert canonical(canonical(broken)) == canonical(broken)
    assert canonical({"workflow": {"actions": [{"name": {}, "startUpRef": "./name"}]}})


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["inboundCall", "workflow"]), TREES)
def test_the_form_of_anything_is_stable_and_never_raises(type_, body):
    once = canonical({type_: body})
    assert canonical(once) == once
    assert differences(once, once) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, [("a", 1, 2)]),
        ({"a": 1}, {"a": True}, [("a", 1, True)]),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, [("a.b", 1, None), ("a.c", None, 1)]),
        (
            {"menus": [{"menu": {"name": "A", "x": 1}}]},
            {"menus": [{"menu": {"name": "A", "x": 2}}]},
            [("menus.menu[A].x", 1, 2)],
        ),
        (
            {"l": [{"t": {"name": "A"}}, {"t": {"name": "B"}}]},
            {"l": [{"t": {"name": "B"}}, {"t": {"name": "A"}}]},
            [("l (order)", ["t[A]", "t[B]"], ["t[B]", "t[A]"])],
        ),
        (
            {"l": [{"t": {"name": "A"}}]},
            {"l": [{"t": {"name": "A"}}, {"t": {"name": "A", "x": 1}}]},
            [("l.t[A]#2", None, {"name": "A", "x": 1})],
        ),
        ({"l": [1, 2]}, {"l": [1, 3]}, [("l.[1]", 2, 3)]),
        ({"l": [1]}, {"l": {"x": 1}}, [("l", [1], {"x": 1})]),
    ],
)
def test_differences_name_the_field_and_both_values(before, after, expected):
    assert differences(before, after) == expected


def test_a_changed_queue_of_a_flow_is_one_difference():
    path = "inboundCall.tasks.task[Work].actions.transferToAcd[To Sales].targetQueue.lit.name"
    assert differences(form(TINY), form(TINY.replace("name: Sales", "name: Support"))) == [(path, "Sales", "Support")]


def texts(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything spoken by text."""
    found = []
    for key, item in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        found += [(*path, key)] if key == "tts" and isinstance(item, str) else texts(item, (*path, key))
    return found


def with_value(tree: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy that differs at one place."""
    if not path:
        return value
    if isinstance(tree, dict):
        return {key: with_value(item, path[1:], value) if key == path[0] else item for key, item in tree.items()}
    return [with_value(item, path[1:], value) if at == path[0] else item for at, item in enumerate(tree)]


def test_one_text_edited_in_a_real_file_is_one_difference():
    edits = 0
    for value in corpus_values():
        before = canonical(value)
        for path in texts(value):
            found = differences(before, canonical(with_value(value, path, "Quite another text")))
            assert [item[2] for item in found] in (["Quite another text"], [{"tts": "Quite another text"}]), path
            edits += 1
    assert edits > 60


CALLS = ("inboundCall", "outboundCall", "secureCall", "inqueueCall")
FILLED = {
    "transferToAcd": {"priority": {"lit": 0}, "preferredAgents": {"noValue": True}, "languageSkill": {"noValue": True}},
    "callData": {"failureOutputs": {}, "outputs": {}},
    "endTask": {"outputPath": {"name": "default"}},
    "task": {"variables": []},
    "state": {"variables": []},
}


def filled(tree: Any, tag: str = "") -> Any:
    """The same with what an export adds by itself."""
    if isinstance(tree, list):
        return [filled(item, tag) for item in tree]
    if not isinstance(tree, dict):
        return tree
    result = {key: filled(item, key) for key, item in tree.items()}
    more: dict[str, Any] = FILLED.get(tag, {})
    if tag.startswith("menu") and tag not in ("menu", "menus"):
        more = {"globalDtmf": False, "globalSpeechRecTerms": False}
    if tag.endswith("Variable") and "name" in tree:
        more = {"isInput": False, "isOutput": False, "initialValue": {"noValue": True}, "description": ""}
    if tag in CALLS:
        more = {"description": "", **CALL_SETTINGS}
        return {**more, **{key: {**more.get(key, {}), **item} if key in CALL_SETTINGS else item
                           for key, item in result.items()}}  # fmt: skip
    return {**more, **result} if "name" in tree else result


def test_the_form_of_real_files_ignores_what_exports_fill_in():
    changed = 0
    for value in corpus_values():
        assert canonical(filled(value)) == canonical(value)
        changed += filled(value) != value
    assert changed > 30


def renamed(value: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Other refIds everywhere, and every reference written absolutely to match."""
    named = [item.path for item in walk.items(value) if item.ref_id is not None]
    targets = [(one.path, one.target) for one in references.find(value) if one.target is not None]
    changed = copy.deepcopy(value)
    for number, path in enumerate(named):
        walk.get(changed, path)["refId"] = f"{rng.choice(['Zoë', 'a.b', 'x y', '[z'])}_{number}"
    for path, target in targets:
        walk.get(changed, path[:-1])[path[-1]] = references.absolute(changed, target)
    return changed


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_the_form_of_real_files_ignores_how_parts_are_referred_to(seed):
    for value in corpus_values():
        other = renamed(value, random.Random(seed))
        assert canonical(other) == canonical(value)
        assert canonical(shuffled(filled(other), random.Random(seed))) == canonical(value)


SPOKEN = """\
inboundCall:
  name: x
  menus:
    - menu:
        name: Main
        defaultChildMenuRef: ./choices/menuTask[a]
        choices:
          - menuTask: {name: X, refId: a, task: {actions: [{disconnect: {name: d}}]}}
          - menuTask: {name: X, refId: b, task: {actions: [{transferToAcd: {name: t}}, {disconnect: {name: d}}]}}
"""
_FIRST, _SECOND = SPOKEN.splitlines(keepends=True)[-2:]


def test_namesakes_without_a_key_are_told_apart_by_what_they_do_not_by_where_they_stand():
    """Two choices that are only spoken, of one name: which of them is the default decides what a silent caller gets."""
    swapped = SPOKEN.replace(_FIRST + _SECOND, _SECOND + _FIRST)
    assert form(swapped) == form(SPOKEN)
    other = swapped.replace("refId: a", "refId: c").replace("refId: b", "refId: a")
    assert form(other) != form(SPOKEN)
    assert form(other) == form(SPOKEN.replace("menuTask[a]", "menuTask[b]"))
    assert form(SPOKEN.replace("refId: a", "refId: z").replace("menuTask[a]", "menuTask[z]")) == form(SPOKEN)
    another = SPOKEN.replace(_FIRST, "          - menuDisconnect: {name: A}\n" + _FIRST)
    assert (
        form(another)["inboundCall"]["menus"][0]["menu"]["defaultChildMenuRef"]
        == (form(SPOKEN)["inboundCall"]["menus"][0]["menu"]["defaultChildMenuRef"])
    ), "an item of another name is no reason to be called differently"


def test_no_name_looks_like_a_rank():
    named = SPOKEN.replace("menuTask[a]", "menuTask[c]") + "          - menuTask: {name: 'X~#0', refId: c}\n"
    assert form(named) != form(named.replace("menuTask[c]", "menuTask[a]"))
    assert form(named) != form(named.replace("menuTask[c]", "menuTask[b]"))


@pytest.mark.parametrize("key", ["", "dtmf: digit_1, "])
def test_namesakes_that_lead_to_namesakes_have_one_form_in_any_order(key):
    """Their rank must not depend on the ranks they mention."""
    items = [
        f"          - menuJumpToTask: {{name: X, refId: c{number}, {key}"
        f"targetTaskRef: '/inboundCall/tasks/task[t{number % 3}]'}}\n"
        for number in range(5)
    ]
    tasks = [
        f"    - task: {{name: T, refId: t{number}, actions: [wait: {{name: w{number}}}]}}\n" for number in range(3)
    ]
    head = (
        "inboundCall:\n  name: x\n  menus:\n    - menu:\n        name: M\n"
        "        defaultChildMenuRef: ./choices/menuJumpToTask[c1]\n        choices:\n"
    )
    seen = []
    for seed in range(6):
        rng = random.Random(seed)
        rng.shuffle(tasks)
        once = form(head + "".join(items) + "  tasks:\n" + "".join(tasks))
        assert canonical(once) == once
        seen.append(once)
    assert all(one == seen[0] for one in seen)


def test_a_default_language_of_a_wrong_type_never_raises():
    for kind in ("inboundCall", "digitalBot", "workflow"):
        body = {"name": "X", "defaultLanguage": ["x"], "supportedLanguages": {"en-us": {}}}
        assert canonical({kind: body})[kind]["defaultLanguage"] == ["x"]
