"""The only place that builds real HTTP transports.

`transport` is for hosts that an operator chose; `guarded_transport` is for URLs that come from the desired state.
Neither reads proxies or anything else from the environment, retries, or follows redirects.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any

import anyio
import httpcore
import httpx

from reconciler.core import targets
from reconciler.errors import UsageError

_KEEPALIVE_SECONDS = 30.0

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to the IP addresses to try, in order; raises OSError."""


class BlockedTarget(httpx.ConnectError):
    """The URL, or an address it leads to, must not be reached. Nothing was sent."""


def transport(*, connections_max: int = 20, ca_file: str | None = None) -> httpx.AsyncBaseTransport:
    """For hosts the operator chose. `ca_file` (PEM) replaces the built-in certificate authorities."""
    limits = httpx.Limits(
        max_connections=connections_max,
        max_keepalive_connections=connections_max,
        keepalive_expiry=_KEEPALIVE_SECONDS,
    )
    return httpx.AsyncHTTPTransport(verify=_tls(ca_file), trust_env=False, limits=limits, retries=0)


def guarded_transport(
    allow: targets.Allow,
    *,
    connections_max: int = 20,
    ca_file: str | None = None,
    resolve: Resolve | None = None,
    network: httpcore.AsyncNetworkBackend | None = None,
) -> httpx.AsyncBaseTransport:
    """For URLs from the desired state: connects only where `core.targets` agrees, and only to the address it saw.

    Raises BlockedTarget from a request that may not be made. `resolve` and `network` replace the machine's resolver
    and sockets.
    """
    guard = _GuardedNetwork(allow, resolve or _system_resolve, network or httpcore.AnyIOBackend())
    return _GuardedTransport(
        allow,
        httpcore.AsyncConnectionPool(
            ssl_context=_tls(ca_file),
            max_connections=connections_max,
            keepalive_expiry=_KEEPALIVE_SECONDS,
            retries=0,
            network_backend=guard,
        ),
    )


@functools.cache
def _built_in_authorities() -> ssl.SSLContext:
    """One for the process: reading the authorities takes some 50 ms, and a process has several transports."""
    return httpx.create_ssl_context(trust_env=False)


def _tls(ca_file: str | None) -> ssl.SSLContext:
    if ca_file is None:
        return _built_in_authorities()
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"The certificate file {ca_file} cannot be used: {error}. It must be PEM.") from error


async def _system_resolve(host: str, port: int) -> list[str]:
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves, judges every address, and connects to the very address it judged, so DNS cannot change in between.

    Unix sockets, and pauses between retries, stay as the base class has them: not implemented.
    """

    def __init__(self, allow: targets.Allow, resolve: Resolve, network: httpcore.AsyncNetworkBackend) -> None:
        self._allow, self._resolve, self._network = allow, resolve, network

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            with anyio.fail_after(timeout):
                addresses = await self._addresses(host, port)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"{host} was not resolved within {timeout} s") from error
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure or httpcore.ConnectError(f"{host} has no address")

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} could not be resolved: {error}") from error
        # One bad address among several spoils all: whoever answers so has something in mind.
        for address in addresses:
            if reason := targets.refusal(host, ipaddress.ip_address(address), self._allow):
                raise BlockedTarget(reason)
        return addresses


class _GuardedTransport(httpx.AsyncBaseTransport):
    def __init__(self, allow: targets.Allow, pool: httpcore.AsyncConnectionPool) -> None:
        self._allow, self._pool = allow, pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if reason := targets.check_url(str(request.url), self._allow):
            raise BlockedTarget(reason, request=request)
        assert isinstance(request.stream, httpx.AsyncByteStream)  # noqa: S101 - an async client makes no other
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _translated():
            answer = await self._pool.handle_async_request(outgoing)
        return httpx.Response(
            status_code=answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated():
            async for part in self._answer.aiter_stream():
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """httpx names its exceptions as httpcore does; whoever uses a transport expects httpx's."""
    try:
        yield
    except tuple(_SAME_NAME) as error:
        same = next(_SAME_NAME[kind] for kind in type(error).__mro__ if kind in _SAME_NAME)
        raise same(str(error)) from error


_SAME_NAME: dict[type[BaseException], type[httpx.TransportError]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.TimeoutException: httpx.TimeoutException,
    httpcore.NetworkError: httpx.NetworkError,
    httpcore.ProtocolError: httpx.ProtocolError,
}
