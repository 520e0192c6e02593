"""Digits that an action collects: keys, terminators and silence."""

from __future__ import annotations

import json

import pytest

from reconciler.architect.simulator import unverified
from reconciler.architect.simulator.trace import Ending
from tests.unit.architect.simulator_samples import BYE, SALES, branches, in_task, play, step

PIN = {"inputData": {"var": "Task.Pin"}, "outputs": branches(success=SALES)}
EXACT = step("collectInput", "Pin", digits={"exact": {"lit": 4}}, **PIN) + "\n" + BYE
RANGE = EXACT.replace(
    '"exact": {"lit": 4}', '"range": {"terminatingDtmf": "digit_#", "min": {"lit": 2}, "max": {"lit": 5}}'
)
NINE = RANGE.replace("digit_#", "digit_9")


def with_settings(**settings) -> str:
    """The collection with a range of digits, and these settings."""
    tag, body = next(iter(json.loads(RANGE.splitlines()[0][2:]).items()))
    return step(tag, body.pop("name"), **body, **settings) + "\n" + BYE


def collected(text: str, press: str) -> str:
    """What the variable holds after an entry that was accepted."""
    said = step("playAudio", audio={"exp": "ToAudioTTS(Task.Pin)"})
    return play(in_task(text.replace(SALES[2:], said[2:])), press).prompts[-1]


@pytest.mark.parametrize(
    ("text", "press", "ending"),
    [
        (EXACT, "1 2 3 4", Ending.QUEUE),
        (EXACT, "1 2", Ending.WAITING),
        (EXACT, "1 2 t", Ending.HANGUP),
        (EXACT, "1 #", Ending.HANGUP),
        (EXACT, "t", Ending.HANGUP),
        (RANGE, "1 2 #", Ending.QUEUE),
        (RANGE, "1 2 t", Ending.QUEUE),
        (RANGE, "1 2 3 4 5", Ending.QUEUE),
        (RANGE, "1 #", Ending.HANGUP),
        (RANGE, "1 2 *", Ending.HANGUP),
        (NINE, "1 2 9", Ending.QUEUE),
        (NINE, "1 9", Ending.HANGUP),
        (EXACT, "9 9 9 9", Ending.QUEUE),
    ],
)
def test_digits_are_collected(text, press, ending):
    assert play(in_task(text), press).outcome.kind is ending


@pytest.mark.parametrize(
    ("settings", "press", "seconds"),
    [
        ({}, "t", 5),
        ({}, "1 2 t", 3),
        ({"interDigitTimeout": {"noValue": True}}, "1 2 t", 3),
        ({"interDigitTimeout": {"lit": {"seconds": 2}}, "noEntryTimeout": {"lit": {"seconds": 8}}}, "1 2 t", 2),
        ({"interDigitTimeout": {"lit": {"seconds": 2}}, "noEntryTimeout": {"lit": {"seconds": 8}}}, "t", 8),
    ],
)
def test_silence_after_a_digit_is_the_pause_between_digits(settings, press, seconds):
    assert play(in_task(with_settings(**settings)), press).seconds == seconds


@pytest.mark.parametrize(
    ("settings", "press", "entered"),
    [
        ({"acceptJustStar": {"lit": True}}, "*", "*"),
        ({"acceptJustPound": {"lit": True}}, "#", "#"),
        ({"includeTerminatingDtmfInResultData": True}, "1 2 #", "12#"),
        ({"includeTerminatingDtmfInResultData": False}, "1 2 #", "12"),
    ],
)
def test_star_and_pound_are_data_where_the_action_says_so(settings, press, entered):
    assert collected(with_settings(**settings), press) == entered


def test_star_and_pound_alone_fail_otherwise_and_what_they_do_is_a_guess():
    off = with_settings(acceptJustStar={"lit": False}, acceptJustPound={"lit": False})
    assert [play(in_task(off), key).outcome.kind for key in "*#"] == [Ending.HANGUP] * 2
    star = with_settings(acceptJustStar={"lit": True})
    assert unverified.JUST_ONE_KEY in play(in_task(star), "*").assumptions
    assert play(in_task(star), "1 2 *").outcome.kind is Ending.HANGUP
    kept = with_settings(includeTerminatingDtmfInResultData=True)
    assert unverified.KEEPS_TERMINATOR in play(in_task(kept), "1 2 #").assumptions


def test_a_digit_that_terminates_is_no_data():
    assert collected(NINE, "1 2 9") == "12"
