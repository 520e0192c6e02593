from contextlib import asynccontextmanager

import anyio
import httpcore
import httpx
import pytest

from reconciler.adapters import http
from reconciler.core import targets
from reconciler.errors import UsageError

pytestmark = pytest.mark.anyio

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n"


class Listener:
    """A real HTTP server of one canned answer that counts connections."""

    def __init__(self, port, answer):
        self.port, self.answer, self.connections = port, answer, 0

    async def serve(self, stream):
        self.connections += 1
        async with stream:
            while True:
                try:
                    await stream.receive()
                    await stream.send(self.answer)
                except (anyio.EndOfStream, anyio.BrokenResourceError):
                    return


@asynccontextmanager
async def listening(answer=ANSWER):
    tcp = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    listener = Listener(tcp.extra(anyio.abc.SocketAttribute.local_port), answer)
    async with tcp, anyio.create_task_group() as group:
        group.start_soon(tcp.serve, listener.serve)
        yield listener
        group.cancel_scope.cancel()


class Recorder(httpcore.AsyncNetworkBackend):
    """Where connections would go; none is made."""

    def __init__(self, *, working=()):
        self.connects = []
        self.working = working

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        self.connects.append((host, port))
        if host in self.working:
            return httpcore.AsyncMockStream([ANSWER])
        raise httpcore.ConnectError("recorded")


def resolving(*addresses):
    async def resolve(_host, _port):
        return list(addresses)

    return resolve


def client(transport):
    return httpx.AsyncClient(transport=transport, trust_env=False, timeout=5)


async def test_the_plain_transport_talks_to_a_server_and_keeps_the_connection():
    async with listening() as listener, client(http.transport()) as browser:
        for _ in range(3):
            assert (await browser.get(f"http://127.0.0.1:{listener.port}/")).text == "ok"
        assert listener.connections == 1


async def test_no_transport_reads_a_proxy_from_the_environment(monkeypatch):
    async with listening() as listener, listening() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
        allow = targets.parse_allow(["127.0.0.1"])
        for transport in (http.transport(), http.guarded_transport(allow)):
            async with client(transport) as browser:
                await browser.get(f"http://127.0.0.1:{listener.port}/")
        assert (listener.connections, proxy.connections) == (2, 0)


async def test_a_listed_host_is_reached_over_http_on_any_port():
    allow = targets.parse_allow(["hooks.internal"])
    async with listening() as listener:
        transport = http.guarded_transport(allow, resolve=resolving("127.0.0.1"))
        async with client(transport) as browser:
            answer = await browser.post(f"http://hooks.internal:{listener.port}/x", content=b"body")
        assert (answer.status_code, answer.text, listener.connections) == (200, "ok", 1)


async def test_loopback_is_refused_without_a_connection():
    async with listening() as listener, client(http.guarded_transport(targets.Allow())) as browser:
        for host in ("127.0.0.1", "localhost", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "[::1]"):
            for scheme in ("http", "https"):
                with pytest.raises(http.BlockedTarget):
                    await browser.get(f"{scheme}://{host}:{listener.port}/")
        assert listener.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [
        ("10.0.0.1",),
        ("8.8.8.8", "10.0.0.1"),
        ("::ffff:127.0.0.1",),
        ("64:ff9b::a00:1",),
        ("2002:a00:1::",),
        ("169.254.169.254",),
        ("fe80::1%eth0",),
        ("224.0.0.1",),
    ],
)
async def test_a_name_that_leads_to_a_bad_address_is_refused_at_the_network(addresses):
    network = Recorder()
    transport = http.guarded_transport(targets.Allow(), resolve=resolving(*addresses), network=network)
    async with client(transport) as browser:
        with pytest.raises(http.BlockedTarget, match=r"hooks\.example\.com leads to"):
            await browser.post("https://hooks.example.com/", content=b"x")
    assert network.connects == []


async def test_the_connection_goes_to_the_address_that_was_judged():
    answers = [["8.8.8.8"], ["10.0.0.1"]]

    async def changing(_host, _port):
        return answers.pop(0)

    network = Recorder()
    transport = http.guarded_transport(targets.Allow(), resolve=changing, network=network)
    async with client(transport) as browser:
        with pytest.raises(httpx.ConnectError, match="recorded"):
            await browser.get("https://hooks.example.com/")
        assert network.connects == [("8.8.8.8", 443)]
        with pytest.raises(http.BlockedTarget):
            await browser.get("https://hooks.example.com/")
    assert network.connects == [("8.8.8.8", 443)]


async def test_the_next_address_is_tried_when_one_does_not_answer():
    allow = targets.parse_allow(["hooks.example.com"])
    network = Recorder(working=("8.8.4.4",))
    transport = http.guarded_transport(allow, resolve=resolving("8.8.8.8", "8.8.4.4"), network=network)
    async with client(transport) as browser:
        assert (await browser.get("http://hooks.example.com/")).text == "ok"
    assert network.connects == [("8.8.8.8", 80), ("8.8.4.4", 80)]


async def test_a_redirect_is_handed_back_and_not_followed():
    allow = targets.parse_allow(["hooks.internal"])
    async with listening(REDIRECT) as listener:
        transport = http.guarded_transport(allow, resolve=resolving("127.0.0.1"))
        async with client(transport) as browser:
            answer = await browser.get(f"http://hooks.internal:{listener.port}/")
            assert answer.status_code == 302
            with pytest.raises(http.BlockedTarget):
                await browser.get(f"http://hooks.internal:{listener.port}/", follow_redirects=True)


async def test_a_name_without_an_address_is_a_connect_error():
    async def failing(_host, _port):
        raise OSError("Name or service not known")

    async with client(http.guarded_transport(targets.Allow(), resolve=failing)) as browser:
        with pytest.raises(httpx.ConnectError, match=r"hooks\.example\.com could not be resolved"):
            await browser.get("https://hooks.example.com/")


async def test_a_resolver_that_hangs_is_a_connect_timeout():
    async def hanging(_host, _port):
        await anyio.sleep_forever()

    async with client(http.guarded_transport(targets.Allow(), resolve=hanging)) as browser:
        with pytest.raises(httpx.ConnectTimeout):
            await browser.get("https://hooks.example.com/", timeout=0.05)


async def test_a_server_that_hangs_up_is_a_protocol_error():
    allow = targets.parse_allow(["127.0.0.1"])
    async with listening(b"nonsense\r\n\r\n") as listener, client(http.guarded_transport(allow)) as browser:
        with pytest.raises(httpx.RemoteProtocolError):
            await browser.get(f"http://127.0.0.1:{listener.port}/")


async def test_an_answer_left_unread_gives_its_connection_back():
    allow = targets.parse_allow(["127.0.0.1"])
    async with listening(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") as listener:
        async with client(http.guarded_transport(allow, connections_max=1)) as browser:
            for _ in range(2):
                async with browser.stream("GET", f"http://127.0.0.1:{listener.port}/") as answer:
                    assert answer.status_code == 200
        assert listener.connections == 2


async def test_unix_sockets_are_not_there():
    guard = http._GuardedNetwork(targets.Allow(), resolving(), Recorder())
    with pytest.raises(NotImplementedError):
        await guard.connect_unix_socket("/run/x.sock")


def test_a_certificate_file_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "ca.pem").write_text("nonsense")
    for name in ("ca.pem", "gone.pem"):
        with pytest.raises(UsageError, match=name):
            http.transport(ca_file=str(tmp_path / name))


def test_the_built_in_authorities_are_read_once_for_all_transports():
    assert http._tls(None) is http._tls(None)
