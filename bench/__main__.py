"""`make bench`: every benchmark, one after another."""

from __future__ import annotations

import gc

from bench import documents, freshness, language, memory, pacing, quiet_pass, simulate, start

gc.freeze()  # as the program does once everything is imported

for benchmark in (start, documents, language, simulate, quiet_pass, pacing, memory, freshness):
    print(f"--- {(benchmark.__doc__ or '').splitlines()[0]}", flush=True)
    benchmark.main()
