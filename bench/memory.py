"""Memory that listing 10,000 prompts takes, as growth of the peak of a fresh process, against the bare pages.

    python -m bench.memory URL ours|raw     (a child of `main`)

The growth is the peak resident set after the list minus that before the first page; `raw` holds the decoded pages of
the same list in plain dicts, as a script would. Linux only: the figure comes from /proc.
"""

from __future__ import annotations

import string
import subprocess
import sys
from pathlib import Path

import anyio

from bench.workshop import workshop

PROMPTS = 10_000
STATUS = Path("/proc/self/status")


def main() -> None:
    if not STATUS.exists():
        print("memory: not measured here, /proc is missing")
        return
    with workshop() as team:
        home = next(iter(team.call("GET", "/_sandbox/state")["divisions"]))
        rows = [row(number, home) for number in range(PROMPTS)]
        team.call("PUT", "/_sandbox/state", {"prompts": rows})
        growth = {way: child(team.url, way) for way in ("ours", "raw")}
    print(
        f"listing {PROMPTS:,} prompts: peak memory grows by {growth['ours']:.0f} MiB, "
        f"decoded pages in plain dicts by {growth['raw']:.0f} MiB"
    )


def row(number: int, home: str) -> dict[str, object]:
    resource_ = {"language": "en-us", "ttsString": f"Hello {number}", "uploadStatus": "created"}
    return {
        "id": f"p{number}",
        "name": f"{string.ascii_lowercase[number % 26]}_prompt_{number}",
        "description": f"Prompt {number}",
        "_division": home,
        "_resources": {"en-us": resource_},
    }


def child(url: str, way: str) -> float:
    command = [sys.executable, "-m", "bench.memory", url, way]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peak_mib() -> float:
    """Of this program alone; what `getrusage` says begins with the size of the process that started it."""
    lines = STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


async def listing(url: str, way: str) -> None:
    from reconciler.adapters.chance import SystemIds, SystemRng
    from reconciler.adapters.clock import SystemClock
    from reconciler.adapters.http import transport
    from reconciler.genesys import prompts
    from reconciler.genesys.wire import regions
    from reconciler.genesys.wire.auth import Credentials
    from reconciler.genesys.wire.client import Client
    from reconciler.genesys.wire.settings import RemoteSettings
    from reconciler.kinds.prompt import listed

    client = Client(
        transport=transport(),
        clock=SystemClock(),
        rng=SystemRng(),
        ids=SystemIds(),
        credentials=Credentials("bench", "bench"),
        hosts=regions.hosts(region=None, gateway_url=url),
        user_agent="bench",
        settings=RemoteSettings(),
    )
    await client.get("/api/v2/organizations/me")  # connection, token and codecs are there in a running process
    before = peak_mib()
    found = await prompts.whole(client, listed.observed) if way == "ours" else await prompts.everything(client)
    assert len(found) == PROMPTS
    print(peak_mib() - before)
    await client.aclose()


if __name__ == "__main__":
    anyio.run(listing, *sys.argv[1:])
