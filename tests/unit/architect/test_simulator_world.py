"""What the world answers to a simulated call, and what follows when an action breaks."""

from __future__ import annotations

import pytest

from reconciler.architect.simulator import judge, unverified
from reconciler.architect.simulator.trace import Ending
from reconciler.model import identity
from reconciler.model.problem import Location
from reconciler.model.scenario import Expectation, Scenario
from tests.unit.architect.simulator_samples import (
    BYE,
    SALES,
    branches,
    in_task,
    play,
    step,
    told,
)

DATA = """\
- callData:
    name: Balance
    processingPrompt: {prompt: PromptSystem.processing}
    outputs:
      success: {actions: [{playAudio: {name: A, audio: {tts: Found}}}]}
      failure: {actions: [{playAudio: {name: B, audio: {tts: Failed}}}]}
- disconnect: {name: Bye}"""


@pytest.mark.parametrize(
    ("answers", "heard"),
    [
        ({}, "Found"),
        ({"Balance": ["failure"]}, "Failed"),
        ({"callData": ["failure"]}, "Failed"),
        ({"Balance": ["success"], "callData": ["failure"]}, "Found"),
    ],
)
def test_the_oracle_is_asked_by_name_then_by_type(answers, heard):
    assert play(in_task(DATA), oracle=answers).prompts[-1] == heard


def test_answers_are_given_in_turn_and_the_last_one_stays():
    twice = DATA.split("- disconnect", maxsplit=1)[0]
    heard = play(in_task(twice * 3 + BYE), oracle={"Balance": ["failure", "success"]}).prompts
    assert [words for words in heard if words in ("Found", "Failed")] == ["Failed", "Found", "Found"]


def test_an_answer_that_does_not_exist_and_one_that_nobody_asks_for_are_told():
    outcome = play(in_task(DATA), oracle={"Balance": ["maybe"]}).outcome
    assert (outcome.kind, "success, failure, timeout, error" in outcome.reason) == (Ending.ERROR, True)
    assert play(in_task(DATA), oracle={"Balanse": ["failure"]}).unasked == ("Balanse",)


def test_an_error_takes_the_error_handling_of_the_flow():
    queue = "{queue: {targetQueue: {lit: {name: Q}}}}"
    rest = f"settingsErrorHandling: {{preHandlingAudio: {{tts: Sorry}}, errorHandling: {queue}}}\n"
    trace = play(in_task(DATA, rest=rest), oracle={"Balance": ["error"]})
    assert (trace.prompts[-1], str(trace.outcome)) == ("Sorry", "queue Q (error handling)")


SORRY = "Sorry, an error occurred. Please try your call again."


@pytest.mark.parametrize(
    ("rest", "last"),
    [
        ("", SORRY),
        ("settingsErrorHandling: {errorHandling: {disconnect: {none: true}}}\n", SORRY),
        ("settingsErrorHandling: {preHandlingAudio: {tts: Oh dear}}\n", "Oh dear"),
        ("settingsErrorHandling: {preHandlingAudio: {exp: ToAudio(NOT_SET)}}\n", "{processing}"),
    ],
)
def test_an_error_that_disconnects_is_a_hangup_that_a_scenario_can_expect(rest, last):
    text = in_task(DATA, rest=rest)
    trace = play(
        text.replace("{prompt: PromptSystem.processing}", "{tts: '{processing}'}"), oracle={"callData": ["error"]}
    )
    assert (trace.prompts[-1], str(trace.outcome)) == (last, "hangup (error handling of Balance: disconnect)")
    scenario = Scenario(
        name="it breaks",
        flow=identity.flow("inboundCall", "Line"),
        declared_by="Menu/Line",
        source=Location("menu.yaml", 1),
        press=(),
        expect=Expectation("hangup", says=(last,)),
    )
    assert judge.judge(scenario, trace).passed


def test_an_error_that_is_handled_in_a_way_nobody_modelled_ends_in_an_error():
    rest = "settingsErrorHandling: {errorHandling: {menu: {targetMenuRef: x}}}\n"
    assert play(in_task(DATA, rest=rest), oracle={"Balance": ["error"]}).outcome.kind is Ending.ERROR


def test_an_unknown_action_is_passed_by_with_a_note_and_asked_about_when_it_branches():
    trace = play(in_task(f"- brewCoffee: {{name: Cup}}\n{BYE}"))
    assert ("does Cup passed by" in told(trace), trace.assumptions) == (True, (unverified.UNKNOWN_ACTION,))
    branching = step("brewCoffee", "Cup", outputs=branches(empty=SALES)) + "\n" + BYE
    assert play(in_task(branching)).outcome.kind is Ending.QUEUE
