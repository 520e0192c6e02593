"""pytest's side of the contract: a violation fails the test it happened in; the end of a run shows what was covered.

Loaded by `tests/conftest.py`. A run of the whole suite fails when an endpoint that the client calls was never asked by
it, or never answered well by the sandbox. Runs of a part print what they covered and fail for violations only.

Under pytest-xdist each worker judges the tests it runs, and hands what they covered to the controller when it ends; the
controller prints and judges the sum. What a worker covered that dies is missing in it, so such a run never looks whole.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.platform import endpoints, watch

NOTES = "PLATFORM_CONTRACT_NOTES"
HANDED_OVER = "platform contract"
EVERY_PROCESS = Path(__file__).parent / "every_process"


class ContractBroken(Exception):
    """A request or an answer that the platform's API does not have."""


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.collectonly:
        config.pluginmanager.register(Session(config), "platform contract")


class Session:
    """The notes of all processes, read as they come."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folder = Path(tempfile.mkdtemp(prefix="platform-contract-"))
        self._read: dict[str, int] = {}
        self._covered: Counter[tuple[str, str]] = Counter()
        self._late: list[str] = []
        self._called: frozenset[str] = frozenset()
        self._all_selected = True
        self._is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
        os.environ[NOTES] = str(self._folder)
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(EVERY_PROCESS), os.environ.get("PYTHONPATH"))))
        watch.install(self._folder)

    def pytest_unconfigure(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def pytest_deselected(self) -> None:
        self._all_selected = self._is_whole = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._judged(item, "call"))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        return (yield from self._judged(item, "teardown"))

    def _judged(self, item: pytest.Item, when: str) -> Generator[None, object, object]:
        """Let the test run; then fail it for new violations, or tell them beside the failure it has already."""
        try:
            result = yield
        except BaseException:
            if violations := self._violations():
                item.add_report_section(when, "platform contract", "\n".join(violations))
            raise
        if violations := self._violations():
            raise ContractBroken("\n".join(("not the platform's API:", *violations)))
        return result

    def _violations(self) -> list[str]:
        """Violations since the last look, each once; coverage is counted on the way."""
        told: dict[str, None] = {}
        for file in self._folder.iterdir():
            with file.open("rb") as notes:
                notes.seek(self._read.get(file.name, 0))
                for line in notes:
                    note = json.loads(line)
                    told.update(dict.fromkeys(note["violations"]))
                    if note["endpoint"] is not None:
                        self._covered[note["part"], note["endpoint"]] += 1
                self._read[file.name] = notes.tell()
        return list(told)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker hands over; the controller itself runs no test."""
        told = getattr(node, "workeroutput", {}).get(HANDED_OVER)
        if told is None:
            return
        for part, endpoint, times in told["covered"]:
            self._covered[part, endpoint] += times
        self._late += told["late"]
        self._is_whole = self._is_whole and told["all selected"]

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self._late += self._violations()
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            covered = [(*about, times) for about, times in self._covered.items()]
            output[HANDED_OVER] = {"covered": covered, "late": self._late, "all selected": self._all_selected}
            return
        try:
            self._called = endpoints.of_client()
        except endpoints.Untraceable as error:
            self._late.append(f"cannot tell what our client calls: {error}")
        self._is_whole = self._is_whole and not (session.shouldstop or session.shouldfail)
        if session.exitstatus == pytest.ExitCode.OK and (self._late or (self._is_whole and self._uncovered())):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _uncovered(self) -> list[str]:
        return [name for name, request, answer in self._table() if not (request and answer)]

    def _table(self) -> list[tuple[str, int, int]]:
        names = sorted(self._called, key=lambda name: (name.partition(" ")[2], name))
        return [(name, self._covered["request", name], self._answers(name)) for name in names]

    def _answers(self, name: str) -> int:
        return self._covered["answer", name] + self._covered[watch.TO_THE_SDK, name]

    def _without_the_sdk(self) -> tuple[int, list[str]]:
        """How many endpoints of the API the sandbox serves, and those that the official SDK got no answer from."""
        served = sorted(name for name in endpoints.of_sandbox() if endpoints.API in name)
        return len(served), [name for name in served if not self._covered[watch.TO_THE_SDK, name]]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._covered and not self._late and not self._is_whole:
            return
        table = self._table()
        width = max((len(name) for name, _, _ in table), default=0)
        terminalreporter.section("platform contract")
        terminalreporter.write_line(f"{'endpoint':{width}} | requests checked | responses checked")
        for name, request, answer in table:
            terminalreporter.write_line(f"{name:{width}} | {request:16,} | {answer:17,}")
        uncovered = self._uncovered()
        count = len(table) - len(uncovered)
        terminalreporter.write_line(f"{count} of {len(table)} endpoints that our client calls, checked on both sides")
        if uncovered and self._is_whole:
            terminalreporter.write_line("never checked on both sides: " + ", ".join(uncovered), red=True)
        served, missing = self._without_the_sdk()
        if len(missing) < served:
            read = served - len(missing)
            terminalreporter.write_line(
                f"{read} of {served} endpoints that the sandbox serves, read by the official SDK"
            )
        if missing and self._is_whole:
            terminalreporter.write_line("never read by the official SDK: " + ", ".join(missing))
        for violation in self._late:
            terminalreporter.write_line(f"after the last test: {violation}", red=True)
