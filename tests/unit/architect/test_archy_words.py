"""Misspelt words of the language, and the words that only look like it."""

from __future__ import annotations

import pytest

from reconciler.architect import flow, vocabulary, walk, word_checks
from reconciler.architect.vocabulary import ACTIONS, CHOICES
from tests.unit.architect.archy_samples import EXAMPLES, corpus, document, parsed


@pytest.mark.parametrize(
    ("written", "known", "right"),
    [
        ("tranferToAcd", ACTIONS, "transferToAcd"),
        ("transferToACD", ACTIONS, "transferToAcd"),
        ("playAudo", ACTIONS, "playAudio"),
        ("palyAudio", ACTIONS, "playAudio"),
        ("PlayAudio", ACTIONS, "playAudio"),
        ("disconect", ACTIONS, "disconnect"),
        ("jumpToTsak", ACTIONS, "jumpToTask"),
        ("updateDate", ACTIONS, "updateData"),
        ("menuDisconect", CHOICES, "menuDisconnect"),
        ("menuTsak", CHOICES, "menuTask"),
    ],
)
def test_a_slip_of_the_fingers_is_known(written, known, right):
    assert vocabulary.meant(written, known) == right


@pytest.mark.parametrize(
    "written",
    [
        "playAudio",
        "findUsers",
        "callLexBot",
        "callTasks",
        "setExternalContact",
        "getSipHeaders",
        "setUtilizationLabel",
        "brandNew",
        "wand",
        "jumpToFlow",
        "waiting",
        "askForDate",
        "",
        "x" * 5000,
        "{{action}}",
    ],
)
def test_another_action_is_no_slip(written):
    assert vocabulary.meant(written, ACTIONS) is None


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [("task", "task", 0), ("tsak", "task", 1), ("taks", "task", 1), ("tas", "task", 1), ("tassk", "task", 1),
     ("tesk", "task", 1), ("", "task", 4), ("acd", "queue", 5)],
)  # fmt: skip
def test_the_distance_of_two_words(one, other, far):
    assert vocabulary.distance(one, other) == far
    assert vocabulary.distance(other, one) == far


FLOW = """\
inboundCall:
  name: Line
  startUpRef: /inboundCall/menus/menu[main]
  menus:
    - menu:
        name: Main
        refId: main
        choices:
          - menuDisconect: {name: Bye, dtmf: digit_9}
          - transferToAcd: {name: Sales, dtmf: digit_1}
          - menuTask:
              name: Look
              dtmf: digit_2
              task:
                actions:
                  - callData: {name: Look, outputs: {sucess: {actions: [playAudo: {name: Hi}]}}}
                  - brandNew: {name: New, outputs: {sucess: {actions: [disconnect: {name: End}]}}}
                  - disconnect: {name: End}
"""


def test_each_is_told_at_its_place_with_the_word_that_is_meant():
    found = sorted(word_checks.check(parsed(FLOW)))
    assert [(one.location.line, one.location.column, one.message, one.remedy) for one in found] == [
        (9, 13, "there is no choice `menuDisconect` that we know.", "Write `menuDisconnect`, if it is meant."),
        (10, 13, "there is no choice `transferToAcd` that we know.", "Write `menuTransferToAcd`, if it is meant."),
        (16, 54, "`callData` has no branch `sucess` that we know.", "Write `success`, if it is meant."),
        (16, 73, "there is no action `playAudo` that we know.", "Write `playAudio`, if it is meant."),
    ]


def test_every_action_of_the_examples_is_known():
    for _, text in EXAMPLES:
        assert _unknown(text) == set()


def test_every_action_of_real_files_is_known():
    for text in corpus():
        assert _unknown(text) == set()


def _unknown(text: str) -> set[str]:
    found, _ = flow.parse(document(text))
    assert found is not None
    lists = found.having("actions", "startUpTaskActions")
    used = {item.tag for entry in lists for item in walk.tagged(entry.value, ())}
    choices = {item.tag for entry in found.having("choices") for item in walk.tagged(entry.value, ())}
    return (used - ACTIONS) | (choices - CHOICES)
