"""A webhook receiver on a real socket: keeps what arrives, answers from a script; and a clock moved by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import anyio
import anyio.abc
import anyio.lowlevel

OK = b"HTTP/1.1 204 No Content\r\n\r\n"
SILENCE = b""


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status} Scripted", f"content-length: {len(body)}", "connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True)
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`script` says how to answer the nth request; after its end every request is taken."""

    script: list[bytes | Callable[[anyio.abc.ByteStream], object]] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    port: int = 0
    hold: anyio.Event | None = None
    """While set and not fired, answers wait: shows how many requests are under way."""
    under_way: int = 0
    under_way_max: int = 0
    _arrived: anyio.Condition = field(default_factory=anyio.Condition)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook-path-marker?token=query-marker"

    async def until(self, number: int) -> list[Received]:
        with anyio.fail_after(10):
            async with self._arrived:
                while len(self.received) < number:
                    await self._arrived.wait()
        return self.received

    async def handle(self, stream: anyio.abc.SocketStream) -> None:
        async with stream:
            request = await self._read(stream)
            if request is None:
                return
            self.under_way += 1
            self.under_way_max = max(self.under_way_max, self.under_way)
            position = len(self.received)
            async with self._arrived:
                self.received.append(request)
                self._arrived.notify_all()
            if self.hold is not None:
                await self.hold.wait()
            self.under_way -= 1
            scripted = self.script[position] if position < len(self.script) else OK
            if callable(scripted):
                await scripted(stream)
            elif scripted:
                await stream.send(scripted)

    async def _read(self, stream: anyio.abc.SocketStream) -> Received | None:
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                data += await stream.receive()
            head, _, body = data.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            while len(body) < int(headers.get("content-length", 0)):
                body += await stream.receive()
        except anyio.EndOfStream:
            return None
        return Received(first.split(" ")[1], headers, body)


@asynccontextmanager
async def receiving(*script):
    """A receiver that lives as long as the block."""
    receiver = Receiver(list(script))
    async with await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0) as listener:
        receiver.port = listener.extra(anyio.abc.SocketAttribute.local_port)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(listener.serve, receiver.handle)
            yield receiver
            tasks.cancel_scope.cancel()


class HandClock:
    """Stands still until moved; sleepers wake when their time has come."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._start = datetime(2026, 11, 20, 10, 0, 0, tzinfo=UTC)
        self._sleepers: list[tuple[float, anyio.Event]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.elapsed)

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        sleeper = (self.elapsed + seconds, anyio.Event())
        self._sleepers.append(sleeper)
        await sleeper[1].wait()

    def advance(self, seconds: float) -> None:
        self.elapsed += seconds
        for due, event in self._sleepers:
            if due <= self.elapsed:
                event.set()
        self._sleepers = [sleeper for sleeper in self._sleepers if not sleeper[1].is_set()]


class HurriedClock(HandClock):
    """Whoever sleeps has slept: time jumps to the end of the first sleep."""

    async def sleep(self, seconds: float) -> None:
        await anyio.lowlevel.checkpoint()
        self.advance(seconds)
