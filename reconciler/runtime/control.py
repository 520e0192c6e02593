"""The control socket: commands ask the running service instead of opening its ledger.

One JSON line in, one JSON line out, over a Unix socket beside the ledger file; its file mode (0600) is the
authentication. Requests are bound in size, number and time. Whatever a request does wrong is answered in a sentence and
never ends the service.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import anyio
import structlog
from anyio.abc import ByteStream, SocketListener, TaskStatus
from anyio.streams.buffered import BufferedByteReceiveStream

from reconciler.errors import DesiredStateError, ReconcilerError, UsageError
from reconciler.model.problem import Location, Problem, Severity

log = structlog.get_logger("reconciler")

REQUEST_BYTES_MAX = 16 * 1024 * 1024
ANSWER_BYTES_MAX = 256 * 1024 * 1024
REQUEST_SECONDS_MAX = 10.0
ANSWER_SECONDS_MAX = 3600.0
"""A pass with slow publish jobs may take this long."""
CONNECTIONS_MAX = 8

Handler = Callable[[str, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Takes an operation's name and arguments; its result must be JSON."""


def path_beside(ledger_file: str) -> str:
    """Where the socket of the service that owns this ledger file is."""
    return f"{ledger_file}.sock"


async def serve(path: str, handler: Handler, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
    """Answer until cancelled; started once commands can connect.

    A socket file left by a dead process is replaced; the ledger's own lock is the guard against two living ones.
    """
    limiter = anyio.CapacityLimiter(CONNECTIONS_MAX)

    async def answer(stream: ByteStream) -> None:
        async with stream, limiter:
            try:
                with anyio.fail_after(REQUEST_SECONDS_MAX):
                    line = await BufferedByteReceiveStream(stream).receive_until(b"\n", REQUEST_BYTES_MAX)
                await stream.send(await _answer(handler, line) + b"\n")
            except (anyio.BrokenResourceError, anyio.IncompleteRead, anyio.DelimiterNotFound, TimeoutError):
                return  # the command went away or spoke another language; nobody is left to tell

    listener = await _listener(path)
    task_status.started()
    try:
        await listener.serve(answer)
    finally:
        with anyio.CancelScope(shield=True):
            await listener.aclose()
            await anyio.Path(path).unlink(missing_ok=True)


async def _listener(path: str) -> SocketListener:
    """Nobody but us may connect from the first moment on. Raises UsageError when there can be no socket there."""
    mask = os.umask(0o177)
    try:
        await anyio.Path(path).unlink(missing_ok=True)
        return await anyio.create_unix_listener(path, mode=stat.S_IRUSR | stat.S_IWUSR)
    except OSError as error:
        raise UsageError(
            f"The socket for commands cannot be opened at {path} ({error.strerror or error}). "
            "Set RECONCILE_LEDGER_URL to a file in another directory, with a path of at most 100 characters."
        ) from error
    finally:
        os.umask(mask)


async def _answer(handler: Handler, line: bytes) -> bytes:
    """The answer to one request, as JSON without line breaks."""
    try:
        operation, arguments = _read(line)
        return json.dumps({"answer": await handler(operation, arguments)}).encode()
    except DesiredStateError as error:
        return json.dumps({"problems": [asdict(problem) for problem in error.problems]}).encode()
    except ReconcilerError as error:
        return json.dumps({"error": str(error)}).encode()
    except Exception as error:  # a broken command must not end the service
        log.exception("command.broken")
        text = f"The service failed to answer ({type(error).__name__}); its log says more. It keeps running."
        return json.dumps({"error": text}).encode()


def _read(line: bytes) -> tuple[str, Mapping[str, Any]]:
    """Operation and arguments of a request. Raises UsageError."""
    try:
        asked = json.loads(line)
    except (ValueError, RecursionError):
        asked = None
    match asked:
        case {"operation": str() as operation, "arguments": dict() as arguments}:
            return operation, arguments
        case _:
            raise UsageError("the service did not understand the request; it is another version of reconcile")


async def ask(path: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Ask a running service; None when none listens there.

    Raises DesiredStateError as the service does, and UsageError with the service's own sentence for everything else.
    """
    try:
        stream = await anyio.connect_unix(path)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        return None
    except OSError as error:
        if _is_too_long(error):
            return None  # no service can listen there
        raise UsageError(
            f"The running service cannot be asked: {path}: {error.strerror}. Run the command as the service's user."
        ) from error
    request = json.dumps({"operation": operation, "arguments": dict(arguments)}).encode() + b"\n"
    async with stream:
        try:
            with anyio.fail_after(ANSWER_SECONDS_MAX):
                await stream.send(request)
                line = await BufferedByteReceiveStream(stream).receive_until(b"\n", ANSWER_BYTES_MAX)
        except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead, TimeoutError) as error:
            raise UsageError(
                f"The service at {Path(path).name} went away before it answered. Look at its log, then ask again."
            ) from error
    match json.loads(line):
        case {"answer": dict() as found}:
            return found
        case {"problems": list() as problems}:
            raise DesiredStateError([_problem(written) for written in problems])
        case other:
            raise UsageError(str(other["error"]))


def _is_too_long(error: OSError) -> bool:
    """A path longer than a socket's address takes: the standard library says so without an error number."""
    return error.errno is None or error.errno == errno.ENAMETOOLONG


def _problem(written: Mapping[str, Any]) -> Problem:
    place, severity = Location(**written["location"]), Severity(written["severity"])
    return Problem(**{**written, "location": place, "severity": severity})
