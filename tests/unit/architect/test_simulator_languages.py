"""The language a call is in, and what is heard in it."""

from __future__ import annotations

import pytest

from reconciler.architect.simulator import call, explore, unverified
from reconciler.architect.simulator.call import Script
from reconciler.architect.simulator.trace import EventKind
from tests.unit.architect.archy_samples import parsed
from tests.unit.architect.simulator_samples import BYE, branches, flow, in_task, jump, key, menu, ready, step

WORDS = {("en-us", "hello"): "Hello", ("es-us", "hello"): "Hola", ("en-us", "only"): "Only", ("es-us", "only"): ""}
SPOKEN = "defaultLanguage: EN-us\nsupportedLanguages: {en-us: {none: true}, ES-us: {none: true}}\n"
HELLO = step("playAudio", audio={"prompt": "Prompt.hello"})


def speak(**language) -> str:
    return step("setLanguage", "Speak", language=language)


def words(language: str, prompt: str) -> str | None:
    return WORDS.get((language, prompt))


def ring(text: str, press: str = "", *, find_flow=lambda *_: None, **options) -> call.Trace:
    script = Script(tuple(press.split()), **options)
    return call.run(ready(text), script, find_flow=find_flow, find_prompt=words)


@pytest.mark.parametrize(
    ("language", "heard"),
    [
        ({"lit": "es-us"}, "Hola"),
        ({"lit": "ES-US"}, "Hola"),
        ({"lit": {"name": "es-us"}}, "Hola"),
        ({"exp": 'If(Call.Ani == "+13175550150", "es-us", "en-us")'}, "Hola"),
        ({"lit": "en-us"}, "Hello"),
    ],
)
def test_prompts_after_a_change_are_heard_in_the_new_language(language, heard):
    text = in_task(f"{HELLO}\n{speak(**language)}\n{HELLO}\n{BYE}", rest=SPOKEN)
    trace = ring(text, variables={"Call.Ani": "+13175550150"})
    assert trace.prompts == ["Hello", heard]
    assert trace.assumptions == (unverified.SET_LANGUAGE,)


def test_a_language_that_only_the_call_can_tell_is_said_and_can_be_answered():
    text = in_task(f"{speak(exp='Flow.Wish')}\n{HELLO}\n{BYE}", rest=SPOKEN)
    trace = ring(text)
    assert trace.prompts == ["Hello"]
    assert [event.text for event in trace.events if event.kind is EventKind.NOTES] == [
        '"Speak" is only known during the call: took en-us, not es-us'
    ]
    assert ring(text, oracle={"Speak": ["es-us"]}).prompts == ["Hola"]
    alone = in_task(f"{speak(exp='Flow.Wish')}\n{HELLO}\n{BYE}", rest="defaultLanguage: en-us\n")
    trace = ring(alone)
    assert trace.prompts == ["Hello"]
    assert "a language that is only known during the call" in [event.text for event in trace.events]


def test_a_prompt_without_the_language_is_not_heard_and_the_trace_says_so():
    only = step("playAudio", audio={"prompt": "Prompt.only"})
    trace = ring(in_task(f"{only}\n{speak(lit='es-us')}\n{only}\n{BYE}", rest=SPOKEN))
    assert trace.prompts == ["Only"]
    assert [event.text for event in trace.events if event.kind is EventKind.NOTES] == [
        "nothing is heard: the prompt only has no es-us"
    ]
    assert unverified.NOT_IN_LANGUAGE in trace.assumptions


def test_a_flow_that_a_call_moves_into_begins_in_its_own_language_as_an_assumption():
    away = step("transferToFlow", targetFlow={"name": "Other"})
    first = flow(menus=menu("main", key("1", f"{speak(lit='es-us')}\n{away}\n{BYE}")), rest=SPOKEN)
    second = flow(menus=menu("main", key("2", BYE), audio="{prompt: Prompt.hello}"), rest="defaultLanguage: en-us\n")
    trace = ring(first, "1 2", find_flow=lambda *_: ready(second))
    assert trace.prompts == ["This is main", "Hello"]
    assert unverified.LANGUAGE_OF_NEXT_FLOW in trace.assumptions
    same = first.replace("es-us", "en-us")
    assert unverified.LANGUAGE_OF_NEXT_FLOW not in ring(same, "1 2", find_flow=lambda *_: ready(second)).assumptions


TWO = flow(
    menus=menu(
        "main",
        key("1", BYE)
        + "\n"
        + key("8", f"{speak(lit='es-us')}\n{jump('main')}")
        + "\n"
        + key("9", f"{speak(lit='en-us')}\n{jump('main')}"),
        audio="{prompt: Prompt.hello}",
    ),
    rest=SPOKEN,
)


def test_an_exploration_sees_a_menu_once_in_each_language():
    report = explore.explore(ready(TWO), find_prompt=words)
    assert report.is_complete
    heard = {" ".join(path.inputs): [event.text for event in path.heard] for path in report.paths}
    assert heard["8 1"] == ["Hello", "Hola"]
    assert heard["8 9"] == ["Hello", "Hola", "Hello"]
    assert heard["8 8"] == ["Hello", "Hola", "Hola"]
    assert sorted(heard) == ["1", "8 1", "8 8", "8 9", "8 t t t t", "9", "t t t t"]


def test_an_exploration_takes_every_language_that_only_the_call_can_tell():
    text = in_task(f"{speak(exp='Flow.Wish')}\n{HELLO}\n{BYE}", rest=SPOKEN)
    report = explore.explore(ready(text), find_prompt=words)
    assert [(path.inputs, path.heard[0].text) for path in report.paths] == [
        (("Speak: en-us",), "Hello"),
        (("Speak: es-us",), "Hola"),
    ]


def test_a_way_on_which_a_prompt_is_not_heard_is_silent():
    only = step("playAudio", audio={"prompt": "Prompt.only"})
    text = flow(menus=menu("main", key("1", f"{speak(lit='es-us')}\n{only}\n{BYE}")), rest=SPOKEN)
    report = explore.explore(ready(text), find_prompt=words)
    assert [path.inputs for path in report.silent] == [("1",)]
    assert unverified.NOT_IN_LANGUAGE in report.assumptions


@pytest.mark.parametrize("default", ["[x]", "{a: 1}", "7", "''"])
def test_a_default_language_of_a_wrong_type_is_none(default):
    text = in_task(f"{HELLO}\n{BYE}", rest=f"defaultLanguage: {default}\n")
    assert parsed(text) is not None
    assert ring(text).prompts == ["hello"]


def test_answers_of_the_world_and_languages_go_together():
    asked = step("callData", "Ask", outputs=branches(failure=speak(lit="es-us")))
    report = explore.explore(ready(in_task(f"{asked}\n{HELLO}\n{BYE}", rest=SPOKEN)), find_prompt=words)
    assert [(path.inputs[0], path.heard[0].text) for path in report.paths] == [
        ("Ask: failure", "Hola"),
        ("Ask: success", "Hello"),
        ("Ask: timeout", "Hello"),
    ]
