"""A remote repository as a source: real clones of a repository beside the test, and a web server that records."""

import base64
import http.server
import shutil
import threading
from pathlib import Path

import pytest

from reconciler.errors import SourceError
from reconciler.source.origin import Origin
from reconciler.source.remote import RemoteSource

pytestmark = pytest.mark.anyio


@pytest.fixture
def upstream(repo):
    repo.write("desired_state/a.yaml", "1")
    repo.commit("First")
    return repo


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "deep" / "cache"


@pytest.fixture
def make(upstream, cache, git, files):
    def make(ref="", **options):
        origin = Origin(url=f"file://{upstream.path}", ref=ref, cache=str(cache), allow_file=True, **options)
        return RemoteSource(origin, git=git, files=files)

    return make


async def content(snapshot):
    return (await snapshot.read(["desired_state/a.yaml"]))["desired_state/a.yaml"]


async def test_the_default_branch_is_cloned_and_followed(upstream, make):
    source = make()
    first = await source.head()
    assert first == upstream.git("rev-parse", "HEAD")
    before = await source.snapshot()
    upstream.write("desired_state/a.yaml", "2")
    second = upstream.commit()
    assert (await source.snapshot()).revision == first
    assert await source.head() == second
    after = await source.snapshot()
    assert (await content(before), await content(after)) == (b"1", b"2")
    assert (after.root, after.commit.subject, after.uncommitted) == ("desired_state", "Change", 0)
    assert await source.watched() == ()


async def test_the_first_snapshot_fetches_by_itself(upstream, make):
    assert (await make().snapshot()).revision == upstream.git("rev-parse", "HEAD")


async def test_another_default_branch_name_is_followed(upstream, make):
    upstream.git("branch", "-m", "trunk")
    assert await make().head() == upstream.git("rev-parse", "trunk")


async def test_a_ref_is_a_commit_a_tag_or_a_branch_in_this_order(upstream, make):
    first = upstream.git("rev-parse", "HEAD")
    upstream.git("tag", "-a", "v1", "-m", "annotated")
    upstream.git("branch", "side")
    upstream.git("branch", "v1")
    second = upstream.commit()
    upstream.git("branch", "-f", "v1", second)
    assert await make("v1").head() == first
    assert await make("refs/heads/v1").head() == second
    assert await make("refs/tags/v1").head() == first
    assert await make("side").head() == first
    assert await make("main").head() == second
    assert await make(first).head() == first


async def test_a_tag_that_moves_is_followed(upstream, make):
    upstream.git("tag", "live")
    source = make("live")
    await source.head()
    second = upstream.commit()
    upstream.git("tag", "-f", "live")
    assert await source.head() == second


async def test_a_rewritten_branch_is_followed(upstream, make):
    source = make("main")
    await source.head()
    upstream.write("desired_state/a.yaml", "rewritten")
    upstream.git("add", "-A")
    upstream.git("commit", "-q", "--amend", "-m", "Rewritten")
    assert await source.head() == upstream.git("rev-parse", "HEAD")


async def test_a_commit_that_no_branch_holds_is_asked_for_by_id(upstream, make):
    upstream.git("config", "uploadpack.allowAnySHA1InWant", "true")
    upstream.git("checkout", "-q", "--detach")
    lost = upstream.commit()
    upstream.git("checkout", "-q", "main")
    assert await make(lost).head() == lost


async def test_a_snapshot_of_another_revision_comes_from_the_clone(upstream, make):
    first = upstream.git("rev-parse", "HEAD")
    upstream.git("branch", "old")
    upstream.write("desired_state/a.yaml", "2")
    upstream.commit()
    source = make()
    await source.head()
    for name in (first, first[:10], "old"):
        assert (await source.snapshot(name)).revision == first
    with pytest.raises(SourceError, match="has no commit 'nope'"):
        await source.snapshot("nope")


async def test_a_failed_fetch_keeps_the_last_good_commit_and_says_so(upstream, make):
    good = await make().head()
    upstream.path.rename(upstream.path.with_name("away"))
    for source in (make(), make()):  # the second as after a restart
        with pytest.raises(SourceError, match=f"could not be fetched.*The last good commit {good[:12]} stays in force"):
            await source.head()
        snapshot = await source.snapshot()
        assert (snapshot.revision, await content(snapshot)) == (good, b"1")
    upstream.path.with_name("away").rename(upstream.path)
    assert await make().head() == good


async def test_a_first_fetch_that_fails_says_that_nothing_is_there(upstream, make):
    upstream.path.rename(upstream.path.with_name("away"))
    with pytest.raises(SourceError, match="Nothing was fetched before"):
        await make().snapshot()


async def test_a_deleted_branch_is_not_an_empty_desired_state(upstream, make):
    upstream.git("branch", "live")
    source = make("live")
    good = await source.head()
    upstream.git("branch", "-D", "live")
    with pytest.raises(SourceError, match=f"has no 'live'.*{good[:12]} stays in force"):
        await source.head()
    assert (await source.snapshot()).revision == good


async def test_an_empty_remote_is_an_error(new_repo, cache, git, files):
    empty = new_repo("empty")
    origin = Origin(url=str(empty.path), cache=str(cache), allow_file=True)
    with pytest.raises(SourceError, match="could not be fetched"):
        await RemoteSource(origin, git=git, files=files).head()


async def test_a_directory_that_the_commit_lacks_is_an_error(make):
    with pytest.raises(SourceError, match="elsewhere holds no file"):
        await make(directory="elsewhere").snapshot()


def lock(cache: Path) -> None:
    (slot,) = cache.iterdir()
    (slot / "refs/remotes/origin/main.lock").touch()


def lock_good(cache: Path) -> None:
    (slot,) = cache.iterdir()
    (slot / "refs/reconciler/good.lock").touch()


def empty_objects(cache: Path) -> None:
    (slot,) = cache.iterdir()
    for path in (slot / "objects").rglob("*"):
        if path.is_file():
            path.chmod(0o644)
            path.write_bytes(b"")


def lose_head(cache: Path) -> None:
    (slot,) = cache.iterdir()
    (slot / "HEAD").write_bytes(b"")


def lose_everything(cache: Path) -> None:
    shutil.rmtree(cache)


@pytest.mark.parametrize("damage", [lock, lock_good, empty_objects, lose_head, lose_everything])
async def test_a_cache_that_a_crash_damaged_is_rebuilt(upstream, make, cache, damage):
    await make().head()
    damage(cache)
    upstream.write("desired_state/a.yaml", "2")
    second = upstream.commit()
    source = make()
    assert await source.head() == second
    assert await content(await source.snapshot()) == b"2"
    assert len(list(cache.iterdir())) == 1


async def test_a_damaged_cache_is_kept_while_the_remote_is_away(upstream, make, cache):
    good = await make().head()
    lock(cache)
    upstream.commit()
    moved = upstream.path.with_name("away")
    upstream.path.rename(moved)
    with pytest.raises(SourceError):
        await make().head()
    assert (await make().snapshot()).revision == good
    moved.rename(upstream.path)
    assert await make().head() == upstream.git("rev-parse", "HEAD")


class Recording(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.seen.append((self.path, dict(self.headers)))
        self.send_response(self.server.status)
        self.send_header("Location", "http://127.0.0.1:1/stolen")
        self.send_header("WWW-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def web():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recording) as server:
        server.seen, server.status = [], 401
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class PlainOrigin(Origin):
    """An https origin whose git may also speak http, so that a plain local server can stand in for the host."""

    def environment(self, token=""):
        return super().environment(token) | {"GIT_ALLOW_PROTOCOL": "http"}


class OverHttp:
    """The real git, sent to the local server instead of git.example.com."""

    def __init__(self, git, port):
        self.git, self.port, self.arguments, self.environments = git, port, [], []

    async def run(self, *arguments, **options):
        self.arguments.append(arguments)
        self.environments.append(options.get("environment") or {})
        sent = [a.replace("https://git.example.com", f"http://127.0.0.1:{self.port}") for a in arguments]
        return await self.git.run(*sent, **options)


@pytest.mark.parametrize(
    ("status", "says"), [(401, "RECONCILE_GIT_TOKEN_FILE"), (302, "final address"), (404, "RECONCILE_GIT_URL")]
)
async def test_a_token_reaches_the_host_and_nothing_else(tmp_path, cache, git, files, web, status, says):
    web.status = status
    (tmp_path / "token").write_text("s3cret-t0ken\n")
    over_http = OverHttp(git, web.server_address[1])
    origin = PlainOrigin(url="https://git.example.com/t.git", cache=str(cache), token_file=str(tmp_path / "token"))
    with pytest.raises(SourceError, match=says) as caught:
        await RemoteSource(origin, git=over_http, files=files).head()
    authorization = "Basic " + base64.b64encode(b"x-access-token:s3cret-t0ken").decode()
    assert {headers.get("Authorization") for _, headers in web.seen} == {authorization}
    words = " ".join(word for arguments in over_http.arguments for word in arguments)
    for secret in ("s3cret", authorization):
        assert secret not in words
        assert secret not in str(caught.value)
        assert not any(secret in path.read_text("latin-1") for path in cache.rglob("*") if path.is_file())


async def test_an_empty_or_missing_token_file_is_named(tmp_path, cache, git, files):
    (tmp_path / "empty").touch()
    for name, says in (("empty", "is empty"), ("gone", "does not exist")):
        origin = Origin(url="https://git.example.com/t.git", cache=str(cache), token_file=str(tmp_path / name))
        with pytest.raises(SourceError, match=f"{name} {says}"):
            await RemoteSource(origin, git=git, files=files).head()


@pytest.mark.skipif(shutil.which("ssh") is None, reason="no ssh client here")
async def test_an_unreachable_ssh_host_is_one_sentence(cache, git, files):
    origin = Origin(url="ssh://git@127.0.0.1:1/team/t.git", cache=str(cache))
    with pytest.raises(SourceError, match=r"could not be fetched: .*Nothing was fetched before"):
        await RemoteSource(origin, git=git, files=files).head()
