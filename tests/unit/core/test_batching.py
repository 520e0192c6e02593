"""How export jobs are split when some of them fail."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core import batching


def played(items, size, fails, *, tries_max=3):
    """Which items came, and how many jobs it took."""
    course, came, jobs = batching.begin(items, size), [], 0
    while course.waiting:
        piece, jobs = course.waiting[0], jobs + 1
        if fails(piece):
            course = batching.troubled(course, tries_max)
        else:
            came += piece
            course = batching.worked(course)
    return came, jobs


def test_items_are_cut_in_order():
    assert batching.begin("abcde", 2).waiting == (("a", "b"), ("c", "d"), ("e",))


@given(st.integers(1, 120), st.sets(st.integers(0, 119)), st.integers(1, 50))
def test_whatever_breaks_its_job_everything_else_comes_once(number, bad, size):
    came, _ = played(list(range(number)), size, lambda piece: bool(bad & set(piece)))
    assert sorted(came) == sorted(set(range(number)) - bad)


@given(st.integers(1, 200), st.integers(1, 50))
def test_whatever_size_is_taken_everything_comes(number, size):
    came, jobs = played(list(range(number)), 50, lambda piece: len(piece) > size)
    assert sorted(came) == list(range(number))
    assert jobs <= 2 * number


def test_one_bad_item_among_fifty_costs_a_dozen_jobs_and_its_tries():
    _, jobs = played(list(range(50)), 50, lambda piece: 17 in piece)
    assert jobs <= 6 + 6 + 3


def test_a_single_item_in_trouble_waits_until_the_others_had_their_turn():
    course = batching.troubled(batching.begin("ab", 1), 2)
    assert course.waiting == (("b",), ("a",))
    course = batching.troubled(batching.worked(course), 2)
    assert course.waiting == ()


def test_what_hung_waits_until_the_others_had_their_turn():
    course = batching.hung(batching.begin("abcdef", 3), 2)
    assert course.waiting == (("d", "e", "f"), ("a", "b"), ("c",))
    assert batching.hung(batching.begin("a", 1), 1).waiting == ()


def test_a_refused_item_is_not_asked_for_again():
    assert batching.refused(batching.begin("a", 1)).waiting == ()
    assert batching.refused(batching.begin("abc", 3)).waiting == (("a", "b"), ("c",))


def test_what_an_archive_lacks_is_asked_for_alone():
    assert batching.worked(batching.begin("abcd", 3), ["b"]).waiting == (("b",), ("d",))


def test_failures_count_only_in_a_row():
    course = batching.troubled(batching.begin("abcd", 2), 3)
    assert course.failures == 1
    assert batching.worked(course).failures == 0
    assert batching.refused(course).failures == 0
