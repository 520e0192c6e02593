"""Loading manifests with positions against bare `yaml.CSafeLoader`, interleaved in one run.

    python -m bench.documents [rounds]

Builds about 1 MB of manifests like the ones people write, then alternates both loaders and compares medians. The goal
is a ratio of at most 1.00 although ours gives a place for every key and item and CSafeLoader none.
"""

from __future__ import annotations

import statistics
import time

import yaml

from reconciler.documents.limits import Limits
from reconciler.documents.load import load

_PROMPT = """apiVersion: reconciler/v1
kind: Prompt
metadata:
  name: prompt_{n}
  labels: {{team: voice, area: "{n}"}}
spec:
  description: Greeting number {n} for callers of the main line
  resources:
    en-us: {{audio: ../audio/prompt_{n}.wav, tts: "Welcome to Example, line {n}."}}
    es-us: {{tts: Bienvenido a Example}}
---
"""
_MENU = """apiVersion: reconciler/v1
kind: Menu
metadata: {{name: Menu {n}}}
spec:
  language: en-us
  greeting: {{prompt: prompt_{n}}}
  start: main
  menus:
    main:
      ask: {{say: "For sales press one, for billing press two."}}
      timeout: 10s
      repeats: 2
      onNoInput: {{transfer: {{queue: Support}}}}
      keys:
        "1": {{name: Sales, transfer: {{queue: Sales, onFailure: {{menu: main}}}}}}
        "2": {{menu: billing}}
        "*": {{repeat: true}}
        "9": {{say: Goodbye, hangup: true}}
    billing:
      ask: {{prompt: prompt_{n}}}
      keys:
        "1": {{transfer: {{queue: Billing}}}}
        "#": {{back: true}}
  route:
    dnis: ["+131755501{two}"]
---
"""
_BENCH_LIMITS = Limits(bytes_max=8 * 1024 * 1024)


def manifests(size: int = 1_000_000) -> bytes:
    parts: list[str] = []
    total = number = 0
    while total < size:
        part = (_MENU if number % 4 == 0 else _PROMPT).format(n=number, two=f"{number % 100:02d}")
        parts.append(part)
        total += len(part)
        number += 1
    return "".join(parts).encode()


def _ours(content: bytes) -> int:
    loaded = load(content, "bench.yaml", _BENCH_LIMITS)
    if loaded.problems:
        raise SystemExit(str(loaded.problems[0]))
    return len(loaded.documents)


def _theirs(content: bytes) -> int:
    return sum(1 for value in yaml.load_all(content, Loader=yaml.CSafeLoader) if value is not None)


def measure(rounds: int = 9) -> dict[str, float]:
    """Median milliseconds of both and their ratio, ours first."""
    content = manifests()
    times: dict[str, list[float]] = {"ours": [], "theirs": []}
    counts = set()
    for turn in range(rounds):
        pair = (("ours", _ours), ("theirs", _theirs))
        for name, run in pair if turn % 2 else pair[::-1]:
            started = time.perf_counter()
            counts.add(run(content))
            times[name].append((time.perf_counter() - started) * 1000)
    if len(counts) != 1:
        raise SystemExit(f"the loaders disagree on the number of documents: {counts}")
    ours, theirs = statistics.median(times["ours"]), statistics.median(times["theirs"])
    return {
        "bytes": len(content),
        "documents": counts.pop(),
        "ours_ms": round(ours, 1),
        "csafeloader_ms": round(theirs, 1),
        "ratio": round(ours / theirs, 3),
    }


def main() -> None:
    found = measure()
    print(
        f"load {found['bytes'] / 1e6:.2f} MB with positions {found['ours_ms']:.0f} ms, bare CSafeLoader "
        f"{found['csafeloader_ms']:.0f} ms: {found['ratio']:.2f}x (goal <= 1.0x)"
    )
