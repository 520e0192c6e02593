"""What the watcher around a sandbox notes, and that a sandbox in a process of its own is watched too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from reconciler.sandbox.clock import ManualClock
from reconciler.sandbox.options import Options
from tests.contract.platform import checker, watch
from tests.contract.platform.plugin import EVERY_PROCESS, NOTES

OURS = {"User-Agent": "reconciler/0.0.0"}
QUEUES = "/api/v2/routing/queues"
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def noted(folder: Path) -> list[dict]:
    return [json.loads(line) for file in folder.iterdir() for line in file.read_text().splitlines()]


@pytest.fixture
async def http(tmp_path: Path):
    """A client of a watched sandbox whose notes go to `tmp_path`, logged in."""
    app = watch.Watched(watch.Notes(tmp_path), checker.load(), Options(rate_limit=None), ManualClock())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as client:
        answer = await client.post("/oauth/token", auth=("id", "secret"), data={"grant_type": "client_credentials"})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        for file in tmp_path.iterdir():
            os.truncate(file, 0)
        yield client


async def test_a_request_of_ours_and_its_answer_are_both_noted(http: httpx.AsyncClient, tmp_path: Path) -> None:
    await http.get(QUEUES, headers=OURS)
    assert noted(tmp_path) == [
        {"part": "request", "endpoint": f"GET {QUEUES}", "violations": []},
        {"part": "answer", "endpoint": f"GET {QUEUES}", "violations": []},
    ]


async def test_a_wrong_request_is_ours_only_when_it_says_so(http: httpx.AsyncClient, tmp_path: Path) -> None:
    await http.get(QUEUES, params={"size": 5})
    assert [note["part"] for note in noted(tmp_path)] == ["answer"]
    await http.get(QUEUES, params={"size": 5}, headers=OURS)
    wrong = next(note for note in noted(tmp_path) if note["part"] == "request")
    assert wrong["violations"] == [f"GET {QUEUES}, request: ?size: there is no such query parameter"]


async def test_a_refusal_is_checked_and_does_not_count_as_an_answer(http: httpx.AsyncClient, tmp_path: Path) -> None:
    assert (await http.get(f"{QUEUES}/nobody")).status_code == 404
    assert noted(tmp_path) == [{"part": "answer", "endpoint": None, "violations": []}]


@pytest.mark.parametrize(
    ("fault", "checked"),
    [
        ({"fault": "status", "status": 502, "body": "<html>"}, 0),
        ({"fault": "alter", "set": {"entities.*.colour": "red"}}, 0),
        ({"fault": "slow", "seconds": 0}, 1),
    ],
)
async def test_what_a_fault_made_wrong_is_nobodys_mistake(
    http: httpx.AsyncClient, tmp_path: Path, fault: dict, checked: int
) -> None:
    ordered = await http.post("/_sandbox/faults", json={"method": "GET", "path": QUEUES, **fault})
    assert ordered.status_code == 201
    await http.get(QUEUES)
    notes = noted(tmp_path)
    assert [note["violations"] for note in notes] == [[]] * checked


async def test_a_check_that_fails_itself_is_noted_like_a_violation(tmp_path: Path) -> None:
    broken = checker.Contract({"endpoints": {}, "models": {"ErrorBody": {"fields": {"message": "mystery"}}}})
    app = watch.Watched(watch.Notes(tmp_path), broken, Options(rate_limit=None), ManualClock())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sandbox") as client:
        assert (await client.get(QUEUES)).status_code == 401
    (note,) = noted(tmp_path)
    assert note["violations"] == [f"GET {QUEUES}: checking the answer failed: KeyError('mystery')"]


def test_a_sandbox_that_is_a_process_is_watched(tmp_path: Path) -> None:
    environment = os.environ | {NOTES: str(tmp_path), "PYTHONPATH": f"{EVERY_PROCESS}:{os.environ['PYTHONPATH']}"}
    command = [sys.executable, "-m", "reconciler.cli.main", "sandbox", "--port", "0"]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/api/v2/media/prompts", headers=OURS).status_code == 404
        process.terminate()
    assert [note["violations"] for note in noted(tmp_path)] == [
        ["GET /api/v2/media/prompts: the platform has no such endpoint"],
        [],
    ]
