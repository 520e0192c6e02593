from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model.change import Action, Cause, Drift, FieldChange
from reconciler.model.event import Result
from reconciler.model.plan import Forecast
from reconciler.report import machine
from reconciler.report.results import ChangeResult
from tests.builders import MAIN, NUMBER, WELCOME, change, plan


def test_the_plan_has_the_keys_of_the_contract_to_the_letter():
    drifted = change(
        Action.UPDATE,
        MAIN,
        Cause.DRIFT,
        drift=Drift("supervisor-1", "2026-03-01T02:14:00Z", "Architect"),
        fields=(FieldChange("description", "old", "new", Cause.DRIFT),),
        used_by=("Menu/Customer Service",),
    ).block("locked by supervisor-1", by="supervisor-1", since="2026-03-01T02:14:00Z")
    whole = plan(drifted, change(Action.CREATE), in_sync=7, forecast=Forecast(4, 12, 2.4))
    body = machine.document(whole)
    assert body.pop("digest") == machine.digest(whole)
    assert body == {
        "revision": "3f2a9c1",
        "environment": "prod",
        "organization": "2f7c0e0e",
        "changes": [
            {
                "action": "update",
                "kind": "Flow",
                "name": "Main IVR",
                "type": "inboundCall",
                "id": "id-Main IVR",
                "cause": "drift",
                "source": {"file": "desired_state/main-ivr.yaml", "line": 3},
                "declared_by": None,
                "version": {"before": "12", "after": None},
                "drift": {"by": "supervisor-1", "at": "2026-03-01T02:14:00Z", "application": "Architect"},
                "fields": [{"path": "description", "before": "old", "after": "new", "cause": "drift"}],
                "blocked": {"reason": "locked by supervisor-1", "by": "supervisor-1", "since": "2026-03-01T02:14:00Z"},
                "note": "",
                "usedBy": ["Menu/Customer Service"],
            },
            {
                "action": "create",
                "kind": "Prompt",
                "name": "welcome",
                "type": None,
                "id": None,
                "cause": "intent",
                "source": {"file": "desired_state/welcome.yaml", "line": 3},
                "declared_by": None,
                "version": {"before": None, "after": None},
                "drift": None,
                "fields": [],
                "blocked": None,
                "note": "",
                "usedBy": [],
            },
        ],
        "summary": {"add": 1, "change": 0, "destroy": 0, "adopt": 0, "none": 7, "blocked": 1},
        "requests": {"spent": 4, "forecast": 12, "seconds": 2.4},
        "has_ledger": True,
    }


def test_an_applied_plan_tells_versions_and_results():
    tried = change(Action.UPDATE, MAIN)
    body = machine.document(
        plan(tried, change(Action.CREATE)),
        [ChangeResult(change=tried, result=Result.APPLIED, version_after="13", seconds=1.23456)],
    )
    assert body["changes"][0]["version"] == {"before": "12", "after": "13"}
    assert body["changes"][0]["result"] == {"status": "applied", "message": "", "seconds": 1.235}
    assert "result" not in body["changes"][1]
    assert body["applied"]["changed"] == 1
    assert body["digest"] == machine.digest(plan(tried, change(Action.CREATE)))


def test_the_manifest_behind_an_object_is_told_even_when_it_is_gone():
    made = replace(change().desired, declared_by="Menu/Customer Service")
    left = replace(change().applied, declared_by="Menu/Old")
    told = machine.document(plan(change(desired=made), change(Action.DELETE, MAIN, applied=left)))["changes"]
    assert [one["declared_by"] for one in told] == ["Menu/Old", "Menu/Customer Service"]


def test_values_are_never_cut_and_stay_json():
    long = "x" * 100_000
    shown = machine.render(plan(change(fields=(FieldChange("text", long, "\ud800 ñ", Cause.INTENT),))))
    field = json.loads(shown)["changes"][0]["fields"][0]
    assert field["before"] == long
    assert field["after"] == "\\ud800 ñ"
    shown.encode()


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 2**80, {"a": {1, 2}}, (1, (2,)), b"x"])
def test_odd_values_have_a_digest_and_a_json_form(odd):
    whole = plan(change(fields=(FieldChange("a", odd, None, Cause.INTENT),)))
    assert len(machine.digest(whole)) == 64
    json.loads(machine.render(whole), parse_constant=pytest.fail)


VARIANTS = [
    plan(change()),
    plan(change(), revision="other"),
    plan(change(), environment="other"),
    plan(change(), organization="other"),
    plan(change(), in_sync=1),
    plan(change(key=MAIN)),
    plan(change(key=WELCOME, cause=Cause.DRIFT)),
    plan(change(Action.DELETE)),
    plan(change().block("locked by supervisor-1")),
    plan(change(observed=replace(change().observed, version="13"))),
    plan(change(observed=replace(change().observed, id="another"))),
    plan(change(fields=(FieldChange("a", 1, 2, Cause.INTENT),))),
    plan(change(fields=(FieldChange("a", 1, 3, Cause.INTENT),))),
    plan(),
]


def test_every_difference_that_matters_gives_another_digest():
    assert len({machine.digest(variant) for variant in VARIANTS}) == len(VARIANTS)


@pytest.mark.parametrize(
    "same",
    [
        plan(change(), forecast=Forecast(99, 99, 99.0)),
        plan(change(note="drift is corrected in 37 s")),
        plan(change(drift=Drift("supervisor-1"))),
    ],
)
def test_what_it_took_to_plan_does_not_change_the_digest(same):
    assert machine.digest(same) == machine.digest(plan(change()))


def test_who_holds_a_lock_does_not_change_the_digest():
    one, other = (
        plan(change().block("locked by supervisor-1")),
        plan(change().block("locked by supervisor-2", by="supervisor-2")),
    )
    assert machine.digest(one) == machine.digest(other)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(JSON, JSON)
def test_the_digest_survives_the_way_through_json_text(before, after):
    body = machine.document(plan(change(fields=(FieldChange("a", before, after, Cause.BOTH),)), change(key=NUMBER)))
    assert machine.digest_of(json.loads(json.dumps(body))) == body["digest"]
