"""A throw-away team for benchmarks: a repository of generated manifests and a stand-in, by default without limit."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECONCILE = [sys.executable, "-m", "reconciler.cli.main"]

FLOW = """\
inboundCall:
  name: {name}
  defaultLanguage: en-us
  startUpRef: "/inboundCall/menus/menu[main]"
  initialGreeting: {{tts: Welcome to line {number}}}
  menus:
    - menu:
        name: Main
        refId: main
        audio: {{tts: Press nine to hang up}}
        choices:
          - menuDisconnect: {{name: Bye, dtmf: digit_9}}
"""


@dataclass(frozen=True)
class Workshop:
    path: Path
    url: str
    environment: dict[str, str]

    def reconcile(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*RECONCILE, *arguments], cwd=self.path, env=self.environment, text=True, capture_output=True, check=True
        )

    def git(self, *arguments: str) -> None:
        names = ["-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
        subprocess.run(["git", *names, *arguments], cwd=self.path, check=True, capture_output=True)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """One request to the stand-in's control plane."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None


@contextlib.contextmanager
def workshop(*, prompts: int = 0, flows: int = 0, routes: int = 0, rate_limit: str = "off") -> Iterator[Workshop]:
    """Manifests for so many objects, committed; at most 100 routes, one number each."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "repository"
        _write(path, prompts=prompts, flows=flows, routes=routes)
        command = [*RECONCILE, "sandbox", "--port", "0", "--rate-limit", rate_limit, "--job-duration", "0s"]
        sandbox = subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert sandbox.stdout is not None
            url = sandbox.stdout.readline().strip()
            environment = os.environ | {
                "GENESYSCLOUD_OAUTHCLIENT_ID": "bench",
                "GENESYSCLOUD_OAUTHCLIENT_SECRET": "bench",
                "RECONCILE_GATEWAY_URL": url,
            }
            made = Workshop(path, url, environment)
            made.git("init", "-q", "-b", "main")
            made.git("add", ".")
            made.git("commit", "-q", "-m", "Generate")
            yield made
        finally:
            sandbox.terminate()
            sandbox.communicate(timeout=10)


def _write(path: Path, *, prompts: int, flows: int, routes: int) -> None:
    for folder in ("prompts", "flows", "routes"):
        (path / "desired_state" / folder).mkdir(parents=True)
    (path / ".gitignore").write_text(".reconciler/\n")
    for number in range(prompts):
        (path / f"desired_state/prompts/p{number}.yaml").write_text(
            f"apiVersion: reconciler/v1\nkind: Prompt\nmetadata: {{name: prompt_{number}}}\n"
            f"spec:\n  description: Prompt {number}\n  resources:\n    en-us: {{tts: Hello {number}}}\n"
        )
    for number in range(flows):
        text = FLOW.format(name=f"Line {number}", number=number)
        (path / f"desired_state/flows/f{number}.yaml").write_text(text)
    for number in range(routes):
        (path / f"desired_state/routes/r{number}.yaml").write_text(
            f"apiVersion: reconciler/v1\nkind: CallRoute\nmetadata: {{name: Route {number}}}\n"
            f'spec: {{dnis: ["+131755501{number:02d}"], open: {{flow: Line {number}}}}}\n'
        )
