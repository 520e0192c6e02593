"""What a finished change leaves behind: entry, events, memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core import record
from reconciler.core.record import Attempt, Circumstances
from reconciler.model import digest, identity
from reconciler.model.change import Action, Cause, Change
from reconciler.model.commit import Commit
from reconciler.model.event import Result
from reconciler.model.outcome import Fate, Recovery, Written
from tests.builders import MAIN, NUMBER, WELCOME, A, B, C, change, had, have, want
from tests.runtime_stage import intent

COMMIT = Commit("c0ffee", "supervisor <ana@example.com>", "operator Diaz <ben@example.com>")
NOW = Circumstances(time="2026-03-02T12:00:00.000Z", commit=COMMIT, revision="c0ffee", environment="prod")
ATTEMPT = Attempt(op_id="op-1", request_ids=("r1", "r2"), latency_ms=12)
WRITTEN = Written(id="id-welcome", version="13", live=B, payload_sha256="ab", note="read back")
CREATE, UPDATE, DELETE, ADOPT, FORGET, NONE = (
    Action.CREATE,
    Action.UPDATE,
    Action.DELETE,
    Action.ADOPT,
    Action.FORGET,
    Action.NONE,
)


def types(settlement) -> list[str]:
    return [event.type for event in settlement.events]


def test_an_applied_update_is_an_entry_an_event_and_a_record_in_one():
    made = record.applied(change(UPDATE, used_by=("Menu/Main",)), WRITTEN, ATTEMPT, NOW)
    entry = made.entry
    assert (entry.op_id, entry.request_ids, entry.latency_ms) == ("op-1", ("r1", "r2"), 12)
    assert (entry.action, entry.cause, entry.result) == (UPDATE, Cause.INTENT, Result.APPLIED)
    assert (entry.version_before, entry.version_after) == ("12", "13")
    assert (entry.before_digest, entry.after_digest) == (digest.of(A), digest.of(A))
    assert (entry.id, entry.payload_sha256, entry.message) == ("id-welcome", "ab", "read back")
    assert (entry.actor, entry.time, entry.environment, entry.used_by) == (COMMIT, NOW.time, "prod", ("Menu/Main",))
    kept = made.remember
    assert (kept.id, kept.version, kept.digest, kept.live_digest) == ("id-welcome", "13", digest.of(A), digest.of(B))
    assert (kept.spec, kept.live, kept.revision, kept.applied_at) == (A, B, "c0ffee", NOW.time)
    assert (made.closes, made.forget, made.condition) == ("op-1", None, "")


def test_the_event_carries_what_the_entry_says_and_the_content_apart():
    (event,) = record.applied(change(UPDATE, MAIN, used_by=("Menu/Main",)), WRITTEN, ATTEMPT, NOW).events
    assert (event.type, event.subject, event.time) == ("flow.published", "Flow/Main IVR", NOW.time)
    assert event.data == {
        "op_id": "op-1",
        "kind": "Flow",
        "name": "Main IVR",
        "type": "inboundCall",
        "id": "id-welcome",
        "action": "update",
        "cause": "intent",
        "result": "applied",
        "environment": "prod",
        "revision": "c0ffee",
        "actor": {
            "commit": "c0ffee",
            "author": "supervisor <ana@example.com>",
            "committer": "operator Diaz <ben@example.com>",
        },
        "before_digest": digest.of(A),
        "after_digest": digest.of(A),
        "version_before": "12",
        "version_after": "13",
        "usedBy": ["Menu/Main"],
        "declared_by": None,
        "message": "read back",
    }
    assert event.content == A


@pytest.mark.parametrize(
    ("key", "action", "cause", "told"),
    [
        (WELCOME, CREATE, Cause.INTENT, ["prompt.created"]),
        (WELCOME, UPDATE, Cause.INTENT, ["prompt.updated"]),
        (WELCOME, UPDATE, Cause.DRIFT, ["prompt.updated", "drift.corrected"]),
        (WELCOME, CREATE, Cause.DRIFT, ["prompt.created", "drift.corrected"]),
        (WELCOME, UPDATE, Cause.BOTH, ["prompt.updated", "drift.corrected"]),
        (WELCOME, DELETE, Cause.INTENT, ["prompt.deleted"]),
        (WELCOME, ADOPT, Cause.DRIFT, ["prompt.adopted"]),
        (MAIN, CREATE, Cause.INTENT, ["flow.published"]),
        (MAIN, UPDATE, Cause.DRIFT, ["flow.published", "drift.corrected"]),
        (MAIN, DELETE, Cause.INTENT, ["flow.deleted"]),
        (MAIN, ADOPT, Cause.INTENT, ["flow.adopted"]),
        (NUMBER, CREATE, Cause.INTENT, ["route.created"]),
        (NUMBER, UPDATE, Cause.INTENT, ["route.updated"]),
        (NUMBER, DELETE, Cause.INTENT, ["route.deleted"]),
        (NUMBER, ADOPT, Cause.INTENT, ["route.adopted"]),
    ],
)
def test_what_is_told_of_each_sort_of_change(key, action, cause, told):
    assert types(record.applied(change(action, key, cause), WRITTEN, ATTEMPT, NOW)) == told
    assert types(record.recovered(intent(key, A, action=action, cause=cause), WRITTEN, NOW)) == told


def test_a_delete_forgets_and_has_no_version_after():
    made = record.applied(change(DELETE), Written(id="id-welcome", version=""), ATTEMPT, NOW)
    assert (made.remember, made.forget) == (None, WELCOME)
    assert (made.entry.version_after, made.entry.after_digest, made.entry.before_digest) == (None, None, digest.of(A))
    assert made.events[0].content == {}


def test_a_rename_forgets_the_old_name():
    renamed = change(UPDATE, applied=had(identity.prompt("old")))
    made = record.applied(renamed, WRITTEN, ATTEMPT, NOW)
    assert (made.remember.key, made.forget) == (WELCOME, identity.prompt("old"))


def test_an_adoption_remembers_the_object_as_it_was_seen():
    made = record.recorded(change(ADOPT, note="equal: recorded only"), ATTEMPT, NOW)
    assert (made.remember.version, made.remember.live, made.entry.message) == ("12", A, "equal: recorded only")
    assert made.entry.payload_sha256 is None


def test_forgetting_tells_nobody_and_leaves_an_entry():
    made = record.recorded(change(FORGET, note="gone on both sides"), ATTEMPT, NOW)
    assert (made.forget, made.remember, made.events) == (WELCOME, None, ())
    assert (made.entry.id, made.entry.message, made.entry.after_digest) == ("id-welcome", "gone on both sides", None)


@pytest.mark.parametrize(("annotation", "protected"), [("disabled", True), ("enabled", False)])
def test_the_annotation_against_pruning_is_remembered(annotation, protected):
    wanted = want(annotations={"reconciler/prune": annotation}, declared_by="Menu/Main")
    kept = record.applied(change(UPDATE, desired=wanted), WRITTEN, ATTEMPT, NOW).remember
    assert (kept.protected, kept.declared_by) == (protected, "Menu/Main")


@pytest.mark.parametrize(
    ("result", "closes", "told"),
    [
        (Result.FAILED, True, "change.failed"),
        (Result.UNKNOWN, False, "change.failed"),
        (Result.BLOCKED, True, "change.blocked"),
    ],
)
def test_a_change_that_was_not_applied_is_told_and_stays_a_condition(result, closes, told):
    made = record.not_applied(change(UPDATE), result, "no answer", ATTEMPT, NOW, closes=closes)
    assert types(made) == [told]
    assert (made.closes, made.remember, made.condition) == ("op-1" if closes else None, None, f"{result}: no answer")
    assert (made.entry.result, made.entry.message, made.entry.version_after) == (result, "no answer", None)
    assert made.entry.id == "id-welcome"


LOCKED = change(UPDATE).block("locked by supervisor")
CONFLICT = change(UPDATE, cause=Cause.BOTH).block("both changed")
DRIFTED = {"desired": want(), "observed": have(spec=C, version="13"), "applied": had()}
WARNED = Change(NONE, WELCOME, Cause.DRIFT, note="drift: warn", **DRIFTED)


@pytest.mark.parametrize(
    ("one", "told", "condition", "message"),
    [
        (LOCKED, "change.blocked", "blocked: locked by supervisor @12", "locked by supervisor"),
        (CONFLICT, "conflict.detected", "blocked: both changed @12", "both changed"),
        (WARNED, "drift.detected", "drift @13", "drift: warn"),
        (change(CREATE).block("suspended"), "change.blocked", "blocked: suspended @", "suspended"),
    ],
    ids=["locked", "conflict", "warned", "suspended creation"],
)
def test_what_is_held_is_told_under_its_name(one, told, condition, message):
    made = record.held(one, ATTEMPT, NOW)
    assert (types(made), made.condition, made.entry.message) == ([told], condition, message)
    assert (made.entry.result, made.closes, made.remember) == (Result.BLOCKED, None, None)


@pytest.mark.parametrize(
    "one",
    [change(UPDATE), change(CREATE), Change(NONE, WELCOME, Cause.INTENT, note="prune is off"), change(FORGET)],
    ids=["to be written", "to be made", "left by prune", "to be forgotten"],
)
def test_what_is_not_held_has_no_condition(one):
    assert record.told(one) == ""


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("drift @12", "drift @12", True),
        ("drift of content @12", "drift of content @12", True),
        ("drift of content @12", "drift @12", False),
        ("drift @12", "drift @13", False),
        ("blocked: locked by supervisor @12", "blocked: locked by operator @12", False),
        ("blocked: no answer in 7 s @12", "blocked: no answer in 9 s @12", True),
        ("failed: busy (correlation id " + "a1" * 16 + ")", "failed: busy (correlation id " + "b2" * 16 + ")", True),
        ("failed: busy", "unknown: busy", False),
    ],
)
def test_when_two_conditions_are_one(one, other, same):
    assert record.is_same_condition(one, other) is same


def test_a_write_found_done_is_recorded_as_it_was_meant():
    old = intent(WELCOME, A, version_before="11", declared_by="Menu/Main", cause="drift")
    made = record.recovered(old, replace(WRITTEN, note=""), NOW, used_by=("Menu/Main",))
    entry = made.entry
    assert (entry.op_id, entry.version_before, entry.version_after) == ("old-1", "11", "13")
    assert (entry.after_digest, entry.message) == (digest.of(A), "found done after a restart")
    assert (entry.used_by, entry.declared_by) == (("Menu/Main",), "Menu/Main")
    assert (made.closes, made.remember.spec, made.remember.live, made.remember.digest) == ("old-1", A, B, digest.of(A))
    assert made.events[0].content == A


def test_a_delete_found_done_forgets():
    made = record.recovered(intent(WELCOME, {}, action=DELETE), Written(id="id-welcome", version=""), NOW)
    assert (made.remember, made.forget, made.entry.version_after) == (None, WELCOME, None)


def test_a_write_found_refused_says_what_it_was():
    old = intent(WELCOME, A, version_before="11", cause="intent", id="id-welcome")
    found = Recovery(fate=Fate.FAILED, message="the job failed")
    made = record.found_failed(old, found, NOW, used_by=("Menu/Main",))
    entry = made.entry
    assert (entry.result, entry.message, entry.cause) == (Result.FAILED, "the job failed", "intent")
    assert (entry.version_before, entry.id, entry.used_by) == ("11", "id-welcome", ("Menu/Main",))
    assert (types(made), made.closes, made.condition) == (["change.failed"], "old-1", "failed: the job failed")
    assert made.remember is None


def test_what_a_refused_creation_left_is_ours_and_not_done():
    found = Recovery(fate=Fate.FAILED, message="no audio", left=have(spec=C, version="2"))
    kept = record.found_failed(intent(WELCOME, A), found, NOW).remember
    assert (kept.key, kept.version, kept.digest, kept.live) == (WELCOME, "2", "", C)
