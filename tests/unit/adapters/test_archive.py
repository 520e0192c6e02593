"""What was not ours is on disk before it is replaced, or it is not replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.adapters.archive import DirectoryArchive
from reconciler.errors import StoreError
from reconciler.model import identity
from reconciler.model.identity import Key
from tests.builders import WELCOME
from tests.runtime_stage import inline

pytestmark = pytest.mark.anyio


@pytest.fixture
def archive(tmp_path):
    return DirectoryArchive(str(tmp_path / "archive"), offload=inline)


def kept(tmp_path: Path) -> dict[str, bytes]:
    root = tmp_path / "archive"
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


async def test_content_is_kept_by_kind_and_name(archive, tmp_path):
    await archive.keep(WELCOME, "en-us.wav", b"sound")
    assert kept(tmp_path) == {
        "Prompt/welcome/8c722a395a4e50b3-en-us.wav".replace("8c722a395a4e50b3", digest(b"sound")): b"sound"
    }


def digest(content: bytes) -> str:
    import hashlib

    return hashlib.sha256(content).hexdigest()[:16]


async def test_the_same_content_is_kept_once_and_another_beside_it(archive, tmp_path):
    for content in (b"one", b"one", b"two"):
        await archive.keep(WELCOME, "en-us.wav", content)
    assert sorted(kept(tmp_path).values()) == [b"one", b"two"]


async def test_only_we_may_look_into_it(archive, tmp_path):
    await archive.keep(WELCOME, "en-us.wav", b"sound")
    assert (tmp_path / "archive/Prompt/welcome").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("..", "_"),
        ("../../etc", "_etc".replace("_etc", "__.._etc")),
        (".hidden", "_hidden"),
        ("Main IVR / Ventas", "Main_IVR_Ventas"),
        ("é", "_"),
        ("x" * 300, "x" * 80),
    ],
)
async def test_a_name_from_the_platform_stays_below_the_directory(archive, tmp_path, name, place):
    await archive.keep(identity.flow("inboundCall", name), "flow.yaml", b"flow")
    (path,) = kept(tmp_path)
    assert path.startswith(f"Flow/{place}/")


async def test_what_cannot_be_kept_is_an_error_that_says_where(tmp_path):
    (tmp_path / "archive").write_text("a file in the way")
    archive = DirectoryArchive(str(tmp_path / "archive"), offload=inline)
    with pytest.raises(
        StoreError, match=r"Prompt/welcome: its present content cannot be kept in .*so it is not replaced"
    ):
        await archive.keep(Key("Prompt", "welcome"), "en-us.wav", b"sound")


async def test_a_copy_cut_off_half_way_counts_for_nothing(archive, tmp_path):
    await archive.keep(WELCOME, "a", b"sound")
    (place,) = [tmp_path / "archive" / path for path in kept(tmp_path)]
    place.unlink()
    (place.parent / f".{place.name}.new").write_bytes(b"sou")
    await archive.keep(WELCOME, "a", b"sound")
    assert list(kept(tmp_path).values()) == [b"sound"]
