"""Whether callers can hear a prompt in every language that git wants."""

from __future__ import annotations

import pytest

from reconciler.kinds.prompt.readiness import Readiness, is_ready

GIT = {"sha256": "0" * 64, "seconds": 1.0}
PLAYS = {"seconds": 1.0, "status": "transcoded"}
BROKEN = {"seconds": None, "status": "transcodeFailed"}
WAITS = {"seconds": None, "status": "uploaded"}


def spec(**languages):
    """`en=(tts, audio)`."""
    resources = {tag: {"tts": tts, "text": None, "audio": audio} for tag, (tts, audio) in languages.items()}
    return {"description": "", "resources": resources}


@pytest.mark.parametrize(
    ("wanted", "live", "ready"),
    [
        (spec(en=("Hi", GIT)), spec(en=("Hi", PLAYS)), True),
        (spec(en=("Hi", GIT)), spec(en=("Hi", None)), False),
        (spec(en=("Hi", GIT)), spec(en=("Hi", BROKEN)), False),
        (spec(en=("Hi", GIT)), spec(en=("Hi", WAITS)), False),
        (spec(en=("Hi", None)), spec(en=("Hi", None)), True),
        (spec(en=("Hi", None)), spec(en=(None, None)), False),
        (spec(en=("Hi", None)), spec(en=(None, PLAYS)), True),
        (spec(en=("Hi", GIT), es=("Hola", None)), spec(en=("Hi", PLAYS)), False),
        (spec(en=("Hi", GIT)), spec(en=("Hi", PLAYS), fr=(None, BROKEN)), True),
        (spec(en=("Hi", GIT)), None, False),
    ],
    ids=["plays", "no audio", "broken", "waits", "spoken", "silent", "old audio", "half", "foreign language", "gone"],
)
def test_a_prompt_is_ready_when_each_wanted_language_plays(wanted, live, ready):
    assert is_ready(wanted, live) is ready


def test_the_share_of_nothing_is_whole():
    assert (Readiness().share, Readiness(1, 4).share) == (1.0, 0.25)
