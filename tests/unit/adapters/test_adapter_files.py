import hashlib
import os
import socket
from contextlib import aclosing
from functools import partial
from pathlib import Path

import anyio
import pytest

from reconciler.adapters import file_tree
from reconciler.adapters.file_events import _scope_of
from reconciler.adapters.files import DiskFiles
from reconciler.adapters.offload import ThreadOffload
from reconciler.errors import SourceError
from reconciler.ports import FileEntry, FileKind

pytestmark = pytest.mark.anyio

DEADLINE = 20


@pytest.fixture
def files():
    return DiskFiles(ThreadOffload())


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def nothing(_name):
    return False


def walk(files, root, skip=nothing, files_max=1000, bytes_max=1_000_000):
    return files.walk(str(root), skip=skip, files_max=files_max, bytes_max=bytes_max)


async def kinds(files, root):
    return {entry.path: entry.kind for entry in await walk(files, root)}


async def test_a_walk_lists_files_with_size_and_digest_in_order(files, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.yaml").write_bytes(b"x")
    (tmp_path / "a.yaml").write_bytes(b"")
    assert await walk(files, tmp_path) == [
        FileEntry("a.yaml", FileKind.FILE, 0, sha(b"")),
        FileEntry("b/x.yaml", FileKind.FILE, 1, sha(b"x")),
    ]


async def test_skipped_names_are_left_out_at_every_depth(files, tmp_path):
    for name in (".git/config", "sub/.git/config", "sub/a"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    entries = await walk(files, tmp_path, skip=lambda name: name == ".git")
    assert [entry.path for entry in entries] == ["sub/a"]


async def test_symlinks_are_told_apart_by_where_they_end(files, tmp_path):
    root = tmp_path / "root"
    (root / "real").mkdir(parents=True)
    (root / "real" / "a").write_bytes(b"a")
    (root / "inside").symlink_to("real/a")
    (root / "folder").symlink_to("real")
    (root / "dangling").symlink_to("nowhere")
    (root / "self").symlink_to("self")
    (root / "real" / "up").symlink_to("..")
    (tmp_path / "secret").write_bytes(b"s")
    (root / "out").symlink_to("../secret")
    (root / "outdir").symlink_to(tmp_path)
    (root / "sibling").symlink_to("/etc/passwd")
    assert await kinds(files, root) == {
        "dangling": FileKind.BROKEN,
        "folder/a": FileKind.FILE,
        "folder/up": FileKind.BROKEN,
        "inside": FileKind.FILE,
        "out": FileKind.OUTSIDE,
        "outdir": FileKind.OUTSIDE,
        "real/a": FileKind.FILE,
        "real/up": FileKind.BROKEN,
        "self": FileKind.BROKEN,
        "sibling": FileKind.OUTSIDE,
    }


async def test_a_directory_whose_name_begins_alike_is_outside(files, tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root-2").mkdir()
    (tmp_path / "root-2" / "a").touch()
    (tmp_path / "root" / "a").symlink_to("../root-2/a")
    assert await kinds(files, tmp_path / "root") == {"a": FileKind.OUTSIDE}


async def test_a_fifo_and_a_socket_are_special_and_never_opened(files, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "to-fifo").symlink_to("fifo")
    with socket.socket(socket.AF_UNIX) as listener, anyio.fail_after(DEADLINE):
        listener.bind(str(tmp_path / "socket"))
        assert set((await kinds(files, tmp_path)).values()) == {FileKind.SPECIAL}


async def test_limits_stop_a_walk(files, tmp_path):
    for number in range(5):
        (tmp_path / f"{number}").write_bytes(b"12345")
    assert len(await walk(files, tmp_path, files_max=5, bytes_max=25)) == 5
    with pytest.raises(SourceError, match="more than 4 files"):
        await walk(files, tmp_path, files_max=4)
    with pytest.raises(SourceError, match="too much data"):
        await walk(files, tmp_path, bytes_max=24)


async def test_a_bottomless_tree_is_refused(files, tmp_path):
    deep = tmp_path
    for _ in range(70):
        deep /= "d"
    deep.mkdir(parents=True)
    with pytest.raises(SourceError, match="64 directories deep"):
        await walk(files, tmp_path)


async def test_a_file_that_goes_away_during_a_walk_is_noticed(files, tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(SourceError, match="the next look will see it whole"):
        await walk(files, tmp_path, skip=lambda name: (tmp_path / name).unlink())


async def test_a_missing_root_and_a_file_as_root_are_told_apart(files, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SourceError, match="gone does not exist"):
        await walk(files, tmp_path / "gone")
    with pytest.raises(SourceError, match="file is not a directory"):
        await walk(files, tmp_path / "file")


async def test_inspect_looks_below_the_directory_only(files, tmp_path):
    with pytest.raises(SourceError, match="not a path below"):
        await files.inspect(str(tmp_path), ["/etc/passwd"])


async def test_inspect_looks_at_the_named_paths_only(files, tmp_path):
    (tmp_path / "a").write_bytes(b"a")
    (tmp_path / "b").write_bytes(b"b")
    (tmp_path / "d").mkdir()
    found = await files.inspect(str(tmp_path), ["b", "gone", "d", "a/below"])
    assert [entry.path for entry in found] == ["b"]


async def test_read_gives_the_whole_file_through_a_symlink(files, tmp_path):
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "token").write_bytes(b"t" * 2_000_000)
    (tmp_path / "token").symlink_to("..data/token")
    assert await files.read(str(tmp_path / "token"), size_max=2_000_000) == b"t" * 2_000_000


@pytest.mark.parametrize(
    ("name", "says"),
    [("gone", "does not exist"), ("dir", "Is a directory"), ("fifo", "not a regular file"), ("big", "at most 10")],
)
async def test_read_refuses_with_the_reason(files, tmp_path, name, says):
    (tmp_path / "dir").mkdir()
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "big").write_bytes(b"x" * 11)
    with anyio.fail_after(DEADLINE), pytest.raises(SourceError, match=says):
        await files.read(str(tmp_path / name), size_max=10)


async def test_a_file_that_grows_while_it_is_read_is_noticed(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"first")
    with file_tree._opened(path, follow=False) as (file, found):
        path.write_bytes(b"second, and longer")
        file.read()
        with pytest.raises(SourceError, match="changed while it was being read"):
            file_tree._assert_unchanged(file, found, path)


async def test_discard_deletes_a_directory_and_does_not_mind_a_missing_one(files, tmp_path):
    (tmp_path / "cache" / "deep").mkdir(parents=True)
    await files.discard(str(tmp_path / "cache"))
    await files.discard(str(tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


async def hint_after(files, act, *paths: Path):
    """Run `act` again and again until the watch hints; the first times it may not have begun to watch."""
    hinted = anyio.Event()

    async def listen():
        async with aclosing(files.watch(*map(str, paths))) as hints:
            async for _ in hints:
                hinted.set()
                return

    with anyio.fail_after(DEADLINE):
        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            number = 0
            while not hinted.is_set():
                number += 1
                await anyio.to_thread.run_sync(partial(act, number))
                with anyio.move_on_after(1):
                    await hinted.wait()


async def test_a_written_file_is_a_hint(files, tmp_path):
    (tmp_path / "sub").mkdir()
    await hint_after(files, lambda number: (tmp_path / "sub" / "a.yaml").write_text(str(number)), tmp_path)


async def test_a_swapped_symlink_is_a_hint_even_above_the_watched_directory(files, tmp_path):
    for version in ("v0", "v1"):
        (tmp_path / "worktrees" / version / "state").mkdir(parents=True)
    (tmp_path / "current").symlink_to("worktrees/v0")

    def swap(number):
        (tmp_path / "next").symlink_to(f"worktrees/v{number % 2}")
        (tmp_path / "next").rename(tmp_path / "current")

    await hint_after(files, swap, tmp_path / "current" / "state")


async def test_a_config_map_update_is_a_hint(files, tmp_path):
    for version in ("..v0", "..v1"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "a.yaml").write_text(version)
    (tmp_path / "..data").symlink_to("..v0")
    (tmp_path / "a.yaml").symlink_to("..data/a.yaml")

    def update(number):
        (tmp_path / "..data_tmp").symlink_to(f"..v{number % 2}")
        (tmp_path / "..data_tmp").rename(tmp_path / "..data")

    await hint_after(files, update, tmp_path)


async def test_after_a_swap_the_new_target_is_watched(files, tmp_path):
    for version in ("v0", "v1"):
        (tmp_path / version).mkdir()
    (tmp_path / "current").symlink_to("v0")
    send, receive = anyio.create_memory_object_stream[None](100)

    async def listen():
        async with aclosing(files.watch(str(tmp_path / "current"))) as hints:
            async for _ in hints:
                send.send_nowait(None)

    async def quiet():
        with anyio.move_on_after(1):
            while True:
                await receive.receive()

    with anyio.fail_after(DEADLINE), send, receive:
        async with anyio.create_task_group() as group:
            group.start_soon(listen)
            await quiet()
            (tmp_path / "next").symlink_to("v1")
            (tmp_path / "next").rename(tmp_path / "current")
            await receive.receive()
            await quiet()
            (tmp_path / "v1" / "a").touch()
            await receive.receive()
            group.cancel_scope.cancel()


def test_a_link_that_leads_back_to_itself_does_not_trap_the_watch(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    assert _scope_of([str(tmp_path / "loop" / "state")]).directories == {str(tmp_path)}


@pytest.mark.parametrize("name", ["objects/ab/cd", ".reconciler/ledger.db-wal", "refs/heads/main.lock"])
def test_noise_is_no_hint(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True)
    scope = _scope_of([str(tmp_path)])
    path = tmp_path / name
    assert str(path.parent) not in scope.directories or not scope(1, str(path))
    assert scope(1, str(tmp_path / "HEAD"))
    assert not scope(1, str(tmp_path.parent / "a stranger"))


async def test_a_watch_that_is_cancelled_ends_at_once(files, tmp_path):
    async def listen():
        async for _ in files.watch(str(tmp_path)):
            pass

    async with anyio.create_task_group() as group:
        group.start_soon(listen)
        with anyio.move_on_after(0.5):
            await anyio.sleep_forever()
        group.cancel_scope.cancel()
        cancelled = anyio.current_time()
    assert anyio.current_time() - cancelled < 2


async def test_nothing_to_watch_is_said(files):
    with pytest.raises(SourceError, match="only polling"):
        async for _ in files.watch("/nonexistent/a/b"):
            pass


async def test_what_keeps_us_from_writing_is_named(files, tmp_path):
    (tmp_path / "file").write_text("")
    assert await files.not_writable(str(tmp_path / "new" / "deep" / "ledger.db")) is None
    assert await files.not_writable(str(tmp_path / "file")) is None
    assert await files.not_writable(str(tmp_path / "file" / "ledger.db")) == str(tmp_path / "file")
