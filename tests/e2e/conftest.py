"""A team at work: a git repository, the stand-in as a process of its own, and the real command."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import textwrap
import urllib.request
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.forks import ForkServer

RECONCILE = [sys.executable, "-m", "reconciler.cli.main"]
SECONDS = 60
SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


@dataclass
class Sandbox:
    """The running stand-in and its control plane."""

    url: str
    process: subprocess.Popen[str]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"{self.url}{path}", data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def start_over(self) -> None:
        """A new organisation, without faults and memory."""
        for part in ("state", "faults", "requests"):
            self.call("DELETE", f"/_sandbox/{part}")

    def forget_requests(self) -> None:
        self.call("DELETE", "/_sandbox/requests")

    def requests(self) -> dict[str, int]:
        return dict(self.call("GET", "/_sandbox/requests")["by_route"])

    def person(self, action: str, kind: str, name: str, *, who: str = "supervisor-1", **more: Any) -> Any:
        return self.call("POST", "/_sandbox/people", {"as": who, "action": action, "kind": kind, "name": name, **more})

    def fault(self, **fault: Any) -> None:
        self.call("POST", "/_sandbox/faults", fault)

    def inbox(self, name: str = "archive") -> list[dict[str, Any]]:
        return list(self.call("GET", f"/_sandbox/inbox/{name}"))

    def state(self) -> dict[str, Any]:
        return dict(self.call("GET", "/_sandbox/state"))


Run = Callable[[Sequence[str], Path, Mapping[str, str]], subprocess.CompletedProcess[str]]
"""How a command line is run in a directory with an environment."""


def run_command(
    arguments: Sequence[str], cwd: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RECONCILE, *arguments],
        cwd=cwd,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@dataclass
class Team:
    """A repository with a desired state, and the environment its commands run in."""

    path: Path
    sandbox: Sandbox
    environment: dict[str, str]
    run: Run = run_command

    def write(self, name: str, text: str | bytes) -> None:
        file = self.path / "desired_state" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=Dev", "-c", "user.email=dev@example.com", *arguments],
            cwd=self.path,
            check=True,
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        return done.stdout.strip()

    def commit(self, message: str = "Change") -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def reconcile(
        self, *arguments: str, expect: int | None = 0, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        done = self.run(arguments, self.path, self.environment | environment)
        if expect is not None:
            assert done.returncode == expect, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def plan(self, *arguments: str) -> dict[str, Any]:
        return dict(json.loads(self.reconcile("plan", "-o", "json", *arguments).stdout))

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*RECONCILE, *arguments],
            cwd=self.path,
            env=self.environment | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def speech(seconds: float = 0.5, level: int = 1000) -> bytes:
    """A WAV file as the platform likes it: 8 kHz, mono, 16 bit."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(struct.pack("<h", level) * int(8000 * seconds))
    return buffer.getvalue()


def start_sandbox(path: Path, *arguments: str) -> Sandbox:
    process = subprocess.Popen(
        [*RECONCILE, "sandbox", "--port", "0", "--state", str(path / "sandbox.json"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url.startswith("http"), "the sandbox did not start"
    return Sandbox(url, process)


@contextmanager
def running_sandbox(path: Path) -> Iterator[Sandbox]:
    running = start_sandbox(path, "--job-duration", "20ms", "--transcode-duration", "20ms", "--rate-limit", "off")
    yield running
    running.process.terminate()
    running.process.wait(10)
    assert running.process.stdout is not None
    running.process.stdout.close()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Named shortly, whatever the test is called: a socket beside the ledger has a hundred characters for its path."""
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def _stand_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("stand-in")) as running:
        yield running


@pytest.fixture
def sandbox(_stand_in: Sandbox) -> Sandbox:
    """A new organisation on the one stand-in that all tests share.

    Where commands are killed in the middle of a request, take `own_sandbox`: what arrives late is then nobody's.
    """
    _stand_in.start_over()
    return _stand_in


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def commands() -> Iterator[ForkServer]:
    """Commands without the time it takes to start Python."""
    with ForkServer() as server:
        yield server


@pytest.fixture
def team(tmp_path: Path, sandbox: Sandbox, commands: ForkServer) -> Team:
    """An organisation with nothing of ours, and a repository with one Environment.

    Its commands are forked; `team.run = run_command` starts them as a shell does, and `team.start` always.
    """
    path = tmp_path / "repository"
    path.mkdir()
    keep = {name: value for name, value in os.environ.items() if not name.startswith(("GENESYS", "RECONCILE_"))}
    environment = keep | {
        "GENESYSCLOUD_OAUTHCLIENT_ID": "ci",
        "GENESYSCLOUD_OAUTHCLIENT_SECRET": "ci-secret",
        "RECONCILE_GATEWAY_URL": sandbox.url,
        "RECONCILE_WEBHOOK_ALLOW": "127.0.0.1",
        "RECONCILE_SETTLE_WINDOW": "1s",
        "HOOK_SECRET": SECRET,
    }
    made = Team(path, sandbox, environment, commands.run)
    made.git("init", "-q", "-b", "main")
    (path / ".gitignore").write_text(".reconciler/\n")
    made.write(
        "environment.yaml",
        f"""\
        apiVersion: reconciler/v1
        kind: Environment
        metadata: {{name: test}}
        spec:
          variables: {{support_queue: Support}}
          webhooks:
            - name: archive
              url: {sandbox.url}/_sandbox/inbox/archive
              secret: "${{env.HOOK_SECRET}}"
              events: ["prompt.*", "flow.*", "route.*"]
        """,
    )
    return made


PROMPT = """\
    apiVersion: reconciler/v1
    kind: Prompt
    metadata: {name: greeting}
    spec:
      description: First words
      resources:
        en-us: {audio: audio/greeting-en.wav, tts: Welcome, text: Welcome}
        es-us: {audio: audio/greeting-es.wav, tts: Bienvenido}
    """

MENU = """\
    apiVersion: reconciler/v1
    kind: Menu
    metadata: {name: Main IVR}
    spec:
      language: en-us
      greeting: {prompt: greeting}
      start: main
      menus:
        main:
          ask: {say: "For sales press one."}
          keys:
            "1": {name: Sales, transfer: {queue: Sales, onFailure: {hangup: true}}}
            "9": {name: Bye, hangup: true}
      route: {dnis: ["+13175550100"]}
    """


@pytest.fixture
def lines(team: Team) -> Team:
    """A team with a prompt in two languages and a menu with a route, committed and not applied yet."""
    team.write("prompt.yaml", PROMPT)
    team.write("audio/greeting-en.wav", speech(0.5))
    team.write("audio/greeting-es.wav", speech(0.7))
    team.write("menu.yaml", MENU)
    team.commit("Describe the phone lines")
    return team
