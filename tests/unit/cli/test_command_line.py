"""The command in this process: codes, sentences, and which stream they go to."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import anyio
import pytest

from reconciler import errors
from reconciler.cli import run, said, sandbox
from reconciler.cli.main import main
from reconciler.errors import DesiredStateError, UnsafePlan, UsageError
from reconciler.model.problem import Location, Problem, Severity
from reconciler.operations.desk import Answer

WRONG = DesiredStateError(
    [
        Problem(Location("desired_state/b.yaml", 3, 5), "REC1104", "It is wrong.", "Write it right."),
        Problem(Location("desired_state/a.yaml"), "REC1202", "It is external.", "", Severity.WARNING),
    ]
)
SENTENCES = {
    UsageError("Say which."): "Error: Say which.\n",
    errors.SourceError("git has gone away."): "Error: git has gone away.\n",
    errors.Unauthenticated("The credentials are refused.", status=401): (
        "Error: The credentials are refused. (HTTP 401)\n"
    ),
    errors.Unavailable("no host"): "Error: no host\n",
    errors.AmbiguousError("no answer"): "Error: no answer\n",
    errors.WrongOrganization("Another organisation."): "Error: Another organisation.\n",
    UnsafePlan(["Saved plan is stale: git moved.", "Next: plan again."]): (
        "Error: Saved plan is stale: git moved. Next: plan again.\n"
    ),
    errors.StoreError("The disk is full."): "Error: The disk is full.\n",
    errors.Stopped("Stopped on request."): "Error: Stopped on request.\n",
    UsageError("two\nlines \x1b[2J"): "Error: two\nlines \\x1b[2J\n",
    WRONG: (
        "desired_state/a.yaml:1:1: warning REC1202: It is external.\n"
        "desired_state/b.yaml:3:5: error REC1104: It is wrong. Write it right.\n"
        "1 error in the desired state; nothing was written.\n"
    ),
}


def raising(error):
    async def work():
        raise error

    return work


def ended(capfd, call, *arguments) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a call that ends the process."""
    with pytest.raises(SystemExit) as caught:
        call(*arguments)
    out, err = capfd.readouterr()
    return caught.value.code, out, err


@pytest.mark.parametrize("error", SENTENCES, ids=[type(error).__name__ for error in SENTENCES])
def test_each_error_is_a_sentence_on_stderr_and_code_1(capfd, error):
    assert ended(capfd, run._guarded, raising(error)) == (1, "", SENTENCES[error])


def test_an_error_out_of_several_tasks_is_the_same_sentence(capfd):
    async def work():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(raising(UsageError("Say which.")))
            tasks.start_soon(anyio.sleep_forever)

    assert ended(capfd, run._guarded, work) == (1, "", "Error: Say which.\n")


def test_a_bug_shows_itself_whole():
    with pytest.raises(KeyError):
        run._guarded(raising(KeyError("bug")))

    async def work():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(raising(KeyError("bug")))

    with pytest.raises(BaseExceptionGroup):
        run._guarded(work)


def test_an_interrupt_is_a_sentence(capfd):
    code, out, err = ended(capfd, run._guarded, raising(KeyboardInterrupt()))
    assert (code, out, err) == (1, "", "Interrupted; the next pass looks at what was left.\n")


def test_an_answer_goes_to_stdout_and_its_code_is_the_result(capfd):
    assert said.show(Answer(exit=3, output="No changes.\n\n")) == 3
    assert said.show(Answer()) == 0
    assert capfd.readouterr() == ("No changes.\n", "")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["--bogus"], "--bogus"),
        (["dance"], "dance"),
        (["plan", "--bogus"], "--bogus"),
        (["plan", "-o", "yaml"], "yaml"),
        (["--dry-run"], "--dry-run goes with --once"),
        (["--deep"], "--deep goes with --once, plan or apply"),
        (["audit", "list", "--limit", "0"], "limit"),
        (["apply", "--take", "theirs"], "--take theirs is no side"),
        (["apply", "--take", "git"], "needs the names"),
        (["report"], "reconcile report --unmanaged"),
        (["schema", "Promt"], "Prompt"),
        (["audit", "verify", "none.jsonl"], "none.jsonl cannot be read"),
        (["simulate", "menu", "X", "--press", "12"], "'12' is no key; there are 0 1 2"),
        (["simulate", "menu", "X", "--now", "noon"], "--now 'noon' is not a point in time. Write it like 2026-01-31"),
        (["simulate", "menu", "X", "--at", "22:30"], "What schedules say at a time only the platform knows; --now is"),
        (["simulate", "menu", "X", "--at", "noon"], "--at noon is not one of open, closed"),
        (
            ["simulate", "menu", "X", "--explore", "--press", "1"],
            "so --press says nothing. Leave out --press, or --expl",
        ),
        (["simulate", "menu", "X", "--explore", "--at", "closed"], "so --at says nothing. Leave out --at"),
        (["simulate", "flow", "X", "--explore", "--say", "Hi"], "so --say says nothing. Leave out --say"),
        (["simulate", "flow", "X", "--explore", "--oracle", "Sales=failure"], "so --oracle says nothing. Leave out"),
        (
            ["simulate", "flow", "X", "--explore", "--say", "a", "--press", "1", "--oracle", "a=b"],
            "so --press, --say and --oracle say nothing. Leave out --press, --say and --oracle, or --explore.",
        ),
        (["simulate", "flow", "X", "--oracle", "Sales"], "--oracle 'Sales' is not NAME=VALUE"),
        (["graph"], "the name of a flow or a Menu, or --all"),
        (["graph", "X", "--all"], "the name of a flow or a Menu, or --all"),
        (["sandbox", "--rate-limit", "fast"], "--rate-limit 'fast' is neither N/SECONDS, such as 300/60, nor off"),
        (["sandbox", "--list-lag", "20"], "--list-lag '20': a duration is a number with a unit"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_written_wrong_ends_with_1_and_says_so_on_stderr(capfd, tmp_path, monkeypatch, line, message):
    monkeypatch.chdir(tmp_path)
    code, out, err = ended(capfd, main, line)
    assert (code, out) == (1, "")
    assert message in err
    assert "Traceback" not in err


@pytest.mark.parametrize("option", ["--force", "--take=git"])
def test_a_saved_plan_is_applied_as_reviewed(capfd, tmp_path, option):
    plan = tmp_path / "plan.json"
    plan.write_text("{}")
    code, _, err = ended(capfd, main, ["apply", str(plan), option])
    assert (code, err) == (1, "Error: A saved plan is applied as it was reviewed; --force and --take go with names.\n")


def test_a_plan_file_that_is_no_text_is_refused(capfd, tmp_path):
    plan = tmp_path / "plan.json"
    plan.write_bytes(b"\xff\xfe")
    code, _, err = ended(capfd, main, ["apply", str(plan)])
    assert (code, err) == (1, f"Error: {plan} cannot be read: it is not UTF-8 text.\n")


def test_a_file_that_cannot_be_written_is_a_sentence(capfd, tmp_path):
    code, _, err = ended(capfd, run.write_file, tmp_path / "none" / "plan.json", "{}")
    assert (code, err) == (1, f"Error: {tmp_path}/none/plan.json cannot be written: No such file or directory.\n")


def test_the_version_and_the_schemas_need_nothing(capfd):
    code, out, err = ended(capfd, main, ["--version"])
    assert (code, err) == (0, "")
    assert out.startswith("reconciler ")
    code, out, err = ended(capfd, main, ["schema", "prompt"])
    assert (code, err, json.loads(out)["type"]) == (0, "", "object")


def test_an_exported_chain_is_verified_without_a_ledger(capfd, tmp_path):
    (tmp_path / "audit.jsonl").write_text("")
    code, out, _ = ended(capfd, main, ["audit", "verify", str(tmp_path / "audit.jsonl")])
    assert (code, out) == (0, f"0 entries verified. Head {'0' * 64}.\n")
    (tmp_path / "audit.jsonl").write_text("{}\n")
    code, out, _ = ended(capfd, main, ["audit", "verify", str(tmp_path / "audit.jsonl")])
    assert code == 1
    assert out.startswith("Entry 1 does not hold: ")


def test_a_command_starts_without_database_web_server_and_the_text_of_its_own_sources():
    program = """
import linecache, sys
from reconciler.cli import run
read = [file for file in linecache.cache if "kinds" in file]
print(sorted({"sqlalchemy", "starlette", "uvicorn"} & sys.modules.keys()), read)
"""
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[] []\n"
    )


def test_a_reader_that_has_seen_enough_gets_no_traceback():
    command = [sys.executable, "-m", "reconciler.cli.main", "schema"]
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    ("text", "limit"), [("off", None), ("300/60", (300, 60.0)), ("1/0.5", (1, 0.5)), ("20/1", (20, 1.0))]
)
def test_a_rate_limit_is_requests_per_seconds(text, limit):
    assert sandbox._limit(text) == limit


@pytest.mark.parametrize(
    "text", ["", "300", "/60", "0/60", "300/0", "300/0.0", "-1/60", "300/-1", "300/nan", "300/inf", "1e3/60", "²/60"]
)
def test_any_other_rate_limit_is_refused(text):
    with pytest.raises(ValueError, match="neither N/SECONDS, such as 300/60, nor off"):
        sandbox._limit(text)


MENU = """\
apiVersion: reconciler/v1
kind: Menu
metadata: {name: Service}
spec:
  start: main
  menus: {main: {ask: {say: Hi}, keys: {"1": {transfer: {queue: Sales, onFailure: {say: Sorry, hangup: true}}}}}}
  scenarios: [{name: sales, press: "1", expect: {queue: %s}}]
"""


@pytest.mark.parametrize(
    ("queue", "line", "code", "shown"),
    [
        ("Sales", ["test"], 0, "1 scenario: 1 passed, 0 failed."),
        ("Other", ["test"], 1, "m.yaml:7:15: expected queue Other, the call ends in queue Sales."),
        ("Other", ["validate"], 0, "REC1613"),
        ("Sales", ["simulate", "menu", "Service", "--press", "1"], 0, "queue Sales, after 0 s"),
        ("Sales", ["simulate", "menu", "Service", "--press", "1", "--oracle", "Sales=failure"], 0, '"Sorry"'),
        ("Sales", ["simulate", "flow", "Service", "--explore"], 0, "t t t t"),
        ("Sales", ["simulate", "flow", "Service", "--explore", "--at", "open"], 0, "t t t t"),
        ("Sales", ["graph", "Service", "-o", "svg"], 0, "</svg>"),
        ("Sales", ["graph", "--all"], 0, "flowchart LR"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_calls_are_simulated_without_an_organisation(capfd, tmp_path, monkeypatch, queue, line, code, shown):
    (tmp_path / "m.yaml").write_text(MENU % queue)
    monkeypatch.chdir(tmp_path)
    ended_with, out, err = ended(capfd, main, ["--source", ".", *line])
    assert (ended_with, "Traceback" in err) == (code, False)
    assert shown in out


def test_a_terminal_that_is_not_utf8_gets_escapes_and_no_traceback():
    command = [sys.executable, "-m", "reconciler.cli.main", "simulate", "menu", "Customer Service", "--press", "8"]
    ascii_only = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = subprocess.run(command, capture_output=True, env=ascii_only, timeout=30, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert rb"Para espa\xf1ol" in done.stdout


def test_a_wrong_choice_is_refused_in_our_words(capfd):
    code, _, err = ended(capfd, main, ["plan", "-o", "yaml"])
    assert code == 1
    assert "'yaml' is not one of 'text', 'json', 'markdown'." in err
    assert "Value error" not in err
