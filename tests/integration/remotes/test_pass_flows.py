"""A flow that differs in spelling only, whoever spelt it: recorded, never published again."""

from __future__ import annotations

import pytest
from pass_stage import Town, ended
from remote_stage import ARCHY_FILE, HERE, flow

from reconciler.architect import canonical
from reconciler.documents.load import ARCHY, load
from reconciler.model import digest
from reconciler.model.change import Action
from reconciler.model.resource import Asset, Desired

pytestmark = pytest.mark.anyio

FILE = ARCHY_FILE.format(name="Main IVR", greeting="Hello", description="Made here")
LONG = FILE.replace("tts: Hello", "exp: 'AudioPlaybackOptions(ToAudioTTS(\"Hello\"), true)'")
OTHER = FILE.replace("tts: Hello", "exp: 'AudioPlaybackOptions(ToAudioTTS(\"Hi\"), true)'")


def written(text: str) -> Desired:
    content = text.encode()
    spec = {"document": canonical.canonical(load(content, "main.yaml", ARCHY).documents[0].value)}
    asset = Asset("archy/main.yaml", digest.of_bytes(content), content)
    return Desired(flow().key, spec, digest.of(spec), HERE, assets={"yaml": asset})


@pytest.fixture
async def town(stage, tmp_path) -> Town:
    town = Town(stage, tmp_path)
    town.want(written(FILE))
    await town.turn()
    return town


def version(town: Town) -> str:
    (row,) = town.stage.state()["flows"].values()
    return row["_published"]


async def test_a_person_who_spells_it_otherwise_causes_no_publish(town, stage):
    stage.person("publish", "Flow", "Main IVR", yaml=LONG)
    theirs = version(town)
    result = await town.turn()
    (change,) = result.plan.changes
    assert change.action is Action.ADOPT
    assert change.note.startswith("drift: cosmetic")
    assert version(town) == theirs
    assert (await town.turn()).plan.changes == ()


async def test_git_that_spells_it_otherwise_causes_no_publish(town):
    ours = version(town)
    town.want(written(LONG))
    (change,) = (await town.turn()).plan.changes
    assert change.action is Action.ADOPT
    assert change.note.startswith("cosmetic")
    assert version(town) == ours
    assert (await town.turn()).plan.changes == ()


async def test_other_words_in_another_spelling_are_drift_and_corrected(town, stage):
    stage.person("publish", "Flow", "Main IVR", yaml=OTHER)
    result = await town.turn()
    (change,) = result.plan.changes
    assert [field.path for field in change.fields] == ["inboundCall.initialGreeting"]
    assert ended(result) == {"Main IVR": "applied"}
