"""`make bench`: every benchmark, one after another."""

from __future__ import annotations

from bench import documents, freshness, quiet_pass, start

for benchmark in (start, documents, quiet_pass, freshness):
    print(f"--- {(benchmark.__doc__ or '').splitlines()[0]}", flush=True)
    benchmark.main()
