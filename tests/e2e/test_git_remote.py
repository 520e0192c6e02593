"""The desired state from a remote repository, and from a directory that a sidecar keeps."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import PROMPT, Sandbox, Team
from tests.e2e.test_service_command import service, wait_for


@pytest.fixture
def sandbox(own_sandbox: Sandbox) -> Sandbox:
    return own_sandbox


@pytest.fixture
def remote(lines: Team, tmp_path: Path) -> Path:
    """A bare repository that the team pushes to, and an empty place where the service runs."""
    bare = tmp_path / "remote.git"
    lines.git("clone", "-q", "--bare", ".", str(bare))
    lines.git("remote", "add", "origin", str(bare))
    lines.environment |= {
        "RECONCILE_GIT_URL": f"file://{bare}",
        "RECONCILE_GIT_REF": "main",
        "RECONCILE_GIT_POLL": "1s",
        "RECONCILE_LEDGER_URL": f"sqlite:///{tmp_path / 'elsewhere' / 'ledger.db'}",
    }
    return bare


def test_a_push_reaches_the_platform_and_a_lost_remote_keeps_the_last_good_commit(lines: Team, remote: Path) -> None:
    with service(lines) as running:
        wait_for(lambda: len(lines.sandbox.inbox()) == 3, "the first pass")
        lines.write("prompt.yaml", PROMPT.replace("First words", "Pushed words"))
        lines.commit("Push it")
        lines.git("push", "-q", "origin", "main")
        wait_for(lambda: len(lines.sandbox.inbox()) == 4, "the pushed commit")
        shutil.move(remote, f"{remote}.away")
        assert running.stderr is not None
        said = next(entry for line in running.stderr if (entry := json.loads(line))["event"] == "source.unreadable")
        assert "stays in force" in said["error"]
        lines.sandbox.person("publish", "Flow", "Main IVR")
        lines.reconcile("suspend", "Prompt/greeting")
        lines.reconcile("resume", "Prompt/greeting")
        wait_for(lambda: len(lines.sandbox.inbox()) == 5, "the drift corrected from the last good commit")


def test_a_directory_swapped_by_a_sidecar_is_followed(lines: Team, tmp_path: Path) -> None:
    links = tmp_path / "sync"
    first = links / "first"
    shutil.copytree(lines.path / "desired_state", first / "desired_state")
    (links / "current").symlink_to("first")
    lines.environment |= {
        "RECONCILE_SOURCE": str(links / "current" / "desired_state"),
        "RECONCILE_LEDGER_URL": f"sqlite:///{tmp_path / 'elsewhere' / 'ledger.db'}",
    }
    with service(lines):
        wait_for(lambda: len(lines.sandbox.inbox()) == 3, "the first pass")
        shutil.copytree(first, links / "second")
        prompt = links / "second" / "desired_state" / "prompt.yaml"
        prompt.write_text(prompt.read_text().replace("First words", "Swapped words"))
        (links / "next").symlink_to("second")
        (links / "next").replace(links / "current")
        wait_for(lambda: len(lines.sandbox.inbox()) == 4, "the swapped directory")
