"""`graph`: one flow, everything, and what changed."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from reconciler.errors import UsageError
from reconciler.operations import pictures
from tests.unit.operations.desired_files import loading

pytestmark = pytest.mark.anyio

STATE = """\
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Service}
spec:
  greeting: {prompt: welcome}
  start: main
  menus:
    main: {ask: {prompt: welcome}, keys: {"1": {transfer: {queue: Sales}}, "2": {prompt: missing, menu: more}}}
    more: {ask: {say: More}, keys: {"1": {transfer: {flow: Other}}}}
  route: {dnis: ["+13175550100"]}
---
apiVersion: reconciler/v1
kind: Prompt
metadata: {name: welcome}
spec: {description: Hello, resources: {en-us: {tts: Good morning}}}
"""
SERVICE = "Flow/Service/inboundCall"


async def test_the_matrix_has_every_need_and_marks_what_nobody_declares():
    answer = await pictures.everything(loading(STATE), since=None, output="json")
    body = json.loads(answer.output)
    assert body["matrix"] == {
        "CallRoute/Service": [SERVICE],
        SERVICE: ["Flow/Other", "Prompt/missing", "Prompt/welcome", "Queue/Sales"],
        "Prompt/welcome": [],
    }
    assert body["broken"] == [f"{SERVICE} -> Flow/Other", f"{SERVICE} -> Prompt/missing"]
    by_target = {edge["to"]: (edge["declared"], edge["broken"], edge["by"]) for edge in body["edges"]}
    assert by_target["Queue/Sales"] == (False, False, "targetQueue")
    assert by_target["Prompt/welcome"][:2] == (True, False)
    assert next(node for node in body["nodes"] if node["id"] == SERVICE)["declaredBy"] == "Menu/Service"


@pytest.mark.parametrize("output", ["mermaid", "dot", "svg", "json"])
async def test_a_flow_in_every_form(output):
    answer = await pictures.one(loading(STATE), "Service", type=None, since=None, output=output)
    assert "Good morning" in answer.output or output in ("mermaid", "dot")
    assert "queue" in answer.output
    if output == "svg":
        assert ElementTree.fromstring(answer.output).tag.endswith("svg")


async def test_what_changed_since():
    after = loading(STATE.replace("queue: Sales", "queue: Orders"))
    answer = await pictures.one(after, "Service", type=None, since=loading(STATE), output="json")
    status = {node["label"]: node["status"] for node in json.loads(answer.output)["nodes"]}
    assert (status["Orders"], status["Sales"], status["more"]) == ("added", "removed", "same")
    new = await pictures.one(after, "Service", type=None, since=loading(STATE.split("---\n")[1]), output="json")
    assert {node["status"] for node in json.loads(new.output)["nodes"]} == {"added"}
    overall = await pictures.everything(after, since=loading(STATE), output="svg")
    assert "+ added" in overall.output


async def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'Service'"):
        await pictures.one(loading(STATE), "Servise", type=None, since=None, output="dot")


async def test_a_type_the_flow_does_not_have_is_told_with_those_it_has():
    with pytest.raises(UsageError, match="'Service' here is of type inboundCall, not x"):
        await pictures.one(loading(STATE), "Service", type="x", since=None, output="dot")
