from __future__ import annotations

import io
import re

from reconciler.model import identity
from reconciler.model.change import Action
from reconciler.report.progress import NoProgress, TerminalProgress
from tests.builders import MAIN, change


class Watch:
    """A hand-driven clock."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def screen(written: str) -> list[str]:
    """The lines a person sees in the end."""
    lines = [""]
    for part in re.split(r"(\n|\r\x1b\[2K)", written):
        if part == "\n":
            lines.append("")
        elif part.startswith("\r"):
            lines[-1] = ""
        else:
            lines[-1] += part
    return lines


def test_a_pass_shows_its_phase_what_runs_and_what_ended():
    stream, watch = io.StringIO(), Watch()
    progress = TerminalProgress(stream, watch, width=200)
    progress.phase("observing Genesys Cloud")
    assert screen(stream.getvalue()) == ["… observing Genesys Cloud"]
    progress.phase("applying")
    watch.now += 1
    progress.started(change(Action.UPDATE, MAIN))
    assert screen(stream.getvalue()) == ["… applying: Flow/Main IVR (inboundCall)"]
    watch.now += 1
    progress.finished(change(Action.UPDATE, MAIN), "applied", 1.26)
    assert screen(stream.getvalue()) == [
        "~ update Flow/Main IVR (inboundCall): applied in 1.3 s",
        "… applying, 1 done",
    ]
    progress.close()
    assert screen(stream.getvalue()) == ["~ update Flow/Main IVR (inboundCall): applied in 1.3 s", ""]


def test_only_three_running_changes_are_named():
    stream, watch = io.StringIO(), Watch()
    progress = TerminalProgress(stream, watch, width=200)
    progress.phase("applying")
    for number in range(3):
        watch.now += 1
        progress.started(change(Action.UPDATE, identity.prompt(f"p{number}")))
    assert screen(stream.getvalue()) == ["… applying: Prompt/p0, Prompt/p1, Prompt/p2"]
    for number in range(3, 5):
        watch.now += 1
        progress.started(change(Action.UPDATE, identity.prompt(f"p{number}")))
    assert screen(stream.getvalue()) == ["… applying: Prompt/p0, Prompt/p1, Prompt/p2 and 2 more"]


def test_a_failure_leaves_its_reason_on_one_line():
    stream = io.StringIO()
    progress = TerminalProgress(stream, Watch(), width=200)
    progress.finished(change(Action.ADOPT), "failed", 0.0, "HTTP 500\n\x1b[2Jgone")
    assert screen(stream.getvalue())[0] == r"! adopt Prompt/welcome: failed in 0.0 s: HTTP 500\n\x1b[2Jgone"


def test_records_that_went_well_leave_no_line():
    stream = io.StringIO()
    progress = TerminalProgress(stream, Watch(), width=200)
    progress.phase("applying")
    for number in range(1000):
        one = change(Action.ADOPT, identity.prompt(f"p{number}"))
        progress.started(one)
        progress.finished(one, "applied", 0.0)
    progress.close()
    assert screen(stream.getvalue()) == [""]


def test_the_bottom_line_is_redrawn_at_most_ten_times_a_second():
    stream, watch = io.StringIO(), Watch()
    progress = TerminalProgress(stream, watch)
    progress.phase("applying")
    for number in range(1000):
        watch.now += 0.001
        progress.started(change(Action.UPDATE, identity.prompt(f"p{number}")))
    assert stream.getvalue().count("\r") <= 12


def test_the_bottom_line_never_wraps():
    stream, watch = io.StringIO(), Watch()
    progress = TerminalProgress(stream, watch, width=40)
    progress.phase("applying")
    for number in range(20):
        watch.now += 1
        progress.started(change(Action.UPDATE, identity.prompt(f"p{number}" * 9)))
    assert max(len(line) for line in screen(stream.getvalue())) < 40


def test_a_terminal_that_went_away_does_not_stop_a_pass():
    stream = io.StringIO()
    progress = TerminalProgress(stream, Watch())
    stream.close()
    progress.phase("applying")
    progress.finished(change(), "applied", 1.0)
    progress.close()


def test_without_a_terminal_nothing_is_shown():
    silent = NoProgress()
    silent.phase("applying")
    silent.started(change())
    silent.finished(change(), "applied", 1.0)
