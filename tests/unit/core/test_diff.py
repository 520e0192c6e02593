from __future__ import annotations

import pytest

from reconciler.core import diff
from reconciler.model.change import Cause, FieldChange
from tests.builders import compare


@pytest.mark.parametrize(
    ("wanted", "live", "base", "expected"),
    [
        ({"a": 1}, {"a": 1}, {"a": 1}, ()),
        ({"a": 2}, {"a": 1}, {"a": 1}, (FieldChange("a", 1, 2, Cause.INTENT),)),
        ({"a": 1}, {"a": 2}, {"a": 1}, (FieldChange("a", 2, 1, Cause.DRIFT),)),
        ({"a": 3}, {"a": 2}, {"a": 1}, (FieldChange("a", 2, 3, Cause.BOTH),)),
        ({"a": 2}, {"a": 2}, {"a": 1}, ()),
        ({"a": 1}, {}, {"a": 1}, (FieldChange("a", None, 1, Cause.DRIFT),)),
        ({}, {"a": 1}, {}, (FieldChange("a", 1, None, Cause.DRIFT),)),
        ({}, {"a": 1}, {"a": 1}, (FieldChange("a", 1, None, Cause.INTENT),)),
        ({"a": 2}, {"a": 1}, None, (FieldChange("a", 1, 2, Cause.INTENT),)),
        (
            {"a": {"b": 2, "c": 1}, "d": [1, 2]},
            {"a": {"b": 1, "c": 9}, "d": [1]},
            {"a": {"b": 1, "c": 1}, "d": [1]},
            (
                FieldChange("a.b", 1, 2, Cause.INTENT),
                FieldChange("a.c", 9, 1, Cause.DRIFT),
                FieldChange("d", [1], [1, 2], Cause.INTENT),
            ),
        ),
    ],
)
def test_each_field_says_which_side_moved(wanted, live, base, expected):
    assert diff.fields(compare, wanted=wanted, live=live, base=base) == expected


@pytest.mark.parametrize(
    ("meant", "live", "base", "ours"),
    [
        ({"a": 2, "b": 2}, {"a": 1, "b": 1}, {"a": 1, "b": 1}, True),
        ({"a": 2, "b": 2}, {"a": 2, "b": 1}, {"a": 1, "b": 1}, True),
        ({"a": 2, "b": 2}, {"a": 2, "b": 2}, {"a": 1, "b": 1}, True),
        ({"a": 2, "b": 2}, {"a": 3, "b": 2}, {"a": 1, "b": 1}, False),
        ({"a": 2}, {"a": 2, "b": 9}, {"a": 1}, False),
        ({"a": 2}, {"a": 1}, {"a": 2}, False),
    ],
)
def test_half_done_work_holds_only_old_and_meant_values(meant, live, base, ours):
    assert diff.is_our_half_done_work(compare, meant=meant, live=live, base=base) is ours


def test_half_done_work_may_have_made_something_new_and_not_filled_it():
    meant = {"es": {"tts": "Hola", "audio": "b"}}
    assert diff.is_our_half_done_work(compare, meant=meant, live={"es": {"tts": "Hola"}}, base={})
    assert not diff.is_our_half_done_work(compare, meant=meant, live={"es": {"tts": "Theirs"}}, base={})


@pytest.mark.parametrize(
    ("live", "base", "ours"),
    [
        ("on its way", "a", True),
        ("on its way", "b", True),
        ("c", "on its way", True),
        ("c", "a", False),
    ],
)
def test_half_done_work_may_be_on_its_way(live, base, ours):
    def halfway(path, before, live, meant):
        return path == "sound" and live == "on its way"

    done = diff.is_our_half_done_work(
        compare, meant={"sound": "b"}, live={"sound": live}, base={"sound": base}, halfway=halfway
    )
    assert done is ours


def test_two_specs_agree_on_what_both_say_and_on_what_only_the_first_knows():
    one = {"a": 1, "b": 1, "c": {"d": 1, "e": [1]}, "f": {"g": 1}}
    other = {"a": 1, "b": 2, "c": {"d": 1, "e": [2]}, "h": 1}
    assert diff.agreed(one, other) == {"a": 1, "c": {"d": 1}, "f": {"g": 1}}


def blind(wanted, live):
    """A kind that shows the length of a recording and not its bytes, and gives the recording one path."""
    if wanted["audio"]["seconds"] != live["audio"]["seconds"]:
        return [("audio", live["audio"], wanted["audio"])]
    return []


def sound(sha256: str, seconds: int):
    return {"audio": {"sha256": sha256, "seconds": seconds}}


@pytest.mark.parametrize(
    ("wanted", "then", "live_then", "expected"),
    [
        (sound("aa", 1), sound("aa", 1), {"audio": {"seconds": 1}}, ()),
        (
            sound("bb", 1),
            sound("aa", 1),
            {"audio": {"seconds": 1}},
            (FieldChange("audio.sha256", "aa", "bb", Cause.INTENT),),
        ),
        # Another length shows on the platform, and with it the whole recording.
        (sound("bb", 2), sound("aa", 1), {"audio": {"seconds": 1}}, ()),
    ],
)
def test_what_the_platform_cannot_show_is_named_from_gits_two_sides(wanted, then, live_then, expected):
    assert diff.unseen(blind, wanted=wanted, then=then, live_then=live_then) == expected


def test_a_path_hides_what_lies_below_it_and_nothing_that_only_looks_alike():
    def only_a(wanted, live):
        return [("a", live.get("a"), wanted.get("a"))] if wanted.get("a") != live.get("a") else []

    found = diff.unseen(
        only_a, wanted={"a": {"b": 2}, "ab": 2}, then={"a": {"b": 1}, "ab": 1}, live_then={"a": {"b": 1}}
    )
    assert found == (FieldChange("ab", 1, 2, Cause.INTENT),)


def test_a_plain_comparison_walks_objects_and_takes_lists_whole():
    assert diff.plain({"a": [1], "b": {"c": 1}}, {"a": [2], "b": {"c": 1, "d": 0}}) == [
        ("a", [2], [1]),
        ("b.d", 0, None),
    ]
    assert diff.plain(1, 2) == [("", 2, 1)]
    assert diff.plain({"a": {"b": 1}}, {"a": 1}) == [("a", 1, {"b": 1})]
    assert diff.plain({"a": 1}, {"a": {"b": 1}}) == [("a", {"b": 1}, 1)]


def test_what_a_kind_shows_without_its_container_is_not_shown_twice() -> None:
    def named_within(wanted, live):
        return [("call.menus.menu[a]", "old", "new")] if wanted != live else []

    then, wanted = {"document": {"call": {"menus": ["old"]}}}, {"document": {"call": {"menus": ["new"]}}}
    assert diff.unseen(named_within, wanted=wanted, then=then, live_then=then) == ()
