"""The fault matrix of `make faults`, as far as a test may take: every call that writes, and one of each other sort."""

from __future__ import annotations

import anyio
import pytest

from bench import fault_calls, faults
from bench.faults import Cell
from bench.workshop import workshop

READS = ("client.token", "prompts.everything", "flows.get", "flow_jobs.register", "exports.yaml", "transfer.fetch")
CALLS = [call for call in faults.CALLS if call.writes or call.name in READS]
WRITE = next(call for call in CALLS if call.name == "prompts.create")
READ = next(call for call in CALLS if call.name == "flows.get")


def test_every_endpoint_function_has_a_row():
    assert fault_calls.without_a_row(faults.CALLS) == set()


def test_an_endpoint_function_without_a_row_is_found():
    assert fault_calls.without_a_row(call for call in faults.CALLS if call.name != "bots.say") == {"bots.say"}


@pytest.mark.timeout(600)  # hundreds of calls, some of which wait: minutes on a machine with other work
def test_no_trouble_makes_a_duplicate_or_a_foreign_error():
    with workshop() as team:
        matrix = anyio.run(faults.measure, team.url, CALLS)
    assert len(matrix) == len(CALLS) * len(faults.TROUBLES)
    assert faults.complaints(matrix) == []
    for trouble in ("500", "503", "reset before", "reset after commit", "timeout after commit", "truncated body"):
        assert matrix[WRITE, trouble] == Cell("unknown", 1), trouble
    assert matrix[WRITE, "429"] == Cell("done", 2)


@pytest.mark.parametrize(
    ("call", "trouble", "cell"),
    [
        (WRITE, "500", Cell("done", 2)),
        (WRITE, "timeout after commit", Cell("unknown", 2)),
        (WRITE, "429", Cell("done", 2, duplicates=1)),
        (WRITE, "truncated body", Cell("KeyError", 1)),
        (READ, "503", Cell("unavailable", 1)),
        (READ, "503", Cell("", 0)),
    ],
)
def test_a_broken_promise_is_told(call, trouble, cell):
    assert faults.broken(call, trouble, cell)
