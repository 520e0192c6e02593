"""Decisions, switches and loops of a simulated call, and the variables they look at."""

from __future__ import annotations

import pytest

from reconciler.architect.simulator.trace import Ending
from tests.unit.architect.simulator_samples import (
    BYE,
    SALES,
    branches,
    in_task,
    play,
    step,
    told,
)


def decision(condition: str, rest: str = "", **options):
    asked = step("decision", "D", condition={"exp": condition}, outputs=branches(yes=SALES))
    text = f"{asked}\n{BYE}"
    return play(in_task(text, rest=rest), **options)


VARIABLES = "variables:\n  - stringVariable: {name: Flow.Tier, initialValue: {lit: gold}}\n"


def test_a_decision_on_what_is_known_is_taken_and_one_on_the_unknown_is_noted():
    assert decision('Flow.Tier == "gold"', VARIABLES).outcome.kind is Ending.QUEUE
    assert decision('Flow.Tier == "lead"', VARIABLES).outcome.kind is Ending.HANGUP
    assert decision('Flow.Tier == "lead"', VARIABLES, variables={"Flow.tier": "lead"}).outcome.kind is Ending.QUEUE
    unknown = decision('Call.Ani == "x"')
    assert unknown.outcome.kind is Ending.QUEUE
    assert 'notes "D" is only known during the call: took yes, not no' in told(unknown)
    assert decision('Call.Ani == "x"', oracle={"D": ["no"]}).outcome.kind is Ending.HANGUP


@pytest.mark.parametrize("start", ["", ", initialValue: {noValue: true}"])
def test_a_variable_without_a_value_is_not_set(start):
    variables = f"variables:\n  - stringVariable: {{name: Flow.Tier{start}}}\n"
    assert decision("Flow.Tier == NOT_SET", variables, oracle={"D": ["no"]}).outcome.kind is Ending.QUEUE
    assert decision("Flow.Tier != NOT_SET", variables).outcome.kind is Ending.HANGUP


def test_variables_of_the_start_up_task_have_their_first_values():
    asked = step("decision", "D", condition={"exp": "Task.Round > 3"}, outputs=branches(yes=BYE))
    text = "inqueueCall:\n  name: Line\n  startUpTaskVariables:\n"
    text += "    - integerVariable: {name: Task.Round, initialValue: {lit: 0}}\n  startUpTaskActions:\n    " + asked
    assert play(text).outcome.kind is Ending.END


def test_what_an_update_writes_is_known_and_what_an_action_fills_is_not():
    update = "- updateData: {name: U, statements: [{string: {variable: Flow.Tier, value: {lit: lead}}}]}\n"
    ask = "- findThing: {name: F, result: {var: Flow.Tier}}\n"
    case = {"case": {"value": {"exp": 'Flow.Tier == "lead"'}, **branches(x=SALES)["x"]}}
    choose = step("switch", "S", evaluate={"firstTrue": {"cases": [case]}}) + "\n" + BYE
    assert play(in_task(choose, rest=VARIABLES)).outcome.kind is Ending.HANGUP
    assert play(in_task(update + choose, rest=VARIABLES)).outcome.kind is Ending.QUEUE
    assert play(in_task(ask + choose, rest=VARIABLES), oracle={"S": ["default"]}).outcome.kind is Ending.HANGUP


def test_a_loop_goes_round_as_often_as_it_says():
    say = step("playAudio", audio={"exp": 'ToAudioTTS("round")'})

    def heard(count: int, *more: str) -> list[str]:
        inner = branches(loop="\n".join([say, *more]))
        loop = step("loop", currentIndex={"var": "Task.i"}, loopCount={"lit": count}, outputs=inner)
        return play(in_task(f"{loop}\n{BYE}")).prompts

    assert heard(3) == ["round"] * 3
    assert heard(0) == []
    assert heard(3, step("loopExit")) == ["round"]
    assert heard(2, step("loopNext"), say) == ["round"] * 2
