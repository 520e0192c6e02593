"""The main job as a team lives it: commit, plan, apply, drift, locks, events; real processes, git and sockets."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.e2e.conftest import PROMPT, SECRET, Team, run_command, speech

LISTS = {"GET /api/v2/architect/prompts": 1, "GET /api/v2/flows": 1, "GET /api/v2/architect/ivrs": 1}
ONCE_PER_PROCESS = {"POST /oauth/token": 1, "GET /api/v2/organizations/me": 1}


def test_plan_then_apply_then_nothing_to_do_for_the_list_pages_alone(lines: Team) -> None:
    lines.run = run_command  # once the way people do it, with nothing imported before
    first = lines.reconcile("plan", "--detailed-exitcode", expect=2)
    assert first.stdout.rstrip().endswith("Plan: 3 to add, 0 to change, 0 to destroy.")
    applied = lines.reconcile("--once")
    assert "Apply complete! Resources: 3 added, 0 changed, 0 destroyed." in applied.stdout
    lines.sandbox.forget_requests()
    second = lines.reconcile("--once")
    assert second.stdout.rstrip().endswith("No changes.")
    requests = lines.sandbox.requests()
    assert {route: n for route, n in requests.items() if route not in ONCE_PER_PROCESS} == LISTS
    assert lines.reconcile("plan", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")


def test_somebody_publishes_over_a_managed_flow_and_git_wins_it_back(lines: Team) -> None:
    lines.reconcile("--once")
    lines.sandbox.person("publish", "Flow", "Main IVR")
    (change,) = lines.plan()["changes"]
    assert (change["action"], change["cause"], change["name"]) == ("update", "drift", "Main IVR")
    assert change["drift"]["by"] == "supervisor-1"
    lines.reconcile("--once")
    assert lines.reconcile("plan", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")


def test_drift_under_warn_is_reported_and_left_alone(lines: Team) -> None:
    lines.reconcile("--once")
    environment = (lines.path / "desired_state/environment.yaml").read_text()
    lines.write("environment.yaml", environment.replace("spec:\n", "spec:\n  policy: {drift: warn}\n"))
    lines.commit("Only warn")
    lines.sandbox.person("publish", "Flow", "Main IVR")
    lines.sandbox.forget_requests()
    said = lines.reconcile("--once")
    assert "drift" in said.stdout
    assert "Main IVR" in said.stdout
    writes = [
        route for route in lines.sandbox.requests() if route.startswith(("PUT", "DELETE", "POST /api/v2/flows/jobs"))
    ]
    assert writes == []


def test_a_person_who_holds_the_lock_is_named_and_left_in_peace(lines: Team) -> None:
    lines.reconcile("--once")
    lines.sandbox.person("lock", "Flow", "Main IVR")
    menu = (lines.path / "desired_state/menu.yaml").read_text()
    lines.write("menu.yaml", menu.replace("press one", "press 1"))
    lines.commit("Reword")
    lines.sandbox.forget_requests()
    said = lines.reconcile("--once", expect=3)
    assert "supervisor-1" in said.stdout + said.stderr
    assert all(route.startswith("GET") or route == "POST /oauth/token" for route in lines.sandbox.requests())
    lines.sandbox.person("unlock", "Flow", "Main IVR")
    lines.reconcile("--once")
    assert lines.reconcile("plan", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")


def test_one_language_changed_is_one_upload_and_one_description_none(lines: Team) -> None:
    lines.reconcile("--once")
    lines.write("audio/greeting-es.wav", speech(0.9, level=2000))
    lines.commit("Record Spanish again")
    lines.sandbox.forget_requests()
    lines.reconcile("--once")
    writes = {r: n for r, n in lines.sandbox.requests().items() if not r.startswith("GET") and "oauth" not in r}
    uploads = {route: n for route, n in writes.items() if route.startswith("PUT")}
    assert sum(uploads.values()) == 1
    assert set(writes) - set(uploads) == {"POST /api/v2/architect/prompts/{promptId}/resources/{languageCode}/uploads"}

    prompt = (lines.path / "desired_state/prompt.yaml").read_text()
    lines.write("prompt.yaml", prompt.replace("First words", "The first words"))
    lines.commit("Describe better")
    lines.sandbox.forget_requests()
    lines.reconcile("--once")
    writes = {r: n for r, n in lines.sandbox.requests().items() if not r.startswith("GET") and "oauth" not in r}
    assert writes == {"PUT /api/v2/architect/prompts/{promptId}": 1}


def test_each_change_sends_one_event_that_verifies(lines: Team) -> None:
    lines.reconcile("--once")
    received = lines.sandbox.inbox()
    types = Counter(entry["body"]["type"] for entry in received)
    assert types == {"prompt.created": 1, "flow.published": 1, "route.created": 1}
    for entry in received:
        Webhook(SECRET).verify(entry["raw"], {name.lower(): value for name, value in entry["headers"].items()})
        assert entry["headers"]["webhook-id"] == entry["body"]["id"]
    prompt = next(entry["body"] for entry in received if entry["body"]["type"] == "prompt.created")
    assert prompt["data"]["usedBy"] == ["Menu/Main IVR"]


def test_the_audit_chain_verifies_until_one_byte_changes(lines: Team) -> None:
    lines.reconcile("--once")
    assert "3 entries verified" in lines.reconcile("audit", "verify").stdout
    exported = lines.reconcile("audit", "export", "--format", "jsonl").stdout
    file = lines.path / "audit.jsonl"
    file.write_text(exported)
    lines.reconcile("audit", "verify", str(file))
    file.write_text(exported.replace("flow", "flaw", 1) if "flow" in exported else exported[:-5])
    assert lines.reconcile("audit", "verify", str(file), expect=1).stdout.startswith("Entry ")
    damage(lines.path / ".reconciler/ledger.db")
    said = lines.reconcile("audit", "verify", expect=1)
    assert said.stdout.startswith("Entry 2 does not hold")


def damage(ledger: Path) -> None:
    """Flip one byte of the second audit entry's text."""
    with sqlite3.connect(ledger) as connection:
        table, column = connection.execute(
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
            "WHERE m.name LIKE 'audit%' AND c.type IN ('BLOB', 'TEXT') AND c.name IN ('entry', 'text', 'body', 'line')"
        ).fetchone()
        text = connection.execute(f"SELECT {column} FROM {table} WHERE seq = 2").fetchone()[0]
        raw = text if isinstance(text, bytes) else text.encode()
        changed = raw.replace(b'"applied"', b'"appliee"', 1)
        assert changed != raw
        connection.execute(
            f"UPDATE {table} SET {column} = ? WHERE seq = 2",
            (changed if isinstance(text, bytes) else changed.decode(),),
        )
    connection.close()


def test_a_route_changed_between_read_and_write_is_planned_again_and_ends_right(lines: Team) -> None:
    lines.reconcile("--once")
    menu = (lines.path / "desired_state/menu.yaml").read_text()
    lines.write("menu.yaml", menu.replace('["+13175550100"]', '["+13175550100", "+13175550101"]'))
    lines.commit("Add a number")
    lines.sandbox.fault(method="PUT", path="/api/v2/architect/ivrs/{ivrId}", fault="status", status=409, times=1)
    lines.reconcile("--once")
    assert lines.reconcile("plan", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")


@pytest.mark.parametrize("kind", ["Queue", "Flow", "Prompt"])
def test_a_name_the_platform_lacks_is_an_error_before_any_write(lines: Team, kind: str) -> None:
    ends = {
        "Queue": "transfer: {queue: Nowhere}",
        "Flow": "transfer: {flow: Nowhere}",
        "Prompt": "prompt: nowhere, hangup: true",
    }
    menu = (lines.path / "desired_state/menu.yaml").read_text()
    lines.write("menu.yaml", menu.replace("{name: Bye, hangup: true}", "{name: Bye, " + ends[kind] + "}"))
    lines.commit("Point nowhere")
    said = lines.reconcile("--once", expect=1)
    assert "desired_state/menu.yaml:" in said.stderr
    assert "nowhere" in said.stderr.lower()
    assert all(route.startswith("GET") or route == "POST /oauth/token" for route in lines.sandbox.requests())


def test_the_plan_as_json_has_the_documented_keys(lines: Team) -> None:
    plan = json.loads(lines.reconcile("plan", "-o", "json").stdout)
    assert {"revision", "environment", "organization", "changes", "summary", "requests", "digest"} <= plan.keys()
    assert {"action", "kind", "name", "cause", "source", "version", "drift", "fields", "blocked"} <= plan["changes"][
        0
    ].keys()
    assert plan["summary"] == {"add": 3, "change": 0, "destroy": 0, "adopt": 0, "none": 0, "blocked": 0}


def test_a_lost_ledger_is_filled_again_by_name_without_a_write(lines: Team) -> None:
    lines.reconcile("--once")
    for file in (lines.path / ".reconciler").glob("ledger.db*"):
        file.unlink()
    lines.sandbox.forget_requests()
    lines.reconcile("--once")
    assert not [route for route in lines.sandbox.requests() if route.startswith(("PUT", "DELETE"))]
    assert lines.reconcile("plan", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")
    actions = [entry["action"] for entry in json.loads(lines.reconcile("audit", "list", "-o", "json").stdout)]
    assert actions == ["adopt", "adopt", "adopt"]


def test_a_pull_requests_runner_plans_without_the_ledger_or_with_a_copy_of_it(lines: Team) -> None:
    lines.reconcile("--once")
    (lines.path / ".reconciler").rename(lines.path.parent / "kept")
    lines.write("prompt.yaml", PROMPT.replace("First words", "Better words"))
    lines.commit("Propose")
    bare = lines.reconcile("plan", "--detailed-exitcode", expect=2)
    assert "cannot be told apart" in bare.stdout
    assert bare.stdout.rstrip().endswith("Plan: 0 to add, 1 to change, 0 to destroy.")
    assert not (lines.path / ".reconciler").exists()
    (change,) = lines.plan("--ledger-from", str(lines.path.parent / "kept/ledger.db"))["changes"]
    assert (change["name"], change["cause"], change["blocked"]) == ("greeting", "intent", None)
    assert change["fields"] == [
        {"path": "description", "before": "First words", "after": "Better words", "cause": "intent"}
    ]


def test_a_saved_plan_is_applied_as_reviewed_and_refused_when_either_side_moved(lines: Team) -> None:
    lines.reconcile("plan", "--out", "plan.json")
    lines.write("prompt.yaml", PROMPT.replace("First words", "Other words"))
    lines.commit("Move on")
    assert "Saved plan is stale" in lines.reconcile("apply", "plan.json", expect=1).stderr
    lines.reconcile("plan", "--out", "plan.json")
    assert "3 added" in lines.reconcile("apply", "plan.json").stdout


def test_uncommitted_files_are_counted_and_included_only_on_request(lines: Team) -> None:
    lines.write("prompt.yaml", PROMPT.replace("First words", "Not committed"))
    assert "1 uncommitted" in lines.reconcile("plan").stdout
    assert "+dirty" not in lines.plan()["revision"]
    assert "+dirty" in lines.plan("--worktree")["revision"]


def test_status_and_history_show_who_uses_a_prompt(lines: Team) -> None:
    lines.reconcile("--once")
    assert "Prompt/greeting" in (said := lines.reconcile("status").stdout)
    assert "used by Menu/Main IVR" in said
    assert "used by Menu/Main IVR" in lines.reconcile("history", "Prompt/greeting").stdout
    assert len(lines.reconcile("history", "Menu/Main IVR").stdout.splitlines()) == 2
