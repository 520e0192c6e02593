"""The service and the ends of processes: commits seen, commands answered, stops that lose nothing."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import MENU, PROMPT, Sandbox, Team, speech, start_sandbox

SECONDS = 20.0
FOLLOWED = "GET /api/v2/flows/jobs/{jobId}"


@pytest.fixture
def sandbox(own_sandbox: Sandbox) -> Sandbox:
    return own_sandbox


def wait_for(what: Callable[[], Any], why: str) -> Any:
    """Look until it is so; the deadline is the only thing that may fail here."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"waited {SECONDS} s for {why}")


@contextmanager
def service(team: Team, **environment: str) -> Iterator[subprocess.Popen[str]]:
    running = team.start("--log-format", "json", RECONCILE_LISTEN="off", **environment)
    try:
        assert running.stderr is not None
        first = json.loads(running.stderr.readline())
        assert first["event"] == "service.started", first
        yield running
    finally:
        if running.poll() is None:
            running.kill()
        running.communicate()


def stop(running: subprocess.Popen[str]) -> tuple[int, list[dict[str, Any]], float]:
    begun = time.monotonic()
    running.send_signal(signal.SIGTERM)
    _, logs = running.communicate(timeout=15)
    return running.returncode, [json.loads(line) for line in logs.splitlines()], time.monotonic() - begun


def test_the_service_applies_a_commit_answers_commands_and_stops_in_order(lines: Team) -> None:
    with service(lines) as running:
        wait_for(lambda: len(lines.sandbox.inbox()) == 3, "three events of the first pass")
        lines.write("prompt.yaml", PROMPT.replace("First words", "Other words"))
        lines.commit("Say it otherwise")
        wait_for(lambda: len(lines.sandbox.inbox()) == 4, "the event of the second commit")
        said = lines.reconcile("status").stdout
        assert "running since" in said
        assert "1 CallRoute, 1 Flow, 1 Prompt" in said
        assert lines.reconcile("--once").stdout.rstrip().endswith("No changes.")
        assert "4 entries verified" in lines.reconcile("audit", "verify").stdout
        code, logs, seconds = stop(running)
    assert code == 0
    assert seconds < 10
    assert [entry["event"] for entry in logs if entry["event"] == "pass.completed"] == ["pass.completed"] * 2
    assert logs[-1]["event"] == "service.stopped"


def test_a_second_service_on_the_same_ledger_is_refused_in_one_sentence(lines: Team) -> None:
    with service(lines):
        second = lines.start(RECONCILE_LISTEN="off")
        _, said = second.communicate(timeout=20)
    assert second.returncode == 1
    assert said.count("\n") == 1
    assert "ledger" in said


def test_sighup_makes_the_service_look_at_the_platform(lines: Team) -> None:
    with service(lines) as running:
        wait_for(lambda: len(lines.sandbox.inbox()) == 3, "the first pass")
        lines.sandbox.person("publish", "Flow", "Main IVR")
        running.send_signal(signal.SIGHUP)
        wait_for(lambda: len(lines.sandbox.inbox()) == 4, "the correction of the drift")
        assert lines.sandbox.inbox()[-1]["body"]["data"]["cause"] == "drift"


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Sandbox]:
    """A platform that takes long to publish."""
    running = start_sandbox(tmp_path, "--job-duration", "30s", "--transcode-duration", "0s", "--rate-limit", "off")
    yield running
    running.process.terminate()
    running.process.wait(10)
    assert running.process.stdout is not None
    running.process.stdout.close()


def finished(team: Team) -> None:
    """Every object once on the platform, every change one event, a chain that holds, and nothing left to do."""
    state = team.sandbox.state()
    assert Counter(flow["name"] for flow in values(state["flows"]) if not flow.get("deleted")) == {"Main IVR": 1}
    assert Counter(prompt["name"] for prompt in values(state["prompts"])) == {"greeting": 1}
    assert team.reconcile("plan", "--detailed-exitcode").stdout.rstrip().endswith("No changes.")
    assert "verified" in team.reconcile("audit", "verify").stdout
    events = team.sandbox.inbox()
    by_id = {entry["headers"]["webhook-id"]: entry["body"]["type"] for entry in events}
    assert Counter(by_id.values()) == {"prompt.created": 1, "flow.published": 1, "route.created": 1}


def values(part: Any) -> list[dict[str, Any]]:
    return list(part.values()) if isinstance(part, dict) else list(part)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
def test_ended_in_the_middle_of_a_publish_the_next_start_converges(team: Team, how: signal.Signals) -> None:
    state = team.sandbox
    state.fault(method="GET", path="/api/v2/flows/jobs/{jobId}", fault="slow", seconds=6, times=1)
    team.write("prompt.yaml", PROMPT)
    team.write("audio/greeting-en.wav", speech(0.5))
    team.write("audio/greeting-es.wav", speech(0.7))
    team.write("menu.yaml", MENU)
    team.commit("Describe the phone lines")
    running = team.start("--once")
    wait_for(lambda: state.requests().get(FOLLOWED), "a publish job that has its file")
    begun = time.monotonic()
    running.send_signal(how)
    running.communicate(timeout=15)
    assert time.monotonic() - begun < 10
    assert running.returncode != 0
    team.reconcile("--once")
    finished(team)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v2/architect/prompts"),
        ("POST", "/api/v2/architect/prompts/{promptId}/resources"),
        ("POST", "/api/v2/flows/jobs"),
        ("POST", "/api/v2/architect/ivrs"),
    ],
)
@pytest.mark.parametrize("fault", ["reset_before", "reset_after"])
def test_a_write_without_an_answer_is_looked_for_and_never_doubled(
    lines: Team, method: str, path: str, fault: str
) -> None:
    lines.sandbox.fault(method=method, path=path, fault=fault, times=1)
    lines.reconcile("--once", expect=None)
    for _ in range(3):
        if lines.reconcile("--once", expect=None).returncode == 0:
            break
    finished(lines)
    routes = [route["name"] for route in values(lines.sandbox.state()["routes"]) if route.get("state") != "deleted"]
    assert Counter(routes) == {"Main IVR": 1}
