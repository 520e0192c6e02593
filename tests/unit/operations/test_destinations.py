"""Where an export goes: what is there already is looked at first, and nothing of anybody else's is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.adapters.files import DiskFiles
from reconciler.core import catalogue
from reconciler.errors import SourceError, UsageError
from reconciler.model import digest, identity
from reconciler.model.export import Copy, Export
from reconciler.model.identity import RemoteId
from reconciler.model.resource import Observed
from reconciler.operations.desk import Desk
from reconciler.operations.destinations import Folder
from tests.runtime_stage import inline

pytestmark = pytest.mark.anyio
PATH = "archy/inboundCall/a.yaml"


def made(*contents: bytes) -> Export:
    have = Observed(identity.flow("inboundCall", "A"), RemoteId("1"), "1.0")
    return Export(organization="org", copies=tuple(Copy(have, PATH, "1.0", {PATH: content}) for content in contents))


@pytest.fixture
def folder(world, tmp_path) -> Folder:
    desk = Desk(ledger=world.ledger, clock=world.clock, files=DiskFiles(inline))
    return Folder(desk, str(tmp_path / "to"), "to", None)


def plant(folder: Folder, index: bytes, **files: bytes) -> Path:
    to = Path(folder.to)
    to.mkdir()
    (to / catalogue.NAME).write_bytes(index)
    for name, content in files.items():
        (to / name).write_bytes(content)
    return to


@pytest.mark.parametrize(
    "index",
    [
        b'{"mine": 1}',
        b"",
        b'{"format":1,"objects":[{"kind":1,"name":[],"type":{},"files":{"a":"x"}}]}',
        b'{"format":1,"objects":[{"kind":"Flow","name":"A","type":null,"files":{"/etc/passwd":"x"}}]}',
    ],
)
@pytest.mark.parametrize("whole", [True, False])
async def test_an_index_that_is_not_ours_is_refused_before_anything_is_written(folder, index, whole):
    to = plant(folder, index)
    with pytest.raises(UsageError, match="not the index of an export"):
        await folder.keep(made(b"x"), whole=whole)
    assert [(path.name, path.read_bytes()) for path in to.iterdir()] == [(catalogue.NAME, index)]


async def test_a_planted_index_deletes_nothing(folder):
    files = {"mine.txt": digest.of_bytes(b"mine")}
    entry = {"kind": "Flow", "type": None, "name": "Gone", "files": files}
    to = plant(folder, json.dumps({"format": 1, "objects": [entry]}).encode())
    (to / "mine.txt").write_bytes(b"mine")
    await folder.keep(made(b"x"), whole=True)
    assert (to / "mine.txt").read_bytes() == b"mine"
    assert (to / PATH).read_bytes() == b"x"


async def test_what_an_earlier_export_left_goes_when_its_object_does(folder):
    await folder.keep(made(b"x"), whole=True)
    await folder.keep(made(), whole=True)
    assert [path.name for path in Path(folder.to).rglob("*")] == [catalogue.NAME]


async def test_an_index_that_cannot_be_read_ends_the_export(folder):
    to = plant(folder, b"")
    (to / catalogue.NAME).unlink()
    (to / catalogue.NAME).symlink_to(to / "nowhere")
    with pytest.raises(SourceError):
        await folder.keep(made(b"x"), whole=True)
    assert [path.name for path in to.iterdir()] == [catalogue.NAME]


async def test_a_directory_in_the_place_of_the_index_is_told_before_anything_is_written(folder):
    (Path(folder.to) / catalogue.NAME).mkdir(parents=True)
    with pytest.raises(SourceError, match=r"/export\.json is no file; nothing was written"):
        await folder.keep(made(b"x"), whole=True)
    assert [path.name for path in Path(folder.to).rglob("*")] == [catalogue.NAME]
