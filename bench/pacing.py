"""1,000 new prompts under a rate limit of 300 requests per 6 s, beside the loop that tutorials show.

Both make the same objects on a stand-in of their own, at the same time. The share is taken when the last window opens:
the time that the limit demands until then, against the time it took; 100 % is a client that knows the platform's
clock. The loop sends one request after the other and sleeps for `Retry-After` when it is refused.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import anyio
import httpx

from bench.quiet_pass import token
from bench.workshop import Workshop, workshop
from reconciler import logs
from reconciler.bootstrap.house import Look, house
from reconciler.report.progress import NoProgress
from reconciler.runtime import one_pass
from reconciler.runtime.metrics import Metrics
from reconciler.runtime.parts import Mode, Request
from reconciler.settings import load

PROMPTS = 1000
ALLOWED, WINDOW_SECONDS = 300, 6.0
PROMPTS_PATH = "/api/v2/architect/prompts"


@dataclass
class Load:
    """What one client sent: when the first request left, when each success came, and the answers by status."""

    began: float = 0.0
    successes: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def saw(self, status: int, seconds: float) -> None:
        now = time.perf_counter()
        self.began = self.began or now - seconds
        self.statuses[status] += 1
        if 200 <= status < 300:
            self.successes.append(now)

    def told(self, name: str) -> str:
        full_windows = (len(self.successes) - 1) // ALLOWED
        share = full_windows * WINDOW_SECONDS / (self.successes[full_windows * ALLOWED] - self.began)
        sent = self.statuses.total()
        return (
            f"{name:<12} {self.successes[-1] - self.began:>8.1f} {share:>11.1%} {self.statuses[429]:>6} "
            f"{sent - len(self.successes):>7} {sent:>9}"
        )


class Watched(Metrics):
    """The process's metrics, with a second listener for requests to the API."""

    def __init__(self, load: Load) -> None:
        super().__init__()
        self.load = load

    def count_request(self, request: str, status: int, seconds: float, remaining: int | None) -> None:
        super().count_request(request, status, seconds, remaining)
        if "/oauth/" not in request:
            self.load.saw(status, seconds)


def main() -> None:
    limit = f"{ALLOWED}/{WINDOW_SECONDS:.0f}"
    with workshop(prompts=PROMPTS, rate_limit=limit) as team, workshop(rate_limit=limit) as others:
        ours, naive = anyio.run(both, team, others)
    print(f"{'':<12} {'seconds':>8} {'share used':>11} {'429s':>6} {'wasted':>7} {'requests':>9}")
    print(ours.told("reconcile"))
    print(naive.told("naive loop"))
    print("goals for reconcile: share >= 95 %, no 429, nothing wasted")


async def both(team: Workshop, others: Workshop) -> tuple[Load, Load]:
    ours, naive = Load(), Load()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(reconcile, team, ours)
        tasks.start_soon(loop, others, naive)
    return ours, naive


async def reconcile(team: Workshop, load_seen: Load) -> None:
    environment = team.environment | {"RECONCILE_SOURCE": str(team.path / "desired_state")}
    settings = load(environment, read_file=str)
    logs.configure(format="json", stream=sys.stderr, level=settings.log_level, is_terminal=False)  # as the program does
    async with house(settings, environment, terminal=False) as opened, AsyncExitStack() as stack:
        opened.metrics = Watched(load_seen)
        ledger, _ = await opened.ledger(stack, Look(), reads_only=False)
        parts = await opened.parts(stack, ledger, NoProgress(), home=await opened.home(create=True))
        result = await one_pass.run(parts, opened.wanted, Request(mode=Mode.APPLY), anyio.Event())
    assert result.exit_code == 0, result.outcomes


async def loop(team: Workshop, seen: Load) -> None:
    async with httpx.AsyncClient(base_url=team.url, headers=await token(team)) as client:

        async def send(method: str, path: str, body: object = None) -> httpx.Response:
            while True:
                begun = time.perf_counter()
                answer = await client.request(method, path, json=body)
                seen.saw(answer.status_code, time.perf_counter() - begun)
                if answer.status_code != 429:
                    return answer.raise_for_status()
                await anyio.sleep(int(answer.headers["Retry-After"]))

        for number in range(PROMPTS):
            made = await send("POST", PROMPTS_PATH, {"name": f"prompt_{number}", "description": f"Prompt {number}"})
            place = f"{PROMPTS_PATH}/{made.json()['id']}"
            await send("POST", f"{place}/resources", {"language": "en-us", "ttsString": f"Hello {number}"})
            await send("GET", place)
