"""A pass with nothing to do at 1,000 prompts, 500 flows and 100 routes: requests counted, wall time against bare httpx.

The pass is timed inside a process that has made one before, as the service does all day; the bare script has its
connection and token as well. Both fetch the same 12 pages from the same stand-in, in turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

import anyio
import httpx

from bench.workshop import Workshop, workshop
from reconciler import logs
from reconciler.bootstrap.house import Look, house
from reconciler.report.progress import NoProgress
from reconciler.runtime import one_pass
from reconciler.runtime.parts import Mode, Request
from reconciler.settings import load

PROMPTS, FLOWS, ROUTES = 1000, 500, 100
PAGES = [
    *(f"/api/v2/architect/prompts?pageNumber={n}&pageSize=100&includeMediaUris=false" for n in range(1, 11)),
    "/api/v2/flows?pageNumber=1&pageSize=500",
    "/api/v2/architect/ivrs?pageNumber=1&pageSize=100",
]
ROUNDS, WARM_UP = 9, 2


def main() -> None:
    with workshop(prompts=PROMPTS, flows=FLOWS, routes=ROUTES) as team:
        begun = time.perf_counter()
        team.reconcile("--once")
        print(f"apply {PROMPTS + FLOWS + ROUTES} new objects: {time.perf_counter() - begun:.1f} s")
        team.call("DELETE", "/_sandbox/requests")
        said = team.reconcile("--once").stdout.rstrip()
        counted = team.call("GET", "/_sandbox/requests")
        assert said.endswith("No changes."), said
        print(f"quiet pass: {counted['total']} requests in a fresh process: {counted['by_route']}")
        anyio.run(race, team)


async def race(team: Workshop) -> None:
    environment = team.environment | {"RECONCILE_SOURCE": str(team.path / "desired_state")}
    settings = load(environment, read_file=str)
    logs.configure(format="json", stream=sys.stderr, level=settings.log_level, is_terminal=False)  # as the program does
    ours: list[float] = []
    bare: list[float] = []
    async with (
        house(settings, environment, terminal=False) as opened,
        AsyncExitStack() as stack,
        httpx.AsyncClient(base_url=team.url, headers=await token(team)) as client,
    ):
        ledger, _ = await opened.ledger(stack, Look(), reads_only=False)
        parts = await opened.parts(stack, ledger, NoProgress(), home=await opened.home(create=True))
        for number in range(ROUNDS + WARM_UP):
            begun = time.perf_counter()
            result = await one_pass.run(parts, opened.wanted, Request(mode=Mode.APPLY), anyio.Event())
            middle = time.perf_counter()
            await fetch(client)
            end = time.perf_counter()
            assert not result.plan.changes
            if number >= WARM_UP:
                ours.append(middle - begun)
                bare.append(end - middle)
    ratio = statistics.median(a / b for a, b in zip(ours, bare, strict=True))
    print(
        f"quiet pass {statistics.median(ours) * 1000:.0f} ms, bare httpx {statistics.median(bare) * 1000:.0f} ms: "
        f"{ratio:.2f}x (goal <= 1.5x)"
    )


async def token(team: Workshop) -> dict[str, str]:
    async with httpx.AsyncClient(base_url=team.url) as client:
        answer = await client.post("/oauth/token", auth=("bench", "bench"), data={"grant_type": "client_credentials"})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def fetch(client: httpx.AsyncClient) -> None:
    """The same pages, as concurrently as ours, decoded."""
    limiter = anyio.CapacityLimiter(10)

    async def one(page: str) -> Any:
        async with limiter:
            return (await client.get(page)).json()

    async with anyio.create_task_group() as tasks:
        for page in PAGES:
            tasks.start_soon(one, page)
