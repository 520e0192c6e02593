"""Conversations with bots, and with message flows that call them."""

from __future__ import annotations

import json

import pytest

from reconciler.architect.simulator import call, conversation, explore, unverified
from reconciler.architect.simulator.call import Script
from tests.unit.architect.simulator_samples import branches, ready, step, told

TOPICS = {"value": "billing", "synonyms": ["bill", "invoice"]}, {"value": "tech", "synonyms": ["router"]}
NLU = {
    "nluDomainVersion": {
        "entities": [{"name": "topic", "type": "topics"}, {"name": "free", "type": "other"}],
        "entityTypes": [{"name": "topics", "mechanism": {"type": "List", "items": [*TOPICS]}}],
    }
}


def leave(text: str) -> str:
    say = step("communicate", communication={"exp": f'ToCommunication("{text}")'})
    return f"{say}\n{step('exitBotFlow', 'Done')}"


def ask(text: str) -> dict:
    return {"question": {"exp": f'ToCommunication("{text}")'}, "noMatch": {"exp": 'ToCommunication("Pardon?")'}}


def bot(actions: str, settings: str = "{}") -> str:
    return (
        "digitalBot:\n  name: Desk\n  startUpRef: /digitalBot/bots/bot[a]\n"
        f"  settingsUserInput: {settings}\n  settingsNaturalLanguageUnderstanding: {json.dumps(NLU)}\n"
        "  bots:\n    - bot:\n        name: A\n        refId: a\n        actions:\n"
        + "".join(f"          {line}\n" for line in actions.splitlines())
    )


def path(name: str, actions: str) -> dict:
    return {"path": {"name": name, **branches(x=actions)["x"]}}


MENU = step(
    "digitalMenu",
    "Topic",
    **ask("How can we help?"),
    outputs={
        "paths": [path("Billing", leave("To billing")), path("Technical help", leave("To tech"))],
        **branches(maxNoMatches=leave("Nobody knows")),
    },
)
SLOT = "\n".join(
    [
        step("askForSlot", "Which", slot={"name": "topic"}, **ask("What is it about?"), outputs=branches(default="")),
        step("communicate", communication={"exp": 'Append("About ", Slot.topic)'}),
        step("exitBotFlow"),
    ]
)
ASKED = step("askForBoolean", "Sure", **ask("Sure?"), outputs=branches(yes=leave("Fine"), no=leave("Sorry")))


def heard(actions: str, *said: str, settings: str = "{}") -> list[str]:
    return call.run(ready(bot(actions, settings)), Script(say=said)).prompts


@pytest.mark.parametrize(
    ("actions", "said", "last"),
    [
        (MENU, ["Billing"], "To billing"),
        (MENU, [" technical  HELP "], "To tech"),
        (MENU, ["it is about billing, please"], "To billing"),
        (MENU, ["bills"], "Pardon?"),
        (MENU, ["what", "Billing"], "To billing"),
        (MENU, ["a", "b", "c"], "Nobody knows"),
        (SLOT, ["I need help with my bill"], "About billing"),
        (SLOT, ["Router!"], "About tech"),
        (SLOT, ["billboard"], "Pardon?"),
        (SLOT.replace('"topic"}', '"free"}').replace("Slot.topic", "Slot.free"), ["Anything"], "About Anything"),
        (ASKED, ["Yes"], "Fine"),
        (ASKED, ["no thanks"], "Sorry"),
        (ASKED, ["OK!"], "Fine"),
        (ASKED, ["sure, why not"], "Fine"),
        (ASKED, ["I cannot, no"], "Sorry"),
        (ASKED, ["no, that is not ok"], "Pardon?"),
        (ASKED, ["yes and no"], "Pardon?"),
        (ASKED, ["I am not sure"], "Pardon?"),
        (ASKED, ["that isn\u2019t ok"], "Pardon?"),
    ],
)
def test_an_answer_is_taken_by_its_words(actions, said, last):
    assert heard(actions, *said)[-1] == last


OFF = '"enabled": false, "actions"'


def test_a_branch_that_is_switched_off_is_neither_taken_nor_offered():
    unheard = MENU.replace('"maxNoMatches": {"actions"', f'"maxNoMatches": {{{OFF}')
    assert heard(f"{unheard}\n{leave('Good bye')}", "a", "b", "c")[-1] == "Good bye"
    without = MENU.replace('"name": "Billing", "actions"', f'"name": "Billing", {OFF}')
    assert heard(without, "Billing")[-1] == "Pardon?"
    intents = {"intents": [{"intent": {"name": name, **branches(x=leave(name))["x"]}} for name in ("Buy", "Sell")]}
    asked = step("askForIntent", "What", outputs=intents).replace('"name": "Buy", "actions"', f'"name": "Buy", {OFF}')
    ways = {" ".join(way.inputs) for menu in (without, asked) for way in explore.explore(ready(bot(menu))).paths}
    assert ways == {"Technical help", "? ? ?", "t t t", "What: Sell"}
    given = Script(oracle={"What": ["Buy"]})
    assert "there are Sell, error" in call.run(ready(bot(asked)), given).outcome.reason


def test_the_maximum_is_the_bots_own():
    assert heard(MENU, "x", settings="{noMatchesMax: {lit: 1}}")[-1] == "Nobody knows"


def test_a_maximum_without_reason_keeps_nobody_busy():
    endless = ready(bot(MENU, "{noMatchesMax: {lit: 1000000000}}"))
    ways = [way.inputs for way in explore.explore(endless).paths]
    assert max(len(inputs) for inputs in ways) == conversation.TRIES_MAX


def test_a_conversation_is_told_turn_by_turn_and_says_what_it_assumes():
    trace = call.run(ready(bot(MENU)), Script(say=("eh", "Billing", "more")))
    assert told(trace) == [
        "enters Desk",
        "enters A",
        "hears How can we help?",
        "says Topic eh",
        "hears Pardon?",
        "says Topic Billing",
        "does Topic Billing",
        "hears To billing",
        "ends end exitBotFlow",
    ]
    assert (trace.unused, trace.assumptions) == (("more",), (unverified.PLAIN_WORDS,))


def test_without_words_the_bot_waits():
    assert str(call.run(ready(bot(MENU)), Script()).outcome) == "waiting Topic"


MESSAGE = (
    "inboundShortMessage:\n  name: Line\n  startUpRef: /inboundShortMessage/states/state[a]\n  states:\n    - state:\n"
    "        name: A\n        refId: a\n        actions:\n"
    + "".join(
        f"          {line}\n"
        for line in (
            step("callDigitalBotFlow", "Ask", digitalBotFlow={"Desk": {"ver_latestPublished": {"none": True}}}),
            step("transferToAcd", "To Billing", targetQueue={"lit": {"name": "Billing"}}),
        )
    )
)


def test_a_message_flow_goes_through_its_bot_and_on():
    desk = ready(bot(MENU))
    find = lambda type_, name: desk if (type_, name) == ("digitalBot", "Desk") else None  # noqa: E731
    trace = call.run(ready(MESSAGE), Script(say=("Hello", "Billing")), find_flow=find)
    assert (str(trace.outcome), trace.prompts[-1], trace.unused) == ("queue Billing", "To billing", ())
    assert str(call.run(ready(MESSAGE), Script(say=("Hello",)), find_flow=find).outcome) == "waiting Topic"
    alone = call.run(ready(MESSAGE), Script(say=("Hello",)))
    assert str(alone.outcome) == "queue Billing"
    assert "notes the digitalBot Desk is not here; taken as if it had exited" in told(alone)


def test_every_answer_is_explored():
    paths = {" ".join(path.inputs) for path in explore.explore(ready(bot(MENU))).paths}
    assert paths == {"Billing", "Technical help", "? ? ?", "t t t"}
    paths = {" ".join(path.inputs) for path in explore.explore(ready(bot(SLOT))).paths}
    assert paths == {"billing", "tech", "? ? ?", "t t t"}
