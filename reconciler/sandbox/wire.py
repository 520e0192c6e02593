"""The connection under a request: reading a bounded body, answering, and every way of not answering.

A reset is a real TCP abort. It needs uvicorn's transport, which its `send` carries; under another server the
connection is given up by ending without an answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

import anyio
from starlette.types import Message, Receive, Scope, Send

from reconciler.sandbox.answers import Reply
from reconciler.sandbox.faults import SIZE, Fault

TIMEOUT_SECONDS = 60.0
SLOW_SECONDS = 5.0
DRIPS = 20
CHUNK = 256 * 1024
HEADERS_WITHOUT_BODY = (204, 304)


class Disconnected(Exception):
    """The client is gone; there is nobody to answer."""


class Wire:
    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        self._transport: asyncio.Transport | None = transport

    async def body(self, maximum: int) -> bytes | None:
        """The whole body, or None when it is larger than `maximum` bytes (the rest is read and dropped)."""
        chunks, size = [], 0
        while True:
            message: Message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Disconnected
            chunk: bytes = message.get("body", b"")
            size += len(chunk)
            if size <= maximum:
                chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks) if size <= maximum else None

    async def fails_before(self, fault: Fault) -> bool:
        """Act out a fault that strikes before the request is carried out; True when it did."""
        if fault.kind == "reset_before":
            self.abort()
            return True
        if fault.kind == "timeout" and fault.text("apply", "never") == "never":
            await self.body(0)
            await self.silence(fault)
            self.abort()
            return True
        return False

    async def silence(self, fault: Fault) -> None:
        """Say nothing until the client leaves or the fault's seconds are over."""
        with anyio.move_on_after(fault.seconds(TIMEOUT_SECONDS)):
            while (await self._receive())["type"] != "http.disconnect":
                pass

    async def send(self, reply: Reply, fault: Fault | None, *, head_only: bool = False) -> None:
        match fault:
            case Fault(kind="reset_after"):
                self.abort()
            case Fault(kind="timeout"):
                if fault.text("apply", "never") == "now":
                    await self.silence(fault)
                self.abort()
            case Fault(kind="truncate"):
                await self._cut_short(reply)
            case Fault(kind="huge"):
                await self._flood(reply, int(fault.details.get("size", SIZE)))
            case Fault(kind="slow"):
                await self._drip(reply, fault.seconds(SLOW_SECONDS))
            case _:
                await self._start(reply)
                await self._send({"type": "http.response.body", "body": b"" if head_only else reply.body})

    async def _cut_short(self, reply: Reply) -> None:
        await self._start(reply)
        half = reply.body[: len(reply.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        if self._transport is not None:
            self._transport.close()  # what was written still goes out, then the connection ends

    async def _flood(self, reply: Reply, size: int) -> None:
        """JSON of that many bytes, made while it is sent."""
        head, tail = b'{"filler":"', b'"}'
        await self._begin(reply, max(size, len(head) + len(tail)))
        await self._send({"type": "http.response.body", "body": head, "more_body": True})
        left = size - len(head) - len(tail)
        while left > 0:
            await self._send({"type": "http.response.body", "body": b"x" * min(left, CHUNK), "more_body": True})
            left -= CHUNK
        await self._send({"type": "http.response.body", "body": tail})

    async def _start(self, reply: Reply) -> None:
        await self._begin(reply, len(reply.body))

    async def _begin(self, reply: Reply, length: int) -> None:
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
        if reply.status not in HEADERS_WITHOUT_BODY:
            headers.append((b"content-length", str(length).encode()))
            headers.append((b"content-type", reply.content_type.encode("latin-1")))
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})

    async def _drip(self, reply: Reply, seconds: float) -> None:
        await anyio.sleep(seconds / 2)
        await self._start(reply)
        step = max(1, -(-len(reply.body) // DRIPS))
        for at in range(0, len(reply.body), step):
            await anyio.sleep(seconds / 2 / DRIPS)
            await self._send({"type": "http.response.body", "body": reply.body[at : at + step], "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    def abort(self) -> None:
        """Cut the connection so that the other side sees a reset."""
        if self._transport is None:
            return
        connection: socket.socket | None = self._transport.get_extra_info("socket")
        if connection is not None:
            with contextlib.suppress(OSError):
                # Zero linger makes the close a reset instead of an orderly end.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()
