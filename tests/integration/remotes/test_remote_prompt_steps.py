"""Which requests a prompt needs, and whose audio would be lost. Pure."""

from __future__ import annotations

import pytest

from reconciler.errors import Rejected
from reconciler.kinds.prompt import recording
from reconciler.kinds.prompt.steps import LanguageStep, Steps, Texts, foreign_audio, steps, unfinished

LIVE = {"seconds": 1.0, "status": "transcoded"}


def want(sha="a", seconds=1.0):
    return {"sha256": sha, "seconds": seconds}


def spec(description="", **languages):
    """`en=(tts, audio)`."""
    resources = {tag: {"tts": tts, "text": None, "audio": audio} for tag, (tts, audio) in languages.items()}
    return {"description": description, "resources": resources}


def todo(wanted, live, applied=None, shown=None, **more):
    return steps(wanted=wanted, live=live, applied=applied, shown=shown, **more)


def only(**step):
    return Steps(head=False, languages=(LanguageStep(language="en", **step),))


@pytest.mark.parametrize(
    ("wanted", "live", "applied", "expected"),
    [
        (spec(en=("x", None)), spec(en=("x", None)), None, Steps(head=False, languages=())),
        (spec("new"), spec("old"), None, Steps(head=True, languages=())),
        (spec(en=("x", None)), spec(), None, only(texts=Texts.ADD)),
        (spec(en=("x", want())), spec(), None, only(texts=Texts.ADD, upload=True)),
        (spec(en=("y", None)), spec(en=("x", None)), None, only(texts=Texts.REPLACE)),
        (spec(en=("x", want("b"))), spec(en=("x", LIVE)), spec(en=("x", want("a"))), only(upload=True)),
        (spec(en=("x", None)), spec(en=("x", LIVE)), spec(en=("x", want())), only(remove_audio=True)),
        (spec(), spec(en=("x", None)), spec(en=("x", None)), only(texts=Texts.REMOVE)),
        (spec(), spec(en=("x", None)), None, Steps(head=False, languages=())),
        (spec(), spec(), spec(en=("x", None)), Steps(head=False, languages=())),
    ],
    ids=[
        "equal",
        "description",
        "new language",
        "new audio",
        "text",
        "audio",
        "no audio",
        "removed",
        "foreign",
        "gone",
    ],
)
def test_only_what_differs_is_written(wanted, live, applied, expected):
    assert todo(wanted, live, applied, shown=live) == expected


def test_a_rename_writes_the_head():
    assert todo(spec(), spec(), renamed=True).head


def test_audio_that_failed_to_convert_is_uploaded_again():
    live = spec(en=("x", {"seconds": None, "status": "transcodeFailed"}))
    assert todo(spec(en=("x", want())), live, spec(en=("x", want())), live).uploads == ("en",)


def test_audio_that_the_platform_measures_otherwise_is_not_uploaded_with_every_text():
    ours, measured = spec(en=("x", want(seconds=3.2))), {"seconds": 3.0, "status": "transcoded"}
    live = spec(en=("x", measured))
    assert todo(spec(en=("y", want(seconds=3.2))), live, ours, shown=live) == only(texts=Texts.REPLACE)


def test_audio_swapped_on_the_platform_is_archived_and_uploaded_again():
    live, shown = spec(en=("x", {**LIVE, "seconds": 7.0})), spec(en=("x", LIVE))
    assert todo(spec(en=("x", want())), live, spec(en=("x", want())), shown) == only(upload=True, archive=True)


def test_audio_of_a_language_we_never_applied_is_archived_although_it_did_not_move():
    live = spec(en=("x", LIVE))
    assert todo(spec(en=("x", want())), live, spec(), shown=live) == only(upload=True, archive=True)


def test_of_a_whole_prompt_only_audio_that_is_not_ours_is_foreign():
    live = spec(en=("x", LIVE), es=("y", LIVE), fr=("z", None))
    assert foreign_audio(live=live, applied=spec(en=("x", want())), shown=live) == ["es"]
    assert foreign_audio(live=live, applied=None, shown=None) == ["en", "es"]


def test_length_is_no_reason_to_wait_for():
    assert unfinished(wanted=spec(en=("x", want(seconds=9.0))), live=spec(en=("x", LIVE))) == []
    raw = spec(en=("x", {"seconds": None, "status": "uploaded"}))
    assert unfinished(wanted=spec(en=("x", want())), live=raw) == ["resources.en.audio"]


# -- is it playable ---------------------------------------------------------------------------------------------


def row(status, seconds=1.0):
    return {"id": "1", "resources": [{"language": "en", "uploadStatus": status, "durationSeconds": seconds}]}


@pytest.mark.parametrize(
    ("shown", "before", "elapsed", "waiting"),
    [
        (row("created", None), None, 0.0, ["en"]),
        (row("uploaded", None), None, 0.0, ["en"]),
        (row("transcoded"), None, 0.0, []),
        (row("transcoded"), LIVE, 0.0, ["en"]),
        (row("transcoded"), LIVE, 2.0, []),
        (row("transcoded", 3.0), LIVE, 0.0, []),
        (row("uploaded", None), LIVE, 2.0, ["en"]),
    ],
    ids=["empty", "uploaded", "done", "looks as before", "settled", "other length", "still converting"],
)
def test_a_status_that_may_speak_of_the_old_recording_is_not_believed_at_once(shown, before, elapsed, waiting):
    assert recording.outcome(shown, {"en": before}, elapsed, 2.0) == waiting


def test_a_failure_of_the_recording_before_is_not_ours():
    old = {"seconds": None, "status": "transcodeFailed"}
    assert recording.outcome(row("transcodeFailed", None), {"en": old}, 0.0, 2.0) == ["en"]
    with pytest.raises(Rejected, match="could not convert the audio for en"):
        recording.outcome(row("transcodeFailed", None), {"en": old}, 2.0, 2.0)
