"""`make faults`: every call of the client against every way a request can go wrong, on the stand-in over a socket.

    python -m bench.faults [MODULE ...]

One trouble per cell, for one request; the cell says how the call ended and how often its request was sent. A write is
sent again only after 429, which proves that it was not carried out; everything else leaves it unknown, and the ledger's
recovery looks before it acts. Duplicates are counted on the platform after each cell.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import anyio
import httpx

from bench import fault_calls, fault_calls_areas
from bench.fault_calls import FILE, Call, Scene, said
from bench.fault_calls_areas import INTEGRATION
from bench.workshop import workshop
from reconciler.adapters.chance import SystemIds, SystemRng
from reconciler.adapters.clock import SystemClock
from reconciler.adapters.http import transport
from reconciler.errors import (
    AmbiguousError,
    Conflicted,
    Forbidden,
    Malformed,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from reconciler.genesys import flow_jobs, prompts, routes
from reconciler.genesys.wire import regions
from reconciler.genesys.wire.auth import Credentials
from reconciler.genesys.wire.client import Client
from reconciler.genesys.wire.settings import RemoteSettings

BOT = b"""
digitalBot:
  name: Helper
  defaultLanguage: en-us
  startUpRef: "/digitalBot/bots/bot[start]"
  bots:
    - bot:
        name: Start
        refId: start
        actions:
          - digitalMenu:
              name: Ask
              question: {exp: 'ToCommunication("How can we help?")'}
              noMatch: {exp: 'ToCommunication("Please pick one.")'}
              outputs:
                paths:
                  - path: {name: Billing, actions: [{exitBotFlow: {name: To the flow}}]}
          - disconnect: {name: End}
"""
USER = "00000000-0000-4000-8000-000000000001"
ORGANISATION = {
    "users": [{"id": USER, "name": "supervisor-1", "email": "supervisor-1@example.com"}],
    "openintegrations": [{"id": INTEGRATION, "name": "Example messenger"}],
    "roles": [{"name": "Reconciler", "permissions": ["*"]}],
    "clients": [{"id": "bench", "secret": "bench", "name": "Bench", "roles": ["Reconciler"]}],
}
TROUBLES: dict[str, dict[str, Any]] = {
    "429": {"fault": "status", "status": 429, "retry_after": 0},
    "500": {"fault": "status", "status": 500},
    "503": {"fault": "status", "status": 503},
    "reset before": {"fault": "reset_before"},
    "reset after commit": {"fault": "reset_after"},
    "timeout after commit": {"fault": "timeout", "apply": "now", "seconds": 1.0},
    "truncated body": {"fault": "truncate"},
}
CALLS = (*fault_calls.CALLS, *fault_calls_areas.CALLS)
WORDS = {
    AmbiguousError: "unknown",
    RateLimited: "limited",
    TimedOut: "no answer",
    Unavailable: "unavailable",
    Unauthenticated: "no login",
    Forbidden: "forbidden",
    NotFound: "not found",
    Conflicted: "conflict",
    Malformed: "unreadable",
    Rejected: "rejected",
}
PATIENT = RemoteSettings(retry_delay_seconds=0.01, export_poll_seconds=0.01)
HASTY = replace(PATIENT, read_seconds=0.4, write_seconds=0.4, transfer_seconds=0.4)
"""For the one column in which somebody has to wait for nothing."""


@dataclass(frozen=True)
class Cell:
    """How a call ended, and how often the request that went wrong was sent in all."""

    word: str
    sent: int
    duplicates: int = 0

    def __str__(self) -> str:
        return f"{self.word} {self.sent}"


Matrix = dict[tuple[Call, str], Cell]


def main(*only: str) -> int:
    """Print the matrix; 0 when every call has a row, no cell breaks a promise and nothing is doubled."""
    calls = [call for call in CALLS if not only or call.name.partition(".")[0] in only]
    with workshop() as team:
        matrix = anyio.run(measure, team.url, calls)
    show(calls, matrix)
    wrong = [f"{name} has no row in bench/fault_calls.py" for name in sorted(fault_calls.without_a_row(CALLS))]
    wrong += complaints(matrix)
    doubles = sum(cell.duplicates for cell in matrix.values())
    print(*wrong, f"{len(matrix)} cells, none empty; duplicates: {doubles}", sep="\n")
    return 1 if wrong else 0


def complaints(matrix: Matrix) -> list[str]:
    found = {f"{call.name}, {trouble}": broken(call, trouble, cell) for (call, trouble), cell in matrix.items()}
    return [f"{place}: {why}" for place, why in found.items() if why]


def broken(call: Call, trouble: str, cell: Cell) -> str:
    """The promise a cell breaks, empty when it breaks none."""
    if cell.duplicates:
        return f"{cell.duplicates} duplicates on the platform"
    if cell.word not in ("done", *WORDS.values()):
        return f"ended in {cell.word}, which is no error of ours"
    if cell.sent < 1:
        return "the request that should go wrong was never sent"
    storage = not call.path.startswith(("/api", "/oauth"))  # the same bytes at the same address are no second write
    if call.writes and cell.sent > 1 and trouble != "429" and not storage:
        return f"a write was sent {cell.sent} times"
    if not call.writes and (cell.word, cell.sent) != ("done", 2):
        return "a read was not simply repeated"
    return ""


async def measure(url: str, calls: Iterable[Call]) -> Matrix:
    async with httpx.AsyncClient(base_url=url, timeout=10) as control:
        (await control.put("/_sandbox/state", json=ORGANISATION)).raise_for_status()
        scene = await furnished(url)
        state = (await control.get("/_sandbox/state")).json()
        matrix: Matrix = {}
        for call in calls:
            for trouble, order in TROUBLES.items():
                matrix[call, trouble] = await cell(url, control, scene, state, call, order)
    return matrix


async def furnished(url: str) -> Scene:
    """The objects that the calls work on."""
    client = client_of(url)
    prompt = await prompts.create(client, name="welcome", description="", before_send=said)
    await prompts.create_resource(client, prompt, {"language": "en-us", "ttsString": "Hello"}, before_send=said)
    flow, bot = await published(client, FILE), await published(client, BOT)
    route = await routes.create(client, {"name": "Main number", "dnis": ["+13175550101"]}, before_send=said)
    await client.aclose()
    return Scene(client, prompt, flow, route["id"], bot)


async def published(client: Client, content: bytes) -> str:
    """The id of a new flow."""
    slot = await flow_jobs.register(client)
    await flow_jobs.hand_over(client, slot, content)
    while not (job := await flow_jobs.get(client, slot.id)).is_over:
        await anyio.sleep(0.02)
    return job.flow_id


def client_of(url: str) -> Client:
    return Client(
        transport=transport(),
        clock=SystemClock(),
        rng=SystemRng(),
        ids=SystemIds(),
        credentials=Credentials("bench", "bench"),
        hosts=regions.hosts(region=None, gateway_url=url),
        user_agent="reconciler/bench",
        settings=PATIENT,
    )


async def cell(
    url: str, control: httpx.AsyncClient, scene: Scene, state: Any, call: Call, order: dict[str, Any]
) -> Cell:
    (await control.put("/_sandbox/state", json=state)).raise_for_status()
    s = replace(scene, client=client_of(url), held={"user": USER})
    try:
        await s.client.token()
        if call.before is not None:
            await call.before(s)
        await control.delete("/_sandbox/requests")
        fault = {"method": call.method, "path": call.path, **order}
        (await control.post("/_sandbox/faults", json=fault)).raise_for_status()
        s.client.settings = HASTY if order["fault"] == "timeout" else PATIENT
        word = await ending(call, s)
    finally:
        await s.client.aclose()
        await control.delete("/_sandbox/faults")
    asked = (await control.get("/_sandbox/requests")).json()["by_route"]
    after = (await control.get("/_sandbox/state")).json()
    return Cell(word, sum(count for route, count in asked.items() if is_of(call, route)), doubled(after))


async def ending(call: Call, scene: Scene) -> str:
    try:
        await call.work(scene)
    except ProviderError as error:
        return next(word for kind, word in WORDS.items() if isinstance(error, kind))
    except Exception as error:
        return type(error).__name__
    return "done"


def is_of(call: Call, route: str) -> bool:
    method, _, template = route.partition(" ")
    prefix, star, _ = call.path.partition("*")
    return method == call.method and (template.startswith(prefix) if star else template == call.path)


def doubled(state: Any) -> int:
    """Objects beyond the first of a name, versions of a flow beyond those of two jobs (ours, and one before it), and
    messages beyond the first with one text."""
    names: Counter[Any] = Counter()
    for kind in ("prompts", "routes", "flows"):
        rows = [row for row in state[kind].values() if row.get("state") != "deleted" and not row.get("deleted")]
        names.update((kind, row.get("type"), row["name"]) for row in rows)
    names.update(("messages", row.get("_text"), row.get("textBody")) for row in state["messages"].values())
    versions = [len(row["_versions"]) - 2 for row in state["flows"].values()]
    return sum(count - 1 for count in names.values()) + sum(max(0, extra) for extra in versions)


def show(calls: Iterable[Call], matrix: Matrix) -> None:
    width = max(len(call.name) for call in CALLS)
    columns = {trouble: max(len(trouble), 13) for trouble in TROUBLES}
    print(" ".join(["call".ljust(width), *(name.ljust(size) for name, size in columns.items())]))
    for call in calls:
        cells = [str(matrix[call, name]).ljust(size) for name, size in columns.items()]
        print(" ".join([call.name.ljust(width), *cells]).rstrip())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
