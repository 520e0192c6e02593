"""Every finding about a flow: what causes it, where it is shown, and that the repaired flow has none."""

from __future__ import annotations

import textwrap

import pytest

from reconciler.architect import checks
from tests.unit.architect.archy_samples import parsed, well_worded


def flow(body: str, *, start: str = "/inboundCall/menus/menu[main]", head: str = "") -> str:
    parts = [
        "inboundCall:",
        "  name: Line",
        "  defaultLanguage: en-us",
        f'  startUpRef: "{start}"',
        *(f"  {line}" for line in head.splitlines()),
        textwrap.indent(textwrap.dedent(body), "  ").rstrip(),
    ]
    return "\n".join(parts) + "\n"


def menu(name: str, *choices: str, extra: str = "", audio: str = "{tts: Choose}") -> str:
    listed = "".join(f"      - {choice}\n" for choice in choices)
    return f"- menu:\n    name: {name.title()}\n    refId: {name}\n    audio: {audio}\n{extra}    choices:\n{listed}"


def menus(*written: str) -> str:
    return "menus:\n" + textwrap.indent("".join(written), "  ")


def task(name: str, *actions: str, extra: str = "") -> str:
    listed = "".join(f"        - {action}\n" for action in actions)
    return (
        f"  - task:\n      name: {name.title()}\n      refId: {name}\n{extra}      actions:\n{listed or '        []'}"
    )


def tasks(*written: str) -> str:
    return "tasks:\n" + "".join(written)


BYE = "menuDisconnect: {name: Bye, dtmf: digit_9}"
END = "disconnect: {name: End}"
TASK = "/inboundCall/tasks/task"
GOOD = menus(menu("main", BYE))


def alone(*actions: str, extra: str = "", head: str = "") -> str:
    """A flow that is one task."""
    return flow(tasks(task("work", *actions, extra=extra)), start=f"{TASK}[work]", head=head)


def jump(name: str) -> str:
    return f'jumpToTask: {{name: To {name}, targetTaskRef: "{TASK}[{name}]"}}'


BROKEN = {
    "REC1427": flow(
        menus(
            menu("main", BYE, 'menuDisconnect: {name: Out, dtmf: "digit_*", globalDtmf: true}', go := (
                'menuTask: {name: Go, dtmf: digit_1, task: {actions: [jumpToMenu: {name: On, targetMenuRef: '
                '"/inboundCall/menus/menu[second]"}]}}'
            )),
            menu("second", 'menuDisconnect: {name: Leave, dtmf: "digit_*", globalDtmf: true}'),
        )
    ),
    "REC1428": flow(GOOD, head="settingsMenu: {menuSelectionTimeout: {lit: {seconds: 1}}}"),
    "REC1429": flow(menus(menu("main", "menuDisconnect: {name: Bye, dtmf: digit_star}"))),
    "REC1430": alone("playAudio: {name: Bye, audio: {tts: Bye}}"),
    "REC1431": alone("loopNext: {name: On}", END),
    "REC1432": alone("loop: {name: Round, outputs: {loop: {actions: [disconnect: {name: Out}]}}}", END),
    "REC1433": alone("previousMenu: {name: Back}"),
    "REC1434": alone(END, "playAudio: {name: Late, audio: {tts: Too late}}"),
    "REC1435": flow(menus(menu("main", BYE), menu("other", BYE))),
    "REC1436": flow(
        tasks(task("work", jump("more")), task("more", jump("work"))), start=f"{TASK}[work]"
    ),
    "REC1437": flow(
        menus(
            menu("main", 'menuJumpToMenu: {name: Again, dtmf: digit_1, targetMenuRef: "/inboundCall/menus/menu[main]"}')
        )
    ),
    "REC1438": flow(menus(menu("main", BYE, extra="    settingsMenu: {repeatCount: {lit: 0}}\n"))),
    "REC1439": flow(
        menus(
            menu("main", BYE, 'menuDisconnect: {name: Out, dtmf: "digit_*", globalDtmf: true}', go),
            menu("second", 'menuDisconnect: {name: Leave, dtmf: "digit_*"}'),
        )
    ),
    "REC1440": flow(menus(menu("main", BYE, audio='{tts: " "}'))),
    "REC1441": flow(
        menus(menu("main", "menuDisconnect: {name: Bye, dtmf: digit_9, speechRecTerms: {en-us: {terms: [bye]}}}")),
        head="supportedLanguages: {en-us: {}, es-us: {}}",
    ),
    "REC1442": flow(menus(menu("main", BYE, audio="{tts: Press 4 to wait or press nine to leave}"))),
    "REC1443": alone(f"disconnect: {{name: {'x' * 201}}}"),
    "REC1444": flow(GOOD, head="settingsMenu: {menuSelectionTimeout: {lit: {seconds: 61}}}"),
    "REC1445": alone(f"playAudio: {{name: Deep, audio: {{exp: '{'f(' * 61}1{')' * 61}'}}}}", END),
    "REC1446": alone("playAudio: {name: Open, audio: {exp: 'ToAudioTTS(\"Hi\"'}}", END),
    "REC1447": alone("playAudio: {name: Say, audio: {exp: ToAudioTTS(Task.Nmae)}}", END,
                     extra="      variables: [stringVariable: {name: Task.Name, isInput: true}]\n"),
    "REC1448": alone("playAudio: {name: Say, audio: {tts: Hi, exp: ToAudio(1)}}", END),
    "REC1418": flow(GOOD, head="supportedLanguages: {es-us: {}}"),
    "REC1450": alone("callData: {name: C, category: {I: {dataAction: {A: {inputs: {ClientSecret: {lit: x}}}}}}}", END),
    "REC1451": alone(END, extra="      variables: [stringVariable: {name: Task.Name}]\n"),
    "REC1452": alone("playAudio: {name: P, audio: {exp: 'ToAudioTTS(FindQueue(\"Sales\").name)'}}", END),
    "REC1453": alone(END, extra="      variables: [stringVariable: {name: Task.Name, isInput: true}, "
                     "integerVariable: {name: Task.name, isOutput: true}]\n"),
    "REC1455": alone("playAudo: {name: Hi}", END),
    "REC1449": alone(
        "evaluateScheduleGroup: {name: Hours, outputs: {closed: {actions: "
        "[transferToAcd: {name: To Sales, targetQueue: {lit: {name: Sales}}}]}}}",
        END,
    ),
}  # fmt: skip

PLACES = {
    "REC1427": ("Leave", "digit_*"),
    "REC1430": ("playAudio",),
    "REC1434": ("playAudio",),
    "REC1439": ("Leave", "digit_*"),
    "REC1442": ("Press 4",),
    "REC1447": ("ToAudioTTS",),
    "REC1449": ("transferToAcd",),
    "REC1453": ("Task.Name", "Task.name"),
}
"""Words that stand on the line, from the column on, that the finding names."""


def found(text: str):
    return checks.check(parsed(text))


@pytest.mark.parametrize("code", BROKEN)
def test_a_broken_flow_has_this_finding_and_no_other(code):
    problems = found(BROKEN[code])
    assert [problem.code for problem in problems] == [code]
    well_worded(problems[0])
    line = BROKEN[code].splitlines()[problems[0].location.line - 1]
    for word in PLACES.get(code, ()):
        assert word in line
    if code in PLACES:
        assert line[problems[0].location.column - 1 :].lstrip('"').startswith(PLACES[code][-1])


@pytest.mark.parametrize(
    "text",
    [
        flow(GOOD),
        alone(END),
        # What ends or goes on in every branch.
        alone("decision: {name: D, outputs: {yes: {actions: [disconnect: {name: A}]}}}", END),
        alone("decision: {name: D, outputs: {yes: {actions: [disconnect: {name: A}]}, "
              "no: {actions: [disconnect: {name: B}]}}}"),
        alone("switch: {name: S, evaluate: {firstTrue: {cases: [case: {value: {exp: 'true'}, actions: "
              "[disconnect: {name: A}]}], default: {actions: [disconnect: {name: B}]}}}}"),
        # Nothing is known of an unknown action, so it may end the way or not.
        alone("brandNew: {name: X}"),
        alone("brandNew: {name: X, outputs: {a: {actions: [disconnect: {name: A}]}}}", END),
        # A failed transfer goes on, here to an end.
        alone("transferToAcd: {name: T, targetQueue: {lit: {name: Sales}}}", END),
        alone("transferToAcd: {name: T, targetQueue: {lit: {name: Sales}}, outputs: {failure: {actions: "
              "[disconnect: {name: A}]}}}"),
        alone("loop: {name: L, outputs: {loop: {actions: [decision: {name: D, outputs: {yes: {actions: "
              "[loopExit: {name: O}]}}}]}}}", END),
        alone("loop: {name: L, outputs: {loop: {actions: [loopNext: {name: N}]}}}", END),
        # Rings that wait for the caller.
        alone("collectInput: {name: C, digits: {exact: 1}}", jump("work")),
        alone("callData: {name: C}", "decision: {name: D, outputs: {yes: {actions: [disconnect: {name: E}]}}}",
              "wait: {name: W}", jump("work")),
        # A menu that hangs up on silence has no key that does, and a default choice answers silence.
        flow(menus(menu("main", BYE, extra="    settingsMenu: {repeatCount: {lit: 0}}\n"
                        "    defaultChildMenuRef: ./choices/menuDisconnect[bye]\n").replace(
                            "{name: Bye", "{name: Bye, refId: bye"))),
        flow(GOOD, head="settingsMenu: {menuSelectionTimeout: {lit: {seconds: 1}}, "
             "listenForExtensionDialing: {lit: false}}"),
        flow(menus(menu("main", BYE, audio="{tts: Presione 4}"))),
        flow(menus(menu("main", "menuDisconnect: {name: Bye, dtmf: digit_9, speechRecTerms: {en-us: {terms: [bye]}}}")),
             head="supportedLanguages: {en-us: {}}"),
        alone("playAudio: {name: Say, audio: {exp: ToAudioTTS(task.name)}}", END,
              extra="      variables: [stringVariable: {name: Task.Name}]\n"),
        alone("playAudio: {name: Say, audio: {exp: 'ToAudioTTS(\"a ) b\\\" [\")'}}", END),
    ],
)  # fmt: skip
def test_a_sound_flow_has_none(text):
    assert found(text) == []


def test_a_task_without_actions_is_a_dead_end():
    assert [problem.code for problem in found(alone())] == ["REC1430"]


def test_the_task_of_a_choice_must_end_too():
    text = flow(menus(menu("main", BYE, "menuTask: {name: Go, dtmf: digit_1, task: {actions: []}}")))
    (problem,) = found(text)
    assert (problem.code, problem.location.line) == ("REC1430", 12)
    assert '"Go"' in problem.message


def test_a_ring_is_named_in_full():
    text = flow(tasks(task("a", jump("b")), task("b", jump("c")), task("c", jump("b"))), start=f"{TASK}[a]")
    (problem,) = found(text)
    assert '"B" -> "C" -> "B"' in problem.message


def test_a_thousand_tasks_in_one_ring_are_followed_at_once():
    number = 1000
    ring = [task(f"t{at}", jump(f"t{(at + 1) % number}")) for at in range(number)]
    problems = found(flow(tasks(*ring), start=f"{TASK}[t0]"))
    assert [problem.code for problem in problems] == ["REC1436"]
    assert "(and 971 more)" in problems[0].message


BOT = """\
botFlow:
  name: Helper
  defaultLanguage: en-us
  startUpRef: "/botFlow/bots/bot[start]"
  settingsBotFlow:
    intentSettings:
      - intent: {name: Pay, task: {name: Payment}}
  bots:
    - bot:
        name: Start
        refId: start
        actions:
          - askForSlot: {name: Ask, slot: {name: Amount}}
          - digitalMenu:
              name: Topic
              chooser: {lit: {quickReplies: {lit: {buttons: {lit: [{lit: {value: {lit: Billing}}}]}}}}}
              outputs: {paths: [path: {name: Billing, actions: [exitBotFlow: {name: Out}]}]}
          - exitBotFlow: {name: Done}
  tasks:
    - task:
        name: Payment
        refId: payment
        outputPaths: [outputPath: {name: Paid}]
        actions:
          - endTask: {name: End, outputPath: {name: Paid}}
  settingsNaturalLanguageUnderstanding:
    nluDomainVersion:
      intents: [{name: Pay}]
      entities: [{name: Amount, type: number}]
"""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("task: {name: Payment}", "task: {name: Paymnet}", "REC1414"),
        ("slot: {name: Amount}", "slot: {name: Amuont}", "REC1415"),
        ("outputPath: {name: Paid}}\n", "outputPath: {name: Piad}}\n", "REC1416"),
        ("value: {lit: Billing}", "value: {lit: Sales}", "REC1417"),
    ],
)
def test_names_inside_a_bot_must_mean_something(old, new, code):
    assert found(BOT) == []
    assert old in BOT
    problems = [problem for problem in found(BOT.replace(old, new)) if problem.code != "REC1435"]
    assert [problem.code for problem in problems] == [code]


def test_every_code_of_the_table_has_a_broken_flow():
    elsewhere = {"REC1410", "REC1411", "REC1412", "REC1413", "REC1454", *(f"REC142{digit}" for digit in range(7))}
    assert set(checks.CHECKS) - elsewhere == BROKEN.keys() | {"REC1414", "REC1415", "REC1416", "REC1417"}


def test_the_task_a_call_starts_in_has_no_menu_before_it():
    back = task("work", "previousMenu: {name: Back}")
    assert [one.code for one in found(flow(tasks(back) + "\n" + GOOD, start=f"{TASK}[work]"))] == ["REC1433", "REC1435"]
    jump_there = f'menuJumpToTask: {{name: Go, dtmf: digit_1, targetTaskRef: "{TASK}[work]"}}'
    both = tasks(back) + "\n" + menus(menu("main", BYE, jump_there))
    assert "REC1433" not in {one.code for one in found(flow(both, start=f"{TASK}[work]"))}


def test_what_can_only_be_said_needs_a_flow_that_listens():
    text = flow(menus(menu("main", BYE, "menuDisconnect: {name: Out, speechRecTerms: {en-us: {terms: [out]}}}")))
    assert found(text) == []
    deaf = text.replace("  defaultLanguage", "  settingsSpeechRec: {asrEnabledOnFlow: false}\n  defaultLanguage")
    assert [one.code for one in found(deaf)] == ["REC1424"]


def test_a_credential_is_never_repeated():
    (problem,) = found(BROKEN["REC1450"].replace("lit: x", "lit: hunter2"))
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("dataTableLookup: {name: L, outputs: {found: {actions: [disconnect: {name: D}]}}}", "REC1430"),
        ("findUser: {name: L}", "REC1430"),
    ],
)
def test_a_look_up_goes_on_where_a_branch_of_it_is_not_written(action, code):
    assert code in {one.code for one in found(flow(tasks(task("work", action)) + "\n" + GOOD))}


def test_states_of_in_queue_flows_are_followed():
    text = "inqueueShortMessage:\n  name: X\n  startUpState: {actions: [loopExit: {name: E}, endState: {name: S}]}\n"
    assert "REC1431" in {one.code for one in found(text)}


def test_what_plays_nothing_at_all_is_told():
    silent = flow(tasks(task("work", "playAudio: {name: Play}", "disconnect: {name: D}")) + "\n" + GOOD)
    assert "REC1440" in {one.code for one in found(silent)}


def test_tasks_may_have_variables_of_one_name():
    extra = "      variables: [stringVariable: {name: Task.A, isInput: true}]\n"
    text = flow(tasks(task("a", jump("b"), extra=extra), task("b", END, extra=extra)), start=f"{TASK}[a]")
    assert found(text) == []


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("menuSelectionTimeout: {lit: {hours: 3}}", "`menuSelectionTimeout` is 10,800,000 ms."),
        ("menuSelectionTimeout: {lit: abc}", "is `abc`, which is no literal length of time"),
        ("menuSelectionTimeout: {lit: 10}", "is `10`, which is no literal length of time"),
        ("menuSelectionTimeout: {lit: {seconds: 2.5}}", "is a mapping, which is no literal length of time"),
        ("menuSelectionTimeout: {lit: {seconds: -1}}", "is -1,000 ms."),
        ("menuSelectionTimeout: {lit: {seconds: true}}", "Write it like `{lit: {seconds: 10}}`."),
        ("menuSelectionTimeout: {lit: {second: 5}}", "in whole ms, seconds or minutes"),
        ("menuSelectionTimeout: {lit: {}}", "no literal length of time"),
        ("menuSelectionTimeout: 10s", "is `10s`, which is no literal length of time"),
        ("repeatCount: 3", "is `3`, which is no literal whole number. Write it like `{lit: 3}`."),
        ("repeatCount: {lit: }", "is empty"),
        ("repeatCount: {lit: abc}", "`repeatCount` is `abc`, which is no literal whole number."),
        ("repeatCount: {lit: '3'}", "is `3`, which is no literal whole number"),
        ("repeatCount: {lit: 2.5}", "is `2.5`"),
        ("repeatCount: {lit: true}", "is `true`"),
        ("repeatCount: {lit: -1}", "`repeatCount` is -1."),
        ("repeatCount: {lit: {seconds: 3}}", "is a mapping"),
    ],
)
def test_lengths_of_time_and_counts_of_wrong_types_are_told(setting, words):
    text = flow(GOOD, head=f"settingsMenu: {{listenForExtensionDialing: {{lit: false}}, {setting}}}")
    (problem,) = found(text)
    assert (problem.code, problem.location.line) == ("REC1444", 5)
    assert words in f"{problem.message} {problem.remedy}"


@pytest.mark.parametrize("value", ["{exp: 3 + 1}", "{noValue: true}", "{var: Call.Count}"])
def test_what_is_worked_out_during_the_call_is_left_to_the_platform(value):
    assert found(flow(GOOD, head=f"settingsMenu: {{repeatCount: {value}}}")) == []


def test_an_error_behind_any_number_of_warnings_is_told_and_what_is_cut_is_counted():
    silent = [f"playAudio: {{name: P{number}, audio: {{tts: ' '}}}}" for number in range(1234)]
    silent.append("playAudio: {name: Open, audio: {exp: 'ToAudioTTS(\"Hi\"'}}")
    problems = found(alone(*silent, END))
    assert [one.code for one in problems] == ["REC1440"] * 100 + ["REC1446"]
    assert problems[98].message.endswith("is blank.")
    assert problems[99].message.endswith("is blank. 1,134 more warnings like this are not shown.")
    assert '"P99"' in problems[99].message
    assert "more errors" not in problems[100].message


def call(name: str) -> str:
    return f'callTask: {{name: Call {name}, targetTaskRef: "{TASK}[{name}]"}}'


BACK = "endTask: {name: Return}"
TALK = "playAudio: {name: Talk, audio: {tts: Hello}}"
ASK = "collectInput: {name: Ask, digits: {exact: 1}}"


def ring_of(*listed: str) -> list[str]:
    problems = found(flow(tasks(*listed), start=f"{TASK}[a]"))
    assert {one.code for one in problems} <= {"REC1436"}
    return [one.message.partition("never wait: ")[2] for one in problems]


@pytest.mark.parametrize(
    ("listed", "ring"),
    [
        # Tasks that call each other.
        ((task("a", call("b"), END), task("b", call("a"), BACK)), ['"A" -> "B" -> "A".']),
        # What is called comes back at once, and then the task begins again.
        ((task("a", call("b"), jump("a")), task("b", TALK, BACK)), ['"A" -> "A".']),
        ((task("a", call("b"), jump("a")), task("b", call("c"), BACK), task("c", BACK)), ['"A" -> "A".']),
        # One way through what is called waits and another does not.
        (
            (
                task("a", call("b"), jump("a")),
                task("b", f"decision: {{name: D, outputs: {{yes: {{actions: [{ASK}]}}}}}}", BACK),
            ),
            ['"A" -> "A".'],
        ),
        # It waits in what is called, before the call, or after it; or nothing comes back.
        ((task("a", call("b"), jump("a")), task("b", ASK, BACK)), []),
        ((task("a", ASK, call("b"), jump("a")), task("b", BACK)), []),
        ((task("a", call("b"), ASK, jump("a")), task("b", BACK)), []),
        ((task("a", call("b"), jump("a")), task("b", END)), []),
        ((task("a", call("b"), jump("a")), task("b", "brandNew: {name: N}", BACK)), []),
        ((task("a", call("b"), END), task("b", TALK, BACK)), []),
    ],
)
def test_a_call_waits_only_where_the_called_task_waits(listed, ring):
    assert ring_of(*listed) == ring


def test_a_thousand_tasks_that_call_each_other_are_followed_at_once():
    number = 1000
    chain = [task(f"t{at}", call(f"t{at + 1}"), BACK) for at in range(number)] + [task(f"t{number}", BACK)]
    assert found(flow(tasks(*chain), start=f"{TASK}[t0]")) == []


def test_of_very_many_errors_it_is_said_that_there_are_more():
    problems = [one for one in found(alone(*[jump("nowhere")] * 2000, END)) if one.code == "REC1410"]
    assert len(problems) == 100
    assert problems[99].message.endswith("in this file. At least 900 more errors like this are not shown.")
