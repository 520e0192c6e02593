"""What a flow needs on the platform."""

from __future__ import annotations

import pytest

from reconciler.architect.dependencies import Strength, dependencies
from tests.unit.architect.archy_samples import corpus, document, parsed


def found(actions: str, type_: str = "inboundCall") -> list[tuple]:
    flow = parsed(f"{type_}:\n  name: x\n  tasks: [{{task: {{name: t, actions: [{actions}]}}}}]\n")
    return [(item.kind, item.name, str(item.strength), item.types) for item in dependencies(flow).items]


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("{transferToAcd: {targetQueue: {lit: {name: Sales}}}}", [("Queue", "Sales", "hard", ())]),
        ("{transferToAcd: {targetQueue: {exp: Flow.Queue}}}", [("Queue", "", "dynamic", ())]),
        ("{transferToAcd: {targetQueue: {var: Flow.Queue}}}", [("Queue", "", "dynamic", ())]),
        ("{transferToAcd: {targetQueue: {exp: 'FindQueue(\"Sales\")'}}}", [("Queue", "Sales", "soft", ())]),
        ("{transferToAcd: {targetQueue: {noValue: true}, languageSkill: {noValue: true}}}", []),
        ("{transferToAcd: {languageSkill: {lit: {name: Spanish}}}}", [("LanguageSkill", "Spanish", "hard", ())]),
        ("{transferToAcd: {acdSkills: [{acdSkill: {lit: {name: Tax}}}]}}", [("Skill", "Tax", "hard", ())]),
        ("{transferToAcd: {overrideInQueueFlow: {name: Hold}}}", [("Flow", "Hold", "hard", ("inqueueCall",))]),
        ("{transferToFlow: {targetFlow: {name: Next}}}", [("Flow", "Next", "hard", ("inboundCall",))]),
        ("{transferToFlowSecure: {targetFlow: {name: Pay}}}", [("Flow", "Pay", "hard", ("secureCall",))]),
        ("{callBotFlow: {botFlow: {Bot: {ver_1: {inputs: {}}}}}}", [("Flow", "Bot", "hard", ("botFlow",))]),
        (
            "{callDigitalBotFlow: {digitalBotFlow: {Bot: {ver_latestPublished: {none: true}}}}}",
            [("Flow", "Bot", "hard", ("digitalBot",))],
        ),
        (
            "{callCommonModule: {commonModule: {Mod: {ver_latestPublished: {}}}}}",
            [("Flow", "Mod", "hard", ("commonModule",))],
        ),
        (
            "{callData: {category: {Web: {dataAction: {Look up: {inputs: {targetQueue: {lit: {name: no}}}}}}}}}",
            [("Integration", "Web", "hard", ()), ("DataAction", "Look up", "hard", ())],
        ),
        ("{dataTableLookup: {dataTable: {Holidays: {foundOutputs: {}}}}}", [("DataTable", "Holidays", "hard", ())]),
        ("{setScreenPop: {screenPopScript: {Main: {inputs: {}}}}}", [("Script", "Main", "hard", ())]),
        (
            "{evaluateSchedule: {evaluationType: {schedule: {selectedSchedule: {lit: {name: Summer}}, name: Summer}}}}",
            [("Schedule", "Summer", "hard", ())],
        ),
        (
            "{hours: {scheduleGroup: {lit: {name: Office}}, emergencyGroup: {exp: 'FindEmergencyGroup(\"E\")'}}}",
            [("ScheduleGroup", "Office", "hard", ()), ("EmergencyGroup", "E", "soft", ())],
        ),
        ("{evaluateScheduleGroup: {scheduleGroup: {exp: ToScheduleGroup(NOT_SET)}}}", []),
        ("{findQueue: {findName: {lit: Sales}, findResult: {var: Task.q}}}", [("Queue", "Sales", "soft", ())]),
        (
            "{updateData: {statements: [{queue: {variable: Task.q, value: {lit: {name: Sales}}}}]}}",
            [("Queue", "Sales", "hard", ())],
        ),
        ("{updateData: {statements: [{string: {variable: Task.q, value: {lit: Sales}}}]}}", []),
        ("{playAudio: {audio: {prompt: Prompt.Hello}}}", [("Prompt", "Hello", "hard", ())]),
        ("{playAudio: {audio: {exp: 'f(Prompt.Hello, \"Prompt.No\")'}}}", [("Prompt", "Hello", "hard", ())]),
        ("{playAudio: {audio: {prompt: PromptSystem.processing}}}", []),
        ("{playAudio: {audio: {tts: Prompt.Hello}}}", []),
        ("{holdMusic: {name: Hold Music, prompt: {lit: {name: Prompt.Jazz}}}}", [("Prompt", "Jazz", "hard", ())]),
        ("{holdMusic: {name: Hold Music, prompt: {exp: Flow.HoldPrompt}}}", []),
        ("{callData: {processingPrompt: {lit: {name: PromptSystem.processing}}}}", []),
        ("{transferToUser: {targetUser: {lit: {name: Ada}}}}", [("User", "Ada", "hard", ())]),
        ("{transferToGroup: {targetGroup: {lit: {name: Ops}}}}", [("Group", "Ops", "hard", ())]),
        (
            "{voicemail: {queue: {targetQueue: {lit: {name: Help}}, voicemailGreeting: {prompt: Prompt.Beep}}}}",
            [("Queue", "Help", "hard", ()), ("Prompt", "Beep", "hard", ())],
        ),
        ("{somethingNew: {deep: {targetQueue: {lit: {name: Sales}}}}}", [("Queue", "Sales", "hard", ())]),
    ],
)  # fmt: skip
def test_each_field_gives_its_dependency(action, expected):
    assert found(action) == expected


@pytest.mark.parametrize("type_", ["commonModule", "botFlow", "digitalBot"])
def test_what_a_file_is_does_not_count_as_what_it_needs(type_):
    flow = parsed(f"{type_}:\n  name: x\n  settingsPrompts: {{ensureAudioInPrompts: false}}\n")
    assert dependencies(flow).items == ()


def test_the_channel_decides_the_in_queue_flow():
    action = "{transferToAcd: {overrideInQueueFlow: {name: Hold}}}"
    assert found(action, "inboundEmail") == [("Flow", "Hold", "hard", ("inqueueEmail",))]
    assert found(action, "inboundShortMessage") == [("Flow", "Hold", "hard", ("inqueueShortMessage",))]


def test_settings_and_division_count():
    flow = parsed(
        "inqueueCall: {name: x, division: Home, settingsInQueueCall: {holdMusic: {lit: {name: Prompt.Jazz}}},"
        " settingsErrorHandling: {errorHandling: {queue: {targetQueue: {lit: {name: Help}}}}}}\n"
    )
    items = [(item.kind, item.name) for item in dependencies(flow).items]
    assert items == [("Division", "Home"), ("Prompt", "Jazz"), ("Queue", "Help")]
    system = parsed(
        "inqueueCall: {name: x, settingsInQueueCall: {holdMusic: {lit: {name: PromptSystem.on_hold_music}}}}\n"
    )
    assert dependencies(system).items == ()


def test_a_dependency_knows_where_it_stands():
    text = (
        "workflow:\n  name: x\n  states:\n    - state:\n        actions: [{callBotFlow: {botFlow: {Bot: {v: {}}}}}]\n"
    )
    flow = parsed(text)
    (item,) = dependencies(flow).of("Flow", Strength.HARD)
    assert (item.at(flow.document).line, item.at(flow.document).column) == (5, 44)


def test_real_files_give_their_queues_flows_and_actions():
    kinds: dict[str, set[str]] = {}
    for text in corpus():
        doc = document(text)
        for item in dependencies(parsed(text)).items:
            assert item.at(doc).line > 1
            kinds.setdefault(item.kind, set()).add(item.name)
    assert {"dude-general-support", "General Help", "GeneralSupport", "any queue_name"} <= kinds["Queue"]
    assert {"DudesWheresMyStuffBot", "EventOrchestrator Secure Flow", "any in_queue_flow_name"} <= kinds["Flow"]
    assert "Prompt" not in kinds
    assert kinds["EmergencyGroup"] == {"My Organization Evacuation Emergency Group"}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("findQueue: {findName: {exp: State.QueueName}}", [("Queue", "", "dynamic")]),
        ("findQueue: {findName: {exp: '\"Sales\"'}}", [("Queue", "Sales", "soft")]),
        ("findQueueById: {findId: {exp: Task.id}}", [("Queue", "", "dynamic")]),
        ("findScheduleGroup: {findName: {lit: Office hours}}", [("ScheduleGroup", "Office hours", "soft")]),
        ("updateData: {value: {exp: 'FindQueueById(\"3f\")'}}", [("Queue", "", "dynamic")]),
        ("transferToAcd: {targetQueue: {exp: 'If(Flow.p == NOT_SET, Flow.a, Flow.b)'}}", [("Queue", "", "dynamic")]),
        ("transferToAcd: {targetQueue: {exp: ' NOT_SET '}}", []),
        ("playAudio: {holdMusic: {exp: ToAudio( NOT_SET )}}", []),
    ],
)
def test_look_ups_are_told_whatever_form_they_have(action, expected):
    text = f"inboundCall:\n  name: X\n  tasks:\n    - task: {{name: T, actions: [{action}]}}\n"
    found = dependencies(parsed(text)).items
    assert [(one.kind, one.name, str(one.strength)) for one in found] == expected
