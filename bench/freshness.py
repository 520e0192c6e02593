"""From `git commit` to the first write of the running service, over 20 commits."""

from __future__ import annotations

import statistics
import subprocess
import time

from bench.workshop import RECONCILE, Workshop, workshop

COMMITS = 20
SECONDS_MAX = 20.0
WRITE = "PUT /api/v2/architect/prompts/{promptId}"


def main() -> None:
    with workshop(prompts=20, flows=5, routes=5) as team:
        team.reconcile("--once")
        service = subprocess.Popen(
            RECONCILE, cwd=team.path, env=team.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        try:
            assert service.stderr is not None
            while "service.started" not in service.stderr.readline():
                pass
            settle(team)
            delays = sorted(delay(team, number) for number in range(COMMITS))
        finally:
            service.terminate()
            service.wait(15)
    p95 = delays[int(0.95 * (len(delays) - 1))]
    print(f"commit to first write: median {statistics.median(delays):.2f} s, p95 {p95:.2f} s (goal < 1 s)")


def settle(team: Workshop) -> None:
    """Wait until the service has made its first pass."""
    deadline = time.perf_counter() + SECONDS_MAX
    while not team.call("GET", "/_sandbox/requests")["by_route"].get("GET /api/v2/flows", 0) > 1:
        assert time.perf_counter() < deadline, "the service made no pass"
        time.sleep(0.05)
    time.sleep(0.5)


def delay(team: Workshop, number: int) -> float:
    file = team.path / f"desired_state/prompts/p{number % 20}.yaml"
    file.write_text(file.read_text().replace("description: ", "description: newer "))
    before = writes(team)
    begun = time.perf_counter()
    team.git("commit", "-q", "-a", "-m", f"Change {number}")
    while writes(team) == before:
        assert time.perf_counter() - begun < SECONDS_MAX, "the change was not applied"
        time.sleep(0.005)
    seen = time.perf_counter() - begun
    time.sleep(0.3)
    return seen


def writes(team: Workshop) -> int:
    return int(team.call("GET", "/_sandbox/requests")["by_route"].get(WRITE, 0))
