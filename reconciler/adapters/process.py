"""Running one program to its end: bounded in time and output, and nothing of it left behind.

No shell. The program gets only the environment it is given, so that no credential of ours is in it.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from subprocess import PIPE

import anyio
from anyio.abc import ByteReceiveStream, Process

_STDERR_KEPT = 64 * 1024
_GRACE_SECONDS = 2.0


class TooSlow(Exception):
    """The program did not end in time and was stopped."""


class TooMuch(Exception):
    """The program printed more than it may and was stopped."""


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    stdout: bytes
    stderr: str


async def run(
    command: Sequence[str],
    *,
    cwd: str | None = None,
    environment: Mapping[str, str],
    stdin: bytes = b"",
    timeout_seconds: float,
    output_bytes_max: int,
) -> Ended:
    """Run a program and return what it said; a non-zero exit is an answer, not an error.

    Raises OSError when it cannot be started, TooSlow, TooMuch. No process is left behind, whether by timeout,
    cancellation or error.
    """
    with anyio.CancelScope(shield=True):  # cut off between fork and return, it would be nobody's child to end
        process = await anyio.open_process(
            list(command),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            cwd=cwd,
            env=dict(environment),
            start_new_session=True,  # so that its children end with it
        )
    try:
        with anyio.move_on_after(timeout_seconds):
            return await _converse(process, stdin, output_bytes_max)
        raise TooSlow
    finally:
        await _end(process)


def surroundings(names: Sequence[str]) -> dict[str, str]:
    """Those of our own environment variables that are passed on, as far as they are set."""
    return {name: os.environ[name] for name in names if name in os.environ}


async def _converse(process: Process, stdin: bytes, output_bytes_max: int) -> Ended:
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
    output, errors = bytearray(), bytearray()
    too_much = False

    async def collect_output(stream: ByteReceiveStream) -> None:
        nonlocal too_much
        async for chunk in stream:
            output.extend(chunk)
            if len(output) > output_bytes_max:
                too_much = True
                group.cancel_scope.cancel()

    async def collect_errors(stream: ByteReceiveStream) -> None:
        async for chunk in stream:
            errors.extend(chunk)
            del errors[:-_STDERR_KEPT]

    async with anyio.create_task_group() as group:
        group.start_soon(collect_output, process.stdout, name="stdout")
        group.start_soon(collect_errors, process.stderr, name="stderr")
        # It may end before it has read everything, which its exit code and message explain better than we could.
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            if stdin:
                await process.stdin.send(stdin)
            await process.stdin.aclose()
    if too_much:
        raise TooMuch
    code = await process.wait()
    return Ended(code=code, stdout=bytes(output), stderr=errors.decode("utf-8", "replace"))


async def _end(process: Process) -> None:
    """Leave no process behind. The polite signal first: on it git removes its lock files."""
    with anyio.CancelScope(shield=True):
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGTERM)
            with anyio.move_on_after(_GRACE_SECONDS):
                await process.wait()
        if process.returncode is None:
            _signal_group(process.pid, signal.SIGKILL)
        await process.aclose()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
