"""Explorations that go through a flow into the bot it calls, and on when the bot exits."""

from __future__ import annotations

import json

from reconciler.architect.simulator import call, explore, unverified
from reconciler.architect.simulator.call import Script
from reconciler.architect.simulator.program import Program
from reconciler.architect.simulator.trace import EventKind
from tests.unit.architect.simulator_samples import branches, ready, step

NLU = {
    "nluDomainVersion": {
        "entities": [{"name": "topic", "type": "topics"}],
        "entityTypes": [
            {
                "name": "topics",
                "mechanism": {"type": "List", "items": [{"value": "Billing", "synonyms": ["bill"]}, {"value": "Tech"}]},
            }
        ],
    }
}
DECLARED = "  variables: [{stringVariable: {name: Slot.topic, initialValue: {noValue: true}}}]\n"
EXIT = step("exitBotFlow", "Done")
QUEUE = step("transferToAcd", "To Sales", targetQueue={"lit": {"name": "Sales"}})


def call_bot(name: str, inputs: dict | None = None) -> str:
    version = {"ver_latestPublished": {"inputs": inputs} if inputs else {"none": True}}
    return step("callDigitalBotFlow", "Converse", digitalBotFlow={name: version})


def again(name: str) -> str:
    return step("jumpToTask", f"Go to {name}", targetTaskRef=f"/digitalBot/tasks/task[{name}]")


def asked(name: str, *choices: tuple[str, str], **more: str) -> str:
    """A menu of a bot: each choice leads to its actions."""
    paths = [{"path": {"name": label, **branches(x=actions)["x"]}} for label, actions in choices]
    return step("digitalMenu", name, question=said(name), outputs={"paths": paths, **branches(**more)})


def said(text: str) -> dict:
    return {"exp": f'ToCommunication("{text}")'}


def lines(items: str, blanks: int) -> str:
    return "".join(f"{' ' * blanks}{line}\n" for line in items.splitlines())


def messages(actions: str, name: str = "Line", rest: str = "") -> Program:
    head = (
        f"inboundShortMessage:\n  name: {name}\n  startUpRef: /inboundShortMessage/states/state[a]\n{rest}  states:\n"
    )
    state = "    - state:\n        name: A\n        refId: a\n        actions:\n"
    return ready(head + state + lines(actions, 10))


def bot(actions: str, *, name: str = "Desk", rest: str = "", **tasks: str) -> Program:
    text = f"digitalBot:\n  name: {name}\n  startUpRef: /digitalBot/bots/bot[a]\n{rest}"
    text += f"  settingsNaturalLanguageUnderstanding: {json.dumps(NLU)}\n"
    text += "  bots:\n    - bot:\n        name: Start\n        refId: a\n        actions:\n" + lines(actions, 10)
    text += "  tasks:\n" if tasks else ""
    for task, steps in tasks.items():
        text += f"    - task:\n        name: {task}\n        refId: {task}\n        actions:\n" + lines(steps, 10)
    return ready(text)


def through(program: Program, *flows: Program, **options) -> explore.Report:
    here = {(one.flow.type, one.flow.name): one for one in flows}
    return explore.explore(program, find_flow=lambda *asked: here.get(asked), **options)


def ways(report: explore.Report) -> dict[str, str]:
    return {" ".join(path.inputs): str(path.outcome) for path in report.paths}


LINE = messages(f"{call_bot('Desk')}\n{step('disconnect', 'Bye')}")


def test_a_message_flow_is_explored_through_its_bot_and_on():
    desk = bot(asked("Topic", ("Buy", QUEUE), ("Leave", EXIT), maxNoMatches=EXIT))
    report = through(LINE, desk)
    assert ways(report) == {
        "Buy": "queue Sales",
        "Leave": "hangup",
        "? ? ?": "hangup",
        "t t t": "hangup",
    }
    assert report.unreachable == ()
    assert [event.text for event in report.paths[0].heard] == ["Topic"]


def test_nodes_of_the_bot_that_nobody_reaches_are_named_with_their_flow():
    desk = bot(asked("Topic", ("Buy", again("buy"))), buy=QUEUE, lost=EXIT, quiet=EXIT)
    found = [(part.what, part.name, part.flow) for part in through(LINE, desk).unreachable]
    assert found == [("task", "lost", "Desk"), ("task", "quiet", "Desk")]


def test_what_is_said_and_silence_are_ways_of_their_own():
    desk = bot(
        asked("Topic", ("Buy", QUEUE), maxNoMatches=again("lost"), maxNoInputs=again("quiet")), lost=EXIT, quiet=EXIT
    )
    report = through(LINE, desk)
    assert report.unreachable == ()
    assert set(ways(report)) == {"Buy", "? ? ?", "t t t"}


def test_a_question_that_nobody_gets_out_of_is_named_by_its_task():
    desk = bot(again("ask"), ask=asked("Ask", ("Again", again("ask")), maxNoMatches=again("ask")) + "\n" + again("ask"))
    report = through(LINE, desk)
    assert [part.name for part in report.no_exit] == ["ask: Ask"]
    assert report.endless == (("ask: Ask", "ask: Ask"),)


def test_an_answer_from_a_list_decides_the_switch_behind_it():
    case = [
        {"case": {"value": {"exp": f'Slot.topic == "{value}"'}, **branches(x=again(value.lower()))["x"]}}
        for value in ("Billing", "Tech")
    ]
    switch = step("switch", "Which", evaluate={"firstTrue": {"cases": case, "default": {"actions": []}}})
    slot = step("askForSlot", "Ask", slot={"name": "topic"}, question=said("What?"), outputs=branches(default=switch))
    known = step("decision", "Known", condition={"exp": "IsSet(Slot.topic)"}, outputs=branches(yes=QUEUE, no=EXIT))
    report = through(LINE, bot(f"{slot}\n{EXIT}", rest=DECLARED, billing=QUEUE, tech=known))
    assert ways(report) == {
        "Billing": "queue Sales",
        "Tech Known: no": "hangup",
        "Tech Known: yes": "queue Sales",
        "? ? ?": "hangup",
        "t t t": "hangup",
    }


def test_any_answer_is_one_way_and_silence_another():
    slot = step(
        "askForSlot",
        "Ask",
        slot={"name": "free"},
        question=said("Why?"),
        outputs=branches(default=QUEUE, maxNoInputs=again("quiet")),
    )
    assert ways(through(LINE, bot(slot, quiet=EXIT))) == {"anything": "queue Sales", "t t t": "hangup"}
    compared = step(
        "decision", "Is", condition={"exp": 'Slot.free == "x"'}, outputs=branches(yes=QUEUE, no=again("quiet"))
    )
    found = ways(through(LINE, bot(f"{slot}\n{EXIT}".replace(QUEUE[2:], compared[2:]), quiet=EXIT)))
    assert found == {"anything Is: no": "hangup", "anything Is: yes": "queue Sales", "t t t": "hangup"}


def test_a_flow_that_calls_a_silent_bot_for_ever_goes_round():
    back = step("changeState", "Over", targetStateRef="/inboundShortMessage/states/state[a]")
    report = through(messages(f"{call_bot('Desk')}\n{back}"), bot(EXIT))
    assert report.endless == (("Converse", "Desk", "Converse"),)


def test_a_bot_that_calls_itself_is_gone_into_once():
    report = through(LINE, bot(f"{call_bot('Desk')}\n{QUEUE}"))
    assert ways(report) == {"Converse: exited": "queue Sales"}
    itself = bot(f"{call_bot('Desk')}\n{QUEUE}")
    trace = call.run(LINE, Script(), find_flow=lambda *_: itself)
    assert str(trace.outcome) == "queue Sales"
    assert [event.text for event in trace.events if event.kind is EventKind.NOTES] == [
        "the digitalBot Desk waits for this one already; taken as if it had exited"
    ]


def test_a_bot_is_given_its_inputs_unless_it_writes_them():
    decision = step(
        "decision", "Which", condition={"exp": 'Flow.channel == "sms"'}, outputs=branches(yes=QUEUE, no=EXIT)
    )
    line = messages(f"{call_bot('Desk', {'Flow.channel': {'lit': 'sms'}})}\n{step('disconnect', 'Bye')}")
    assert ways(through(line, bot(decision))) == {"": "queue Sales"}
    update = step("updateData", "U", statements=[{"string": {"variable": "Flow.channel", "value": {"lit": "x"}}}])
    assert set(ways(through(line, bot(f"{update}\n{decision}")))) == {"Which: yes", "Which: no"}


def test_a_bot_that_is_not_here_is_a_question_to_the_world_and_its_language_an_assumption():
    assert ways(through(LINE)) == {"Converse: exited": "hangup"}
    line = messages(call_bot("Desk"), rest="  defaultLanguage: en-us\n")
    german = through(line, bot(EXIT, rest="  defaultLanguage: de-de\n"))
    assert unverified.LANGUAGE_OF_NEXT_FLOW in german.assumptions
    same = through(line, bot(EXIT, rest="  defaultLanguage: en-us\n"))
    assert unverified.LANGUAGE_OF_NEXT_FLOW not in same.assumptions


def test_choices_may_be_called_like_anything():
    desk = bot(asked("Topic", ("silence", QUEUE), ("not understood", EXIT)))
    assert ways(through(LINE, desk))["silence"] == "queue Sales"
