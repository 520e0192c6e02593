"""Every malformed answer ends in an error of ours that names the request, and never in anything else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from reconciler.errors import Malformed, ProviderError, TimedOut, Unavailable
from reconciler.genesys import (
    audits,
    authorization,
    configurations,
    dependencies,
    flows,
    lookups,
    organizations,
    prompts,
    routes,
    validations,
)
from reconciler.genesys.audits import Query
from reconciler.genesys.validations import Stored
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.settings import RemoteSettings
from tests.integration.remotes.remote_stage import Stage, flow, prompt, route

pytestmark = pytest.mark.anyio
Read = Callable[[Client, dict[str, str]], Awaitable[Any]]


def lately(client: Client) -> Query:
    now = client.clock.now()
    return Query(start=now - timedelta(days=1), end=now, service=audits.ARCHITECT, filters={})


READS: dict[str, tuple[Read, dict[str, Any]]] = {
    # What is read, and how its JSON must be altered to be of no use.
    "GET /api/v2/organizations/me": (lambda c, ids: organizations.me(c), {"remove": ["id"]}),
    "GET /api/v2/architect/prompts": (lambda c, ids: prompts.everything(c), {"remove": ["entities.*.id"]}),
    "GET /api/v2/architect/prompts/{promptId}": (lambda c, ids: prompts.get(c, ids["prompt"]), {"set": {"id": 7}}),
    "GET /api/v2/flows": (lambda c, ids: flows.everything(c), {"set": {"entities": "none"}}),
    "GET /api/v2/flows/{flowId}": (lambda c, ids: flows.get(c, ids["flow"]), {"set": {"id": None}}),
    "GET /api/v2/flows/{flowId}/versions": (lambda c, ids: flows.versions(c, ids["flow"]), {"set": {"entities.0": 1}}),
    "GET /api/v2/architect/ivrs": (lambda c, ids: routes.everything(c), {"set": {"entities.0.id": ["x"]}}),
    "GET /api/v2/architect/ivrs/{ivrId}": (lambda c, ids: routes.get(c, ids["route"]), {"remove": ["*"]}),
    "GET /api/v2/routing/queues": (lambda c, ids: lookups.queues(c), {"remove": ["entities.1.id"]}),
    "POST /api/v2/users/search": (lambda c, ids: lookups.users_named(c, "s-1"), {"set": {"results": {"a": 1}}}),
    "GET /api/v2/tokens/me": (lambda c, ids: authorization.token(c), {"set": {"organization": "Example"}}),
    "GET /api/v2/authorization/subjects/me": (lambda c, ids: authorization.grants(c), {"set": {"grants": 1}}),
    "POST /api/v2/audits/query/realtime": (
        lambda c, ids: audits.realtime(c, lately(c), page=1), {"set": {"entities": {}}},
    ),
    "POST /api/v2/audits/query": (lambda c, ids: audits.begin(c, lately(c)), {"remove": ["id"]}),
    "GET /api/v2/audits/query/{transactionId}": (
        lambda c, ids: audits.everything(c, lately(c), entries_max=9), {"set": {"state": None}},
    ),
    "GET /api/v2/audits/query/{transactionId}/results": (
        lambda c, ids: audits.everything(c, lately(c), entries_max=9), {"set": {"entities": "many"}},
    ),
    "GET /api/v2/audits/query/servicemapping": (lambda c, ids: audits.services(c), {"remove": ["services"]}),
    "GET /api/v2/architect/dependencytracking": (
        lambda c, ids: dependencies.search(c, "Main IVR"), {"set": {"entities": [{"name": "without id"}]}},
    ),
    "GET /api/v2/architect/dependencytracking/build": (lambda c, ids: dependencies.build(c), {"remove": ["status"]}),
    "GET /api/v2/flows/{flowId}/versions/{versionId}/configuration": (
        lambda c, ids: configurations.of_version(c, ids["flow"], "1.0"), {},
    ),
    "POST /api/v2/flows/validate/jobs": (
        lambda c, ids: validations.register(c, [Stored(ids["flow"])]), {"remove": ["id"]},
    ),
    "GET /api/v2/flows/validate/jobs/{jobId}": (
        lambda c, ids: validations.validate(c, [Stored(ids["flow"])]), {"set": {"id": ""}},
    ),
}  # fmt: skip
WRONG = {
    "cut": {"fault": "truncate"},
    "a page of a proxy": {"fault": "status", "status": 200, "body": "<html>Sign in</html>"},
    "JSON by name only": {"fault": "status", "status": 200, "body": "{", "content_type": "application/json"},
    "no object": {"fault": "status", "status": 200, "body": "[1, 2]", "content_type": "application/json"},
    "endless": {"fault": "huge", "size": 2_000_000},
}


@pytest.fixture
async def ids(stage: Stage) -> dict[str, str]:
    """One object of each kind."""
    stage.become("reconciler", RemoteSettings(answer_bytes_max=1_000_000))
    made = {"prompt": prompt(en_us={"tts": "Hi"}), "flow": flow(), "route": route()}
    return {word: (await stage.apply(want)).id for word, want in made.items()}


async def ending(stage: Stage, name: str, ids: dict[str, str], **order: Any) -> ProviderError:
    method, _, path = name.partition(" ")
    stage.fault(method, path, times=None, **order)
    with pytest.raises(ProviderError) as raised:
        await READS[name][0](stage.client, ids)
    assert f"{raised.value.method} {raised.value.path}" == name
    return raised.value


@pytest.mark.parametrize("name", READS)
async def test_what_is_no_answer_is_an_error_that_names_the_request(stage: Stage, ids, name: str) -> None:
    for what, order in WRONG.items():
        stage.become("reconciler", stage.client.settings)  # so much trouble would open the breaker of one client
        error = await ending(stage, name, ids, **order)
        assert isinstance(error, Unavailable if what == "cut" else Malformed), what
        stage.control.delete("/_sandbox/faults")


@pytest.mark.parametrize("name", [name for name, (_, order) in READS.items() if order])
async def test_an_answer_without_what_we_need_is_an_error(stage: Stage, ids, name: str) -> None:
    error = await ending(stage, name, ids, fault="alter", **READS[name][1])
    assert isinstance(error, Malformed)


@pytest.mark.parametrize("name", READS)
async def test_an_answer_that_drips_is_given_up(stage: Stage, ids, name: str) -> None:
    stage.become("reconciler", RemoteSettings(read_seconds=0.05, read_tries_max=1))
    error = await ending(stage, name, ids, fault="slow", seconds=2)
    assert isinstance(error, TimedOut)


async def test_values_that_nobody_knows_are_passed_on_or_told_as_unknown(stage: Stage, ids) -> None:
    stage.fault("GET", "/api/v2/flows", "alter", set={"entities.0.type": "HOLOGRAM"})
    assert [flows.root_key(row) for row in await flows.everything(stage.client)] == ["hologram"]
    stage.fault("GET", "/api/v2/architect/dependencytracking/build", "alter", set={"status": "PONDERING"})
    assert await dependencies.build(stage.client) is None
    stage.fault("POST", "/api/v2/audits/query/realtime", "alter", set={"entities.0.action": "Bless"})
    entries, _ = await audits.realtime(stage.client, lately(stage.client), page=1)
    assert entries[0].action == "Bless"
