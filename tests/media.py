"""A web server for recordings on a real socket: what it has by path, and what it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.abc import SocketAttribute, SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

SIGNATURE = "X-Sig=c2VjcmV0"
"""The query of a signed address: must appear in no message, plan, log or record."""


@dataclass
class Page:
    """One answer. `etag` "" sends none; `head` is the status for HEAD when it is another; `silent` never answers."""

    content: bytes = b""
    status: int = 200
    type: str = "audio/wav"
    etag: str = '"1"'
    head: int | None = None
    location: str = ""
    length: int | None = None
    """What Content-Length claims, when it is something else."""
    chunks: int = 0
    """Send the content so many times, without Content-Length."""
    silent: bool = False


@dataclass
class Media:
    port: int = 0
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """`GET /a.wav`, without queries."""
    targets: list[str] = field(default_factory=list)
    """Paths with their queries, as they arrived."""

    def url(self, path: str, query: str = SIGNATURE) -> str:
        return f"http://127.0.0.1:{self.port}{path}" + (f"?{query}" if query else "")

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            reader = BufferedByteReceiveStream(stream)
            try:
                while True:
                    head = await reader.receive_until(b"\r\n\r\n", 65_536)
                    method, target, _ = head.decode("latin-1").split(" ", 2)
                    path = target.partition("?")[0]
                    self.asked.append(f"{method} {path}")
                    self.targets.append(target)
                    await self._answer(stream, method, self.pages.get(path, Page(status=404, type="text/html")))
            except (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError):
                return

    async def _answer(self, stream: SocketStream, method: str, page: Page) -> None:
        if page.silent:
            await anyio.sleep_forever()
        status = page.head if method == "HEAD" and page.head is not None else page.status
        lines = [f"HTTP/1.1 {status} Answer", f"Content-Type: {page.type}"]
        if page.etag:
            lines.append(f"ETag: {page.etag}")
        if page.location:
            lines.append(f"Location: {page.location}")
        if page.chunks:
            lines.append("Transfer-Encoding: chunked")
        else:
            lines.append(f"Content-Length: {len(page.content) if page.length is None else page.length}")
        await stream.send("\r\n".join([*lines, "", ""]).encode("latin-1"))
        if method == "HEAD":
            return
        for _ in range(page.chunks):
            await stream.send(f"{len(page.content):x}\r\n".encode() + page.content + b"\r\n")
        if page.chunks:
            await stream.send(b"0\r\n\r\n")
            return
        await stream.send(page.content)
        if page.length is not None and page.length > len(page.content):
            await stream.aclose()


@asynccontextmanager
async def serving() -> AsyncIterator[Media]:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    media = Media(port=listener.extra(SocketAttribute.local_port))
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, media.serve)
        yield media
        tasks.cancel_scope.cancel()
