"""Every sandbox that tests run, watched: what comes in and what goes out is held against the contract.

`install` puts `Watched` in the place of the sandbox's application, in this process; `every_process` does so in
sandboxes that are processes of their own. The sandbox knows nothing of it. Notes are lines of JSON in one file per
process, written before the last byte of an answer leaves, so a test that has its answer can rely on them.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from reconciler.sandbox import server
from reconciler.sandbox.clock import Clock
from reconciler.sandbox.faults import Fault, Faults
from reconciler.sandbox.options import Options
from tests.contract.platform import checker

OUR_AGENT = "reconciler/"
"""How the User-Agent of our client begins. Requests that tests send on their own may be wrong on purpose."""
SDK_HEADER = "purecloud-sdk"
"""Every request of the official SDK carries it."""
TO_THE_SDK = "answer to the SDK"
HARMLESS = {"timeout", "slow", "job_failure", "export_throttled", "transcode_failure"}
"""Faults that leave the answer to their request as it would be. What others make of it is nobody's mistake."""

_fault: ContextVar[list[Fault] | None] = ContextVar("fault", default=None)


def install(folder: Path) -> None:
    """Watch all sandboxes of this process that start from now on, and leave notes in that folder."""
    server.App = functools.partial(Watched, Notes(folder), checker.load())  # type: ignore[misc,assignment]


class Notes:
    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / f"{os.getpid()}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, note: Mapping[str, Any]) -> None:
        os.write(self._file, json.dumps(note).encode() + b"\n")


class Remembering(Faults):
    """Tells the exchange which fault it got: an answer made to be wrong is not held against anybody."""

    def pick(self, method: str, template: str, path: str) -> Fault | None:
        fault = super().pick(method, template, path)
        picked = _fault.get()
        if fault is not None and picked is not None:
            picked.append(fault)
        return fault


class Watched(server.App):
    def __init__(self, notes: Notes, contract: checker.Contract, options: Options, clock: Clock) -> None:
        super().__init__(options, clock)
        self.sandbox.faults = Remembering()
        self._notes, self._contract = notes, contract

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or checker.is_exempt(scope["path"]):
            await super().__call__(scope, receive, send)
            return
        exchange = Exchange(self._notes, self._contract, scope, receive, send)
        await super().__call__(scope, exchange.receive, exchange.send)


class Exchange:
    """One request and its answer. `transport` is where the sandbox looks for the connection that it may cut."""

    def __init__(self, notes: Notes, contract: checker.Contract, scope: Scope, receive: Receive, send: Send) -> None:
        self.transport = getattr(getattr(send, "__self__", None), "transport", None)
        self._notes, self._contract = notes, contract
        self._scope, self._receive, self._send = scope, receive, send
        self._headers = Headers(scope=scope)
        self._method, self._path = scope["method"], scope["raw_path"].decode("ascii", "replace")
        self._sent, self._answer = bytearray(), bytearray()
        self._status, self._content_type = 0, ""
        self._picked: list[Fault] = []
        self._is_ours = self._headers.get("user-agent", "").startswith(OUR_AGENT)
        _fault.set(self._picked)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and self._is_ours:
            self._sent += message.get("body", b"")
            if not message.get("more_body", False):
                self._check_request()
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._content_type = Headers(raw=message["headers"]).get("content-type", "")
        elif message["type"] == "http.response.body" and all(fault.kind in HARMLESS for fault in self._picked):
            self._answer += message.get("body", b"")
            if not message.get("more_body", False):
                self._check_answer()
        await self._send(message)

    def _check_request(self) -> None:
        query, content_type = self._scope["query_string"].decode("ascii", "replace"), self._headers.get("content-type")

        def judged() -> checker.Found:
            return self._contract.request(
                self._method, self._path, query, content_type=content_type or "", body=bytes(self._sent)
            )

        self._note("request", judged, counts=True)

    def _check_answer(self) -> None:
        def judged() -> checker.Found:
            return self._contract.answer(
                self._method, self._path, self._status, content_type=self._content_type, body=bytes(self._answer)
            )

        part = TO_THE_SDK if SDK_HEADER in self._headers else "answer"
        self._note(part, judged, counts=self._status < 300)

    def _note(self, part: str, judge: Callable[[], checker.Found], *, counts: bool) -> None:
        try:
            found = judge()
        except Exception as error:  # noted like a violation; raised here it would only cut the connection
            found = checker.Found(None, (f"{self._method} {self._path}: checking the {part} failed: {error!r}",))
        note: dict[str, Any] = {"part": part, "endpoint": found.endpoint if counts else None}
        self._notes.write(note | {"violations": found.violations})
