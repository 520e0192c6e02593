"""The control socket: commands ask the running service instead of opening its ledger.

One JSON line in, one JSON line out, over a Unix socket beside the ledger file; its file mode (0600) is the
authentication. Requests are answered one connection at a time each, with a bound on size and on time.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import ByteStream
from anyio.streams.buffered import BufferedByteReceiveStream

from reconciler.errors import ReconcilerError, UsageError

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


async def serve(path: str, handler: Handler) -> None:
    """Answer until cancelled. A socket file left by a dead process is replaced; the ledger's own lock is the guard
    against two living ones."""
    await anyio.Path(path).unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        listener = await anyio.create_unix_listener(path, mode=stat.S_IRUSR | stat.S_IWUSR)
    finally:
        os.umask(mask)
    limiter = anyio.CapacityLimiter(CONNECTIONS_MAX)

    async def answer(stream: ByteStream) -> None:
        async with stream, limiter:
            try:
                with anyio.fail_after(REQUEST_SECONDS_MAX):
                    line = await BufferedByteReceiveStream(stream).receive_until(b"\n", REQUEST_BYTES_MAX)
                await stream.send(json.dumps(await _handled(handler, line)).encode() + b"\n")
            except (anyio.BrokenResourceError, anyio.IncompleteRead, anyio.DelimiterNotFound, TimeoutError):
                return  # the command went away or spoke another language; nobody is left to tell

    try:
        await listener.serve(answer)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.Path(path).unlink(missing_ok=True)


async def _handled(handler: Handler, line: bytes) -> Mapping[str, Any]:
    try:
        asked = json.loads(line)
        return {"answer": await handler(str(asked["operation"]), asked["arguments"])}
    except ReconcilerError as error:
        return {"error": str(error)}
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"the service did not understand the request ({type(error).__name__}: {error})"}


async def ask(path: str, operation: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Ask a running service; None when none listens there. Raises UsageError with the service's own sentence."""
    if not await anyio.Path(path).exists():
        return None
    try:
        stream = await anyio.connect_unix(path)
    except OSError:
        return None
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
    answered = json.loads(line)
    if "error" in answered:
        raise UsageError(answered["error"])
    found: Mapping[str, Any] = answered["answer"]
    return found
