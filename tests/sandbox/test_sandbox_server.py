"""The program around the application: state file, start, stop, speed of a page."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import textwrap

import anyio
import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from sandbox_samples import FLOWS, JOB_SECONDS, MAIN, PROMPTS, ROUTES

from reconciler.sandbox.options import Options
from reconciler.sandbox.server import serve
from reconciler.sandbox.store import StateFileError


def test_a_second_run_finds_what_the_first_left(start, tmp_path) -> None:
    path = tmp_path / "deep" / "state.json"
    first = start(state_file=path)
    flow = first.published(MAIN)
    first.prompt("welcome", "en-us")
    first.post(ROUTES, {"name": "Main number"})
    job = first.start_job(MAIN.replace("Hello", "Hi"))
    token = first.http.headers["Authorization"]
    kept = first.state()
    assert json.loads(path.read_text()) == kept
    second = start(state_file=path, clock=first.clock)
    second.http.headers["Authorization"] = token
    assert second.get(f"{FLOWS}/{flow['id']}")["publishedVersion"]["id"] == "1.0"
    assert (second.names(PROMPTS), second.names(ROUTES)) == (["welcome"], ["Main number"])
    second.clock.advance(JOB_SECONDS)
    assert second.job(job)["status"] == "Success"


def test_the_file_is_written_at_the_end_without_being_asked(tmp_path) -> None:
    path = tmp_path / "state.json"
    with program(path) as (process, url):
        login = httpx.post(f"{url}/oauth/token", auth=("a", "b"), data={"grant_type": "client_credentials"})
        token = {"Authorization": f"Bearer {login.json()['access_token']}"}
        httpx.post(f"{url}{PROMPTS}", json={"name": "welcome"}, headers=token).raise_for_status()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert [p["name"] for p in json.loads(path.read_text())["prompts"].values()] == ["welcome"]
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_ctrl_c_ends_the_program_cleanly(tmp_path) -> None:
    with program(tmp_path / "state.json") as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert process.stderr.read() == ""


def test_stopping_does_not_wait_for_a_client_that_hangs(tmp_path) -> None:
    with program(tmp_path / "state.json") as (process, url):
        httpx.post(f"{url}/_sandbox/faults", json={"path": FLOWS, "fault": "timeout"}).raise_for_status()
        host, port = url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as hanging:
            hanging.sendall(f"GET {FLOWS} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            while httpx.get(f"{url}/_sandbox/requests").json()["total"] == 0:
                pass
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0


@pytest.mark.parametrize("text", ["not json", "[]", '{"format": 99}'])
def test_a_file_that_is_no_state_is_refused_and_left_alone(tmp_path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with start_blocking_portal() as portal, pytest.raises(StateFileError, match=r"state\.json"):
        portal.call(lambda: serve(Options(port=0, state_file=path), started=print))
    assert path.read_text() == text


def test_a_place_that_cannot_be_written_is_known_at_the_start(tmp_path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    path = tmp_path / "dangling" / "state.json"
    with start_blocking_portal() as portal, pytest.raises(StateFileError, match="cannot write"):
        portal.call(lambda: serve(Options(port=0, state_file=path), started=print))


def test_a_taken_port_is_an_os_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, start_blocking_portal() as portal, pytest.raises(OSError):
        portal.call(lambda: serve(Options(port=taken.getsockname()[1]), started=print))


def test_cancelling_ends_it_and_frees_the_port() -> None:
    urls: list[str] = []

    async def begin_and_cancel() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: serve(Options(port=0), started=urls.append))
            while not urls:
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()

    anyio.run(begin_and_cancel)
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0])


class program:
    """The sandbox as its own process; yields it and its base URL."""

    CODE = textwrap.dedent("""
        import signal, sys, anyio
        from pathlib import Path
        from reconciler.sandbox.server import Options, serve
        # A test run in the background has SIGINT ignored, and this process would inherit that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        def started(url): print(url, flush=True)
        anyio.run(lambda: serve(Options(port=0, state_file=Path(sys.argv[1])), started=started))
    """)

    def __init__(self, path) -> None:
        arguments = [sys.executable, "-c", self.CODE, str(path)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __enter__(self):
        return self.process, self.process.stdout.readline().strip()

    def __exit__(self, *_) -> None:
        self.process.kill()
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()
