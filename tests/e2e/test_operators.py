"""Operators and their mistakes, from outside: settings, plans, thresholds, guards, adoption, conflicts, suspension."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import RECONCILE, SECONDS, Team


def edit(team: Team, name: str, *changes: tuple[str, str], commit: bool = True) -> None:
    text = (team.path / "desired_state" / name).read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    team.write(name, text)
    if commit:
        team.commit(f"Edit {name}")


def policy(team: Team, written: str) -> None:
    edit(team, "environment.yaml", ("spec:\n", f"spec:\n  policy: {{{written}}}\n"))


def prompts(team: Team, description: str, *names: str) -> None:
    for name in names:
        team.write(
            f"more/{name}.yaml",
            f"""\
            apiVersion: reconciler/v1
            kind: Prompt
            metadata: {{name: {name}}}
            spec: {{description: {description}, resources: {{en-us: {{tts: Hi}}}}}}
            """,
        )
    team.commit(f"Say {description}")


def names(team: Team, kind: str) -> dict[str, str]:
    """The ids of what the platform has, by name."""
    return {one["name"]: one["id"] for one in team.sandbox.state()[kind].values() if one.get("state") != "deleted"}


def writes(team: Team) -> list[str]:
    """The routes of requests that changed something since they were forgotten."""
    reads = ("GET ", "POST /oauth/token", "POST /api/v2/flows/export/jobs")
    return [route for route in team.sandbox.requests() if not route.startswith(reads)]


def in_sync(team: Team) -> bool:
    return team.reconcile("plan", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")


USAGE = [
    (["--nonsense"], "No such option"),
    (["plann"], "Did you mean 'plan'?"),
    (["plan", "-o", "xml"], "'markdown'"),
    (["--dry-run"], "--dry-run goes with --once"),
    (["apply", "--take", "git"], "needs the names"),
    (["apply", "missing.plan"], "There is no plan file missing.plan."),
    (["export", "--format", "json"], "no json or xml. Export yaml"),
    (["export", "--format", "Architect"], "binary"),
    (["apply", "Main IVR", "--take", "theirs"], "git keeps git's, live brings"),
    (["report"], "reconcile report --unmanaged"),
    (["schema", "Promt"], "Did you mean Prompt?"),
    (["history", "greeting"], "Kind/name"),
    (["suspend"], "--all"),
    (["suspend", "--all", "--until", "soon"], "(8h)"),
    (["resume", "Prompt/greeting"], "is not suspended"),
    (["plan", "--revision", "nowhere"], "no commit 'nowhere'"),
    (["audit", "verify", "nowhere.jsonl"], "No such file"),
    (["--source"], "requires an argument"),
]
SETTINGS = [
    ({"RECONCILE_INTERVL": "5m"}, "did you mean RECONCILE_INTERVAL?"),
    ({"RECONCILE_INTERVAL": "5"}, "such as 90s, 5m or 1h30m"),
    ({"RECONCILE_CONCURRENCY": "0"}, "at least 1"),
    ({"RECONCILE_LEDGER_URL": "postgres://me:hush@db.example.com/x"}, "RECONCILE_LEDGER_URL_FILE"),
    ({"RECONCILE_ENV": "prod"}, "there are test"),
    ({"GENESYSCLOUD_OAUTHCLIENT_SECRET_FILE": "/nowhere"}, "both set"),
    ({"GENESYSCLOUD_OAUTHCLIENT_ID": ""}, "--sandbox"),
    (
        {"GENESYSCLOUD_OAUTHCLIENT_ID": "", "GENESYS_CLIENT_ID": "old", "OAUTH_CLIENT_ID": "old"},
        "GENESYSCLOUD_OAUTHCLIENT_ID instead of GENESYS_CLIENT_ID",
    ),
    (
        {"RECONCILE_GATEWAY_URL": "", "GENESYS_BASE_URL": "x", "GENESYS_ENVIRONMENT": "mypurecloud.ie"},
        "GENESYSCLOUD_REGION instead of GENESYS_ENVIRONMENT",
    ),
]


def test_usage_errors_end_with_1_and_say_what_to_write(lines: Team) -> None:
    for arguments, words in USAGE:
        said = lines.reconcile(*arguments, expect=None)
        assert (said.returncode, said.stdout) == (1, ""), arguments
        assert words in said.stderr, arguments
        assert "Traceback" not in said.stderr
    assert lines.sandbox.requests() == {}


def test_wrong_settings_end_with_1_and_name_the_variable(lines: Team) -> None:
    for variables, words in SETTINGS:
        said = lines.reconcile("plan", expect=None, **variables)
        assert (said.returncode, said.stdout) == (1, ""), variables
        assert words in said.stderr, variables
        assert "hush" not in said.stderr
        assert "Traceback" not in said.stderr
    assert lines.sandbox.requests() == {}


def test_apply_asks_first_and_applies_nothing_without_an_answer(lines: Team) -> None:
    asked = lines.reconcile("apply", expect=1)
    assert asked.stdout == ""
    assert "Plan: 3 to add" in asked.stderr
    assert "--auto-approve" in asked.stderr
    assert writes(lines) == []
    answered = subprocess.run(
        [*RECONCILE, "apply"],
        cwd=lines.path,
        env=lines.environment,
        input="yes\n",
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert answered.returncode == 0, answered.stderr
    assert answered.stdout.rstrip().endswith("Resources: 3 added, 0 changed, 0 destroyed.")


TWELVE = [f"p_{number}" for number in range(12)]


def test_a_plan_over_a_threshold_needs_force_or_a_reviewed_plan(team: Team) -> None:
    prompts(team, "one", *TWELVE)
    team.reconcile("apply", "--auto-approve")
    prompts(team, "two", *TWELVE[:4])
    team.sandbox.forget_requests()
    held = team.reconcile("--once", expect=3)
    assert '"one" -> "two"' in held.stdout
    assert "4 updates of 12 Prompt objects are 33%, over the threshold of 30%" in held.stdout
    assert writes(team) == []
    team.reconcile("plan", "--detailed-exitcode", "--out", "reviewed.plan", expect=2)
    assert "4 changed" in team.reconcile("apply", "reviewed.plan").stdout
    stale = team.reconcile("apply", "reviewed.plan", expect=1).stderr
    assert "stale" in stale
    assert "plan --out" in stale

    prompts(team, "three", *TWELVE[:5])
    team.reconcile("plan", "--out", "older.plan")
    prompts(team, "four", "p_0")
    assert "the revision in git was" in team.reconcile("apply", "older.plan", expect=1).stderr
    (team.path / "cut.plan").write_text((team.path / "older.plan").read_text()[:100])
    assert "not a plan file" in team.reconcile("apply", "cut.plan", expect=1).stderr
    assert "5 changed" in team.reconcile("apply", "--force", "--auto-approve").stdout
    assert in_sync(team)


def test_pruning_is_off_until_asked_for_and_never_takes_what_is_protected(team: Team) -> None:
    prompts(team, "one", *TWELVE)
    team.reconcile("--once")
    (team.path / "desired_state/more/p_0.yaml").unlink()
    edit(team, "more/p_1.yaml", ("{name: p_1}", "{name: p_1, annotations: {reconciler/prune: disabled}}"))
    assert "left on the platform: prune is off" in team.reconcile("--once").stdout
    assert names(team, "prompts").keys() == set(TWELVE)
    policy(team, "prune: true")
    assert "1 destroyed" in team.reconcile("--once").stdout
    (team.path / "desired_state/more/p_1.yaml").unlink()
    team.commit("Remove the protected one")
    assert "reconciler/prune: disabled" in team.reconcile("--once").stdout
    for name in TWELVE[2:6]:
        (team.path / f"desired_state/more/{name}.yaml").unlink()
    team.commit("Remove a third")
    assert "over the threshold of 10%" in team.reconcile("--once", expect=3).stdout
    assert names(team, "prompts").keys() == set(TWELVE[1:])


def test_a_freeze_window_holds_everything_and_names_its_end(lines: Team) -> None:
    now = datetime.now(UTC)
    window = f"  freeze: [{{kind: deny, schedule: '{now.minute} {now.hour} * * *', duration: 2h}}]\n"
    edit(lines, "environment.yaml", ("  webhooks:", f"{window}  webhooks:"))
    held = lines.reconcile("--once", expect=3)
    assert "freeze window" in held.stdout
    assert f"it opens at {now + timedelta(hours=2):%Y-%m-%dT%H:%M}" in held.stdout
    lines.reconcile("apply", "--force", "--auto-approve", expect=3)
    assert writes(lines) == []


def test_what_exists_already_is_adopted_when_equal_and_otherwise_not_ours_until_said(lines: Team) -> None:
    lines.reconcile("--once")
    lines.sandbox.forget_requests()
    second = {"RECONCILE_LEDGER_URL": "sqlite:///second.db"}
    unmanaged = lines.reconcile("report", "--unmanaged", "-o", "json", **second)
    assert json.loads(unmanaged.stdout) == []  # declared in git, though this ledger has not seen them yet
    assert "= adopt Flow/Main IVR" in lines.reconcile("--once", **second).stdout
    assert writes(lines) == []
    assert "0 objects" in lines.reconcile("report", "--unmanaged", **second).stdout

    edit(lines, "prompt.yaml", ("First words", "Other words"), commit=False)
    edit(lines, "menu.yaml", ("press one", "press 1"))
    third = {"RECONCILE_LEDGER_URL": "sqlite:///third.db"}
    blocked = lines.reconcile("--once", expect=3, **third).stdout
    assert blocked.count("blocked: not ours: it was there before us") == 2
    assert writes(lines) == []
    edit(lines, "prompt.yaml", ("{name: greeting}", "{name: greeting, annotations: {reconciler/adopt: git}}"))
    assert "~ update Prompt/greeting" in lines.reconcile("--once", expect=3, **third).stdout
    policy(lines, "adopt: git")
    assert "~ update Flow/Main IVR" in lines.reconcile("--once", **third).stdout
    assert lines.reconcile("--once", **third).stdout.rstrip().endswith("No changes.")


def test_a_conflict_waits_for_a_person_who_takes_gits_side(lines: Team) -> None:
    lines.reconcile("--once")
    lines.sandbox.person("publish", "Flow", "Main IVR")
    edit(lines, "menu.yaml", ("press one", "press 1"))
    lines.sandbox.forget_requests()
    held = lines.reconcile("--once", expect=3).stdout
    assert "conflict: git and the platform both changed it" in held
    assert "supervisor-1" in held
    assert writes(lines) == []
    assert "conflict" in lines.reconcile("status").stdout
    lines.reconcile("apply", "Main IVR", "--take", "git", "--auto-approve")
    assert in_sync(lines)
    told = json.loads(lines.reconcile("history", "Flow/Main IVR", "-o", "json").stdout)
    assert [entry["result"] for entry in told] == ["applied", "blocked", "applied"]


def test_renamed_objects_keep_their_ids_and_what_a_person_deletes_comes_back(lines: Team) -> None:
    lines.reconcile("--once")
    before = {kind: names(lines, kind) for kind in ("prompts", "flows", "routes")}
    edit(lines, "prompt.yaml", ("{name: greeting}", "{name: hello, renamedFrom: greeting}"), commit=False)
    edit(
        lines,
        "menu.yaml",
        ("{name: Main IVR}", "{name: Front door, renamedFrom: Main IVR}"),
        ("prompt: greeting", "prompt: hello"),
    )
    assert "0 added, 3 changed, 0 destroyed" in lines.reconcile("--once").stdout
    assert names(lines, "prompts") == {"hello": before["prompts"]["greeting"]}
    assert names(lines, "flows") == {"Front door": before["flows"]["Main IVR"]}
    assert names(lines, "routes") == {"Front door": before["routes"]["Main IVR"]}
    assert in_sync(lines)
    lines.sandbox.person("delete", "CallRoute", "Front door")
    (change,) = lines.plan()["changes"]
    assert (change["action"], change["cause"]) == ("create", "drift")
    lines.reconcile("--once")
    assert names(lines, "routes").keys() == {"Front door"}
    assert in_sync(lines)


def test_drift_is_left_alone_for_the_time_of_grace(lines: Team) -> None:
    policy(lines, "driftGrace: 1s")
    lines.reconcile("--once")
    lines.sandbox.person("edit", "Prompt", "greeting")
    assert "(driftGrace)" in lines.reconcile("--once").stdout
    end = time.monotonic() + 20
    while "1 changed" not in lines.reconcile("--once").stdout:
        assert time.monotonic() < end
    assert in_sync(lines)


def test_what_is_suspended_is_shown_and_not_written_until_resumed(lines: Team) -> None:
    lines.reconcile("--once")
    assert "Did you mean Prompt/greeting?" in lines.reconcile("suspend", "Prompt/greting").stdout
    lines.reconcile("resume", "Prompt/greting")
    lines.reconcile("suspend", "Prompt/greeting", "--reason", "INC-1234", "--until", "8h")
    edit(lines, "prompt.yaml", ("First words", "Other words"))
    lines.sandbox.forget_requests()
    assert "INC-1234" in lines.reconcile("--once", expect=3).stdout
    assert writes(lines) == []
    assert "INC-1234" in lines.reconcile("status").stdout
    lines.reconcile("resume", "Prompt/greeting")
    lines.reconcile("suspend", "--all")
    assert "suspended" in lines.reconcile("--once", expect=3).stdout
    assert writes(lines) == []
    lines.reconcile("resume", "--all")
    assert "1 changed" in lines.reconcile("--once").stdout


JSON: list[tuple[list[str], Callable[[Any], Any], Any]] = [
    (["plan", "-o", "json"], lambda said: said["summary"]["none"], 3),
    (["--once", "-o", "json"], lambda said: said["changes"], []),
    (["--once", "--dry-run", "-o", "json"], lambda said: said["has_ledger"], True),
    (["validate", "-o", "json"], lambda said: said["valid"], True),
    (["status", "-o", "json"], lambda said: len(said["objects"]), 3),
    (["history", "Menu/Main IVR", "-o", "json"], lambda said: {entry["kind"] for entry in said}, {"Flow", "CallRoute"}),
    (["report", "--unmanaged", "-o", "json"], lambda said: said, []),
    (["audit", "list", "-o", "json"], lambda said: [entry["seq"] for entry in said], [1, 2, 3]),
    (["webhooks", "list", "-o", "json"], lambda said: {one["state"] for one in said}, {"delivered"}),
    (["schema", "Prompt"], lambda said: said["type"], "object"),
]


def test_json_is_all_there_is_on_stdout_and_options_go_on_either_side(lines: Team) -> None:
    lines.reconcile("--once")
    for arguments, part, expected in JSON:
        assert part(json.loads(lines.reconcile(*arguments).stdout)) == expected, arguments
    before = lines.reconcile("--source", "desired_state", "--no-color", "plan").stdout
    after = lines.reconcile("plan", "--source=desired_state", NO_COLOR="1").stdout
    assert before == after
    assert "\x1b" not in before


def processes_in(directory: Path) -> list[str]:
    """The processes that work there, by id."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == directory:
                found.append(process.name)
    return found


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="looks for processes in /proc")
def test_the_sandbox_of_one_command_is_found_by_the_next_and_leaves_no_process(lines: Team) -> None:
    for name in ("RECONCILE_GATEWAY_URL", "GENESYSCLOUD_OAUTHCLIENT_ID", "GENESYSCLOUD_OAUTHCLIENT_SECRET"):
        del lines.environment[name]
    edit(lines, "environment.yaml", ("      url:", "      enabled: false\n      url:"))
    lines.reconcile("--sandbox", "plan", "--detailed-exitcode", expect=2)
    assert "3 added" in lines.reconcile("--once", "--sandbox").stdout
    assert lines.reconcile("plan", "--sandbox", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")
    assert processes_in(lines.path) == []
