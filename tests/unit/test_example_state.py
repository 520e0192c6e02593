"""The example desired state is what its README promises: sound recordings, fictional numbers, editor headers."""

from __future__ import annotations

import array
import re
import sys
import wave
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "desired_state"
MANIFESTS = sorted(path for path in EXAMPLE.rglob("*.yaml") if path.parent.name != "archy")
RECORDINGS = sorted(EXAMPLE.rglob("*.wav"))


def name(path: Path) -> str:
    return path.relative_to(EXAMPLE).as_posix()


def documents(path: Path) -> list[dict]:
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", RECORDINGS, ids=name)
def test_a_recording_is_short_telephone_audio_that_can_be_heard(path: Path):
    with wave.open(str(path)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        seconds = sound.getnframes() / sound.getframerate()
        samples = array.array("h", sound.readframes(sound.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    assert 1 < seconds < 20
    assert 10_000 < max(abs(sample) for sample in samples) < 32_000, "silent, or clipped"


def test_the_recordings_together_stay_below_two_megabytes():
    assert sum(path.stat().st_size for path in RECORDINGS) < 2_000_000


def test_every_recording_is_used_and_every_language_recorded_is_spoken_too():
    used = set()
    for path in MANIFESTS:
        for document in documents(path):
            for resource in document["spec"].get("resources", {}).values():
                assert resource["tts"], "without text there is nothing to fall back on"
                if "audio" in resource:
                    used.add((path.parent / resource["audio"]).resolve())
    assert used == set(RECORDINGS)


@pytest.mark.parametrize("path", MANIFESTS, ids=name)
def test_a_manifest_names_the_schema_of_its_kind_for_editors(path: Path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+/(\w+)\.json)", first)
    assert found
    assert {document["kind"] for document in documents(path)} == {found[2]}
    assert (path.parent / found[1]).resolve().parent == ROOT / "docs" / "schemas"


def test_the_example_uses_fictional_numbers_only():
    text = "".join(path.read_text(encoding="utf-8") for path in EXAMPLE.rglob("*.yaml"))
    numbers = re.findall(r"\+[0-9]{8,}", text)
    assert numbers
    assert all(re.fullmatch(r"\+131755501[0-9]{2}", number) for number in numbers)


def test_the_readme_explains_every_directory():
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    assert all(f"`{path.name}/`" in readme for path in EXAMPLE.iterdir() if path.is_dir())
