"""`doctor` as a sequence of checks: all are made, each is bounded, and the exit code is that of the worst."""

from __future__ import annotations

import json
from collections.abc import Sequence

import anyio
import pytest

from reconciler.core.diagnosis import Finding, Health
from reconciler.errors import DesiredStateError, Unauthenticated
from reconciler.model.problem import Location, Problem, Severity
from reconciler.operations.doctor import Skipped, doctor

pytestmark = pytest.mark.anyio


async def good() -> Sequence[Finding]:
    return [Finding(Health.OK, "Fine.")]


async def doubtful() -> Sequence[Finding]:
    return [Finding(Health.WARN, "Hm.", "Look.")]


async def refused() -> Sequence[Finding]:
    raise Unauthenticated("The login host refused the OAuth client.", status=401)


async def hanging() -> Sequence[Finding]:
    await anyio.sleep_forever()
    return []


async def skipped() -> Sequence[Finding]:
    raise Skipped("the login failed")


async def broken() -> Sequence[Finding]:
    place = Location("desired_state/a.yaml", 3, 1)
    mild = Problem(place, "REC1307", "odd", severity=Severity.WARNING)
    raise DesiredStateError([mild, Problem(place, "REC1401", "wrong", "Write it right.")])


async def test_one_red_check_hides_no_other_and_makes_the_exit_code() -> None:
    answer = await doctor({"login": refused, "organisation": skipped, "git": good}, output="text")
    assert answer.exit == 1
    assert answer.output.splitlines() == [
        "red   login         The login host refused the OAuth client. (HTTP 401)",
        "warn  organisation  Not looked at: the login failed.",
        "ok    git           Fine.",
        "1 red, 1 warning.",
    ]


async def test_warnings_do_not_fail() -> None:
    answer = await doctor({"git": good, "clock": doubtful}, output="text")
    assert answer.exit == 0
    assert "warn  clock  Hm. Look." in answer.output


async def test_without_anything_to_say_it_says_so() -> None:
    assert (await doctor({"git": good}, output="text")).output.endswith("All well.")


async def test_a_check_that_hangs_is_red_and_the_next_is_made() -> None:
    answer = await doctor({"login": hanging, "git": good}, output="json", seconds_max=0.01)
    first, second = json.loads(answer.output)["checks"]
    assert (first["health"], second["health"], answer.exit) == ("red", "ok", 1)
    assert "0.01 s" in first["message"]


async def test_errors_of_the_manifests_are_counted_and_the_first_is_shown() -> None:
    (shown, _) = (await doctor({"source": broken}, output="text")).output.splitlines()
    assert "1 error: desired_state/a.yaml:3:1: error REC1401: wrong" in shown
    assert "reconcile validate" in shown


async def test_machines_get_every_field() -> None:
    facts = json.loads((await doctor({"clock": doubtful}, output="json")).output)
    assert facts == {
        "health": "warn",
        "checks": [{"check": "clock", "health": "warn", "message": "Hm.", "remedy": "Look."}],
    }
