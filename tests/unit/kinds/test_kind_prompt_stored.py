"""Audio by the digest of what the platform stores: who put it there, when length and status tell nothing."""

from __future__ import annotations

import pytest

from reconciler.kinds.prompt import stored
from reconciler.kinds.prompt.normal import differences
from reconciler.kinds.prompt.steps import is_foreign, steps

LISTED = {"seconds": 1.0, "status": "transcoded"}
OURS, THEIRS = {**LISTED, "stored": "a" * 64}, {**LISTED, "stored": "b" * 64}
FOREIGN = {**THEIRS, "foreign": True}
GIT = {"sha256": "0" * 64, "seconds": 1.0}


def spec(audio, tts="Hi"):
    return {"description": "", "resources": {"en": {"tts": tts, "text": None, "audio": audio}}}


def audio_of(found):
    return found["resources"]["en"]["audio"]


@pytest.mark.parametrize(
    ("now", "shown", "expected"),
    [
        (OURS, OURS, OURS),
        (THEIRS, OURS, FOREIGN),
        (LISTED, OURS, OURS),
        ({**LISTED, "seconds": 2.0}, OURS, {**LISTED, "seconds": 2.0}),
        (OURS, LISTED, OURS),
        (OURS, None, OURS),
        (None, OURS, None),
        (FOREIGN, OURS, FOREIGN),
    ],
    ids=["ours", "replaced", "not looked at", "moved", "never looked at", "no audio then", "removed", "twice"],
)
def test_audio_is_recognised_by_what_was_stored_after_our_upload(now, shown, expected):
    assert audio_of(stored.recognised(spec(now), spec(shown))) == expected
    assert stored.recognised(spec(now), None) == spec(now)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (OURS, OURS, True),
        (OURS, LISTED, True),
        (OURS, THEIRS, False),
        (FOREIGN, OURS, False),
        (LISTED, {**LISTED, "seconds": 2.0}, False),
        (None, None, True),
        (None, OURS, False),
    ],
)
def test_two_recordings_are_the_same_as_far_as_either_side_tells(one, other, same):
    assert (stored.is_same(one, other), stored.is_same(other, one)) == (same, same)


def test_a_replaced_recording_differs_from_git_though_it_is_as_long():
    assert differences(spec(GIT), spec(OURS)) == []
    assert differences(spec(GIT), spec(FOREIGN)) == [("resources.en.audio", FOREIGN, GIT)]


def test_a_digest_that_makes_no_difference_is_not_shown():
    ((_, before, _),) = differences(spec({**GIT, "seconds": 9.0}), spec(OURS))
    assert before == LISTED


def test_a_replaced_recording_is_foreign_archived_and_uploaded_again():
    assert is_foreign("en", live=spec(FOREIGN), applied=spec(GIT), shown=spec(OURS))
    (step,) = steps(wanted=spec(GIT), live=spec(FOREIGN), applied=spec(GIT), shown=spec(OURS)).languages
    assert (step.upload, step.archive) == (True, True)


def test_a_text_beside_a_recording_that_was_looked_at_uploads_nothing():
    for live in (LISTED, OURS):
        todo = steps(wanted=spec(GIT, "Ho"), live=spec(live), applied=spec(GIT), shown=spec(OURS))
        assert todo.uploads == ()
