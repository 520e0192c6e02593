"""What goes to which stream: the result to stdout, how it went to stderr, for people and for log collectors."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import time

import pytest

from tests.e2e.conftest import RECONCILE, SECONDS, Sandbox, Team, run_command
from tests.e2e.test_service_command import wait_for


@pytest.fixture
def sandbox(own_sandbox: Sandbox) -> Sandbox:
    return own_sandbox


@pytest.fixture
def team(team: Team) -> Team:
    """Whose commands are started as a shell does: what they write goes through the streams of a new process."""
    team.run = run_command
    return team


def on_a_terminal(team: Team, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and what a person sees, with stderr on a terminal and stdout in a pipe."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*RECONCILE, *arguments], cwd=team.path, env=team.environment, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        out, _ = process.communicate(timeout=SECONDS)
    seen = b""
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:  # how Linux ends a terminal whose other side is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    return process.returncode, out, seen.decode()


def events(logs: str) -> list[str]:
    return [json.loads(line)["event"] for line in logs.splitlines()]


def test_a_person_sees_progress_and_stdout_holds_the_result_alone(lines: Team) -> None:
    code, out, seen = on_a_terminal(lines, "--once")
    assert code == 0
    assert out.startswith("+ ")
    assert out.rstrip().endswith("Apply complete! Resources: 3 added, 0 changed, 0 destroyed.")
    assert "observing Genesys Cloud" in seen
    assert "applying" in seen
    assert "Prompt/greeting: applied in" in seen
    assert "Apply complete!" not in seen
    assert "pass.completed" not in seen


def test_a_collector_gets_a_line_a_change_one_a_pass_and_none_when_nothing_happened(lines: Team) -> None:
    first = lines.reconcile("--once")
    assert events(first.stderr) == ["change.applied"] * 3 + ["pass.completed"]
    summary = json.loads(first.stderr.splitlines()[-1])
    assert (summary["level"], summary["added"], summary["failed"], summary["guard"]) == ("info", 3, 0, None)
    assert lines.reconcile("--once").stderr == ""
    assert lines.reconcile("plan").stderr == ""


def test_a_stop_while_it_looks_ends_at_once_with_a_sentence(lines: Team) -> None:
    lines.sandbox.fault(method="GET", path="/api/v2/flows", fault="slow", seconds=30, times=1)
    running = lines.start("--once")
    wait_for(lambda: lines.sandbox.requests().get("GET /api/v2/flows"), "the list of flows")
    begun = time.monotonic()
    running.terminate()
    out, err = running.communicate(timeout=SECONDS)
    assert time.monotonic() - begun < 20  # and not the 30 s of the answer
    assert (running.returncode, out) == (1, "")
    assert err == "Error: Stopped on request before anything was decided; the next pass starts over.\n"
