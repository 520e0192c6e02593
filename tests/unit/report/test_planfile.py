from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.errors import UsageError
from reconciler.model.change import Action
from reconciler.model.plan import Forecast
from reconciler.report import machine, planfile
from reconciler.report.planfile import RemoteVersion
from tests.builders import MAIN, WELCOME, change, plan

PLAN = plan(change(Action.UPDATE, MAIN), change(Action.CREATE))


def test_a_plan_file_holds_revision_versions_and_digest():
    saved = planfile.read_plan_file(planfile.plan_file(PLAN))
    assert (saved.revision, saved.environment, saved.organization) == ("3f2a9c1", "prod", "2f7c0e0e")
    assert saved.digest == machine.digest(PLAN)
    assert saved.versions == {MAIN: RemoteVersion("id-Main IVR", "12"), WELCOME: RemoteVersion(None, None)}


def test_the_same_plan_gives_the_same_bytes():
    assert planfile.plan_file(PLAN) == planfile.plan_file(PLAN)


def test_a_plan_made_before_there_was_a_ledger_holds_when_it_would_do_the_same():
    saved = planfile.read_plan_file(planfile.plan_file(replace(PLAN, has_ledger=False)))
    assert planfile.stale(saved, PLAN) == ()


def edited(**values: object) -> bytes:
    body = json.loads(planfile.plan_file(PLAN))
    body.update(values)
    return json.dumps(body).encode()


def with_plan(**values: object) -> bytes:
    body = json.loads(planfile.plan_file(PLAN))
    body["plan"].update(values)
    return json.dumps(body).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"kind: Prompt\n",
        b"[]",
        b"null",
        b"{}",
        b"[" * 100_000,
        json.dumps(machine.document(PLAN)).encode(),
        planfile.plan_file(PLAN)[:-40],
        edited(format="reconciler-plan/v9"),
        edited(format=["x"]),
        edited(plan=None),
        edited(plan={}),
        edited(plan=[1]),
        edited(checksum="0" * 64),
        edited(checksum=None),
        with_plan(revision="another"),
        with_plan(digest="deadbeef"),
        with_plan(requests={"spent": 0, "forecast": 0, "seconds": 0}, extra=1),
    ],
)
def test_a_wrong_damaged_or_edited_file_is_refused(content):
    with pytest.raises(UsageError, match=r"reconcile plan --out FILE"):
        planfile.read_plan_file(content)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"changes": []},
        {"changes": 5},
        {"revision": 1, "environment": "prod", "organization": "x", "changes": []},
        {"revision": "r", "environment": "prod", "organization": "x", "changes": [{"kind": "Prompt"}]},
        {"revision": "r", "environment": "prod", "organization": "x", "changes": [7]},
    ],
)
def test_a_file_with_a_right_checksum_over_a_wrong_plan_is_refused(body):
    try:
        body = {**body, "digest": machine.digest_of(body)}
    except Exception:
        body = {**body, "digest": "x"}
    content = {"format": planfile.FORMAT, "plan": body, "checksum": planfile._checksum(body)}
    with pytest.raises(UsageError):
        planfile.read_plan_file(json.dumps(content).encode())


def saved(of=PLAN):
    return planfile.read_plan_file(planfile.plan_file(of))


def test_an_unmoved_plan_is_not_stale_whatever_it_cost_to_make():
    assert planfile.stale(saved(), replace(PLAN, forecast=Forecast(9, 9, 9))) == ()


MOVED = replace(change(Action.UPDATE, MAIN).observed, version="13")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (replace(PLAN, revision="77aa"), "the revision in git was 3f2a9c1 and is 77aa"),
        (replace(PLAN, environment="test"), "the environment was prod and is test"),
        (replace(PLAN, organization=""), "the organisation was 2f7c0e0e and is (none)"),
        (
            plan(change(Action.UPDATE, MAIN, observed=MOVED), change(Action.CREATE)),
            "Flow/Main IVR was at version 12 and is at 13",
        ),
        (plan(change(Action.UPDATE, MAIN)), "Prompt/welcome needs nothing any more"),
        (plan(*PLAN.changes, in_sync=0), None),
        (
            plan(*PLAN.changes, change(Action.UPDATE, replace(WELCOME, name="other"))),
            "Prompt/other was in sync and is not any more",
        ),
        (
            plan(change(Action.UPDATE, MAIN).block("locked by supervisor-1"), change(Action.CREATE)),
            "the same objects would be changed in another way",
        ),
    ],
)
def test_a_saved_plan_is_stale_when_either_side_moved(now, expected):
    reasons = planfile.stale(saved(), now)
    if expected is None:
        assert reasons == ()
    else:
        assert reasons[0] == f"Saved plan is stale: {expected}."
