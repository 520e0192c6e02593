"""How long `reconcile --help` takes, beside an empty Python process."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from bench.workshop import RECONCILE

ROUNDS = 11


def main() -> None:
    help_, bare = [], []
    for _ in range(ROUNDS):
        help_.append(seconds([*RECONCILE, "--help"]))
        bare.append(seconds([sys.executable, "-c", "pass"]))
    ours, theirs = statistics.median(help_) * 1000, statistics.median(bare) * 1000
    print(f"reconcile --help {ours:.0f} ms, empty Python {theirs:.0f} ms (goal < 150 ms)")


def seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun
