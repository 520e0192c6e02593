"""The stage for tests of the remote sides: a sandbox on a real socket, time that moves by hand, a notebook for intents.

`Time.sleep` moves the sandbox's clock along with ours, so a minute of polling takes milliseconds.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio.lowlevel
import httpx

from reconciler.adapters.http import transport
from reconciler.architect import canonical
from reconciler.documents.load import ARCHY, load
from reconciler.genesys.names import Names
from reconciler.genesys.trail import Trail
from reconciler.genesys.wire.auth import Credentials
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.regions import hosts
from reconciler.genesys.wire.settings import RemoteSettings
from reconciler.kinds.call_route.remote import CallRouteRemote
from reconciler.kinds.flow.remote import FlowRemote
from reconciler.kinds.prompt.remote import PromptRemote
from reconciler.model import digest, identity, moment
from reconciler.model.change import Action, Change
from reconciler.model.identity import Key, OpId
from reconciler.model.outcome import Intent, Written
from reconciler.model.problem import Location
from reconciler.model.resource import Applied, Asset, Desired, Observed
from reconciler.sandbox.clock import ManualClock
from tests.sandboxes import plain_client

EN, ES = "en-us", "es-us"
HERE = Location("desired_state/here.yaml")


class Time:
    """Our clock and the sandbox's, moved together."""

    def __init__(self, platform: ManualClock) -> None:
        self._platform, self.passed = platform, 0.0
        self._began = datetime.fromtimestamp(platform.now(), UTC)
        self.platform_stands_still = False

    def now(self) -> datetime:
        return self._began + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await anyio.lowlevel.checkpoint()

    def advance(self, seconds: float) -> None:
        self.passed += seconds
        if not self.platform_stands_still:
            self._platform.advance(seconds)


class Halves:
    """Chance that always falls in the middle."""

    def random(self) -> float:
        return 0.5


class Counting:
    def __init__(self) -> None:
        self.number = 0

    def new(self) -> str:
        self.number += 1
        return f"id-{self.number}"


async def inline(work):
    return work()


@dataclass
class Notebook:
    """The intent of one change, as the ledger would hold it."""

    time: Time
    intent: Intent
    stages: list[str] = field(default_factory=list)
    stubs: tuple[Notebook, ...] = ()

    @property
    def op_id(self) -> OpId:
        return self.intent.op_id

    async def stage(self, stage: str, **data: object) -> None:
        self.stages.append(stage)
        self.intent = replace(
            self.intent,
            stage=stage,
            data={**self.intent.data, **data},
            last_send_at=moment.text(self.time.now()),
        )


class Stage:
    """One sandbox, one client of it, the three remote sides."""

    def __init__(self, url: str, platform: ManualClock, settings: RemoteSettings | None = None) -> None:
        self.url, self.time = url, Time(platform)
        self.control = plain_client(url)
        self.archived: list[tuple[str, str, bytes]] = []
        self.clients: list[Client] = []
        self.become("reconciler", settings or RemoteSettings())

    def become(
        self,
        client_id: str,
        settings: RemoteSettings,
        *,
        wrap: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda inner: inner,
    ) -> None:
        """Start as a new process with these credentials."""
        self.client = Client(
            transport=wrap(transport()),
            clock=self.time,
            rng=Halves(),
            ids=Counting(),
            credentials=Credentials(client_id, "secret"),
            hosts=hosts(region=None, gateway_url=self.url),
            user_agent="reconciler/test",
            settings=settings,
        )
        self.clients.append(self.client)
        self.names, self.trail = Names(client=self.client), Trail(client=self.client)
        self.prompts = PromptRemote(client=self.client, names=self.names, trail=self.trail, archive=self._archive)
        self.flows = FlowRemote(client=self.client, names=self.names, offload=inline, archive=self._archive)
        self.routes = CallRouteRemote(client=self.client, names=self.names)
        self.remotes = {remote.kind: remote for remote in (self.prompts, self.flows, self.routes)}

    async def aclose(self) -> None:
        for client in self.clients:
            await client.aclose()
        self.control.close()

    async def _archive(self, key: Key, name: str, content: bytes) -> None:
        self.archived.append((str(key), name, content))

    # -- the platform -----------------------------------------------------------------------------------------

    def fault(self, method: str, path: str, fault: str, **more: Any) -> None:
        answer = self.control.post("/_sandbox/faults", json={"method": method, "path": path, "fault": fault, **more})
        assert answer.status_code == 201, answer.text

    def person(self, action: str, kind: str, name: str, **more: Any) -> Any:
        order = {"as": "supervisor-1", "action": action, "kind": kind, "name": name, **more}
        answer = self.control.post("/_sandbox/people", json=order)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def token(self, client_id: str = "reconciler") -> str:
        """For requests of another program."""
        answer = self.control.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, "secret")
        )
        return str(answer.json()["access_token"])

    def setting(self, **settings: Any) -> None:
        state = self.control.get("/_sandbox/state").json()
        body = {"settings": {**state.get("settings", {}), **settings}}
        assert self.control.put("/_sandbox/state", json=body).status_code == 204

    def state(self) -> Any:
        return self.control.get("/_sandbox/state").json()

    def forget_requests(self) -> None:
        self.control.delete("/_sandbox/requests")

    def requests(self) -> dict[str, int]:
        """Requests since `forget_requests`, without logins."""
        found = self.control.get("/_sandbox/requests").json()["by_route"]
        return {route: count for route, count in found.items() if "oauth" not in route}

    def writes(self) -> dict[str, int]:
        return {route: count for route, count in self.requests().items() if not route.startswith("GET ")}

    # -- changes ----------------------------------------------------------------------------------------------

    def notebook(self, change: Change) -> Notebook:
        want = change.desired
        return Notebook(
            self.time,
            Intent(
                op_id=OpId("op-1"),
                key=change.key,
                action=change.action,
                digest=want.digest if want else "",
                spec=want.spec if want else {},
                revision="r1",
                started_at=moment.text(self.time.now()),
                id=change.id,
                version_before=change.version_before,
            ),
        )

    async def write(self, change: Change) -> Written:
        return await self.remotes[change.key.kind].write(change, self.notebook(change))

    async def apply(self, want: Desired) -> Applied:
        """Create what is wanted and remember it as the ledger would."""
        return remembered(want, await self.write(Change(Action.CREATE, want.key, desired=want)))

    async def observed(self, key: Key) -> Observed:
        return next(have for have in await self.remotes[key.kind].observe() if have.key == key)

    async def update(self, want: Desired, base: Applied | None = None) -> Change:
        return Change(
            Action.UPDATE,
            want.key,
            desired=want,
            observed=await self.observed(base.key if base else want.key),
            applied=base,
        )

    async def delete(self, base: Applied) -> Change:
        return Change(Action.DELETE, base.key, observed=await self.observed(base.key), applied=base)


def remembered(want: Desired, written: Written) -> Applied:
    return Applied(
        key=want.key, id=written.id, version=written.version, digest=want.digest, spec=want.spec, live=written.live
    )


def sound(seconds: float = 1.0, *, level: int = 0) -> bytes:
    """8 kHz 16-bit mono; other levels make other bytes of the same length."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(level.to_bytes(2, "little") * int(8000 * seconds))
    return buffer.getvalue()


def prompt(name: str = "welcome", *, description: str = "Greeting", **languages: Any) -> Desired:
    """`en_us={"tts": ..., "audio": (bytes, seconds)}`; without languages one spoken and one written."""
    languages = languages or {"en_us": {"tts": "Hello", "audio": (sound(), 1.0)}, "es_us": {"tts": "Hola"}}
    resources, assets = {}, {}
    for tag, given in sorted(languages.items()):
        language = tag.replace("_", "-")
        audio = None
        if "audio" in given:
            content, seconds = given["audio"]
            asset = Asset(f"audio/{name}.{language}.wav", digest.of_bytes(content), content)
            assets[language], audio = asset, {"sha256": asset.sha256, "seconds": seconds}
        resources[language] = {"tts": given.get("tts"), "text": given.get("text"), "audio": audio}
    spec = {"description": description, "resources": resources}
    return Desired(identity.prompt(name), spec, digest.of(spec), HERE, assets=assets)


ARCHY_FILE = """
inboundCall:
  name: {name}
  description: {description}
  defaultLanguage: en-us
  startUpRef: "/inboundCall/tasks/task[say]"
  initialGreeting:
    tts: {greeting}
  tasks:
    - task:
        name: Say
        refId: say
        actions:
          - disconnect:
              name: End
"""


def flow(name: str = "Main IVR", *, greeting: str = "Hello", description: str = "Made here") -> Desired:
    content = ARCHY_FILE.format(name=name, greeting=greeting, description=description).encode()
    document = load(content, "main.yaml", ARCHY).documents[0].value
    spec = {"document": canonical.canonical(document)}
    asset = Asset("archy/main.yaml", digest.of_bytes(content), content)
    return Desired(identity.flow("inboundCall", name), spec, digest.of(spec), HERE, assets={"yaml": asset})


def route(name: str = "Main number", *, numbers: tuple[str, ...] = ("+13175550101",), **more: Any) -> Desired:
    spec = {
        "description": "",
        "dnis": sorted(numbers),
        "open": "Main IVR",
        "closed": None,
        "holiday": None,
        "scheduleGroup": None,
        **more,
    }
    return Desired(identity.call_route(name), spec, digest.of(spec), HERE)
