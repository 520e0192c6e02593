"""Exported flows as files: what the platform numbers anew is written the same every time."""

from __future__ import annotations

import copy
import re

from reconciler.architect import canonical, exported, references
from reconciler.documents import writing
from reconciler.documents.load import ARCHY, load

FLOW = {
    "inboundCall": {
        "startUpRef": "/inboundCall/menus/menu[Main_10]",
        "name": "Main",
        "variables": [{"stringVariable": {"name": "Flow.b"}}, {"stringVariable": {"name": "Flow.A"}}],
        "tasks": [{"task": {"actions": [{"disconnect": {"name": "Bye"}}], "refId": "Say it_14", "name": "Say [it]"}}],
        "menus": [
            {
                "menu": {
                    "refId": "Main_10",
                    "name": "Main",
                    "defaultChildMenuRef": "./choices/menuJumpToTask[Go_12]",
                    "choices": [
                        {
                            "menuJumpToTask": {
                                "name": "Go",
                                "refId": "Go_12",
                                "dtmf": "digit_1",
                                "targetTaskRef": "/inboundCall/tasks/task[Say it_14]",
                            }
                        },
                        {"menuDisconnect": {"name": "Go", "refId": "Go_13", "dtmf": "digit_9"}},
                    ],
                }
            }
        ],
    }
}


def renumbered(value):
    """The same flow as the platform might write it after it was made again: other numbers, other order of keys."""
    if isinstance(value, dict):
        return {key: renumbered(item) for key, item in reversed(value.items())}
    if isinstance(value, list):
        return [renumbered(item) for item in value]
    return re.sub(r"_1(\d)", r"_7\1", value) if isinstance(value, str) else value


def test_ref_ids_follow_from_names_and_references_follow_them():
    body = exported.settled(FLOW)["inboundCall"]
    assert body["startUpRef"] == "/inboundCall/menus/menu[Main]"
    (menu,) = body["menus"]
    assert menu["menu"]["defaultChildMenuRef"] == "/inboundCall/menus/menu[Main]/choices/menuJumpToTask[Go]"
    first, second = menu["menu"]["choices"]
    assert first["menuJumpToTask"]["targetTaskRef"] == "/inboundCall/tasks/task[Say it]"
    assert second["menuDisconnect"]["refId"] == "Go (2)"


def test_every_reference_still_means_what_it_meant():
    settled = exported.settled(FLOW)
    assert [found.target for found in references.find(settled)].count(None) == 0
    assert canonical.canonical(settled) == canonical.canonical(FLOW)


def test_numbers_and_order_of_the_platform_leave_no_trace():
    one, other = (writing.render(exported.settled(value)) for value in (FLOW, renumbered(FLOW)))
    assert one == other


def test_a_file_reads_back_as_it_was_written_and_is_settled_already():
    settled = exported.settled(copy.deepcopy(FLOW))
    (document,) = load(writing.render(settled), "main.yaml", ARCHY).documents
    assert document.value == settled
    assert writing.render(exported.settled(document.value)) == writing.render(settled)


def test_variables_are_in_order_and_nothing_is_left_out():
    body = exported.settled(FLOW)["inboundCall"]
    assert [item["stringVariable"]["name"] for item in body["variables"]] == ["Flow.A", "Flow.b"]
    assert list(body)[:3] == ["name", "startUpRef", "variables"]
