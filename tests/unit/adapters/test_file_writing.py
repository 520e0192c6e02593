"""Files written for people: whole or not at all, and never outside the directory they named."""

from __future__ import annotations

import os

import pytest

from reconciler.adapters import file_writing
from reconciler.errors import SourceError


def test_files_are_written_with_their_directories_and_stale_ones_go_with_theirs(tmp_path):
    root = tmp_path / "new" / "place"
    file_writing.write(str(root), {"a/b.yaml": b"b\n", "old/c.yaml": b"c\n"}, [])
    file_writing.write(str(root), {"a/b.yaml": b"B\n"}, ["old/c.yaml", "never/there.yaml"])
    assert {str(path.relative_to(root)) for path in root.rglob("*")} == {"a", "a/b.yaml"}
    assert (root / "a/b.yaml").read_bytes() == b"B\n"


def test_a_file_that_is_equal_already_is_not_touched(tmp_path):
    file_writing.write(str(tmp_path), {"a": b"same"}, [])
    os.utime(tmp_path / "a", (1, 1))
    file_writing.write(str(tmp_path), {"a": b"same"}, [])
    assert (tmp_path / "a").stat().st_mtime == 1


@pytest.mark.parametrize("path", ["../out.yaml", "link/out.yaml", "straight"])
def test_nothing_is_written_when_one_path_leads_out(tmp_path, path):
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    (root / "straight").symlink_to(outside / "file")
    with pytest.raises(SourceError, match="nothing was written"):
        file_writing.write(str(root), {"fine.yaml": b"x", path: b"x"}, [])
    assert not (root / "fine.yaml").exists()
    assert list(outside.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SourceError, match="cannot be written"):
        file_writing.write(str(tmp_path / "file"), {"a": b"x"}, [])


def test_a_link_into_git_is_no_way_in(tmp_path):
    (tmp_path / ".git" / "hooks").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / ".git" / "hooks")
    with pytest.raises(SourceError, match="nothing was written"):
        file_writing.write(str(tmp_path / "link" / "new"), {"a": b"x"}, [])
    assert list((tmp_path / ".git" / "hooks").iterdir()) == []


@pytest.mark.parametrize("path", ["z.json", "zone/a.yaml"])
def test_what_is_in_the_way_is_named_before_anything_is_written(tmp_path, path):
    (tmp_path / "z.json").mkdir()
    (tmp_path / "zone").write_bytes(b"mine")
    with pytest.raises(SourceError, match=rf"/{path.split('/')[0]} is no .*; nothing was written"):
        file_writing.write(str(tmp_path), {"a.yaml": b"x", path: b"x"}, [])
    assert {entry.name for entry in tmp_path.iterdir()} == {"z.json", "zone"}


def test_a_disk_that_refuses_is_told_of_the_file_and_keeps_nothing_half(tmp_path, monkeypatch):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SourceError, match=r"/a\.yaml cannot be written: No space left"):
        file_writing.write(str(tmp_path), {"a.yaml": b"x"}, [])
    assert list(tmp_path.iterdir()) == []


def test_a_link_in_the_place_of_the_temporary_file_leads_nowhere(tmp_path):
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "to").mkdir()
    (tmp_path / "to" / ".a.yaml.new").symlink_to(tmp_path / "mine")
    file_writing.write(str(tmp_path / "to"), {"a.yaml": b"x"}, [])
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["a.yaml"]
