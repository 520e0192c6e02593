"""`test`, `simulate` and the warnings of `validate`, on small desired states."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from reconciler.architect.simulator import unverified
from reconciler.architect.simulator.call import At, Script
from reconciler.errors import DesiredStateError, UsageError
from reconciler.operations import scenarios, simulation, validation
from reconciler.operations.simulation import Subject
from tests.unit.architect.simulator_samples import BYE, flow, jump, key, menu
from tests.unit.operations.desired_files import loading

pytestmark = pytest.mark.anyio

MENU = """\
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Service}
spec:
  greeting: {prompt: welcome}
  start: main
  menus:
    main:
      ask: {say: "Sales one, more two"}
      timeout: 5s
      repeats: 1
      onNoInput: {say: Goodbye, hangup: true}
      keys:
        "1": {name: Sales, transfer: {queue: Sales, onFailure: {say: Sorry, hangup: true}}}
        "2": {name: More, menu: more}
    more: {ask: {say: More}, keys: {"1": {transfer: {queue: Billing}}, "8": {transfer: {flow: Other}}}}
  hours: {scheduleGroup: Office, closed: {say: We are closed, hangup: true}}
  scenarios:
    - {name: sales, press: "1", expect: {queue: Sales}}
    - {name: busy, press: "1", oracle: {Sales: failure}, expect: {says: sorry, hangup: true}}
    - {name: any queue is busy, press: "1", oracle: {queue: failure}, expect: {says: sorry, hangup: true}}
    - {name: silent, press: "t t", expect: {says: Goodbye, hangup: true}}
    - {name: closed, at: closed, expect: {says: "we are CLOSED", hangup: true}}
    - {name: greeted, expect: {says: Good morning, menu: main}}
    - {name: other, press: "2 8", expect: {flow: Other}}
    - {name: through the other, press: "2 8 9", expect: {hangup: true}}
    - {name: billing, press: "2 1", expect: {queue: Billing}}
---
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Other}
spec: {start: a, menus: {a: {ask: {say: Other}, keys: {"9": {hangup: true}}}}}
---
apiVersion: reconciler/v1
kind: Prompt
metadata: {name: welcome}
spec: {description: Hello, resources: {en-us: {tts: Good morning}}}
"""


def line_of(words: str) -> int:
    return 1 + next(number for number, line in enumerate(MENU.splitlines()) if words in line)


KEY_1, KEY_2, BILLING = line_of('"1": {name'), line_of('"2": {name'), line_of("name: billing")
BROKEN = MENU.replace('"2": {name: More, menu: more}', '"2": {name: More, menu: main}')


async def test_scenarios_that_go_as_written_pass():
    answer = await scenarios.test(loading(MENU), output="text")
    assert answer.exit == 0
    assert answer.output.splitlines()[-1] == f"9 scenarios: 9 passed, 0 failed. {unverified.NOTICE}"


async def test_a_key_that_leads_elsewhere_fails_the_scenario_at_its_lines():
    answer = await scenarios.test(loading(BROKEN), output="text")
    assert answer.exit == 1
    shown = answer.output
    assert f"m.yaml:{BILLING}:7: expected queue Billing, the call ends in queue Sales." in shown
    assert f"2 in main: More, see m.yaml:{KEY_2}:9" in shown
    assert f"1 in main: Sales, see m.yaml:{KEY_1}:9" in shown
    assert "9 scenarios: 7 passed, 2 failed." in shown


async def test_a_key_that_is_gone_is_told_with_the_line_of_those_that_are_there():
    gone = MENU.replace('"2": {name: More, menu: more}', '"3": {name: More, menu: more}')
    keys = line_of("keys:")
    assert f"2 in main: no such key, see m.yaml:{keys}:7" in (await scenarios.test(loading(gone), output="text")).output
    warned = (await validation.validate(loading(gone), output="text")).output
    assert f"key 2 of main, which has no such key (line {keys})" in warned


OTHER = """\
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Next}
spec:
  start: a
  menus:
    a:
      ask: {say: Next}
      onNoInput: {say: Bye, hangup: true}
      keys:
        "9": {repeat: true}
"""


@pytest.mark.parametrize(
    ("press", "told", "warned"),
    [
        ("1 9", "9 in a: Key 9, see other.yaml:11:9", "key 9 of a (other.yaml:11). It ended at other.yaml:7."),
        ("1 7", "7 in a: no such key, see other.yaml:10:7", "which has no such key (other.yaml:10). It ended at other"),
        ("1 t t t t", "silence in a: No input, see other.yaml:9:7", "onNoInput of a (other.yaml:9). Correct the"),
    ],
)
async def test_a_key_of_another_menu_is_told_with_its_file_and_line(press, told, warned):
    text = f"""\
apiVersion: reconciler/v1
kind: Menu
metadata: {{name: Service}}
spec:
  start: main
  menus: {{main: {{ask: {{say: Hi}}, keys: {{"1": {{transfer: {{flow: Next}}}}}}}}}}
  scenarios: [{{name: there, press: "{press}", expect: {{queue: Sales}}}}]
"""
    answer = await scenarios.test(loading(text, other=OTHER), output="text")
    assert f"          {told}\n" in answer.output
    (problem,) = scenarios.warnings(await loading(text, other=OTHER)())
    assert "The call went by key 1 of main (line 6), " in problem.remedy
    assert warned in problem.remedy


@pytest.mark.parametrize(
    ("before", "after", "part"),
    [
        ("hangup: true}}\n    - {name: greeted", "queue: Sales}}\n    - {name: greeted", "hours:"),
        ("menu: main}", "queue: Sales}", "    main:"),
    ],
)
async def test_where_a_call_without_keys_ended_is_told(before, after, part):
    wrong = loading(MENU.replace(before, after))
    assert f"ended at m.yaml:{line_of(part)}:" in (await scenarios.test(wrong, output="text")).output
    assert f"ended at m.yaml:{line_of(part)}:" in (await scenarios.test(wrong, output="junit")).output
    (problem,) = scenarios.warnings(await wrong())
    assert f"It ended at line {line_of(part)}. Correct the manifest" in problem.remedy
    body = json.loads((await scenarios.test(wrong, output="json")).output)
    assert [one["outcome"]["line"] for one in body["scenarios"] if not one["passed"]] == [line_of(part)]


async def test_where_a_call_ended_is_not_told_twice():
    answer = await scenarios.test(loading(BROKEN), output="text")
    assert "ended at" not in answer.output.partition("FAILED  Menu/Service: billing")[2]


async def test_validate_warns_of_the_same_scenario():
    answer = await validation.validate(loading(BROKEN), output="text")
    assert answer.exit == 0
    warned = [line for line in answer.output.splitlines() if "REC1613" in line]
    assert len(warned) == 2
    assert f'm.yaml:{BILLING}:7: warning REC1613: the scenario "billing" fails: expected queue Billing' in answer.output
    assert f"key 2 of main (line {KEY_2}), key 1 of main (line {KEY_1})" in answer.output
    assert "REC1613" not in (await validation.validate(loading(MENU), output="text")).output


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ('press: "1", expect', 'press: "1 2", expect', "the call is over before 2 is pressed"),
        ("{Sales: failure}", "{Sale: failure}", 'the oracle has an answer for "Sale", which nothing asks about'),
        ("{Sales: failure}", "{Sales: maybe}", 'the oracle answers "maybe"'),
        (
            "{Sales: failure}",
            "{}, variables: {Call.Ani: a, call.ani: b}",
            '"Call.Ani" and "call.ani" are one variable, give',
        ),
        ("says: sorry", "says: never", 'expected the words "never", which nobody hears'),
        ("says: Good morning, menu: main", "says: Good morning, hangup: true", "the call ends in menu main"),
    ],
)
async def test_each_way_to_fail_has_its_words(before, after, complaint):
    answer = await scenarios.test(loading(MENU.replace(before, after)), output="text")
    assert answer.exit == 1
    assert complaint in answer.output


async def test_texts_of_a_failing_scenario_are_cut_in_what_is_said_of_it():
    words, name, unknown = [f"{number}" + 900 * "x" for number in range(9)], 200 * "busy ", 900 * "y"
    long = MENU.replace("says: sorry", f"says: [{', '.join(words)}]", 1).replace("name: busy", f"name: {name}")
    long = long.replace("{queue: failure}, expect", f"{{queue: failure, {unknown}: z}}, expect")
    found = scenarios.warnings(await loading(long)())
    assert [len(str(problem)) < 1500 for problem in found] == [True] * 2
    assert f'the scenario "{name[:80]}…" fails: expected the words "{words[0][:80]}…", which' in found[0].message
    assert found[0].message.endswith("which nobody hears; and 4 more.")
    assert f'the oracle has an answer for "{unknown[:80]}…"' in found[1].message


async def test_the_last_keys_of_a_long_way_are_named():
    long = MENU.replace('press: "2 8 9", expect: {hangup: true}', f'press: "{"8 " * 40}", expect: {{menu: more}}')
    long = long.replace('"1": {name: Sales', '"8": {repeat: true}\n        "1": {name: Sales')
    (problem,) = scenarios.warnings(await loading(long)())
    again = line_of('"1": {name')
    assert f"The call went by 28 keys, then key 8 of main (line {again}), key 8" in problem.remedy
    assert problem.remedy.count("key 8 of main") == 12


async def test_the_machine_output_says_where_and_that_it_is_a_model():
    body = json.loads((await scenarios.test(loading(BROKEN), output="json")).output)
    assert (body["model"], body["passed"]) == (unverified.NOTICE, False)
    assert body["summary"] == {"scenarios": 9, "passed": 7, "failed": 2}
    billing = next(one for one in body["scenarios"] if one["name"] == "billing")
    assert (billing["line"], billing["outcome"]["name"], billing["steps"][0]["line"]) == (
        BILLING,
        "Sales",
        KEY_2,
    )


async def test_junit_has_a_case_for_each_scenario():
    suites = ElementTree.fromstring((await scenarios.test(loading(BROKEN), output="junit")).output)
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("9", "2", "0")
    case = next(case for case in suites.iter("testcase") if case.get("name") == "billing")
    assert (case.get("classname"), case.get("line")) == ("Menu/Service", str(BILLING))
    assert f"m.yaml:{KEY_2}:9" in case.find("failure").text


@pytest.mark.parametrize("output", ["text", "json", "junit"])
async def test_a_desired_state_with_errors_fails_with_them(output):
    answer = await scenarios.test(loading(MENU.replace("menu: more}", "menu: mor}")), output=output)
    assert answer.exit == 1
    assert "REC1601" in answer.output
    assert 'there is no menu "mor" here' in answer.output.replace("&quot;", '"').replace('\\"', '"')


async def test_without_scenarios_there_is_nothing_to_fail():
    answer = await scenarios.test(loading(MENU.split("  scenarios:", maxsplit=1)[0]), output="text")
    assert (answer.exit, answer.output.startswith("0 scenarios")) == (0, True)


async def call(subject: Subject, script: Script, output: str = "text"):
    return await simulation.simulate(loading(MENU), subject, script, output=output)


async def test_a_call_is_shown_as_a_trace():
    answer = await call(Subject(name="Service", is_menu=True), Script(("7", "1")))
    assert answer.exit == 0
    assert answer.output.splitlines() == [
        f"Flow/Service (inboundCall): presses 7 1. {unverified.NOTICE}",
        "",
        "inboundCall   Service  [m.yaml:3]",
        f'  hears       "Good morning" (prompt welcome)  [m.yaml:{line_of("greeting:")}]',
        f"task          Opening hours  [m.yaml:{line_of('hours:')}]",
        f"  does        Opening hours: open  [m.yaml:{line_of('hours:')}]",
        f"menu          main  [m.yaml:{line_of('    main:')}]",
        f'  hears       "Sales one, more two"  [m.yaml:{line_of("    main:")}]',
        f"7             no such key in main  [m.yaml:{line_of('    main:')}]",
        f'  hears       "Sales one, more two"  [m.yaml:{line_of("    main:")}]',
        f"1             Sales  [m.yaml:{KEY_1}]",
        f"ends          queue Sales, after 0 s of silence, at m.yaml:{KEY_1}:9",
        "",
        "Nobody has confirmed, and this call relies on it:",
        "- Silence and wrong keys share one counter of repeats.",
    ]


async def test_a_call_as_json():
    body = json.loads((await call(Subject(name="Service"), Script(("t", "t"), at=At.OPEN), "json")).output)
    assert (body["model"], body["seconds"], body["outcome"]["kind"]) == (unverified.NOTICE, 10, "hangup")
    assert [event["text"] for event in body["events"] if event["event"] == "hears"][-1] == "Goodbye"


async def test_every_way_is_listed():
    answer = await simulation.every_way(loading(MENU), Subject(name="Service"), variables={}, output="text")
    assert answer.exit == 0
    assert re.search(r"^Opening hours: open t t +10 s  hangup$", answer.output, re.MULTILINE)
    body = json.loads(
        (await simulation.every_way(loading(MENU), Subject(name="Service"), variables={}, output="json")).output
    )
    assert {"inputs", "heard", "seconds", "outcome", "silent"} == set(body["paths"][0])
    assert body["paths"][0]["heard"] == ["Good morning", "We are closed"]
    assert (body["paths"][0]["outcome"]["file"], body["paths"][0]["outcome"]["line"]) == ("m.yaml", line_of("hours:"))


async def test_what_is_heard_on_each_way_is_told_once():
    text = MENU.replace("say: More", f"say: {'More ' * 20}")
    answer = await simulation.every_way(loading(text), Subject(name="Service"), variables={}, output="text")
    lines = answer.output.splitlines()
    assert [line for line in lines if line.startswith("    hears")][:3] == [
        '    hears "Good morning" / "We are closed"',
        '    hears … / "Sales one, more two" / "Sorry"',
        f'    hears … / "{("More " * 20)[:59].rstrip()}…"',
    ]
    first = next(number for number, line in enumerate(lines) if line.startswith("Opening hours: closed"))
    assert lines[first + 1] == '    hears "Good morning" / "We are closed"'


async def test_each_step_of_a_call_is_told_with_its_line_of_the_menu():
    doubled = MENU.replace("{name: More, menu: more}", "{name: Sales, menu: more}")
    body = json.loads(
        (await simulation.simulate(loading(doubled), Subject(name="Service"), Script(("2", "1")), output="json")).output
    )
    pressed = [(event["text"], event["file"], event["line"]) for event in body["events"] if event["event"] == "presses"]
    assert pressed == [("Sales", "m.yaml", KEY_2), ("Key 1", "m.yaml", line_of("more: {ask"))]
    assert body["outcome"]["line"] == line_of("more: {ask")
    silent = (await call(Subject(name="Service"), Script(("t", "t")))).output
    assert f"  no input    No input  [m.yaml:{line_of('onNoInput')}]" in silent
    at_night = (await call(Subject(name="Service"), Script(at=At.HOLIDAY))).output
    assert f'  hears       "We are closed"  [m.yaml:{line_of("hours:")}]' in at_night


async def test_silence_is_told_where_the_menu_says_what_follows_whichever_choice_stands_for_it():
    twin = MENU.replace("onNoInput: {say: Goodbye, hangup: true}", "onNoInput: {menu: more}")
    answer = await simulation.simulate(loading(twin), Subject(name="Service"), Script(("t", "t")), output="text")
    assert f"  no input    More  [m.yaml:{line_of('onNoInput')}]" in answer.output


async def test_a_caller_who_cannot_get_out_makes_the_exploration_fail():
    text = MENU.replace('"9": {hangup: true}', '"9": {repeat: true}')
    answer = await simulation.every_way(loading(text), Subject(name="Other"), variables={}, output="text")
    assert answer.exit == 0  # the menu hangs up after the last repeat
    text = text.replace("{say: Other}, keys", "{say: Other}, onNoInput: {repeat: true}, keys")
    answer = await simulation.every_way(loading(text), Subject(name="Other"), variables={}, output="text")
    assert answer.exit == 1
    assert "Nobody gets out of a, at m.yaml:" in answer.output
    assert "Goes round: a -> a." in answer.output


@pytest.mark.parametrize(
    ("subject", "hint"),
    [
        (Subject(name="Servise", is_menu=True), "there is no Menu 'Servise' here. Did you mean 'Service'?"),
        (Subject(name="Service", type="workflow"), "'Service' here is of type inboundCall, not"),
    ],
)
async def test_an_unknown_name_is_answered_with_the_nearest(subject, hint):
    with pytest.raises(UsageError, match=hint.replace("?", r"\?")):
        await call(subject, Script())


async def test_loading_raises_what_loading_raises():
    with pytest.raises(DesiredStateError):
        await simulation.simulate(loading("kind: Nothing"), Subject(name="x"), Script(), output="text")


async def test_whose_voicemail_it_is_counts():
    mailbox = MENU.replace('{queue: Billing}}, "8"', '{voicemail: {user: Pat}}}, "8"')
    right = mailbox.replace("expect: {queue: Billing}", "expect: {voicemail: {user: Pat}}")
    assert (await scenarios.test(loading(right), output="text")).exit == 0
    wrong = mailbox.replace("expect: {queue: Billing}", "expect: {voicemail: {group: Pat}}")
    assert (await scenarios.test(loading(wrong), output="text")).exit == 1


FLOW = """\
inboundCall:
  name: Line
  startUpRef: /inboundCall/menus/menu[main]
  menus:
    - menu:
        name: Main
        refId: main
        audio: {tts: Hi}
        choices:
          - menuDisconnect: {name: Bye, dtmf: digit_9}
    - menu: {name: Lost, refId: lost, choices: [{menuDisconnect: {name: Bye, dtmf: digit_9}}]}
"""


async def test_a_flow_is_told_with_the_lines_of_its_file():
    answer = await simulation.simulate(loading(FLOW), Subject(name="Line"), Script(("9",)), output="text")
    assert "ends          hangup, after 1 s of silence, at m.yaml:10:13" in answer.output
    explored = await simulation.every_way(loading(FLOW), Subject(name="Line"), variables={}, output="text")
    assert "Nobody reaches the menu Lost, at m.yaml:11:7." in explored.output
    body = json.loads(
        (await simulation.every_way(loading(FLOW), Subject(name="Line"), variables={}, output="json")).output
    )
    assert body["unreachable"] == [{"what": "menu", "name": "Lost", "file": "m.yaml", "line": 11}]


TWO_LANGUAGES = """\
apiVersion: reconciler/v1
kind: Prompt
metadata: {name: hello}
spec: {resources: {en-us: {tts: Hello there}, es-us: {tts: Hola amigo}}}
---
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Bi}
spec:
  languages: [en-us, es-us]
  start: main
  menus:
    main:
      ask: {prompt: hello}
      keys:
        "8": {name: Español, language: es-US, menu: sub}
        "9": {hangup: true}
    sub: {ask: {prompt: hello}, keys: {"2": {language: en-us, menu: main}}}
  scenarios:
    - {name: hola, press: "8", expect: {menu: sub, says: Hola amigo}}
    - {name: no hola, press: "9", expect: {hangup: true, says: Hola amigo}}
"""


async def test_what_must_be_heard_follows_the_language_of_the_call():
    answer = await scenarios.test(loading(TWO_LANGUAGES), output="text")
    assert "ok      Menu/Bi: hola" in answer.output
    assert "FAILED  Menu/Bi: no hola" in answer.output
    explored = await simulation.every_way(loading(TWO_LANGUAGES), Subject(name="Bi"), variables={}, output="json")
    heard = {" ".join(path["inputs"]): path["heard"] for path in json.loads(explored.output)["paths"]}
    assert heard["8 2"] == ["Hello there", "Hola amigo", "Hello there"]


@pytest.mark.parametrize("time", ["22:30", '"22:30"', "2230", "22.30", "2026-01-31T22:30:00Z"])
async def test_a_time_of_day_is_refused_with_what_to_write(time):
    answer = await scenarios.test(loading(MENU.replace("at: closed", f"at: {time}")), output="text")
    assert answer.exit == 1
    assert f"m.yaml:{line_of('name: closed')}:" in answer.output
    assert "is a time, and what schedules say then only the platform knows" in answer.output
    assert "Write what they say: open, closed, holiday or emergency." in answer.output


@pytest.mark.parametrize(("at", "line"), [(At.CLOSED, "closed:"), (At.HOLIDAY, "holiday:"), (At.EMERGENCY, "closed:")])
async def test_what_is_heard_outside_opening_hours_stands_at_its_part_of_the_hours(at, line):
    hours = "  hours:\n    scheduleGroup: Office\n    closed: {say: We are closed, hangup: true}\n"
    text = MENU.split("  hours:", maxsplit=1)[0] + hours + "    holiday: {say: Happy holidays, hangup: true}\n"
    answer = await simulation.simulate(loading(text), Subject(name="Service"), Script(at=at), output="text")
    number = 1 + next(place for place, words in enumerate(text.splitlines()) if line in words)
    assert re.search(rf'hears +"(We are closed|Happy holidays)"  \[m.yaml:{number}\]', answer.output)


async def test_one_long_way_does_not_move_the_others_to_the_side():
    way = [menu(f"m{number}", key("1", jump(f"m{number + 1}"))) for number in range(120)]
    text = flow(menus="".join(way) + menu("m120", key("9", BYE)), start="/inboundCall/menus/menu[m0]")
    answer = await simulation.every_way(loading(text), Subject(name="Line"), variables={}, output="text")
    line = next(line for line in answer.output.splitlines() if line.startswith("1 t "))
    assert (len(line) < 200, f"{'1 ' * 120}9" in answer.output) == (True, True)
