"""Objects of the platform as files: laid out alike every time, and read back as what they were."""

from __future__ import annotations

import pytest

from reconciler.documents.load import load
from reconciler.kinds import exported
from reconciler.kinds.call_route import exported as route
from reconciler.kinds.exported import Head, Inexpressible
from reconciler.kinds.flow import exported as flow
from reconciler.kinds.flow import reading
from reconciler.kinds.prompt import exported as prompt
from reconciler.model import digest, identity
from reconciler.model.resource import Asset

MAIN, WELCOME, NUMBER = identity.flow("inboundCall", "Main IVR"), identity.prompt("Welcome"), identity.call_route("N/1")


def manifest(content: bytes):
    return load(content, "x.yaml").documents[0].value


def test_every_object_has_its_place():
    other = identity.flow("commonModule", "Main IVR")
    assert exported.layout([MAIN, other, WELCOME, NUMBER]) == {
        MAIN: "archy/inboundCall/main-ivr.yaml",
        other: "archy/commonModule/main-ivr.yaml",
        WELCOME: "prompts/welcome.yaml",
        NUMBER: "routes/n-1.yaml",
    }


def test_a_prompt_names_its_recordings_and_leaves_out_what_cannot_be_played():
    spec = {
        "description": "First words",
        "resources": {
            "en-us": {"tts": "Hello", "text": None, "audio": {"seconds": 1.0, "status": "transcoded"}},
            "es-us": {"tts": "", "text": "Hola", "audio": None},
        },
    }
    sounds = {"en-us": prompt.recording("prompts/welcome.yaml", "en-us")}
    written = manifest(prompt.file(WELCOME, spec, sounds, at="prompts/welcome.yaml", head=Head()))
    assert written == {
        "apiVersion": "reconciler/v1",
        "kind": "Prompt",
        "metadata": {"name": "Welcome"},
        "spec": {
            "description": "First words",
            "resources": {"en-us": {"audio": "../audio/en-us/welcome.wav", "tts": "Hello"}},
        },
    }


def test_a_prompt_without_anything_to_play_cannot_be_declared():
    with pytest.raises(Inexpressible, match="anything to play"):
        prompt.file(WELCOME, {"description": "", "resources": {}}, {}, at="prompts/w.yaml", head=Head())


def test_what_looks_like_a_variable_of_ours_stays_what_it_is():
    spec = {"description": "", "resources": {"en-us": {"tts": "Pay ${amount} or $${x}", "text": None, "audio": None}}}
    written = manifest(prompt.file(WELCOME, spec, {}, at="prompts/w.yaml", head=Head()))
    assert written["spec"]["resources"]["en-us"]["tts"] == "Pay $${amount} or $$${x}"


def test_a_manifest_keeps_what_only_git_knows():
    spec = {"description": "", "dnis": ["+13175550100"], "open": "Main IVR", "closed": None, "scheduleGroup": None}
    head = Head("Home", {"line": "main"}, {"reconciler/prune": "disabled"})
    written = manifest(route.file(NUMBER, spec, head=head))
    assert written["metadata"] == {
        "name": "N/1",
        "division": "Home",
        "labels": {"line": "main"},
        "annotations": {"reconciler/prune": "disabled"},
    }
    assert written["spec"] == {"dnis": ["+13175550100"], "open": {"flow": "Main IVR"}}


@pytest.mark.parametrize(
    ("spec", "why"), [({"open": None}, "No flow answers"), ({"open": "id:1-2", "closed": None}, "no name for its open")]
)
def test_a_route_that_no_manifest_can_say_is_told_why(spec, why):
    with pytest.raises(Inexpressible, match=why):
        route.file(NUMBER, {"description": "", "dnis": [], **spec}, head=Head())


ARCHY = b"""inboundCall:
  name: Main IVR
  startUpRef: /inboundCall/tasks/task[Say_10]
  initialGreeting: {tts: "Say {{name}} or {{{{name}}}}"}
  tasks: [{task: {name: Say, refId: Say_10, actions: [{disconnect: {name: End}}]}}]
"""


def test_braces_that_are_no_variable_come_back_as_they_were():
    content = flow.file(MAIN, ARCHY)
    read = reading.read(Asset("main.yaml", digest.of_bytes(content), content), {"name": "wrong"})
    assert [problem.code for problem in read.problems if problem.severity == "error"] == []
    assert read.spec["document"]["inboundCall"]["initialGreeting"] == {"tts": "Say {{name}} or {{{{name}}}}"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html>busy</html>", "no Archy YAML"),
        (b'{"errors": []}', "another flow|no Archy"),
        (b"inboundCall: {name: Other}", "another flow in its place"),
        (b"botFlow: {name: Main IVR}", "another flow in its place"),
        (b"inboundCall: {name: Main IVR\n", "cannot be read"),
        (b"a: 1\n---\nb: 2\n", "no Archy YAML"),
        (b"", "no Archy YAML"),
    ],
)
def test_an_export_that_is_not_this_flow_is_refused(content, why):
    with pytest.raises(Inexpressible, match=why):
        flow.file(MAIN, content)
