"""Differences between flows: which part they are about, what they mean for a caller, and which mean nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.architect import places, spelling
from reconciler.architect.canonical import canonical
from reconciler.architect.difference import What, differences, nodes, summary
from tests.unit.architect.archy_samples import TINY, TREES, document


def between(one: str, other: str):
    return nodes(canonical(document(one).value), canonical(document(other).value))


def told(one: str, other: str) -> list[tuple[str, What, str]]:
    return [(found.title, found.what, found.field) for found in between(one, other)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("dtmf: digit_9", "dtmf: digit_5", [('menu "Main", choice "Bye"', What.REROUTED, "dtmf")]),
        ("tts: Press nine to hang up", "tts: Press 9", [('menu "Main"', What.REWORDED, "audio.tts")]),
        ("tts: Hello", "tts: Hi", [("the flow", What.REWORDED, "inboundCall.initialGreeting.tts")]),
        (
            "name: Sales}",
            "name: Support}",
            [('task "Work", transferToAcd "To Sales"', What.REROUTED, "targetQueue.lit.name")],
        ),
        ("name: Bye,", "name: Hang up,", [('menu "Main", choice "Bye"', What.SETTINGS, "name")]),
        (
            "          - menuDisconnect: {name: Bye, dtmf: digit_9}\n",
            "",
            [('menu "Main", choice "Bye"', What.REMOVED, "")],
        ),
        (
            "menuDisconnect: {name: Bye, dtmf: digit_9}",
            "menuTask: {name: Bye, dtmf: digit_9, task: {actions: [disconnect: {name: End}]}}",
            [('menu "Main", choice "Bye"', What.REROUTED, "")],
        ),
        (
            "          - jumpToMenu",
            "          - disconnect: {name: End}\n          - jumpToMenu",
            [('task "Work", disconnect "End"', What.ADDED, "")],
        ),
        (
            "refId: main\n",
            "refId: main\n        settingsMenu: {repeatCount: {lit: 1}}\n",
            [('menu "Main"', What.SETTINGS, "settingsMenu")],
        ),
    ],
)
def test_a_difference_names_the_part_and_what_it_means(old, new, expected):
    assert TINY.count(old) == 1
    assert told(TINY, TINY.replace(old, new)) == expected


def test_actions_in_another_order_are_one_difference():
    lines = TINY.splitlines()
    swapped = "\n".join([*lines[:-2], lines[-1], lines[-2]]) + "\n"
    assert told(TINY, swapped) == [('task "Work"', What.MOVED, "actions")]


def test_a_part_among_equals_is_told_by_itself():
    """Taking the second of three actions of one name away is one removal, not a cascade."""
    play = "          - playAudio: {name: Play, audio: {tts: N}}\n"
    head, tail = TINY.split("          - transferToAcd")
    three = (
        head + "".join(play.replace("N", word) for word in ("one", "two", "three")) + "          - transferToAcd" + tail
    )
    two = three.replace(play.replace("N", "two"), "")
    ((title, what, _),) = told(three, two)
    assert (title, what) == ('task "Work", playAudio "Play" (no. 2)', What.REMOVED)


def test_groups_keep_the_order_and_put_spelling_last():
    found = between(TINY, TINY.replace("digit_9", "digit_8").replace("tts: Hello", "tts: Hi"))
    assert [title for title, _ in summary(found)] == ["the flow", 'menu "Main", choice "Bye"']


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("{tts: x}", "{exp: 'AudioPlaybackOptions(ToAudioTTS(\"x\"), true)'}", True),
        ("{tts: x}", "{exp: 'AudioPlaybackOptions( ToAudioTTS(\"x\") , true )'}", True),
        ("{tts: x}", "{exp: 'AudioPlaybackOptions(ToAudioTTS(\"y\"), true)'}", False),
        ("{tts: x}", "{exp: 'AudioPlaybackOptions(ToAudioTTS(\"x\"), false)'}", False),
        ("{tts: x}", "{exp: 'ToAudioTTS(\"x\")'}", False),
        ("{lit: abc}", "{exp: '\"abc\"'}", True),
        ("{lit: abc}", "{exp: abc}", False),
        ("{lit: 5}", "{exp: '5'}", True),
        ("{lit: '5'}", "{exp: '5'}", False),
        ("{lit: true}", "{exp: 'TRUE'}", True),
        ("{lit: true}", "{exp: '\"true\"'}", False),
        ("{lit: x}", "{noValue: true}", False),
    ],
)
def test_two_spellings_of_one_value_are_told_as_spelling(one, other, same):
    text = "workflow: {name: x, states: [{state: {name: s, actions: [{wait: {name: w, field: VALUE}}]}}]}\n"
    for before, after in ((one, other), (other, one)):
        (found,) = between(text.replace("VALUE", before), text.replace("VALUE", after))
        assert found.is_spelling is same
        assert found.field == "field"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("inboundCall.settingsNextYear", True),
        ("inboundCall.settingsMenu.somethingNew", True),
        ("inboundCall.settingsMenu.repeatCount", False),
        ("inboundCall.settingsErrorHandling.preHandlingAudio", False),
        ("botFlow.settingsBotFlow", False),
        ("botFlow.settingsErrorHandling.enableAgentEscalation", False),
        ("botFlow.settingsNextYear", True),
        ("inboundCall.menus.menu[settingsX]", False),
    ],
)
def test_a_setting_newer_than_us_is_no_reason_to_publish_over_it(path, expected):
    assert spelling.is_only(path, {"lit": 1}, None) is expected
    assert not spelling.is_only(path, None, {"lit": 1}), "what git adds is always meant"


@given(st.lists(st.tuples(st.sampled_from(["menu", "task", "menuTask"]), st.text("ab]. [#", max_size=6)), max_size=3))
def test_a_path_of_labels_reads_back(parts):
    keys = {"menu": "menus", "task": "tasks", "menuTask": "choices"}
    path = ".".join(["inboundCall", *(f"{keys[type]}.{places.label(type, name)}" for type, name in parts), "x"])
    steps, rest = places.split(path)
    assert [(step.type, step.name) for step in steps] == parts
    assert rest == ("x" if parts else path)


@given(TREES, TREES)
def test_any_two_trees_can_be_told_apart(one, other):
    before, after = canonical({"inboundCall": one}), canonical({"inboundCall": other})
    found = nodes(before, after)
    paths = [item.path for item in found]
    assert len(paths) == len(set(paths)) or before == after
    assert differences(before, before) == []


SWITCH = """\
workflow:
  name: x
  states:
    - state:
        name: s
        actions:
          - switch:
              name: Which
              evaluate:
                firstMatch:
                  string:
                    value: {exp: State.x}
                    cases:
                      - case: {value: {lit: Open}, actions: [wait: {name: One}]}
                      - case: {value: {lit: Closed}, actions: [wait: {name: Two}]}
"""


def test_a_case_is_called_by_its_value():
    place = 'state "s", switch "Which", case '
    assert told(SWITCH, SWITCH.replace("name: Two", "name: Two, more: {lit: 1}")) == [
        (place + '"Closed", wait "Two"', What.SETTINGS, "more")
    ]
    assert told(SWITCH, SWITCH.replace("lit: Closed", "lit: Shut")) == [
        (place + '"Closed"', What.REROUTED, "value.lit")
    ]
    one = SWITCH.replace("                      - case: {value: {lit: Open}, actions: [wait: {name: One}]}\n", "")
    assert told(SWITCH, one) == [(place + '"Open"', What.REMOVED, "")]


def test_parts_without_a_name_are_counted():
    steps, rest = places.split("workflow.states.state[s].actions.wait#2.duration.lit")
    assert [(step.type, step.name, step.number) for step in steps] == [("state", "s", 1), ("wait", "", 2)]
    assert rest == "duration.lit"


def acting(*actions: str, extra: str = "") -> str:
    listed = "".join(f"          - {action}\n" for action in actions)
    return f"""\
inboundCall:
  name: F
  defaultLanguage: en-us
  startUpRef: /inboundCall/tasks/task[t]
{extra}  tasks:
    - task:
        name: T
        refId: t
        actions:
{listed}          - disconnect: {{name: d}}
"""


TO_Q = "targetQueue: {lit: {name: Q}}"
FAILING = f"transferToAcd: {{name: x, {TO_Q}, outputs: {{failure: {{actions: [{{wait: {{name: y}}}}]}}}}}}"
DECIDING = "decision: {name: x, condition: {exp: Flow.a}, outputs: {'yes': {actions: [{disconnect: {name: y}}]}}}"


def test_the_first_action_of_a_branch_is_an_action_added():
    place = 'task "T", transferToAcd "x", wait "y"'
    assert told(acting(f"transferToAcd: {{name: x, {TO_Q}}}"), acting(FAILING)) == [(place, What.ADDED, "")]
    assert told(acting(FAILING), acting(f"transferToAcd: {{name: x, {TO_Q}}}")) == [(place, What.REMOVED, "")]
    place = 'task "T", decision "x", disconnect "y"'
    bare = "decision: {name: x, condition: {exp: Flow.a}}"
    assert told(acting(DECIDING), acting(bare)) == [(place, What.REMOVED, "")]
    other = DECIDING.replace("{'yes'", "{'no': {actions: [{wait: {name: z}}]}, 'yes'")
    assert told(acting(DECIDING), acting(other)) == [('task "T", decision "x", wait "z"', What.ADDED, "")]


def test_the_first_task_or_variable_of_a_flow_is_one_added():
    bare = "inboundCall:\n  name: F\n  initialGreeting: {tts: Hi}\n"
    one = bare + "  tasks: [{task: {name: Work, actions: [{disconnect: {name: d}}]}}]\n"
    assert told(bare, one) == [('task "Work"', What.ADDED, "")]
    assert told(one, bare) == [('task "Work"', What.REMOVED, "")]
    variable = "  variables: [{stringVariable: {name: Flow.x, initialValue: {lit: a}}}]\n"
    assert told(bare, bare + variable) == [('stringVariable "Flow.x"', What.ADDED, "")]


def test_a_branch_that_says_more_than_its_actions_hides_nothing():
    enabled = DECIDING.replace("{actions", "{enabled: true, actions")
    assert {
        (what, field) for _, what, field in told(acting("wait: {name: w}"), acting("wait: {name: w}", enabled))
    } == {(What.ADDED, "")}
    bare = "decision: {name: x, condition: {exp: Flow.a}}"
    assert {(what, field) for _, what, field in told(acting(bare), acting(enabled))} == {
        (What.SETTINGS, "outputs.yes.enabled"),
        (What.ADDED, ""),
    }
    assert told(
        acting(bare), acting(bare.replace("Flow.a}", "Flow.a}, outputs: {'yes': {actions: [], enabled: true}}"))
    )


SETTINGS = "  settingsErrorHandling: {errorHandling: {ERRORS}, preHandlingAudio: {tts: Oh}}\n"


def test_a_block_of_settings_that_leads_somewhere_reroutes():
    whole = "inboundCall.settingsErrorHandling"
    queue = SETTINGS.replace("ERRORS", f"queue: {{{TO_Q}}}")
    assert told(acting(), acting(extra=queue)) == [("the flow", What.REROUTED, whole)]
    assert told(acting(extra=queue), acting()) == [("the flow", What.REROUTED, whole)]
    words = SETTINGS.replace("ERRORS", "disconnect: {none: true}")
    assert told(acting(), acting(extra=words)) == [("the flow", What.REWORDED, whole)]


INPUT = (
    "callData: {name: x, category: {My.prompt.I: {dataAction: {A: "
    "{inputs: {audio: {lit: VV}, targetQueue: {lit: VV}}}}}}}"
)
GREETING = f"{TO_Q}, voicemailGreeting: {{prompt: Prompt.VV}}"
SWITCHING = (
    "switch: {name: x, evaluate: {firstMatch: {string: {value: {exp: VV}, cases: "
    "[{case: {value: {lit: q}, actions: [{disconnect: {name: y}}]}}]}}}}"
)
BUTTONS = (
    "digitalMenu: {name: a, chooser: {lit: {quickReplies: {lit: {buttons: {lit: "
    "[{lit: {label: {lit: VV}, title: {lit: VV}, value: {lit: b}, type: {lit: postback}}}]}}}}}}"
)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (SWITCHING, {What.REROUTED}),
        (SWITCHING.replace("VV", "Flow.a").replace("lit: q", "lit: VV"), {What.REROUTED}),
        ("switch: {name: x, evaluate: {firstTrue: {cases: [{case: {value: {exp: VV}}}]}}}", {What.REROUTED}),
        ("evaluateScheduleGroup: {name: x, scheduleGroup: {lit: {name: VV}}}", {What.REROUTED}),
        ("evaluateScheduleGroup: {name: x, emergencyGroup: {lit: {name: VV}}}", {What.REROUTED}),
        (
            "evaluateSchedule: {name: x, evaluationType: {schedule: {selectedSchedule: {lit: {name: VV}}}}}",
            {What.REROUTED},
        ),
        (
            f"transferToVoicemail: {{name: x, destination: {{queue: {{{GREETING}}}}}}}",
            {What.REWORDED},
        ),
        ("transferToVoicemail: {name: x, destination: {queue: {targetQueue: {lit: {name: VV}}}}}", {What.REROUTED}),
        (INPUT, {What.SETTINGS}),
        ("callBotFlow: {name: x, botFlow: {B: {ver_latestPublished: {inputs: {Flow.g: {lit: VV}}}}}}", {What.SETTINGS}),
        ("callBotFlow: {name: x, botFlow: {VV: {ver_latestPublished: {none: true}}}}", {What.REROUTED}),
        ("callBotFlow: {name: x, botFlow: {my.audio.VV: {ver_latestPublished: {none: true}}}}", {What.REROUTED}),
        (
            "callCommonModule: {name: x, commonModule: {a.prompt.b: {ver_1: {outputs: {audio: {var: VV}}}}}}",
            {What.SETTINGS},
        ),
        ("dataTableLookup: {name: x, dataTable: {audio: {foundOutputs: {prompt: {var: VV}}}}}", {What.SETTINGS}),
        ("setScreenPop: {name: x, screenPopScript: {audio.VV: {inputs: {}}}}", {What.SETTINGS}),
        (BUTTONS, {What.REWORDED}),
        (BUTTONS.replace("lit: VV", "lit: u").replace("lit: b", "lit: VV"), {What.SETTINGS}),
        ("wait: {name: x, duration: {lit: {seconds: VV}}}", {What.SETTINGS}),
        ("collectInput: {name: x, inputAudio: {tts: VV}}", {What.REWORDED}),
        ("decision: {name: x, condition: {exp: VV}}", {What.REROUTED}),
    ],
)
def test_the_innermost_word_of_the_language_says_what_a_difference_means(action, expected):
    found = told(acting(action.replace("VV", "One")), acting(action.replace("VV", "Two")))
    assert found
    assert {what for _, what, _ in found} == expected


RING = """\
inboundCall:
  name: F
  startUpRef: /inboundCall/menus/menu[m]
  menus:
    - menu:
        name: Main
        refId: m
        audio: {tts: a}
        defaultChildMenuRef: ./choices/menuTask[b]
        choices:
          - menuTask:
              name: Again
              refId: b
              dtmf: digit_1
              task: {actions: [{jumpToMenu: {name: again, targetMenuRef: '/inboundCall/menus/menu[m]'}}]}
          - menuTask:
              name: Other
              dtmf: digit_2
              task: {actions: [{jumpToMenu: {name: go, targetMenuRef: '/inboundCall/menus/menu[n]'}}]}
    - menu:
        name: Side
        refId: n
        audio: {tts: b}
        choices:
          - menuTask:
              name: Back
              dtmf: digit_1
              task: {actions: [{jumpToMenu: {name: back, targetMenuRef: '/inboundCall/menus/menu[m]'}}]}
"""


def test_a_part_under_another_name_takes_its_references_along():
    """Menus that refer to themselves and to each other, and a choice that is its menu's default."""
    renamed = RING.replace("name: Main", "name: Start~")
    assert told(RING, renamed) == [('menu "Main"', What.SETTINGS, "name")]
    both = renamed.replace("name: Side", "name: Aside")
    assert sorted(told(RING, both)) == [('menu "Main"', What.SETTINGS, "name"), ('menu "Side"', What.SETTINGS, "name")]
    assert told(RING, RING.replace("name: Again", "name: Once more")) == [
        ('menu "Main", choice "Again"', What.SETTINGS, "name")
    ]
    choice = both.replace("name: Again", "name: Once more")
    assert sorted(told(renamed, choice)) == [
        ('menu "Side"', What.SETTINGS, "name"),
        ('menu "Start~", choice "Again"', What.SETTINGS, "name"),
    ]


def test_a_reference_that_changes_beside_a_new_name_is_told():
    renamed = RING.replace("name: Main", "name: Start")
    moved = renamed.replace("startUpRef: /inboundCall/menus/menu[m]", "startUpRef: /inboundCall/menus/menu[n]")
    assert ("the flow", What.REROUTED, "inboundCall.startUpRef") in told(RING, moved)
    assert ('menu "Main"', What.SETTINGS, "name") in told(RING, moved)
    another = RING.replace("refId: m\n        audio: {tts: a}", "refId: m\n        audio: {tts: quite another}")
    found = told(RING, another.replace("name: Main", "name: Start"))
    assert ("the flow", What.REROUTED, "inboundCall.startUpRef") in found, "another menu took the place of the first"
    assert ('menu "Main"', What.REMOVED, "") in found
