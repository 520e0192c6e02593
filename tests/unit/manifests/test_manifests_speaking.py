"""Flows, the prompts they play and the flows they call on: what they must agree on."""

from __future__ import annotations

import pytest

from reconciler.errors import DesiredStateError
from tests.unit.manifests.test_manifests_load import ARCHY, HEAD

FLOW = """\
inboundCall:
  name: Line
  defaultLanguage: EN-us
  supportedLanguages: {en-us: {}, es-us: {}}
  startUpRef: "/inboundCall/tasks/task[t]"
  tasks:
    - task:
        name: t
        refId: t
        actions:
          - playAudio: {name: Hi, audio: {prompt: Prompt.hello}}
          - disconnect: {name: d}
"""
PROMPT = HEAD + "kind: Prompt\nmetadata: {name: hello}\nspec: {resources: {en-us: {tts: Hello}%s}}\n"
STRICT = FLOW.replace("  startUpRef", "  settingsPrompts: {ensureAudioInPrompts: true}\n  startUpRef")


def found(problems):
    return [(str(one.location), one.code, str(one.severity)) for one in problems if one.code in ("REC1210", "REC1211")]


def test_a_prompt_without_one_of_the_flows_languages_is_told_where_it_is_played(load):
    state = load({"f.yaml": FLOW, "p.yaml": PROMPT % ""})
    assert found(state.warnings) == [("desired_state/f.yaml:11:51", "REC1210", "warning")]
    assert "es-us" in next(one.message for one in state.warnings if one.code == "REC1210")
    assert found(load({"f.yaml": FLOW, "p.yaml": PROMPT % ", es-us: {tts: Hola}"}).warnings) == []


def test_a_prompt_of_the_platform_is_not_ours_to_judge(load):
    assert found(load({"f.yaml": FLOW}).warnings) == []


def test_a_flow_that_insists_on_recordings_cannot_be_published_without(load):
    with pytest.raises(DesiredStateError) as caught:
        load({"f.yaml": STRICT, "p.yaml": PROMPT % ", es-us: {tts: Hola}"})
    assert found(caught.value.problems) == [("desired_state/f.yaml:12:51", "REC1210", "error")]


@pytest.mark.parametrize(
    ("number", "expected"), [(10, []), (11, [("desired_state/f0.yaml:2:9", "REC1211", "warning")])]
)
def test_a_long_chain_of_flows_is_told_at_its_first(load, number, expected):
    files = {f"f{at}.yaml": ARCHY % (f"F{at}", f"F{at + 1}") for at in range(number - 1)}
    files[f"f{number - 1}.yaml"] = (ARCHY % (f"F{number - 1}", "x")).replace(
        "transferToFlow: {name: x", "wait: {name: x"
    )
    assert found(load(files).warnings) == expected


def test_integrity_counts_references_that_lead_nowhere_too(load):
    state = load({"f.yaml": FLOW})
    assert [(one.flow, one.valid, one.total) for one in state.integrity] == [("Line", 1, 1)]
    with pytest.raises(DesiredStateError) as caught:
        load({"f.yaml": FLOW.replace("task[t]", "task[x]"), "g.yaml": ARCHY % ("G", "G")})
    assert [(one.flow, one.valid, one.total) for one in caught.value.integrity] == [("G", 1, 1), ("Line", 0, 1)]
