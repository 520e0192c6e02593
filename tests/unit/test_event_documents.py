"""docs/events.md shows what is really sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

from reconciler.core import cloudevents, record
from reconciler.model import identity
from reconciler.model.change import Action, Cause, Change
from reconciler.model.commit import Commit
from reconciler.model.identity import OpId, RemoteId
from reconciler.model.outcome import Written
from reconciler.model.problem import Location
from reconciler.model.resource import Desired

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "events.md").read_text(encoding="utf-8")
KEYS = (identity.prompt("welcome"), identity.flow("inboundCall", "Main"), identity.call_route("Main number"))


def events_of(key: identity.Key, action: Action, cause: Cause | None):
    want = Desired(key=key, spec={}, digest="d", source=Location("x.yaml"))
    now = record.Circumstances(
        time="2026-11-02T09:14:07.512Z", commit=Commit("c0ffee", "a", "b"), revision="c0ffee", environment="sandbox"
    )
    change = Change(action=action, key=key, cause=cause, desired=want)
    return record.applied(change, Written(id=RemoteId("1"), version="2"), record.Attempt(op_id=OpId("op")), now).events


def test_the_example_has_exactly_the_fields_of_a_real_event():
    block = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert block
    shown = json.loads(block[1])
    event = events_of(KEYS[1], Action.UPDATE, Cause.INTENT)[0]
    real = cloudevents.envelope(
        id="evt_1",
        source=cloudevents.source("org"),
        type=event.type,
        subject=event.subject,
        time=event.time,
        data=event.data,
        extensions={"sequence": "1"},
    )
    assert list(shown) == list(real)
    assert list(shown["data"]) == [*real["data"], "audit"]  # the ledger adds the last when it chains the entry
    assert shown["data"]["actor"].keys() == real["data"]["actor"].keys()


def test_every_field_of_an_event_is_explained():
    event = events_of(KEYS[0], Action.CREATE, None)[0]
    cells = {name for line in PAGE.splitlines() if line.startswith("|") for name in re.findall(r"`(\w+)`", line)}
    assert event.data.keys() <= cells


def test_every_type_a_change_sends_is_listed():
    listed = set(re.findall(r"`([a-z]+\.[a-z]+)`", PAGE.split("## Body")[0]))
    sent = {
        event.type
        for key in KEYS
        for action in (Action.CREATE, Action.UPDATE, Action.DELETE, Action.ADOPT)
        for event in events_of(key, action, Cause.DRIFT)
    }
    assert {"flow.published", "drift.corrected"} <= sent <= listed
