"""What `doctor` concludes from literals: which numbers are fine, which permission covers which, what is said."""

from __future__ import annotations

import pytest

from reconciler.core import diagnosis
from reconciler.core.diagnosis import Health, Held, Need

VIEW = Need("architect:flow:view", ("list flows",))
PUBLISH = Need("architect:flow:publish", ("create flows", "update flows"))
AUDITS = Need("audits:audit:view", ("say who",), optional=True)


@pytest.mark.parametrize(
    ("seconds", "health"),
    [
        *((0, Health.OK), (-30, Health.OK), (30, Health.OK)),
        *((31, Health.WARN), (-299, Health.WARN), (300, Health.RED), (-7200, Health.RED), (None, Health.WARN)),
    ],
)
def test_a_clock_is_judged_by_what_breaks(seconds: float | None, health: Health) -> None:
    assert diagnosis.skew(seconds).health is health


def test_a_clock_that_is_off_is_told_in_which_direction() -> None:
    assert diagnosis.skew(90).said == "90 s behind the platform's."
    assert diagnosis.skew(-90).said == "90 s ahead of the platform's."


@pytest.mark.parametrize(
    ("version", "health"),
    [
        *(((3, 6, 23), Health.OK), ((3, 7, 0), Health.WARN), ((3, 40, 1), Health.WARN)),
        *(((3, 51, 2), Health.WARN), ((3, 51, 3), Health.OK), ((4, 0, 0), Health.OK)),
    ],
)
def test_sqlite_is_suspect_where_the_wal_reset_corrupts(version: tuple[int, ...], health: Health) -> None:
    assert diagnosis.sqlite(version).health is health


@pytest.mark.parametrize(
    ("remaining", "allowed", "health"),
    [(300, 300, Health.OK), (60, 300, Health.OK), (59, 300, Health.WARN), (0, 300, Health.WARN), (None, None, "warn")],
)
def test_a_budget_that_others_use_up_is_noticed(remaining: int, allowed: int, health: Health) -> None:
    assert diagnosis.budget(remaining, allowed).health == health


@pytest.mark.parametrize(
    ("held", "covered"),
    [
        ("architect:flow:publish", True),
        ("architect:flow:*", True),
        ("architect:*:publish", True),
        ("*:*:*", True),
        ("Architect:Flow:Publish", True),
        ("architect:flow:view", False),
        ("architect:flowing:publish", False),
        ("architect:flow", False),
        ("*", False),
        ("routing:*:*", False),
    ],
)
def test_a_permission_is_covered_by_itself_and_by_wildcards(held: str, covered: bool) -> None:
    assert diagnosis.covers([held], "architect:flow:publish") is covered


def test_a_missing_permission_is_red_and_named_with_what_it_is_for() -> None:
    (missing,) = diagnosis.rights([VIEW, PUBLISH], Held({"Home": ["architect:flow:view"]}))
    assert missing.health is Health.RED
    assert missing.said == "architect:flow:publish is missing; needed to create flows, update flows."
    assert "architect:flow:publish" in missing.remedy


def test_with_every_permission_there_is_one_good_line() -> None:
    (good,) = diagnosis.rights([VIEW, PUBLISH], Held({"Home": ["architect:flow:*"]}))
    assert (good.health, good.said) == (
        Health.OK,
        "2 permissions that these manifests need are held in division Home.",
    )


def test_an_optional_permission_only_warns() -> None:
    good, warned = diagnosis.rights([VIEW, AUDITS], Held({"Home": ["architect:*:*"]}))
    assert (good.health, warned.health) == (Health.OK, Health.WARN)
    assert "audits:audit:view" in warned.said


def test_a_permission_that_misses_a_division_where_others_are_held_warns() -> None:
    held = Held({"Home": ["architect:flow:*"], "Spain": ["architect:flow:view"]})
    _, warned = diagnosis.rights([VIEW, PUBLISH], held)
    assert warned.health is Health.WARN
    assert warned.said.startswith("architect:flow:publish is not held in Spain")


def test_a_grant_in_all_divisions_reaches_each() -> None:
    held = Held({"*": ["architect:flow:publish"], "Spain": ["architect:flow:view"], "Home": ["architect:flow:view"]})
    assert [one.health for one in diagnosis.rights([PUBLISH], held)] == [Health.OK]


def test_a_permission_under_a_condition_is_neither_good_nor_red() -> None:
    held = Held({"Home": ["architect:flow:view"]}, conditional=["architect:flow:publish"])
    _, warned = diagnosis.rights([VIEW, PUBLISH], held)
    assert (warned.health, "condition" in warned.said) == (Health.WARN, True)


def test_what_the_platform_does_not_tell_is_never_good() -> None:
    (unknown,) = diagnosis.rights([VIEW], None)
    assert unknown.health is Health.WARN


@pytest.mark.parametrize("held", [Held({}), Held({"Home": []})])
def test_a_client_without_any_right_is_told_so_once(held: Held) -> None:
    (nothing,) = diagnosis.rights([VIEW, PUBLISH], held)
    assert (nothing.health, "no role" in nothing.said) == (Health.RED, True)


def test_another_organisation_than_the_manifests_or_the_ledger_name_is_red() -> None:
    assert diagnosis.organization("o-1", "Example", wanted=None).health is Health.OK
    assert diagnosis.organization("o-1", "Example", wanted="o-2").health is Health.RED
    assert diagnosis.ledger("l.db", bound="o-1", organization="o-1").health is Health.OK
    assert diagnosis.ledger("l.db", bound="o-1", organization=None).health is Health.OK
    assert diagnosis.ledger("l.db", bound=None, organization="o-1").health is Health.OK
    assert diagnosis.ledger("l.db", bound="o-2", organization="o-1").health is Health.RED


def test_a_converter_is_counted_against_the_recordings() -> None:
    assert diagnosis.converter(0, is_there=False).said == "None here, and none is needed."
    assert diagnosis.converter(2, is_there=True).said == "Ready for 2 recordings."


def test_the_worst_finding_counts() -> None:
    ok, warn, red = diagnosis.skew(0), diagnosis.skew(60), diagnosis.skew(600)
    assert diagnosis.worst([ok, red, warn]) is Health.RED
    assert diagnosis.worst([ok, warn]) is Health.WARN
    assert diagnosis.worst([]) is Health.OK
