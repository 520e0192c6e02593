"""What the contract does to a run of tests: runs of pytest inside a run."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
VIOLATION = "GET /api/v2/flows, answer 200: $.colour: Flow has no field 'colour'"
NOTED = f"""
    import json, os, pathlib, sys

    def noted(*violations):
        note = {{"part": "answer", "endpoint": "GET /api/v2/flows", "violations": violations}}
        folder = pathlib.Path(os.environ["PLATFORM_CONTRACT_NOTES"])
        with (folder / "another-process.jsonl").open("a") as file:
            file.write(json.dumps(note) + chr(10))

    VIOLATION = {VIOLATION!r}
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    """Run one test file with the plugin, as a part or as the whole of a suite."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\ntestpaths = suite\n")
    pytester.makeconftest('pytest_plugins = ["tests.contract.platform.plugin"]')

    def go(source: str, *arguments: str) -> pytest.RunResult:
        folder = pytester.mkdir("suite")
        (folder / "test_inner.py").write_text(textwrap.dedent(NOTED) + textwrap.dedent(source))
        needless = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest")  # the second takes half of the start
        return pytester.runpytest_subprocess(*needless, *arguments)

    return go


def test_a_violation_fails_the_test_it_happened_in_and_names_the_request(run):
    result = run(
        """
        def test_good(): noted()
        def test_bad(): noted(VIOLATION)
        def test_after(): pass
        """,
        "suite",
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*test_bad*", f"*{VIOLATION[:40]}*", "FAILED suite/test_inner.py::test_bad*"])


def test_a_violation_is_told_beside_the_failure_that_the_test_has_anyway(run):
    result = run("def test_bad():\n    noted(VIOLATION)\n    assert 1 == 2\n", "suite")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*", "*platform contract*", f"*{VIOLATION[:40]}*"])


def test_a_violation_while_fixtures_end_is_an_error_of_the_last_test(run):
    result = run(
        """
        import pytest
        @pytest.fixture(scope="session")
        def late():
            yield
            noted(VIOLATION)
        def test_good(late): pass
        """,
        "suite",
    )
    result.assert_outcomes(passed=1, errors=1)


def test_a_part_of_the_suite_prints_what_it_covered_and_passes(run):
    result = run("def test_good(): noted()", "suite")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["endpoint * | requests checked | responses checked", "GET /api/v2/flows * 0 | * 1"])


IN_ANY_NUMBER = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
"""Under xdist each of two tests goes to a worker of its own."""


@IN_ANY_NUMBER
def test_the_whole_suite_fails_while_an_endpoint_of_the_client_is_not_covered(run, workers):
    result = run("def test_good(): noted()\ndef test_other(): noted()", *workers)
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["GET /api/v2/flows * 0 | * 2", "never checked on both sides: *GET /api/v2/flows*"])


@IN_ANY_NUMBER
def test_the_whole_suite_less_what_was_deselected_counts_as_a_part(run, workers):
    result = run("def test_good(): noted()\ndef test_other(): pass", "-k", "good", *workers)
    assert result.ret == pytest.ExitCode.OK


@IN_ANY_NUMBER
def test_a_violation_after_the_last_test_fails_the_run(run, workers):
    result = run(
        """
        class Late:
            def pytest_runtest_logfinish(self): noted(VIOLATION)

        def test_one(request): request.config.pluginmanager.register(Late())
        """,
        "suite",
        *workers,
    )
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"after the last test: {VIOLATION}"])


def test_a_violation_in_a_worker_fails_the_test_it_happened_in(run):
    result = run("def test_good(): noted()\ndef test_bad(): noted(VIOLATION)", "suite", "-n", "2")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f"*{VIOLATION[:40]}*", "FAILED suite/test_inner.py::test_bad*"])
