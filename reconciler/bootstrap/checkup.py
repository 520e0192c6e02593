"""The checks of `doctor`, joined to what they look at: machine, git, manifests, platform, ledger. Nothing here writes.

A remote repository is cloned into a directory that is gone at the end, because the clone beside the ledger belongs to
the service. The credentials are those of this process, whoever runs the service.
"""

from __future__ import annotations

import json
import platform as machine
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import anyio

from reconciler import __version__
from reconciler.adapters.git import GitCli
from reconciler.bootstrap import platform
from reconciler.bootstrap.house import House
from reconciler.bootstrap.source import open_source
from reconciler.core import diagnosis
from reconciler.core.diagnosis import Finding, Health, Held
from reconciler.genesys import authorization, identity
from reconciler.genesys.wire import regions
from reconciler.genesys.wire.client import Client
from reconciler.kinds import permissions
from reconciler.kinds.prompt import checks as recordings
from reconciler.ledger import peek
from reconciler.model import identity as kinds
from reconciler.model.desired import DesiredState
from reconciler.operations.doctor import Check, Skipped
from reconciler.runtime import control
from reconciler.source.local import LocalSource
from reconciler.source.remote import RemoteSource


@dataclass(slots=True, kw_only=True)
class Checkup:
    """What earlier checks found and later ones build on. `stack` ends what they open."""

    house: House
    stack: AsyncExitStack
    _desired: DesiredState | None = None
    _client: Client | None = None
    _organization: str | None = None

    @property
    def checks(self) -> Mapping[str, Check]:
        """In the order in which they are made and shown."""
        return {
            "program": self._program,
            "sqlite": self._sqlite,
            "git": self._git,
            "source": self._source,
            "region": self._region,
            "login": self._login,
            "organisation": self._org,
            "clock": self._clock,
            "rate budget": self._budget,
            "permissions": self._permissions,
            "ledger": self._ledger,
            "webhooks": self._webhooks,
            "audio converter": self._converter,
        }

    async def _program(self) -> Sequence[Finding]:
        return [Finding(Health.OK, f"reconciler {__version__} on Python {machine.python_version()}.")]

    async def _sqlite(self) -> Sequence[Finding]:
        return [diagnosis.sqlite(sqlite3.sqlite_version_info)]

    async def _git(self) -> Sequence[Finding]:
        answer = await GitCli().run("--version", cwd="/", timeout_seconds=5)
        said = answer.stdout.decode(errors="replace").strip().removeprefix("git version ")
        if answer.code != 0 or not said:
            return [Finding(Health.RED, f"git --version ended with {answer.code}.", "Install git, on PATH.")]
        return [Finding(Health.OK, f"Version {said}.")]

    async def _source(self) -> Sequence[Finding]:
        source = await self._a_source()
        if isinstance(source, RemoteSource):
            await source.head()
        snapshot = await source.snapshot()
        self._desired = desired = await self.house.load(snapshot)
        number, name = len(desired.resources), desired.environment.name
        objects = f"{number} {'object' if number == 1 else 'objects'} for environment {name}"
        if desired.commit is None:
            remedy = "Put it into git, so that the audit trail can name commits and authors."
            return [Finding(Health.WARN, f"{objects}; {self.house.settings.source} is outside git.", remedy)]
        return [Finding(Health.OK, f"{objects}, commit {desired.revision[:12]}.")]

    async def _a_source(self) -> LocalSource | RemoteSource:
        house = self.house
        if not isinstance(house.source, RemoteSource):
            return house.source
        return open_source(house.settings, files=house.files, git=GitCli(), cache=await self._scratch())

    async def _scratch(self) -> str:
        """A directory that is gone at the end."""
        return await self.stack.enter_async_context(anyio.TemporaryDirectory(prefix="reconcile-doctor-"))

    async def _region(self) -> Sequence[Finding]:
        settings = self.house.settings
        hosts = regions.hosts(region=settings.region, gateway_url=settings.gateway_url)
        if settings.gateway_url:
            return [Finding(Health.OK, f"{hosts.api}, because RECONCILE_GATEWAY_URL says so.")]
        return [Finding(Health.OK, f"{settings.region}: {hosts.name}.")]

    async def _login(self) -> Sequence[Finding]:
        house = self.house
        client = platform.client_of(house.settings, clock=house.clock, rng=house.rng, ids=house.ids)
        self.stack.push_async_callback(client.aclose)
        await client.token()
        self._client = client
        return [Finding(Health.OK, f"OAuth client {client.client_id} got a token.")]

    async def _org(self) -> Sequence[Finding]:
        found = await identity.whoami(self._reached())
        self._organization = found.organization_id
        wanted = self._desired.environment.organization if self._desired is not None else None
        return [diagnosis.organization(found.organization_id, found.organization_name, wanted=wanted)]

    async def _clock(self) -> Sequence[Finding]:
        return [diagnosis.skew(self._answered().clock_skew_seconds)]

    async def _budget(self) -> Sequence[Finding]:
        client = self._answered()
        return [diagnosis.budget(client.remaining, client.allowed_per_window)]

    async def _permissions(self) -> Sequence[Finding]:
        grants = await authorization.held(self._reached())
        if self._desired is None:
            raise Skipped("without manifests nobody knows what is needed")
        return diagnosis.rights(permissions.needed(self._desired), None if grants is None else _held(grants))

    async def _ledger(self) -> Sequence[Finding]:
        path = await self.house.ledger_path()
        answered = await control.ask(control.path_beside(path), "status", {"output": "json"})
        if answered is not None:
            bound = json.loads(answered["output"])["organization"]
            where = f"{path}, held by the running service, which answers"
            return [diagnosis.ledger(where, bound=bound, organization=self._organization)]
        if (trouble := await self.house.files.not_writable(path)) is not None:
            remedy = "Make it writable for this user, or set RECONCILE_LEDGER_URL to a file elsewhere."
            return [Finding(Health.RED, f"{trouble} cannot be written.", remedy)]
        if not await anyio.Path(path).exists():
            return [Finding(Health.OK, f"None yet; the first pass makes {path}.")]
        bound = await peek.bound_organization(path, offload=self.house.store, scratch=await self._scratch())
        return [diagnosis.ledger(path, bound=bound, organization=self._organization)]

    async def _webhooks(self) -> Sequence[Finding]:
        if self._desired is None:
            raise Skipped("without manifests nobody knows which there are")
        names = [one.name if one.enabled else f"{one.name} (off)" for one in self._desired.environment.webhooks]
        return [Finding(Health.OK, f"{', '.join(names)}." if names else "None configured.")]

    async def _converter(self) -> Sequence[Finding]:
        """A recording that needs one and finds none is a problem of the manifests, told there."""
        if self._desired is None:
            raise Skipped("without manifests nobody knows whether one is needed")
        prompts = (one.spec for key, one in self._desired.resources.items() if key.kind == kinds.PROMPT)
        number = sum(recordings.conversions(spec) for spec in prompts)
        return [diagnosis.converter(number, is_there=not self.house.converter.remedy)]

    def _reached(self) -> Client:
        if self._client is None:
            raise Skipped("the login failed")
        return self._client

    def _answered(self) -> Client:
        client = self._reached()
        if self._organization is None:
            raise Skipped("the platform did not answer")
        return client


def _held(grants: Sequence[authorization.Grant]) -> Held:
    """Grants by the name of their division; its id where the platform gives no name."""
    always: dict[str, set[str]] = defaultdict(set)
    for grant in grants:
        name = diagnosis.EVERYWHERE if grant.division_id == diagnosis.EVERYWHERE else grant.division
        always[name or grant.division_id].update(grant.permissions or ())
    return Held(always, {one for grant in grants for one in grant.conditional})
