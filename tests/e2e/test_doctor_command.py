"""`reconcile doctor` from outside: it names what is missing, shows everything, leaks nothing and writes nothing."""

from __future__ import annotations

import json
import signal
from typing import Any

from tests.e2e.conftest import PROMPT, Team, speech

DEPLOYER = (
    *("architect:userPrompt:*", "architect:flow:view", "architect:flow:add", "architect:flow:edit"),
    *("architect:job:*", "architect:jobExport:*", "routing:callRoute:*", "routing:queue:view", "audits:audit:view"),
)


def role(team: Team, *permissions: str) -> None:
    """The client `ci` has one role with these permissions."""
    clients = [{"id": "ci", "secret": "ci-secret", "name": "CI", "roles": ["Deployer"]}]
    roles = [{"name": "Deployer", "permissions": list(permissions)}]
    team.sandbox.call("PUT", "/_sandbox/state", {"roles": roles, "clients": clients})


def checks(team: Team, *, expect: int, **environment: str) -> dict[str, list[dict[str, str]]]:
    facts: dict[str, Any] = json.loads(team.reconcile("doctor", "-o", "json", expect=expect, **environment).stdout)
    found: dict[str, list[dict[str, str]]] = {}
    for one in facts["checks"]:
        found.setdefault(one["check"], []).append(one)
    return found


def test_a_role_that_may_not_publish_is_named_and_fails(lines: Team) -> None:
    role(lines, *DEPLOYER)
    done = lines.reconcile("doctor", expect=1)
    (red,) = [line for line in done.stdout.splitlines() if line.startswith("red")]
    assert "permissions" in red
    assert "architect:flow:publish is missing" in red
    assert "Add architect:flow:publish to one of the client's roles" in red
    role(lines, *DEPLOYER, "architect:flow:publish")
    lines.reconcile("doctor", expect=0)


def test_it_looks_at_everything_and_writes_nothing(lines: Team) -> None:
    before = {key: value for key, value in lines.sandbox.state().items() if key != "tokens"}
    lines.sandbox.forget_requests()
    found = checks(lines, expect=0)
    assert list(found) == [
        *("program", "sqlite", "git", "source", "region", "login", "organisation", "clock", "rate budget"),
        *("permissions", "ledger", "webhooks", "audio converter"),
    ]
    assert {one["health"] for name, all in found.items() for one in all if name != "sqlite"} == {"ok"}
    assert "archive" in found["webhooks"][0]["message"]
    assert {key: value for key, value in lines.sandbox.state().items() if key != "tokens"} == before
    assert not (lines.path / ".reconciler").exists()
    writes = [route for route in lines.sandbox.requests() if not route.startswith("GET") and "oauth" not in route]
    assert writes == []


def test_prompts_alone_need_no_right_to_write_flows_or_routes(team: Team) -> None:
    team.write("prompt.yaml", PROMPT)
    team.write("audio/greeting-en.wav", speech(0.5))
    team.write("audio/greeting-es.wav", speech(0.7))
    team.commit("Only a prompt")
    views = ("architect:flow:view", "routing:callRoute:view", "audits:audit:view")
    role(team, "architect:userPrompt:*", *views[1:])
    (red,) = checks(team, expect=1)["permissions"]
    assert "architect:flow:view is missing; needed to list flows" in red["message"]
    team.reconcile("--once", expect=1)
    role(team, "architect:userPrompt:*", *views)
    assert [one["health"] for one in checks(team, expect=0)["permissions"]] == ["ok"]
    team.reconcile("--once", expect=0)


def test_a_refused_login_hides_nothing_else_and_shows_no_secret(lines: Team) -> None:
    role(lines, *DEPLOYER)
    done = lines.reconcile("doctor", expect=1, GENESYSCLOUD_OAUTHCLIENT_SECRET="not-the-secret")
    found = {line[6:22].strip(): line[:5].strip() for line in done.stdout.splitlines()[:-1]}
    assert (found["login"], found["organisation"], found["permissions"]) == ("red", "warn", "warn")
    assert (found["source"], found["ledger"], found["webhooks"]) == ("ok", "ok", "ok")
    said = done.stdout + done.stderr
    assert "not-the-secret" not in said
    assert lines.environment["HOOK_SECRET"] not in said
    assert "/_sandbox/inbox" not in said


def test_missing_credentials_and_broken_manifests_are_told_together(lines: Team) -> None:
    lines.write("menu.yaml", "kind: Menu\n")
    lines.commit("Break it")
    done = lines.reconcile("doctor", expect=1, GENESYSCLOUD_OAUTHCLIENT_ID="")
    red = [line for line in done.stdout.splitlines() if line.startswith("red")]
    assert [line.split()[1] for line in red] == ["source", "login"]
    assert "desired_state/menu.yaml:1:1" in red[0]
    assert "GENESYSCLOUD_OAUTHCLIENT_ID is not set" in red[1]


def test_what_the_platform_does_not_tell_is_a_warning(lines: Team) -> None:
    role(lines, *DEPLOYER)
    lines.sandbox.fault(method="GET", path="/api/v2/authorization/subjects/me", fault="status", status=403)
    (unknown,) = checks(lines, expect=0)["permissions"]
    assert (unknown["health"], "does not tell" in unknown["message"]) == ("warn", True)


def test_a_ledger_of_another_organisation_is_red(lines: Team) -> None:
    lines.reconcile("--once")
    assert checks(lines, expect=0)["ledger"][0]["health"] == "ok"
    lines.sandbox.call("DELETE", "/_sandbox/state")
    (ledger,) = checks(lines, expect=1)["ledger"]
    assert (ledger["health"], "belongs to organisation" in ledger["message"]) == ("red", True)


def test_the_running_service_is_asked_for_its_ledger(lines: Team) -> None:
    running = lines.start("--log-format", "json", RECONCILE_LISTEN="off")
    try:
        assert running.stderr is not None
        assert "service.started" in running.stderr.readline()
        (ledger,) = checks(lines, expect=0)["ledger"]
        assert "running service" in ledger["message"]
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=15)
    finally:
        running.kill()
        running.communicate()


def test_a_remote_repository_is_cloned_for_the_look_only(lines: Team) -> None:
    lines.environment |= {"RECONCILE_GIT_URL": f"file://{lines.path}", "RECONCILE_SOURCE": "desired_state"}
    (source,) = checks(lines, expect=0)["source"]
    assert "commit" in source["message"]
    assert not (lines.path / ".reconciler").exists()
