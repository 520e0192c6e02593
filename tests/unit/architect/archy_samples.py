"""Flows for the tests of the Archy language: text to flow, and the public corpus when it is beside the repository."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import strategies as st

from reconciler.architect import flow
from reconciler.architect.flow import ArchyFlow
from reconciler.documents.load import ARCHY, load

CORPUS = Path(__file__).parents[3].parent / "shared" / "archy-corpus"
NO_CORPUS = "the corpus of public Archy files is not beside this repository"


def document(text: str):
    loaded = load(text.encode(), "ivr.yaml", ARCHY)
    assert loaded.problems == ()
    return loaded.documents[0]


def parsed(text: str) -> ArchyFlow:
    found, problems = flow.parse(document(text))
    assert problems == []
    assert found is not None
    return found


def well_worded(problem) -> None:
    """Two sentences or more: the message goes on after the code, each ends, and each that follows begins like one."""
    assert problem.message.endswith(".")
    assert re.fullmatch(r"[A-Z`].*[.?]", problem.remedy)
    assert not re.search(r"[.?] [a-z]", f"{problem.message} {problem.remedy}")


EXAMPLES = [
    (path.name, path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[3] / "desired_state" / "archy").glob("*.yaml"))
]
"""The Archy files of the example desired state: always there."""


def corpus_files() -> list[tuple[str, str]]:
    """Names and texts of the real files, with a plain word for every `{{variable}}`; empty when they are not there."""
    paths = sorted(CORPUS.glob("*.y*ml")) if CORPUS.is_dir() else []
    texts = [(path.name, path.read_bytes().decode("utf-8-sig")) for path in paths]
    return [(name, re.sub(r"\{\{(\w+)\}\}", _word, text)) for name, text in texts]


def _word(token: re.Match[str]) -> str:
    return "en-us" if "language" in token[1] else f"any {token[1]}"


def corpus() -> list[str]:
    """Texts of the real files, with a plain word for every `{{variable}}`."""
    if not CORPUS.is_dir():
        pytest.skip(NO_CORPUS)
    return [text for _, text in corpus_files()]


TINY = """\
inboundCall:
  name: Tiny
  defaultLanguage: en-us
  startUpRef: ./menus/menu[main]
  initialGreeting: {tts: Hello}
  menus:
    - menu:
        name: Main
        refId: main
        audio: {tts: Press nine to hang up}
        choices:
          - menuDisconnect: {name: Bye, dtmf: digit_9}
          - menuJumpToTask: {name: Go, dtmf: digit_1, targetTaskRef: "/inboundCall/tasks/task[work]"}
  tasks:
    - task:
        name: Work
        refId: work
        actions:
          - transferToAcd: {name: To Sales, targetQueue: {lit: {name: Sales}}}
          - jumpToMenu: {name: Back, targetMenuRef: "/inboundCall/menus/menu[main]"}
"""

BOT = """\
digitalBot:
  name: Bot
  defaultLanguage: en-us
  startUpRef: "/digitalBot/bots/bot[main]"
  supportedLanguages: {en-us: {none: true}}
  variables:
    - stringVariable: {name: Flow.a, initialValue: {noValue: true}, isInput: true, isOutput: false}
  bots:
    - bot:
        name: Main
        refId: main
        actions:
          - digitalMenu:
              name: Which
              question: {exp: 'ToCommunication("Which, " + Flow.a)'}
              chooser:
                lit:
                  quickReplies: [{lit: {title: {lit: Sales}, value: {lit: sales}}}]
              outputs: {paths: [{path: {name: sales, outputs: {actions: [{exitBotFlow: {name: Bye}}]}}}]}
          - askForSlot: {name: Ask, inputs: {slot: {name: size}}, slot: {name: size}}
          - askForIntent: {name: Want, outputs: {intents: [{intent: {name: order, enabled: true}}]}}
  tasks:
    - task:
        name: Work
        refId: work
        outputPaths: [{outputPath: {name: done}}]
        actions: [{endTask: {name: End, outputPath: {name: done}}}]
  intentSettings: [{intent: {name: order, task: {name: Work}}}]
  settingsNaturalLanguageUnderstanding:
    nluDomainVersion: {intents: [{name: order}], entities: [{name: size}], entityTypes: []}
"""

VOCABULARY = """
name refId menu task choices menus actions outputs lit exp noValue variables description failureOutputs inputs
supportedLanguages schedule cases case category dataAction botFlow targetQueue prompt value queue
startUpRef targetTaskRef utterances settingsMenu terms dtmf
"""
WORDS = st.sampled_from(VOCABULARY.split())
SCALARS = st.sampled_from(
    ["", "a", "b", "/inboundCall/menus/menu[a]", "./menus", "../..", True, False, 0, 1, None, 2.5]
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(st.dictionaries(WORDS, inner, max_size=2), max_size=3)
        | st.lists(inner, max_size=3)
        | st.dictionaries(WORDS, inner, max_size=5)
    ),
    max_leaves=25,
)
"""Trees of the language's words put together in every wrong way."""
