from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.model import identity
from reconciler.model.change import Action, Cause, Drift, FieldChange
from reconciler.model.event import Result
from reconciler.model.plan import Forecast
from reconciler.model.problem import Location, Problem, Severity
from reconciler.report import text
from reconciler.report.results import ChangeResult
from tests.builders import MAIN, NUMBER, WELCOME, change, plan, want

REPORTED = change(Action.NONE, cause=Cause.DRIFT, note="drift is reported and left alone (drift: warn)")


def last_line(shown: str) -> str:
    assert shown.endswith("\n")
    return shown.splitlines()[-1]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], "No changes."),
        ([change(Action.CREATE)], "Plan: 1 to add, 0 to change, 0 to destroy."),
        ([change(Action.UPDATE), change(Action.UPDATE, MAIN)], "Plan: 0 to add, 2 to change, 0 to destroy."),
        ([change(Action.DELETE)], "Plan: 0 to add, 0 to change, 1 to destroy."),
        ([change(Action.ADOPT)], "No changes."),
        ([change(Action.FORGET, cause=Cause.BOTH)], "No changes."),
        ([change(Action.UPDATE).block("locked by supervisor-1")], "Plan: 0 to add, 0 to change, 0 to destroy."),
        ([REPORTED], "No changes."),
        ([REPORTED, change(Action.CREATE, MAIN)], "Plan: 1 to add, 0 to change, 0 to destroy."),
    ],
)
def test_the_last_line_counts_what_would_be_done(changes, expected):
    assert last_line(text.plan_text(plan(*changes))) == expected


def test_reported_drift_is_shown_although_nothing_changes():
    shown = text.plan_text(plan(REPORTED))
    assert "= reported Prompt/welcome" in shown
    assert "drift is reported and left alone (drift: warn)" in shown
    assert "1 reported.\nNo changes.\n" in shown


def test_what_is_blocked_comes_first_with_its_reason_person_and_time():
    blocked = change(Action.UPDATE).block("locked by supervisor-1", by="supervisor-1", since="2026-03-01T02:14:00Z")
    shown = text.plan_text(plan(change(Action.CREATE, NUMBER), blocked))
    assert shown.index("! update Prompt/welcome") < shown.index("+ create CallRoute/Main number")
    assert "blocked: locked by supervisor-1, since 2026-03-01T02:14:00Z" in shown
    assert "1 blocked." in shown


def test_the_person_in_the_way_is_named_when_the_reason_does_not():
    shown = text.plan_text(plan(change().block("a draft is not published", by="supervisor-1")))
    assert "blocked: a draft is not published, by supervisor-1" in shown


@pytest.mark.parametrize(
    ("cause", "drift", "expected"),
    [
        (Cause.INTENT, None, "git changed"),
        (
            Cause.DRIFT,
            Drift("supervisor-1", "2026-03-01T02:14:00Z", "Architect"),
            "drift by supervisor-1 at 2026-03-01T02:14:00Z (Architect)",
        ),
        (Cause.DRIFT, None, "drift (the platform does not tell by whom)"),
        (Cause.DRIFT, Drift(at="2026-03-01T02:14:00Z"), "drift by somebody the platform does not name at 2026"),
        (Cause.BOTH, Drift("supervisor-1"), "git changed, and drift by supervisor-1"),
    ],
)
def test_the_cause_says_who_moved_what(cause, drift, expected):
    assert f"      {expected}" in text.plan_text(plan(change(cause=cause, drift=drift)))


@pytest.mark.parametrize(
    ("one", "cause", "version"),
    [
        (change(Action.CREATE), "new in git", None),
        (change(Action.CREATE, cause=Cause.DRIFT, note="somebody deleted it on the platform"), "drift (the", None),
        (change(Action.UPDATE), "git changed", "version 12 -> (known after apply)"),
        (change(Action.DELETE), "removed from git", "version 12 -> (none)"),
        (change(Action.FORGET, cause=Cause.BOTH), "removed from git and from the platform", None),
        (change(Action.ADOPT, note="equal: recorded only"), "equal: recorded only", "version 12"),
    ],
)
def test_each_action_tells_what_a_reader_asks_about_it(one, cause, version):
    shown = text.plan_text(plan(one))
    assert f"\n      {cause}" in shown
    assert (f"\n      {version}\n" in shown) if version else "version" not in shown


def test_a_change_shows_its_file_version_users_and_manifest():
    made_by_menu = change(Action.UPDATE, MAIN, used_by=("CallRoute/Main number", "Menu/Customer Service"))
    made_by_menu = replace(made_by_menu, desired=replace(want(MAIN), declared_by="Menu/Main IVR"))
    shown = text.plan_text(plan(made_by_menu))
    assert "~ update Flow/Main IVR (inboundCall)  desired_state/main-ivr.yaml:3:1" in shown
    assert "version 12 -> (known after apply)" in shown
    assert "declared by Menu/Main IVR" in shown
    assert "used by CallRoute/Main number, Menu/Customer Service" in shown


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (FieldChange("a", 1, 2, Cause.INTENT), "      ~ a: 1 -> 2\n"),
        (FieldChange("a", 1, 2, Cause.DRIFT), "      ~ a: 1 -> 2  (drift)\n"),
        (FieldChange("a", None, "x", Cause.INTENT), '      + a: "x"\n'),
        (FieldChange("a", "x", None, Cause.BOTH), '      - a: "x"  (both)\n'),
        (FieldChange("", {"b": 1}, {"b": [1]}, Cause.INTENT), '      ~ (whole): {"b": 1} -> {"b": [1]}\n'),
        (
            FieldChange("a", "x" * 90, "y" * 90, Cause.INTENT),
            f'      ~ a:\n          - "{"x" * 90}"\n          + "{"y" * 90}"\n',
        ),
    ],
)
def test_each_field_shows_before_and_after(field, expected):
    assert expected in text.plan_text(plan(change(fields=(field,))))


def test_long_values_are_cut_around_their_first_difference():
    before, after = "x" * 5000, "x" * 4000 + "HERE" + "x" * 996
    shown = text.plan_text(plan(change(fields=(FieldChange("text", before, after, Cause.INTENT),))))
    assert "HERE" in shown
    assert "(5,002 characters)" in shown
    assert max(len(line) for line in shown.splitlines()) < 2100


def test_a_short_value_beside_a_long_one_stays_whole():
    fields = (FieldChange("text", "x" * 200, "x" * 5000, Cause.INTENT),)
    shown = text.plan_text(plan(change(fields=fields)))
    assert f'          - "{"x" * 200}"\n' in shown
    assert "(5,002 characters)" in shown


def test_values_up_to_two_kilobytes_are_whole():
    whole = "x" * 2046  # and two quotes
    shown = text.plan_text(plan(change(fields=(FieldChange("text", None, whole, Cause.INTENT),))))
    assert f'+ text: "{whole}"\n' in shown
    cut = text.plan_text(plan(change(fields=(FieldChange("text", None, whole + "x", Cause.INTENT),))))
    assert "(2,049 characters)" in cut


def test_groups_stand_in_reading_order():
    shown = text.plan_text(
        plan(
            change(Action.CREATE, NUMBER),
            change(Action.UPDATE, MAIN, Cause.DRIFT),
            change(Action.UPDATE, WELCOME, Cause.BOTH),
            change(Action.ADOPT, identity.prompt("a"), Cause.DRIFT),
            change(Action.FORGET, identity.prompt("b"), Cause.BOTH),
            change(Action.NONE, identity.prompt("c"), Cause.DRIFT),
            change(Action.UPDATE, identity.prompt("d"), None).block("the platform does not let us read it"),
        )
    )
    titles = ("Blocked", "Drift", "Changes", "Recorded only", "Reported")
    assert [line for line in shown.splitlines() if line in titles] == list(titles)
    drift, changes = shown.index("\nDrift\n"), shown.index("\nChanges\n")
    assert drift < shown.index("Flow/Main IVR") < shown.index("Prompt/welcome") < changes
    recorded, reported = shown.index("\nRecorded only\n"), shown.index("\nReported\n")
    assert changes < shown.index("CallRoute/Main number") < recorded
    assert recorded < shown.index("Prompt/a") < shown.index("Prompt/b") < reported < shown.index("Prompt/c")
    assert "1 to adopt, 1 to forget, 1 blocked, 1 reported.\n" in shown


def test_a_record_of_a_move_says_who_moved_it():
    moved = change(Action.ADOPT, cause=Cause.DRIFT, drift=Drift("supervisor-1"), note="a new version")
    assert "      drift by supervisor-1\n      a new version\n" in text.plan_text(plan(moved))
    assert "git changed" not in text.plan_text(plan(change(Action.ADOPT)))


def test_values_and_names_cannot_steer_the_terminal_or_forge_lines():
    key = identity.prompt("x\x1b[2J\nNo changes.")
    hostile = change(key=key, fields=(FieldChange("a\n\x07", "\x1b[31m\u202e", "b\r\nNo changes.", Cause.INTENT),))
    shown = text.plan_text(plan(hostile.block("by \x1b]0;title\x07", by="\x9b31m")))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\x9b" not in shown
    assert "\u202e" not in shown
    assert "No changes." not in shown.splitlines()


def test_the_cost_is_told_before_the_summary():
    shown = text.plan_text(plan(change(), forecast=Forecast(spent=4, forecast=12, seconds=2.6)))
    assert shown.endswith("12 requests, about 3 s at 300/min\nPlan: 0 to add, 1 to change, 0 to destroy.\n")
    one = text.plan_text(plan(change(), forecast=Forecast(0, 1, 0.2)), requests_per_minute=120)
    assert "1 request, about 0 s at 120/min" in one


def test_refusals_notices_and_warnings_are_shown():
    warning = Problem(Location("a.yaml", 4, 2), "REC1200", "no such queue here", severity=Severity.WARNING)
    shown = text.plan_text(
        plan(change(), has_ledger=False),
        warnings=[warning],
        refusals=["4 deletes of 10 Prompt objects are 40%, over the threshold of 10%"],
        notices=["3 uncommitted files not included"],
    )
    assert "Note: 3 uncommitted files not included" in shown
    assert "Note: no ledger at hand" in shown
    assert "a.yaml:4:2: warning REC1200: no such queue here" in shown
    assert "Nothing is applied: 4 deletes of 10 Prompt objects are 40%" in shown
    assert last_line(shown).startswith("Plan: ")


def test_a_digest_as_version_shows_its_head_only():
    observed = replace(change().observed, version="ab" * 32)
    assert "version abababababab… -> (known after apply)" in text.plan_text(plan(change(observed=observed)))


def test_colour_is_only_added_around_the_plain_text():
    import re

    whole = plan(change(Action.CREATE), change(Action.DELETE, MAIN), change(Action.UPDATE, NUMBER).block("locked"))
    coloured = text.plan_text(whole, refusals=["no"], paint=text.colour)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == text.plan_text(whole, refusals=["no"])


def ended(action: Action, key=WELCOME, result: Result | None = Result.APPLIED, **other):
    return ChangeResult(change=change(action, key), result=result, **other)


def test_an_apply_that_went_well_says_complete_and_the_versions():
    done = [ended(Action.UPDATE, MAIN, version_after="13", seconds=1.26), ended(Action.CREATE, version_after="1")]
    shown = text.result_text(plan(*(one.change for one in done)), done)
    assert "~ update Flow/Main IVR (inboundCall) (version 12 -> 13, 1.3 s)\n" in shown
    assert last_line(shown) == "Apply complete! Resources: 1 added, 1 changed, 0 destroyed."


def test_an_apply_with_nothing_to_do_says_no_changes():
    assert text.result_text(plan(), []) == "No changes.\n"
    assert text.result_text(plan(REPORTED), []) == "No changes.\n"


@pytest.mark.parametrize(
    ("result", "word"),
    [(Result.FAILED, "failed"), (Result.BLOCKED, "blocked"), (Result.UNKNOWN, "unknown"), (None, "not begun")],
)
def test_an_apply_that_did_not_go_well_never_says_complete(result, word):
    tried = [ended(Action.DELETE, MAIN), ended(Action.UPDATE, result=result, message="HTTP 500\nx")]
    shown = text.result_text(plan(*(one.change for one in tried)), tried)
    assert f"! update Prompt/welcome {word}: HTTP 500\\nx\n1 {word}.\n" in shown
    assert last_line(shown) == "Apply incomplete. Resources: 0 added, 0 changed, 1 destroyed."


def test_what_the_plan_already_blocked_is_listed_after_an_apply_too():
    shown = text.result_text(plan(change().block("locked by supervisor-1")), [])
    assert shown == (
        "! Prompt/welcome blocked: locked by supervisor-1\n"
        "1 blocked.\n"
        "Apply incomplete. Resources: 0 added, 0 changed, 0 destroyed.\n"
    )


def test_recorded_objects_are_counted_apart():
    done = [ended(Action.ADOPT), ended(Action.FORGET, MAIN)]
    shown = text.result_text(plan(change(Action.ADOPT)), done)
    assert shown.endswith("2 recorded.\nApply complete! Resources: 0 added, 0 changed, 0 destroyed.\n")


KEY = "inboundCall.menus.menu[Main].choices.menuTask[Sales]"
REROUTED = (
    FieldChange(f"{KEY}.dtmf", "digit_1", "digit_2", Cause.INTENT),
    FieldChange(f"{KEY}.task.actions.transferToAcd[Go].targetQueue.lit.name", "Sales", "Support", Cause.DRIFT),
    FieldChange("inboundCall.menus.menu[Main].audio.tts", "Hi", "Hello", Cause.INTENT),
    FieldChange("inboundCall.menus.menu[Old]", {"name": "Old"}, None, Cause.INTENT),
)


def test_a_flow_tells_its_differences_part_by_part():
    shown = text.plan_text(plan(change(Action.UPDATE, MAIN, fields=REROUTED)))
    assert (
        """\
      menu "Main", choice "Sales": rerouted
        ~ dtmf: "digit_1" -> "digit_2"
      menu "Main", choice "Sales", transferToAcd "Go": rerouted
        ~ targetQueue.lit.name: "Sales" -> "Support"  (drift)
      menu "Main": reworded
        ~ audio.tts: "Hi" -> "Hello"
      menu "Old": removed
        - (whole): {"name": "Old"}
"""
        in shown
    )


def test_names_in_a_flow_cannot_end_their_line():
    field = FieldChange("inboundCall.menus.menu[Ma\nin\x1b[2J].audio.tts", "Hi", "Ho", Cause.INTENT)
    shown = text.plan_text(plan(change(Action.UPDATE, MAIN, fields=(field,))))
    assert "\x1b" not in shown
    assert 'menu "Ma\\nin' in shown
