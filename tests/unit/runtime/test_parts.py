"""With which code a pass ends the process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.gate import Verdict
from reconciler.model.change import Action, Cause
from reconciler.model.event import Result
from reconciler.report.results import ChangeResult
from tests.builders import MAIN, WELCOME, change
from tests.runtime_stage import passed

APPLIED = ChangeResult(change=change(Action.CREATE), result=Result.APPLIED)
FAILED = ChangeResult(change=change(Action.UPDATE, MAIN), result=Result.FAILED)
UNKNOWN = ChangeResult(change=change(Action.UPDATE, MAIN), result=Result.UNKNOWN)
REFUSED = ChangeResult(change=change(Action.UPDATE, MAIN), result=Result.BLOCKED)
NOT_BEGUN = ChangeResult(change=change(Action.UPDATE, MAIN), result=None)
HELD = change(Action.UPDATE, WELCOME).block("locked")
SHUT = Verdict(("over the threshold",))


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (passed(), 0),
        (passed(APPLIED), 0),
        (passed(APPLIED, FAILED), 3),
        (passed(FAILED), 1),
        (passed(UNKNOWN), 3),
        (passed(APPLIED, UNKNOWN), 3),
        (passed(REFUSED), 3),
        (passed(APPLIED, NOT_BEGUN), 3),
        (passed(changes=[HELD]), 3),
        (passed(FAILED, changes=[HELD, FAILED.change]), 1),
        (passed(changes=[change(Action.NONE, WELCOME, Cause.DRIFT)]), 0),
        (replace(passed(changes=[change()]), verdict=SHUT), 3),
        (replace(passed(changes=[change()]), frozen="a window"), 3),
        (replace(passed(), verdict=SHUT, frozen="a window"), 0),
    ],
    ids=[
        *("in sync", "applied", "partly", "failed", "unknown", "applied and unknown", "refused", "stopped", "blocked"),
        *("failed and blocked", "warned drift", "over a threshold", "frozen", "frozen with nothing to do"),
    ],
)
def test_the_exit_code_of_a_pass(result, code):
    assert result.exit_code == code
