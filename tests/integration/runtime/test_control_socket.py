"""Commands ask the running service over a socket whose file mode is the authentication."""

from __future__ import annotations

import json
import os
import stat
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
import structlog

from reconciler.errors import DesiredStateError, UsageError
from reconciler.model.problem import Location, Problem, Severity
from reconciler.runtime import control

pytestmark = pytest.mark.anyio

WRONG = (
    Problem(Location("desired_state/a.yaml", 3, 5), "REC1104", "It is wrong.", "Write it right."),
    Problem(Location("desired_state/b.yaml"), "REC1202", "It is external.", "", Severity.WARNING),
)


@pytest.fixture
def path(tmp_path):
    return control.path_beside(str(tmp_path / "ledger.db"))


async def echo(operation, arguments):
    return {"operation": operation, **arguments}


@asynccontextmanager
async def serving(path, handler=echo):
    async with anyio.create_task_group() as tasks:
        with anyio.fail_after(5):
            await tasks.start(control.serve, path, handler)
        yield
        tasks.cancel_scope.cancel()


async def raw(path, request: bytes, *, eof: bool = True) -> bytes:
    """Send bytes, read until the other side closes."""
    async with await anyio.connect_unix(path) as stream:
        try:
            await stream.send(request)
            if eof:
                await stream.send_eof()
        except (anyio.BrokenResourceError, OSError):
            pass
        answer = b""
        with anyio.fail_after(5):
            try:
                while True:
                    answer += await stream.receive()
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return answer


async def test_a_question_gets_its_answer(path):
    async with serving(path):
        assert await control.ask(path, "status", {"output": "json"}) == {"operation": "status", "output": "json"}


async def test_only_the_owner_may_connect_and_the_umask_is_as_before(path):
    before = os.umask(0o022)
    async with serving(path):
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
        assert os.umask(0o022) == 0o022
    os.umask(before)


async def test_the_file_is_gone_when_the_service_is(path):
    async with serving(path):
        pass
    assert not Path(path).exists()


async def test_nobody_is_asked_where_nobody_listens(path):
    assert await control.ask(path, "status", {}) is None


async def test_a_file_left_by_a_dead_process_is_no_service_and_is_replaced(path):
    listener = await anyio.create_unix_listener(path)
    await listener.aclose()
    assert Path(path).exists()
    assert await control.ask(path, "status", {}) is None
    async with serving(path):
        assert await control.ask(path, "status", {}) is not None


async def test_two_are_answered_at_once(path):
    both = anyio.Event()
    waiting = []

    async def meet(operation, arguments):
        waiting.append(operation)
        if len(waiting) == 2:
            both.set()
        await both.wait()
        return {}

    async with serving(path, meet):
        with anyio.fail_after(5):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(control.ask, path, "one", {})
                tasks.start_soon(control.ask, path, "two", {})
    assert sorted(waiting) == ["one", "two"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"not json\n",
        b"\xff\xfe\n",
        b"[]\n",
        b"7\n",
        b'{"operation": "status"}\n',
        b'{"operation": "status", "arguments": []}\n',
        b'{"operation": 7, "arguments": {}}\n',
    ],
)
async def test_garbage_is_answered_with_a_sentence_and_the_service_lives(path, request_bytes):
    async with serving(path):
        said = json.loads(await raw(path, request_bytes))
        assert "did not understand" in said["error"]
        assert await control.ask(path, "status", {}) is not None


async def test_a_request_that_breaks_off_disturbs_nobody(path):
    async with serving(path):
        assert await raw(path, b'{"operation"') == b""
        assert await raw(path, b"") == b""
        assert await control.ask(path, "status", {}) is not None


async def test_an_oversized_request_is_dropped(path, monkeypatch):
    monkeypatch.setattr(control, "REQUEST_BYTES_MAX", 1_000)
    async with serving(path):
        assert await raw(path, b"x" * 100_000, eof=False) == b""
        assert await control.ask(path, "status", {}) is not None


async def test_a_request_that_does_not_come_is_not_waited_for(path, monkeypatch):
    monkeypatch.setattr(control, "REQUEST_SECONDS_MAX", 0.01)
    async with serving(path):
        assert await raw(path, b"", eof=False) == b""
        assert await control.ask(path, "status", {}) is not None


async def test_the_services_own_sentence_reaches_the_command(path):
    async def refuse(operation, arguments):
        raise UsageError("Prompt/x is not suspended.")

    async with serving(path, refuse):
        with pytest.raises(UsageError, match=r"^Prompt/x is not suspended\.$"):
            await control.ask(path, "resume", {})


async def test_problems_of_the_desired_state_arrive_with_their_places(path):
    async def refuse(operation, arguments):
        raise DesiredStateError(WRONG)

    async with serving(path, refuse):
        with pytest.raises(DesiredStateError) as caught:
            await control.ask(path, "plan", {})
    assert caught.value.problems == WRONG


@pytest.mark.parametrize("broken", [AttributeError("bug"), KeyError("bug"), AssertionError()])
async def test_a_broken_command_does_not_end_the_service(path, broken):
    async def fail(operation, arguments):
        if operation == "broken":
            raise broken
        return {}

    with structlog.testing.capture_logs() as logs:
        async with serving(path, fail):
            with pytest.raises(UsageError, match=f"failed to answer \\({type(broken).__name__}\\)"):
                await control.ask(path, "broken", {})
            assert await control.ask(path, "status", {}) == {}
    assert [line["event"] for line in logs] == ["command.broken"]


async def test_an_answer_that_is_no_json_is_a_broken_command_too(path):
    async def fail(operation, arguments):
        return {"output": {1, 2}}

    with structlog.testing.capture_logs():
        async with serving(path, fail):
            with pytest.raises(UsageError, match="TypeError"):
                await control.ask(path, "status", {})


async def test_a_service_that_ends_while_asked_is_told_as_such(path):
    asked = anyio.Event()

    async def never(operation, arguments):
        asked.set()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:

        async def ask():
            with pytest.raises(UsageError, match="went away before it answered"):
                await control.ask(path, "status", {})

        async with serving(path, never):
            tasks.start_soon(ask)
            await asked.wait()


async def test_a_path_too_long_for_a_socket_is_told_with_the_way_out(tmp_path):
    path = str(tmp_path / ("d" * 120)) + ".sock"
    assert await control.ask(path, "status", {}) is None
    with pytest.raises(UsageError, match="RECONCILE_LEDGER_URL"):
        await control.serve(path, echo)


async def test_a_directory_that_is_missing_is_no_service(tmp_path):
    assert await control.ask(str(tmp_path / "none" / "ledger.db.sock"), "status", {}) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may connect to every socket")
async def test_another_users_service_is_not_taken_for_none(path):
    async with serving(path):
        Path(path).chmod(0)
        with pytest.raises(UsageError, match="Run the command as the service's user"):
            await control.ask(path, "status", {})
