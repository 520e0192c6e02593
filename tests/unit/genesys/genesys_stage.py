"""A scripted platform behind the HTTP library, and time that moves by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import anyio.lowlevel
import httpx

from reconciler.genesys.wire import regions
from reconciler.genesys.wire.auth import Credentials
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.settings import RemoteSettings

HOSTS = regions.hosts(region="eu-west-1")
SECRET = "s3cr3t-marker"
TOKEN = "t0ken-marker"


class Time:
    """Sleeping moves the clock at once; `naps` remembers for how long."""

    def __init__(self) -> None:
        self.passed, self.naps = 1000.0, []

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.passed += seconds
        await anyio.lowlevel.checkpoint()


class Chance:
    def __init__(self, value: float = 0.5) -> None:
        self.value = value

    def random(self) -> float:
        return self.value


class Counting:
    def __init__(self) -> None:
        self.number = 0

    def new(self) -> str:
        self.number += 1
        return f"id{self.number}"


def ok(body: Any, **headers: str) -> httpx.Response:
    return httpx.Response(200, json=body, headers=headers)


def refusal(status: int, message: str = "", *, code: str = "some.code", headers: dict[str, str] | None = None, **more):
    body = {"message": message, "code": code, "status": status, "contextId": "context-1", **more}
    return httpx.Response(status, json=body, headers=headers)


def token(value: str = TOKEN, lifetime: Any = 86_400) -> httpx.Response:
    return ok({"access_token": value, "token_type": "bearer", "expires_in": lifetime})


class Platform(httpx.AsyncBaseTransport):
    """Answers API requests from a script, in order; the last line repeats. Logins have a script of their own.

    A line is a response, an exception to raise, or a function of the request.
    """

    def __init__(self, *script: Any, logins: list[Any] | None = None) -> None:
        self.script, self.logins = list(script), list(logins or [token])
        self.requests: list[httpx.Request] = []
        self.login_requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        is_login = request.url.path == "/oauth/token"
        (self.login_requests if is_login else self.requests).append(request)
        script = self.logins if is_login else self.script
        line = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(line, Exception):
            raise line
        answer = line(request) if callable(line) and not is_login else line() if callable(line) else line
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return await answer

    @property
    def paths(self) -> list[str]:
        return [f"{request.method} {request.url.path}" for request in self.requests]


def make_client(platform: httpx.AsyncBaseTransport, **more: Any) -> Client:
    settings = more.pop("settings", RemoteSettings())
    return Client(
        transport=platform,
        clock=more.pop("clock", Time()),
        rng=more.pop("rng", Chance()),
        ids=Counting(),
        credentials=Credentials("client-1", SECRET),
        hosts=more.pop("hosts", HOSTS),
        user_agent="reconciler/1.2.3",
        settings=settings,
        **more,
    )


def pages(total: int, *, make: Callable[[int], Any] | None = None, **quirks: Any) -> Callable[[httpx.Request], Any]:
    """An offset listing of so many rows. Quirks: `without` names fields to leave out, `absent_when_empty`."""
    rows = [make(number) if make else {"id": f"row-{number}"} for number in range(total)]

    def answer(request: httpx.Request) -> httpx.Response:
        number, size = int(request.url.params["pageNumber"]), int(request.url.params["pageSize"])
        body: dict[str, Any] = {
            "entities": rows[(number - 1) * size : number * size],
            "pageNumber": number,
            "pageSize": size,
            "total": total,
            "pageCount": -(-total // size),
        }
        for name in quirks.get("without", ()):
            body.pop(name)
        if quirks.get("absent_when_empty") and not body.get("entities"):
            body.pop("entities", None)
        return ok(body)

    return answer


def body_of(request: httpx.Request) -> Any:
    return json.loads(request.content)
