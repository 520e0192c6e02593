"""One simulated call by a script, on small flows; the golden trace at the top shows what a reader gets."""

from __future__ import annotations

import pytest

from reconciler.architect.simulator import call, machine, unverified
from reconciler.architect.simulator.call import At, Script
from reconciler.architect.simulator.trace import Ending
from tests.unit.architect.simulator_samples import (
    BYE,
    HOME,
    SALES,
    branches,
    flow,
    in_task,
    jump,
    key,
    menu,
    play,
    ready,
    step,
    task,
    told,
)

TWO_MENUS = flow(
    rest="initialGreeting: {tts: Hello}\n",
    menus=menu(
        "main",
        key("1", f"- playAudio: {{name: Say, audio: {{prompt: Prompt.one_moment}}}}\n{SALES}\n{BYE}", "Sales")
        + "\n"
        + key("2", jump("more"))
        + "\n- menuDisconnect: {name: Leave, dtmf: digit_9}",
        settings="settingsMenu: {menuSelectionTimeout: {lit: {seconds: 7}}, repeatCount: {lit: 1}}",
    )
    + menu("more", key("#", jump("main"), ref="back"), settings="defaultChildMenuRef: ./choices/menuTask[back]"),
)


def test_a_call_is_told_step_by_step():
    assert told(play(TWO_MENUS, "2 # 7 t 9", oracle={})) == [
        "enters Line",
        "hears Hello",
        "enters main",
        "hears This is main",
        "presses 2 main Key 2",
        "enters more",
        "hears This is more",
        "presses # more Key #",
        "enters main",
        "hears This is main",
        "wrong key 7 main",
        "hears This is main",
        "waits main 7 s",
        "ends hangup (no default choice after the last repeat)",
    ]


def test_keys_left_over_are_told():
    assert play(TWO_MENUS, "9 1").unused == ("1",)


def test_a_transfer_that_works_ends_the_call_and_one_that_fails_goes_on():
    assert str(play(TWO_MENUS, "1").outcome) == "queue Sales"
    assert play(TWO_MENUS, "1", oracle={"Sales": ["failure"]}).outcome.kind is Ending.HANGUP


def test_prompts_are_told_with_their_words_in_the_language_of_the_flow():
    found = call.run(
        ready(TWO_MENUS.replace("name: Line", "name: Line\n  defaultLanguage: es-us")),
        Script(("1",)),
        find_prompt=lambda language, name: f"{name} in {language}",
    )
    assert "one_moment in es-us" in found.prompts


def test_silence_to_the_end_takes_the_default_choice():
    trace = play(TWO_MENUS, "2 t t t t 9")
    assert (trace.outcome.kind, trace.seconds, trace.unused) == (Ending.HANGUP, 40, ())
    assert "notes back" not in told(trace)


def test_without_input_the_caller_waits_where_the_keys_ran_out():
    assert str(play(TWO_MENUS, "2").outcome) == "menu more"


def test_extension_dialing_makes_each_digit_wait_for_more():
    trace = play(TWO_MENUS.replace("listenForExtensionDialing: {lit: false}", "repeatCount: {lit: 3}"), "9")
    assert (trace.seconds, trace.assumptions) == (1, (unverified.EXTENSION_PAUSE,))


def test_a_global_key_works_in_every_menu_unless_the_menu_has_the_key_itself():
    out = step("menuDisconnect", "Out", dtmf="digit_0", globalDtmf=True)
    menus = menu("main", key("1", jump("more")) + "\n" + out)
    more = menu("more", key("5", SALES))
    assert play(flow(menus=menus + more), "1 0").outcome.kind is Ending.HANGUP
    shadowed = play(flow(menus=menus + more.replace("digit_5", "digit_0")), "1 0")
    assert (shadowed.outcome.kind, unverified.LOCAL_KEY_FIRST in shadowed.assumptions) == (Ending.QUEUE, True)


# Opening hours.

HOURS = """\
- evaluateScheduleGroup:
    name: Hours
    outputs:
      open: {actions: [{playAudio: {name: A, audio: {tts: Open}}}]}
      closed: {actions: [{playAudio: {name: B, audio: {tts: Closed}}}]}
      emergency: {actions: [{playAudio: {name: C, audio: {tts: Emergency}}}]}
- disconnect: {name: Bye}"""


@pytest.mark.parametrize(
    ("at", "heard"), [("open", ["Open"]), ("closed", ["Closed"]), ("emergency", ["Emergency"]), ("holiday", [])]
)
def test_schedules_say_what_the_script_says(at, heard):
    assert play(in_task(HOURS), at=At(at)).prompts == heard


def test_a_single_schedule_follows_the_same_word_and_says_that_this_is_a_guess():
    schedule = step("evaluateSchedule", "S", outputs=branches(inactive=step("endTask")))
    single = f"{schedule}\n{SALES}\n{BYE}"
    assert play(in_task(single)).outcome.kind is Ending.QUEUE
    closed = play(in_task(single), at=At.CLOSED)
    assert closed.outcome.kind is Ending.HANGUP
    assert unverified.SINGLE_SCHEDULE in closed.assumptions


# Tasks.


def test_a_called_task_comes_back_and_a_jump_does_not():
    second = task("second", "- playAudio: {name: P, audio: {tts: Second}}\n- endTask: {name: E}")
    call_ = '- callTask: {name: C, targetTaskRef: "/inboundCall/tasks/task[second]"}\n' + SALES + "\n" + BYE
    assert play(in_task(call_, tasks=second)).outcome.kind is Ending.QUEUE
    jump = play(in_task(call_.replace("callTask", "jumpToTask"), tasks=second))
    assert (jump.outcome.kind, jump.prompts) == (Ending.HANGUP, ["Second"])


def test_a_task_behind_a_key_that_ends_leads_back_to_the_menu():
    text = flow(menus=menu("main", key("1", "- endTask: {name: E}")))
    trace = play(text, "1")
    assert (str(trace.outcome), trace.prompts.count("This is main")) == ("menu main", 2)
    assert unverified.END_OF_CHOICE in trace.assumptions


@pytest.mark.parametrize(
    "choice",
    [
        step("menuJumpToTask", "Go", dtmf="digit_1", targetTaskRef=HOME),
        key("1", step("jumpToTask", "Go", targetTaskRef=HOME)),
    ],
)
def test_a_task_that_was_jumped_to_ends_the_call_even_after_a_menu(choice):
    text = flow(menus=menu("main", choice), tasks=task("first", "- endTask: {name: E}"))
    trace = play(text, "1")
    assert trace.outcome.kind is Ending.HANGUP
    assert unverified.END_OF_TASK in trace.assumptions


def test_previous_menu_is_the_one_before():
    menus = menu("main", key("1", jump("more"))) + menu("more", key("1", "- previousMenu: {name: P}"))
    assert str(play(flow(menus=menus), "1 1").outcome) == "menu main"


@pytest.mark.parametrize(
    "text",
    [
        in_task('- jumpToTask: {name: J, targetTaskRef: "/inboundCall/tasks/task[gone]"}'),
        in_task("- loopExit: {name: X}"),
        in_task('- callTask: {name: C, targetTaskRef: "/inboundCall/tasks/task[first]"}'),
        flow(menus=menu("main", key("1", BYE))).replace("menu[main]", "menu[gone]"),
    ],
)
def test_what_cannot_work_ends_in_an_error(text):
    assert play(text).outcome.kind in (Ending.ERROR, Ending.ENDLESS)


def test_a_ring_that_never_waits_is_named():
    there = step("jumpToTask", "There", targetTaskRef=HOME.replace("first", "second"))
    over = step("jumpToTask", "Over", targetTaskRef=HOME)
    assert str(play(in_task(there, tasks=task("second", over))).outcome) == "endless: There -> Over -> There"
    music = step("holdMusic", "Music", playStyle={"duration": {"lit": {"minutes": 1}}})
    trace = play(in_task(there, tasks=task("second", f"{music}\n{over}")))
    assert (str(trace.outcome), trace.seconds) == ("waiting: There -> Music -> Over -> There", 60)


def test_a_call_makes_a_thousand_steps_at_most():
    over = step("jumpToTask", "Over", targetTaskRef=HOME)
    retry = step("callData", "Again", outputs=branches(success=over))
    trace = play(in_task(retry + "\n" + BYE))
    assert trace.outcome.kind is Ending.ENDLESS
    assert sum(event.name == "Again" for event in trace.events) <= machine.ACTIONS_MAX


# Transfers.


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        ("transferToFlow: {name: T, targetFlow: {name: Other}}", "flow Other"),
        ("transferToNumber: {name: T, targetNumber: {exp: 'ToPhoneNumber(\"+13175550150\")'}}", "number +13175550150"),
        ("transferToUser: {name: T, targetUser: {lit: {name: Pat}}}", "user Pat"),
        ("transferToGroup: {name: T, targetGroup: {lit: {name: Desk}}}", "group Desk"),
        ("transferToVoicemail: {name: T, destination: {user: {targetUser: {lit: {name: Pat}}}}}", "voicemail Pat"),
        ("transferToAcd: {name: T, targetQueue: {exp: Flow.Queue}}", "queue Flow.Queue"),
    ],
)
def test_where_transfers_go(action, outcome):
    assert str(play(in_task(f"- {action}\n{BYE}")).outcome) == outcome


def test_failed_transfers_say_so_and_failed_choices_return_to_the_menu():
    target, busy = {"lit": {"name": "Sales"}}, {"tts": "Busy"}
    choice = step("menuTransferToAcd", "Sales", dtmf="digit_1", targetQueue=target, failureTransferAudio=busy)
    trace = play(flow(menus=menu("main", choice)), "1", oracle={"Sales": ["failure"]})
    assert (str(trace.outcome), trace.prompts[-2:]) == ("menu main", ["Busy", "This is main"])
    assert unverified.FAILED_CHOICE in trace.assumptions


def test_another_flow_of_ours_is_entered_while_keys_are_left():
    text = in_task("- transferToFlow: {name: T, targetFlow: {name: Other}}\n" + BYE)
    other = ready(TWO_MENUS.replace("name: Line", "name: Other"))

    def go(*keys: str) -> call.Trace:
        return call.run(ready(text), Script(keys), find_flow=lambda _, name: other if name == "Other" else None)

    assert str(go().outcome) == "flow Other"
    assert str(go("1").outcome) == "queue Sales"


@pytest.mark.parametrize("is_choice", [False, True])
def test_a_secure_transfer_goes_to_a_secure_flow(is_choice):
    target = {"targetFlow": {"name": "Pay"}}
    choice = flow(menus=menu("main", step("menuTransferToFlowSecure", "T", dtmf="digit_1", **target)))
    action = flow(menus=menu("main", key("1", step("transferToFlowSecure", "T", **target) + "\n" + BYE)))
    secure = ready(TWO_MENUS.replace("inboundCall", "secureCall").replace("name: Line", "name: Pay"))
    known = {("secureCall", "Pay"): secure, ("inboundCall", "Pay"): ready(in_task(BYE))}
    trace = call.run(
        ready(choice if is_choice else action), Script(("1", "2")), find_flow=lambda *asked: known.get(asked)
    )
    assert str(trace.outcome) == "menu more"


def test_flows_that_hand_a_call_round_come_to_an_end():
    text = ready(in_task("- transferToFlow: {name: T, targetFlow: {name: Line}}\n" + BYE))
    assert call.run(text, Script(("1",)), find_flow=lambda *_: text).outcome.kind is Ending.ENDLESS


def test_outside_calls_a_transfer_to_a_queue_ends_the_flow():
    head = "inboundEmail:\n  name: Mail\n  startUpRef: /inboundEmail/states/state[a]\n  states:\n"
    state = f"{head}    - state:\n        name: A\n        refId: a\n        actions:\n          "
    assert str(play(state + SALES).outcome) == "queue Sales"


@pytest.mark.parametrize("name", sorted(unverified.ASSUMPTIONS))
def test_every_assumption_is_a_sentence(name):
    assert unverified.ASSUMPTIONS[name].endswith(".")
