"""The ASGI application: from a request to the handler that answers it.

Order, as on the platform: find the route, check the token, spend the rate budget, check the permission, hand over.
Faults sit around that. `/_sandbox` is the control plane: no token, no budget, not counted.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from reconciler.sandbox import access
from reconciler.sandbox.answers import ApiError, LoginError, Reply, StorageError, encode, error_body
from reconciler.sandbox.calls import Call, Endpoint, Found, Query, Table
from reconciler.sandbox.faults import Fault, Faults
from reconciler.sandbox.limits import Limiter
from reconciler.sandbox.wire import Disconnected, Wire
from reconciler.sandbox.world import World

log = logging.getLogger("reconciler.sandbox")

CONTROL = "/_sandbox"
CONTROL_BODY_MAX = 512 * 1024 * 1024


class Sandbox:
    """The application, and what the control plane may see of it."""

    def __init__(self, world: World, endpoints: Iterable[Endpoint]) -> None:
        self.world = world
        self.faults = Faults()
        self.requests: Counter[str] = Counter()
        self.limiter = Limiter(world.options.rate_limit)
        self._table = Table(endpoints)

    def extend(self, endpoints: Iterable[Endpoint]) -> None:
        self._table = Table([*self._table.endpoints, *endpoints])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            wire = Wire(scope, receive, send)
            try:
                await self._exchange(scope, wire)
            except Disconnected:
                log.debug("the client left during %s %s", scope["method"], scope["path"])

    async def _exchange(self, scope: Scope, wire: Wire) -> None:
        method, path = scope["method"], scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace")
        found = self._table.find(method, path)
        template = found.endpoint.template if isinstance(found, Found) else "(unknown)"
        control = path.startswith(CONTROL)
        fault = None
        if not control or template == "/_sandbox/inbox/{name}":
            fault = self.faults.pick(method, template, path)
        if not control:
            self.requests[f"{method} {template}"] += 1
        if fault is not None and await wire.fails_before(fault):
            return
        call = self._call(scope, method, path, template, found)
        body_max = found.endpoint.body_max if isinstance(found, Found) else 512_000
        body = await wire.body(CONTROL_BODY_MAX if control else body_max)
        if fault is not None and fault.kind == "timeout" and fault.text("apply", "never") == "late":
            await wire.silence(fault)
        reply = self._answer(call, found, body, fault)
        await wire.send(reply, fault, head_only=method == "HEAD")

    def _call(self, scope: Scope, method: str, path: str, template: str, found: Found | set[str]) -> Call:
        headers = Headers(scope=scope)
        host = headers.get("host") or "127.0.0.1"
        return Call(
            world=self.world,
            method=method,
            path=path,
            template=template,
            params=found.params if isinstance(found, Found) else {},
            query=Query(scope["query_string"].decode("ascii", "replace")),
            headers=headers,
            body=b"",
            base_url=f"{scope.get('scheme', 'http')}://{host}",
        )

    def _answer(self, call: Call, found: Found | set[str], body: bytes | None, fault: Fault | None) -> Reply:
        """Carry the request out in one go; nothing awaits in here."""
        correlation = str(uuid.uuid4())
        token = ""
        try:
            self.world.settle()
            self.world.transaction = correlation
            call.fault = fault
            if isinstance(found, Found) and not found.endpoint.open:
                token, call.actor = access.authenticate(self.world, call.headers.get("authorization"))
                call.divisions = access.divisions_of(self.world, call.actor.id)
                self.limiter.spend(token, call.method, call.template, self.world.now())
            if fault is None:
                reply = self._carry_out(call, found, body)
            elif fault.kind == "status":
                reply = faulty(fault, call.path, correlation)
            else:
                fault.strike()
                reply = fault.spoil(self._carry_out(call, found, body))
        except ApiError as refusal:
            reply = refusal.reply(correlation)
        except (LoginError, StorageError) as refusal:
            reply = refusal.reply()
        except Exception:
            log.exception("the sandbox failed at %s %s", call.method, call.path)
            text = "The server encountered an unexpected condition (a fault of the sandbox itself; see its log)."
            reply = Reply(500, encode(error_body(500, "internal.server.error", text, correlation)))
        headers = {"ININ-Correlation-Id": correlation}
        if not call.path.startswith(CONTROL):
            headers |= self.limiter.headers(token, self.world.now())
        return Reply(reply.status, reply.body, reply.content_type, {**headers, **reply.headers})

    def _carry_out(self, call: Call, found: Found | set[str], body: bytes | None) -> Reply:
        if isinstance(found, set):
            if not found:
                raise ApiError(404, "not.found", f"There is nothing at {call.path}.")
            allowed = ", ".join(sorted(found))
            raise ApiError(405, "method.not.allowed", f"{call.path} takes {allowed}.", headers={"Allow": allowed})
        endpoint = found.endpoint
        if body is None:
            maximum = endpoint.body_max
            raise ApiError(413, "request.entity.too.large", f"The request is over the maximum of {maximum} bytes.")
        access.require_any(self.world, call.actor.id, endpoint.needs)
        call.body = body
        return endpoint.handler(call)


def faulty(fault: Fault, path: str, correlation: str) -> Reply:
    """The answer a status fault asked for, in the shape the path would use."""
    status: int = fault.details.get("status", 503)
    headers = {str(k): str(v) for k, v in (fault.details.get("headers") or {}).items()}
    retry_after = fault.details.get("retry_after", 1 if status == 429 else None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    if "body" in fault.details:
        return Reply(status, fault.text("body", "").encode(), fault.text("content_type", "text/html"), headers)
    if path == "/oauth/token":
        text = fault.text("message", "rate limit exceeded" if status == 400 else "the login service is unavailable")
        default = "invalid_request" if status == 400 else "invalid_client" if status == 401 else "server_error"
        reply = LoginError(status, fault.text("code", default), text).reply()
        return Reply(status, reply.body, reply.content_type, headers)
    code = fault.text("code", CODES.get(status, "bad.request" if status < 500 else "internal.server.error"))
    message = fault.text("message", f"The sandbox was asked to answer {status} here.")
    return Reply(status, encode(error_body(status, code, message, correlation)), headers=headers)


CODES = {
    401: "bad.credentials",
    403: "missing.permissions",
    404: "not.found",
    408: "client.timeout",
    409: "general.conflict",
    413: "request.entity.too.large",
    429: "too.many.requests.retry.after",
    503: "service.unavailable",
    504: "request.timeout",
}
