"""The decision table: every row, and every policy that bends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from reconciler.core import planner
from reconciler.core.planner import Take
from reconciler.model import digest, identity
from reconciler.model.change import Action, Cause, FieldChange
from reconciler.model.identity import OpId, RemoteId
from reconciler.model.outcome import Intent
from reconciler.model.policy import AdoptPolicy, DriftPolicy, LockPolicy, Policy
from reconciler.model.resource import Gone, Hidden
from tests.builders import MAIN, NOON, SUPERVISOR, WELCOME, A, B, C, had, have, pair, rules, want

GONE = Gone(RemoteId("id-welcome"))
HIDDEN = Hidden(RemoteId("id-welcome"), "403 architect:userPrompt:view")
ADOPT = Policy(adopt=AdoptPolicy.GIT)
WARN = Policy(drift=DriftPolicy.WARN)
IGNORE = Policy(drift=DriftPolicy.IGNORE)
PRUNE = Policy(prune=True)
BY_HAND = {"reconciler/adopt": "git"}
FORCE = {"reconciler/onLocked": "force"}
MOVED = have(spec=C, version="2")
OPAQUE = have(spec=None, version="2", comparable=False)

CREATE, UPDATE, DELETE = Action.CREATE, Action.UPDATE, Action.DELETE
INTENT, DRIFT, BOTH = Cause.INTENT, Cause.DRIFT, Cause.BOTH


def decide(of, policy: Policy = Policy(), **other):  # noqa: B008
    return planner.decide(of, rules(policy, **other))


TABLE = {
    # wanted, observed, applied                          policy   action          cause   blocked
    "new": (pair(want()), Policy(), CREATE, INTENT, None),
    "deleted by somebody": (pair(want(), GONE, had()), Policy(), CREATE, DRIFT, None),
    "deleted by somebody, git moved too": (pair(want(spec=B), GONE, had()), Policy(), CREATE, DRIFT, None),
    "its name is taken by one of ours": (pair(want(), taken_by=MAIN), Policy(), CREATE, INTENT, "carries this name"),
    "there before us, equal": (pair(want(), have()), Policy(), Action.ADOPT, INTENT, None),
    "there before us, equal, adopt: git": (pair(want(), have()), ADOPT, Action.ADOPT, INTENT, None),
    "there before us, other": (pair(want(), have(spec=B)), Policy(), UPDATE, INTENT, "not ours: it was there"),
    "there before us, other, adopt: git": (pair(want(), have(spec=B)), ADOPT, UPDATE, INTENT, None),
    "there before us, other, annotated": (
        pair(want(annotations=BY_HAND), have(spec=B)), Policy(), UPDATE, INTENT, None,
    ),
    "there before us, other, annotated otherwise": (
        pair(want(annotations={"reconciler/adopt": "equal"}), have(spec=B)), Policy(), UPDATE, INTENT, "not ours",
    ),
    "there before us, not comparable": (
        pair(want(), have(spec=None, comparable=False)), Policy(), UPDATE, INTENT, "cannot be compared",
    ),
    "there before us, not comparable, adopt: git": (
        pair(want(), have(spec=None, comparable=False)), ADOPT, UPDATE, INTENT, None,
    ),
    "there before us, twice": (pair(want(), have(), rivals=1), Policy(), UPDATE, INTENT, "2 objects on the platform"),
    "there before us, twice, adopt: git": (pair(want(), have(), rivals=1), ADOPT, UPDATE, INTENT, "2 objects"),
    "made again by hand, other": (
        pair(want(), have(id="x", spec=B), lost=had()), Policy(), UPDATE, INTENT, "somebody made another",
    ),
    "made again by hand, equal": (pair(want(), have(id="x"), lost=had()), Policy(), Action.ADOPT, INTENT, None),
    "hidden": (pair(want(), HIDDEN, had()), Policy(), UPDATE, None, "does not let us read it: 403"),
    "git changed": (pair(want(spec=B), have(), had()), Policy(), UPDATE, INTENT, None),
    "git changed, content not listed": (pair(want(spec=B), have(spec=None), had()), Policy(), UPDATE, INTENT, None),
    "drift": (pair(want(), MOVED, had()), Policy(), UPDATE, DRIFT, None),
    "drift, warn": (pair(want(), MOVED, had()), WARN, Action.NONE, DRIFT, None),
    "drift, ignore": (pair(want(), MOVED, had()), IGNORE, Action.NONE, DRIFT, None),
    "a new version of the same content": (pair(want(), have(version="2"), had()), Policy(), Action.ADOPT, DRIFT, None),
    "a new version of the same, warn": (pair(want(), have(version="2"), had()), WARN, Action.ADOPT, DRIFT, None),
    "both changed": (pair(want(spec=B), MOVED, had()), Policy(), UPDATE, BOTH, "--take git"),
    "both changed, drift: warn": (pair(want(spec=B), MOVED, had()), WARN, UPDATE, BOTH, "--take git"),
    "both changed, adopt: git": (pair(want(spec=B), MOVED, had()), ADOPT, UPDATE, BOTH, "--take git"),
    "both changed, the same way": (
        pair(want(spec=B), have(spec=B, version="2"), had()), Policy(), Action.ADOPT, DRIFT, None,
    ),
    "git changed over a new version of the same content": (
        pair(want(spec=B), have(version="2"), had()), Policy(), UPDATE, INTENT, None,
    ),
    "drift, not comparable": (
        pair(want(), OPAQUE, had()), Policy(), UPDATE, DRIFT, "cannot be compared",
    ),
    "drift, not comparable, warn": (
        pair(want(), OPAQUE, had()), WARN, Action.NONE, DRIFT, None,
    ),
    "both changed, not comparable, warn": (
        pair(want(spec=B), OPAQUE, had()), WARN, UPDATE, BOTH, "cannot be",
    ),
    "removed from git": (pair(None, have(), had()), Policy(), Action.NONE, INTENT, None),
    "removed from git, prune": (pair(None, have(), had()), PRUNE, DELETE, INTENT, None),
    "removed from git, prune, protected": (pair(None, have(), had(protected=True)), PRUNE, Action.NONE, INTENT, None),
    "removed from git, prune, moved": (pair(None, have(version="2"), had()), PRUNE, DELETE, INTENT, "was changed"),
    "removed from git, prune, renamed": (
        pair(None, have(identity.prompt("other"), id="id-welcome"), had()), PRUNE, DELETE, INTENT, "was changed",
    ),
    "removed from git, prune, hidden": (pair(None, HIDDEN, had()), PRUNE, DELETE, INTENT, "does not let us read it"),
    "removed from git, hidden": (pair(None, HIDDEN, had()), Policy(), Action.NONE, INTENT, None),
    "gone on both sides": (pair(None, GONE, had()), Policy(), Action.FORGET, BOTH, None),
    "gone on both sides, prune": (pair(None, GONE, had()), PRUNE, Action.FORGET, BOTH, None),
    "gone on both sides, protected": (pair(None, GONE, had(protected=True)), PRUNE, Action.FORGET, BOTH, None),
}  # fmt: skip


@pytest.mark.parametrize("row", TABLE)
def test_the_decision_table(row):
    of, policy, action, cause, blocked = TABLE[row]
    change = decide(of, policy)
    assert change is not None
    assert (change.action, change.cause, change.key) == (action, cause, of.key)
    if blocked is None:
        assert change.blocked is None
    else:
        assert change.blocked is not None
        assert blocked in change.blocked.reason


@pytest.mark.parametrize(
    "of",
    [
        pair(want(), have(), had()),
        pair(want(), have(spec=None), had()),
        pair(want(), have(spec=C), had()),  # an eventually consistent list may show content of another moment
        pair(want(), have(locked_by=SUPERVISOR, draft_version="9", busy="PUBLISH"), had()),
        pair(None, have(), None),
    ],
)
@pytest.mark.parametrize("policy", [Policy(), WARN, ADOPT, PRUNE])
def test_what_is_in_sync_or_not_ours_is_no_change(of, policy):
    assert decide(of, policy) is None


# Fields, and which side moved them.


def test_a_change_shows_the_platforms_value_gits_value_and_who_moved():
    assert decide(pair(want(spec=B), have(), had())).fields == (FieldChange("description", "A", "B", INTENT),)
    assert decide(pair(want(), MOVED, had())).fields == (FieldChange("description", "C", "A", DRIFT),)
    assert decide(pair(want(spec=B), MOVED, had())).fields == (FieldChange("description", "C", "B", BOTH),)
    assert decide(pair(want(), have(spec=B))).fields == (FieldChange("description", "B", "A", INTENT),)


def test_before_values_come_from_the_ledger_when_the_list_has_none():
    change = decide(pair(want(spec=B), have(spec=None), had()))
    assert change.fields == (FieldChange("description", "A", "B", INTENT),)


def sound(sha256: str):
    return {"description": "A", "sound": sha256}


def heard():
    return {"description": "A"}


def blind(wanted, live):
    return (
        [("description", live["description"], wanted["description"])]
        if wanted["description"] != live["description"]
        else []
    )


def with_blind(policy: Policy = Policy(), **other):  # noqa: B008
    return replace(rules(policy, **other), compare={"Prompt": blind})


def test_a_change_that_the_platform_cannot_show_is_still_named():
    change = planner.decide(
        pair(want(spec=sound("bb")), have(spec=None), had(spec=sound("aa"), live=heard())), with_blind()
    )
    assert (change.action, change.fields) == (UPDATE, (FieldChange("sound", "aa", "bb", INTENT),))


def test_a_change_that_the_platform_cannot_show_is_not_lost_when_the_version_moved():
    of = pair(want(spec=sound("bb")), have(spec=heard(), version="2"), had(spec=sound("aa"), live=heard()))
    change = planner.decide(of, with_blind())
    assert (change.action, change.cause, change.blocked) == (UPDATE, INTENT, None)


def test_git_that_took_over_all_that_the_platform_has_is_only_recorded():
    theirs = heard() | {"sound": "bb"}
    of = pair(want(spec=theirs), have(spec=theirs, version="2"), had(spec=sound("aa"), live=heard()))
    change = planner.decide(of, with_blind())
    assert change is not None
    assert change.action is Action.ADOPT


def test_a_change_that_the_platform_cannot_show_is_a_conflict_when_something_else_moved_too():
    theirs = have(spec={"description": "B"}, version="2")
    of = pair(want(spec={"description": "B", "sound": "bb"}), theirs, had(spec=sound("aa"), live=heard()))
    change = planner.decide(of, with_blind())
    assert change.action is UPDATE
    assert "conflict" in change.blocked.reason


def test_the_live_digest_decides_what_we_left_when_it_differs_from_gits():
    base = had(spec=sound("aa"), live=heard())
    assert base.live_digest == digest.of(heard())
    change = planner.decide(pair(want(spec=sound("aa")), have(spec=heard(), version="2"), base), with_blind())
    assert change.action is Action.ADOPT


# A conflict, and the side a person chose.


def test_take_git_releases_a_conflict():
    change = decide(pair(want(spec=B), MOVED, had()), take={WELCOME: Take.GIT})
    assert (change.action, change.cause, change.blocked) == (UPDATE, BOTH, None)


def test_take_git_releases_content_that_cannot_be_compared():
    of = pair(want(spec=B), have(spec=None, version="2", comparable=False), had())
    assert decide(of, take={WELCOME: Take.GIT}).blocked is None


def test_take_live_and_a_choice_for_another_object_release_nothing():
    of = pair(want(spec=B), MOVED, had())
    assert decide(of, take={WELCOME: Take.LIVE}).blocked is not None
    assert decide(of, take={MAIN: Take.GIT}).blocked is not None


def test_take_git_does_not_push_a_lock_aside():
    locked = replace(MOVED, locked_by=SUPERVISOR)
    assert decide(pair(want(spec=B), locked, had()), take={WELCOME: Take.GIT}).blocked.by == "supervisor-1"


# Grace.

GRACE = Policy(drift_grace_seconds=600.0)


@pytest.mark.parametrize(
    ("since", "action", "note"),
    [
        (None, Action.NONE, "drift is corrected in 600 s (driftGrace)"),
        (timedelta(seconds=1), Action.NONE, "drift is corrected in 599 s (driftGrace)"),
        (timedelta(seconds=599), Action.NONE, "drift is corrected in 1 s (driftGrace)"),
        (timedelta(seconds=600), UPDATE, ""),
        (timedelta(hours=5), UPDATE, ""),
    ],
)
def test_drift_is_corrected_when_its_grace_is_over(since, action, note):
    known = {} if since is None else {WELCOME: NOON - since}
    change = decide(pair(want(), MOVED, had()), GRACE, drift_since=known)
    assert (change.action, change.cause, change.note) == (action, DRIFT, note)


def test_take_git_does_not_wait_for_the_grace():
    assert decide(pair(want(), MOVED, had()), GRACE, take={WELCOME: Take.GIT}).action is UPDATE


def test_grace_holds_back_corrections_and_nothing_else():
    assert decide(pair(want(spec=B), have(), had()), GRACE).action is UPDATE
    assert decide(pair(want(), GONE, had()), GRACE).action is CREATE


# Renames.

OLD = identity.prompt("old")
NEW = identity.prompt("new")
RENAME = want(NEW, renamed_from="old")


def test_a_rename_in_git_is_an_update_by_id():
    change = decide(pair(RENAME, have(OLD), had(OLD)))
    assert (change.action, change.cause, change.id) == (UPDATE, INTENT, "id-old")
    assert change.fields == (FieldChange("name", "old", "new", INTENT),)


def test_a_rename_on_the_platform_is_drift_of_the_name():
    change = decide(pair(want(OLD), have(identity.prompt("theirs"), id="id-old"), had(OLD)))
    assert (change.action, change.cause) == (UPDATE, DRIFT)
    assert change.fields == (FieldChange("name", "theirs", "old", DRIFT),)


def test_a_rename_on_both_sides_is_a_conflict():
    change = decide(pair(RENAME, have(identity.prompt("theirs"), id="id-old"), had(OLD)))
    assert (change.cause, change.fields) == (BOTH, (FieldChange("name", "theirs", "new", DRIFT),))
    assert "conflict" in change.blocked.reason


def test_the_same_rename_on_both_sides_is_only_recorded():
    change = decide(pair(RENAME, have(NEW, id="id-old"), had(OLD)))
    assert (change.action, change.key, change.blocked) == (Action.ADOPT, NEW, None)


def test_a_rename_of_a_strangers_object_needs_adoption():
    assert "not ours" in decide(pair(RENAME, have(OLD))).blocked.reason
    taken = decide(pair(RENAME, have(OLD)), ADOPT)
    assert (taken.action, taken.blocked) == (UPDATE, None)
    assert taken.fields == (FieldChange("name", "old", "new", INTENT),)


def test_a_rename_onto_a_taken_name_is_blocked():
    change = decide(pair(RENAME, have(OLD), had(OLD), taken_by=NEW))
    assert change.blocked.reason == "Prompt/new already carries the name on the platform; rename one of the two"


# Lock etiquette.

ETIQUETTE = {
    "locked": ({"locked_by": SUPERVISOR}, "locked by supervisor-1", "supervisor-1"),
    "draft": (
        {"draft_version": "13", "draft_by": SUPERVISOR},
        "a newer draft (version 13) by supervisor-1",
        "supervisor-1",
    ),
    "draft of somebody": ({"draft_version": "13"}, "a newer draft (version 13) is not published", None),
    "busy": ({"busy": "PUBLISH"}, "the platform is running PUBLISH on it", None),
    "locked with a draft": ({"locked_by": SUPERVISOR, "draft_version": "13"}, "locked by supervisor-1", "supervisor-1"),
}


@pytest.mark.parametrize("case", ETIQUETTE)
@pytest.mark.parametrize(
    ("of", "policy", "action"),
    [
        (pair(want(spec=B), have(), had()), Policy(), UPDATE),
        (pair(want(), MOVED, had()), Policy(), UPDATE),
        (pair(want(), have(spec=B)), ADOPT, UPDATE),
        (pair(None, have(), had()), PRUNE, DELETE),
        (pair(want(spec=B), have(), had()), Policy(on_locked=LockPolicy.FORCE), UPDATE),
        (pair(want(annotations=FORCE), have(spec=B), had(spec=C)), Policy(), UPDATE),
        (
            pair(want(MAIN, annotations={"reconciler/onLocked": "wait"}, spec=B), have(MAIN), had(MAIN)),
            Policy(),
            UPDATE,
        ),
    ],
)
def test_a_lock_a_draft_or_a_running_operation_blocks_every_write(case, of, policy, action):
    facts, reason, by = ETIQUETTE[case]
    change = decide(replace(of, observed=replace(of.observed, **facts)), policy)
    assert change.action is action
    assert change.blocked.reason.startswith(reason)
    assert change.blocked.by == by


@pytest.mark.parametrize(
    ("facts", "note"),
    [
        ({"locked_by": SUPERVISOR}, "pushes the lock of supervisor-1 aside"),
        ({"draft_version": "13"}, "pushes draft 13 aside"),
        ({"locked_by": SUPERVISOR, "draft_version": "13"}, "pushes the lock of supervisor-1 aside"),
    ],
)
def test_a_flow_whose_manifest_says_so_pushes_a_lock_or_a_draft_aside(facts, note):
    change = decide(pair(want(MAIN, annotations=FORCE, spec=B), have(MAIN, **facts), had(MAIN)))
    assert change.blocked is None
    assert change.note.startswith(note)


@pytest.mark.parametrize(
    "of",
    [
        pair(want(MAIN, annotations=FORCE, spec=B), have(MAIN, locked_by=SUPERVISOR, busy="PUBLISH"), had(MAIN)),
        pair(None, have(MAIN, locked_by=SUPERVISOR), had(MAIN)),
        pair(want(annotations=FORCE, spec=B), have(locked_by=SUPERVISOR), had()),
    ],
    ids=["busy", "delete", "no flow"],
)
def test_force_is_for_updates_of_flows_that_are_at_rest(of):
    assert decide(of, PRUNE).blocked is not None


@pytest.mark.parametrize("case", ETIQUETTE)
def test_a_lock_does_not_keep_us_from_recording_or_reporting(case):
    facts, _, _ = ETIQUETTE[case]
    assert decide(pair(want(), have(**facts))).blocked is None
    assert decide(pair(want(), replace(MOVED, **facts), had()), WARN).blocked is None


# Our own interrupted work.


def intent(meant, action: Action = UPDATE, **other) -> Intent:
    sides = {"op_id": OpId("op-1"), "key": WELCOME, "revision": "r", "started_at": "2026-03-02T11:00:00.000Z", **other}
    return Intent(action=action, digest=digest.of(meant), spec=meant, **sides)


TWO = {"a": 2, "b": 2}
ONE = {"a": 1, "b": 1}
HALF = {"a": 2, "b": 1}


def test_half_done_work_of_ours_simply_goes_on():
    of = pair(want(spec=TWO), have(spec=HALF, version="2"), had(spec=ONE))
    change = decide(of, interrupted={WELCOME: intent(TWO)})
    assert (change.action, change.cause, change.blocked) == (UPDATE, INTENT, None)
    assert change.fields == (FieldChange("b", 1, 2, INTENT),)


def test_half_done_work_is_taken_back_when_git_went_back():
    of = pair(want(spec=ONE), have(spec=HALF, version="2"), had(spec=ONE))
    change = decide(of, WARN, interrupted={WELCOME: intent(TWO)})
    assert (change.action, change.blocked) == (UPDATE, None)
    assert [field.path for field in change.fields] == ["a"]


def test_half_done_work_is_a_conflict_without_our_intent_or_with_a_strangers_value():
    of = pair(want(spec=TWO), have(spec=HALF, version="2"), had(spec=ONE))
    assert decide(of).blocked is not None
    theirs = replace(of, observed=have(spec={"a": 2, "b": 9}, version="2"))
    assert decide(theirs, interrupted={WELCOME: intent(TWO)}).blocked is not None


@pytest.mark.parametrize(
    ("observed", "base"),
    [
        (have(spec=HALF, version="2"), replace(had(spec=ONE), live=None)),
        (have(identity.prompt("x"), spec=HALF, id="id-welcome", version="2"), had(spec=ONE)),
    ],
)
def test_half_done_work_is_not_assumed_without_the_old_content_or_under_a_strange_name(observed, base):
    of = pair(want(spec=TWO), observed, base)
    assert decide(of, interrupted={WELCOME: intent(TWO)}).blocked is not None


def test_what_is_left_on_the_platform_says_which_guard_kept_it():
    assert decide(pair(None, have(), had())).note == "left on the platform: prune is off"
    kept = decide(pair(None, have(), had(protected=True)), PRUNE).note
    assert kept == "left on the platform: reconciler/prune: disabled"


def test_a_half_done_rename_of_ours_goes_on():
    of = pair(
        want(NEW, spec=TWO, renamed_from="old"), have(NEW, spec=ONE, id="id-old", version="2"), had(OLD, spec=ONE)
    )
    change = decide(of, interrupted={NEW: intent(TWO, key=NEW)})
    assert (change.action, change.blocked) == (UPDATE, None)


def test_what_a_failed_write_left_is_written_again_even_when_git_goes_back():
    left = replace(had(spec=ONE, live=HALF, version="2"), digest="")
    for spec in (ONE, TWO):
        change = decide(pair(want(spec=spec), have(spec=HALF, version="2"), left))
        assert (change.action, change.cause, change.blocked) == (UPDATE, INTENT, None)


def test_what_a_failed_write_left_may_still_arrive_and_nothing_else_may_move():
    left = replace(had(spec=ONE, live=HALF, version="2"), digest="")
    arrived = decide(pair(want(spec=TWO), have(spec=TWO, version="3"), left))
    assert (arrived.action, arrived.blocked) == (UPDATE, None)
    theirs = have(spec={"a": 9, "b": 1}, version="3")
    assert "conflict" in decide(pair(want(spec=TWO), theirs, left)).blocked.reason


def test_a_rename_of_ours_that_got_no_further_goes_on():
    renamed = have(NEW, spec=None, id="id-old")
    change = decide(pair(want(NEW, spec=TWO, renamed_from="old"), renamed, had(OLD, spec=ONE)))
    assert (change.action, change.cause, change.blocked) == (UPDATE, INTENT, None)
    done = decide(pair(want(NEW, spec=ONE, renamed_from="old"), renamed, had(OLD, spec=ONE)))
    assert done.action is Action.ADOPT


@pytest.mark.parametrize("known", [{"id": RemoteId("id-welcome")}, {"data": {"id": "id-welcome"}}])
def test_an_object_our_interrupted_creation_made_is_ours(known):
    of = pair(want(), have(spec=B))
    change = decide(of, interrupted={WELCOME: intent(A, CREATE, **known)})
    assert (change.action, change.blocked) == (UPDATE, None)
    unreadable = pair(want(), have(spec=None, comparable=False))
    assert decide(unreadable, interrupted={WELCOME: intent(A, CREATE, **known)}).blocked is None


@pytest.mark.parametrize(
    "other", [intent(A, CREATE), intent(A, CREATE, id=RemoteId("x")), intent(A, id=RemoteId("id-welcome"))]
)
def test_an_interrupted_creation_does_not_make_a_namesake_ours(other):
    assert "not ours" in decide(pair(want(), have(spec=B)), interrupted={WELCOME: other}).blocked.reason


# Annotations and planning without a ledger.

LEAVE = {"reconciler/reconcile": "disabled"}


@pytest.mark.parametrize(
    "of",
    [
        pair(want(annotations=LEAVE)),
        pair(want(annotations=LEAVE), GONE, had()),
        pair(want(annotations=LEAVE), have(spec=B)),
        pair(want(annotations=LEAVE, spec=B), have(), had()),
        pair(want(annotations=LEAVE), MOVED, had()),
        pair(want(annotations=LEAVE, spec=B), MOVED, had()),
        pair(want(annotations=LEAVE), HIDDEN, had()),
    ],
)
def test_an_object_that_is_not_to_be_reconciled_is_reported_and_left_alone(of):
    change = decide(of, ADOPT)
    assert (change.action, change.blocked) == (Action.NONE, None)
    assert change.note == "left alone: reconciler/reconcile: disabled"


def test_an_object_that_is_not_to_be_reconciled_may_still_be_recorded():
    assert decide(pair(want(annotations=LEAVE), have())).action is Action.ADOPT
    assert decide(pair(want(annotations=LEAVE), have(), had())) is None


def test_without_a_ledger_differences_are_shown_and_ownership_is_not_judged():
    assert decide(pair(want(), have()), adopting=False) is None
    change = decide(pair(want(), have(spec=B)), adopting=False)
    assert (change.action, change.blocked, change.note) == (UPDATE, None, "")
    assert decide(pair(want()), adopting=False).action is CREATE


# What must be looked at before deciding.


@pytest.mark.parametrize(
    ("of", "needed"),
    [
        (pair(want(), have(spec=None)), True),
        (pair(want(), have(spec=A)), False),
        (pair(want(), have(spec=None, comparable=False)), False),
        (pair(want(), have(spec=None), had()), False),
        (pair(want(spec=B), have(spec=None), had()), False),
        (pair(want(), have(spec=None, version="2"), had()), True),
        (pair(want(), have(spec=A, version="2"), had()), False),
        # Renamed on the platform without a new version: the content decides what is written back.
        (pair(want(), have(identity.prompt("x"), spec=None, id="id-welcome"), had()), True),
        (pair(want()), False),
        (pair(want(), GONE, had()), False),
        (pair(None, have(spec=None, version="2"), had()), False),
    ],
)
def test_only_what_is_unknown_or_moved_is_inspected(of, needed):
    assert planner.needs_inspection(of) is needed


REMEMBERED = had(live_digest=digest.of(A))


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (pair(want(), have(spec=B, examined=True), REMEMBERED), (Action.UPDATE, Cause.DRIFT)),
        (pair(want(spec=C), have(spec=B, examined=True), REMEMBERED), (Action.UPDATE, Cause.BOTH)),
        (pair(want(spec=B), have(spec=B, examined=True), REMEMBERED), (Action.ADOPT, Cause.DRIFT)),
        (pair(want(), have(spec=A, examined=True), REMEMBERED), None),
        (pair(want(), have(spec=B), REMEMBERED), None),
        (pair(want(), have(spec=B, examined=True), replace(REMEMBERED, live_digest="")), None),
        (pair(want(), have(spec=None, examined=True, comparable=False), REMEMBERED), None),
    ],
    ids=["replaced", "git too", "as git wants", "as left", "not examined", "never known", "not comparable"],
)
def test_other_content_under_the_same_version_is_drift_where_it_was_examined(of, found):
    change = decide(of)
    assert (change and (change.action, change.cause)) == found


def test_what_moved_and_was_not_inspected_is_a_broken_promise():
    with pytest.raises(AssertionError, match="was not inspected"):
        decide(pair(want(), have(spec=None, version="2"), had()))
    with pytest.raises(AssertionError, match="neither listed nor read"):
        decide(pair(None, None, had()), PRUNE)


@pytest.mark.parametrize(
    ("annotations", "remembered", "expected"),
    [
        ({}, False, {}),
        ({"reconciler/prune": "disabled"}, True, {}),
        ({"reconciler/prune": "disabled"}, False, {WELCOME: True}),
        ({}, True, {WELCOME: False}),
    ],
)
def test_protection_from_deletion_is_remembered_before_the_manifest_is_gone(annotations, remembered, expected):
    desired, applied = {WELCOME: want(annotations=annotations)}, {WELCOME: had(protected=remembered)}
    assert planner.protection(desired, applied) == expected
    assert planner.protection({}, applied) == {}
    assert planner.protection(desired, {}) == {}


def spelling(wanted, live) -> bool:
    """A kind for which case is spelling."""
    return wanted != live and wanted["description"].lower() == live["description"].lower()


SPELT = {"description": "a"}


@pytest.mark.parametrize(
    ("of", "note"),
    [
        (pair(want(), have(spec=SPELT, version="2"), had()), "drift: cosmetic"),
        (pair(want(spec=SPELT), have(), had()), "cosmetic"),
        (pair(want(spec=SPELT), have(spec=None), had()), "cosmetic"),
    ],
)
def test_what_differs_in_spelling_only_is_recorded_and_never_written(of, note):
    change = decide(of, cosmetic={identity.PROMPT: spelling})
    assert change.action is Action.ADOPT
    assert change.note.startswith(f"{note}, only the spelling differs")
    assert change.observed.spec is not None, "what is there is remembered for the next comparison"
    assert decide(of).action is Action.UPDATE, "a kind without spellings is written"


def test_after_a_failed_write_even_spelling_is_written_again():
    half = had(spec=A)
    of = pair(want(spec=SPELT), have(), replace(half, digest=""))
    assert decide(of, cosmetic={identity.PROMPT: spelling}).action is Action.UPDATE
