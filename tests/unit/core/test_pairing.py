from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core import pairing
from reconciler.core.pairing import Pair
from reconciler.model import identity
from reconciler.model.identity import Key, RemoteId
from reconciler.model.resource import Gone, Hidden
from tests.builders import MAIN, NUMBER, WELCOME, had, have, want

OLD = identity.prompt("old")
NEW = identity.prompt("new")
OTHER = identity.prompt("other")


def pairs(desired=(), observed=(), applied=(), reads=()):
    return pairing.pairs(
        {one.key: one for one in desired}, observed, {one.id: one for one in reads}, {one.key: one for one in applied}
    )


def test_the_three_sides_of_one_object_meet_by_id():
    assert pairs([want()], [have()], [had()]) == (Pair(WELCOME, want(), have(), had()),)


def test_pairs_are_sorted_by_kind_and_name():
    found = pairs([want(), want(MAIN), want(NUMBER), want(OTHER)])
    assert [pair.key for pair in found] == [NUMBER, MAIN, OTHER, WELCOME]


def test_what_nobody_wants_and_nobody_remembers_is_left_out():
    assert pairs([], [have(), have(MAIN)]) == ()


def test_a_wanted_object_meets_a_stranger_of_its_name_and_it_is_not_ours():
    stranger = have(id="somebody-elses")
    assert pairs([want()], [stranger]) == (Pair(WELCOME, want(), stranger),)


def test_flows_of_one_name_and_two_types_are_two_objects():
    bot = identity.flow("digitalBot", "Main IVR")
    assert pairs([want(MAIN)], [have(bot)]) == (Pair(MAIN, want(MAIN)),)


def test_an_object_missing_from_the_list_is_to_be_read():
    assert pairing.to_read([have(MAIN)], {WELCOME: had(), MAIN: had(MAIN)}) == (had(),)
    assert pairing.to_read([have(OTHER, id="id-welcome")], {WELCOME: had()}) == ()


@pytest.mark.parametrize("answer", [Gone(RemoteId("id-welcome")), Hidden(RemoteId("id-welcome"), "403"), have()])
def test_what_the_read_by_id_says_takes_the_place_of_the_list(answer):
    assert pairs([want()], [], [had()], [answer]) == (Pair(WELCOME, want(), answer, had()),)
    assert pairs([], [], [had()], [answer]) == (Pair(WELCOME, None, answer, had()),)


def test_an_object_deleted_and_made_again_by_hand_is_somebody_elses():
    again = have(id="made-by-hand")
    found = pairs([want()], [again], [had()], [Gone(RemoteId("id-welcome"))])
    assert found == (Pair(WELCOME, want(), again, None, lost=had()),)


def test_a_hidden_object_is_not_replaced_by_a_namesake():
    hidden = Hidden(RemoteId("id-welcome"), "403")
    found = pairs([want()], [have(id="another")], [had()], [hidden])
    assert found == (Pair(WELCOME, want(), hidden, had()),)


def test_an_object_renamed_on_the_platform_keeps_its_record():
    renamed = have(OTHER, id="id-welcome")
    assert pairs([want()], [renamed], [had()]) == (Pair(WELCOME, want(), renamed, had()),)
    assert pairs([], [renamed], [had()]) == (Pair(WELCOME, None, renamed, had()),)


def test_renamed_from_leads_to_the_record_under_the_old_name():
    wanted = want(NEW, renamed_from="old")
    assert pairs([wanted], [have(OLD)], [had(OLD)]) == (Pair(NEW, wanted, have(OLD), had(OLD)),)


def test_renamed_from_leads_to_a_stranger_under_the_old_name():
    wanted = want(NEW, renamed_from="old")
    assert pairs([wanted], [have(OLD)]) == (Pair(NEW, wanted, have(OLD)),)


def test_a_rename_that_is_done_leaves_renamed_from_without_meaning():
    wanted = want(NEW, renamed_from="old")
    found = pairs([wanted], [have(NEW), have(OLD, id="a-later-one")], [had(NEW)])
    assert found == (Pair(NEW, wanted, have(NEW), had(NEW)),)


def test_renamed_from_a_name_that_is_declared_too_means_nothing():
    wanted = want(NEW, renamed_from="old")
    assert pairs([wanted, want(OLD)], [have(OLD)], [had(OLD)]) == (
        Pair(NEW, wanted),
        Pair(OLD, want(OLD), have(OLD), had(OLD)),
    )
    assert pairs([wanted, want(OLD)], [have(OLD)]) == (Pair(NEW, wanted), Pair(OLD, want(OLD), have(OLD)))


def test_two_manifests_renamed_from_one_object_do_not_share_it():
    one, two = want(NEW, renamed_from="old"), want(OTHER, renamed_from="old")
    assert pairs([two, one], [have(OLD)], [had(OLD)]) == (Pair(NEW, one, have(OLD), had(OLD)), Pair(OTHER, two))


def test_two_manifests_renamed_from_one_stranger_do_not_share_it():
    one, two = want(NEW, renamed_from="old"), want(OTHER, renamed_from="old")
    assert pairs([two, one], [have(OLD)]) == (Pair(NEW, one, have(OLD)), Pair(OTHER, two))


def test_a_record_under_the_old_name_of_a_rename_that_is_done_stays_a_record():
    wanted = want(NEW, renamed_from="old")
    found = pairs([wanted], [have(NEW), have(OLD)], [had(NEW), had(OLD)])
    assert found == (Pair(NEW, wanted, have(NEW), had(NEW)), Pair(OLD, None, have(OLD), had(OLD)))


def test_a_rename_onto_a_strangers_name_says_who_has_it():
    wanted = want(NEW, renamed_from="old")
    found = pairs([wanted], [have(OLD), have(NEW, id="stranger")], [had(OLD)])
    assert found == (Pair(NEW, wanted, have(OLD), had(OLD), taken_by=NEW),)


def test_a_rename_onto_the_name_that_another_of_ours_took_on_the_platform_says_which():
    wanted = want(NEW, renamed_from="old")
    found = pairs([wanted], [have(OLD), have(NEW, id="id-other")], [had(OLD), had(OTHER)])
    assert found[0] == Pair(NEW, wanted, have(OLD), had(OLD), taken_by=OTHER)


def test_an_object_renamed_on_the_platform_learns_who_took_its_name():
    renamed, stranger = have(OTHER, id="id-welcome"), have(id="stranger")
    assert pairs([want()], [renamed, stranger], [had()]) == (Pair(WELCOME, want(), renamed, had(), taken_by=WELCOME),)


def test_a_rename_that_somebody_already_made_on_the_platform_is_not_in_its_own_way():
    wanted = want(NEW, renamed_from="old")
    renamed = have(NEW, id="id-old")
    assert pairs([wanted], [renamed], [had(OLD)]) == (Pair(NEW, wanted, renamed, had(OLD)),)


def test_a_new_object_learns_which_of_ours_carries_its_name():
    renamed = have(NEW, id="id-old")
    found = pairs([want(NEW), want(OLD)], [renamed], [had(OLD)])
    assert found == (Pair(NEW, want(NEW), taken_by=OLD), Pair(OLD, want(OLD), renamed, had(OLD)))


def test_several_strangers_of_one_name_are_counted():
    one, two, three = (have(id=f"id-{n}") for n in "123")
    assert pairs([want()], [three, one, two]) == (Pair(WELCOME, want(), one, rivals=2),)


NAMES = st.sampled_from([identity.prompt(name) for name in "abcd"])


@st.composite
def worlds(draw):
    """Any three sides over four names, with renames, strangers, lost and hidden objects."""
    desired = {
        key: want(key, renamed_from=draw(st.sampled_from([None, "a", "b", "z"]))) for key in draw(st.sets(NAMES))
    }
    applied = {key: had(key) for key in draw(st.sets(NAMES))}
    ids = draw(st.lists(st.sampled_from([f"id-{n}" for n in "abcdxyz"]), unique=True))
    observed = [have(draw(NAMES), id=id, version=draw(st.sampled_from("12"))) for id in ids]
    reads = {}
    for record in pairing.to_read(observed, applied):
        reads[record.id] = draw(st.sampled_from([Gone(record.id), Hidden(record.id, "403"), have(record.key)]))
    return desired, observed, reads, applied


@settings(deadline=None)
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_nothing(world, chance: random.Random):
    desired, observed, reads, applied = world

    def shuffled(side: dict) -> dict:
        items = list(side.items())
        chance.shuffle(items)
        return dict(items)

    mixed = chance.sample(observed, len(observed))
    again = pairing.pairs(shuffled(desired), mixed, shuffled(reads), shuffled(applied))
    assert again == pairing.pairs(desired, observed, reads, applied)


@settings(deadline=None)
@given(worlds())
def test_every_object_is_in_at_most_one_pair_and_nothing_is_lost(world):
    desired, observed, reads, applied = world
    found = pairing.pairs(desired, observed, reads, applied)
    keys: list[Key] = [pair.key for pair in found]
    assert len(set(keys)) == len(keys)
    assert {pair.key for pair in found if pair.desired is not None} == set(desired)
    records = [side.key for pair in found for side in (pair.applied, pair.lost) if side is not None]
    assert sorted(records) == sorted(applied)
    for pair in found:
        if pair.applied is not None and pair.observed is not None:
            assert pair.observed.id == pair.applied.id
        if pair.desired is None:
            assert pair.applied is not None
