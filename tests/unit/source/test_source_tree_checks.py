import unicodedata

import pytest

from reconciler.errors import DesiredStateError
from reconciler.source import tree_checks
from reconciler.source.limits import Limits
from reconciler.source.snapshot import SUBMODULE, SYMLINK, BlobCache, Entry


def codes(entries, root="", **limits):
    try:
        findings = tree_checks.judge(entries, root, Limits(**limits)).findings
    except DesiredStateError as error:
        findings = error.problems
    return [(finding.location.file, finding.code, finding.severity.value) for finding in findings]


def plain(*paths, size=1):
    return {path: Entry(path, size=size) for path in paths}


def test_ordinary_files_raise_nothing():
    assert codes(plain("a.yaml", "b/c.yaml", "b/ü.yaml", "b/中文.wav", "b/👩\u200d💻.yaml")) == []


def test_only_what_lies_below_the_source_directory_counts():
    entries = {"state/a.yaml": Entry("1"), "other": Entry("", SYMLINK), "statement": Entry("", SUBMODULE)}
    assert codes(entries, "state") == []


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("a.yaml", "A.yaml", "REC1703"),
        ("straße.yaml", "STRASSE.yaml", "REC1703"),
        ("ü.yaml", unicodedata.normalize("NFD", "ü.yaml"), "REC1704"),
        ("d/a.yaml", "D/b.yaml", "REC1703"),
    ],
)
def test_twins_are_warned_of_once(first, second, code):
    found = codes(plain(first, second))
    assert [(what, severity) for _, what, severity in found] == [(code, "warning")]


def test_a_directory_with_a_twin_is_told_once_and_not_for_each_file():
    assert codes(plain("d/a.yaml", "D/a.yaml", "d/b.yaml", "D/b.yaml")) == [("d", "REC1703", "warning")]


def test_a_file_with_a_twin_of_its_own_is_told_beside_its_directory():
    assert [where for where, *_ in codes(plain("d/a.yaml", "D/A.yaml"))] == ["d", "d/a.yaml"]


@pytest.mark.parametrize("path", ["a\nb.yaml", "a\x1b[31m.yaml", "a\x7f", "a\u202eb.yaml", "a\udcff.yaml"])
def test_a_name_that_cannot_be_shown_is_refused_and_escaped(path):
    ((shown, code, severity),) = codes(plain(path))
    assert (code, severity) == ("REC1709", "error")
    assert shown.isascii()
    assert shown.isprintable()


@pytest.mark.parametrize("path", [".git/config", "a/.GIT/x", ".git"])
def test_git_inside_is_refused(path):
    assert codes(plain(path)) == [(path, "REC1712", "error")]


def test_dot_files_of_git_are_fine():
    assert codes(plain(".gitignore", ".gitattributes", "a.git/x")) == []


def test_recordings_do_not_count_as_documents():
    entries = plain("a.yaml", "b.YML", "c.json", size=10) | plain("d.wav", size=1000)
    assert codes(entries, documents_bytes_max=30) == []
    assert [code for _, code, _ in codes(entries, documents_bytes_max=29)] == ["REC1706"]


def test_what_must_not_be_read_is_told_from_what_only_stands_out():
    entries = plain("a.yaml", "A.yaml", "\x1b.yaml") | {"link.yaml": Entry("", SYMLINK)}
    judged = tree_checks.judge(entries, "", Limits())
    assert judged.refused == {"\x1b.yaml", "link.yaml"}
    assert len(judged.findings) == 3


def test_too_much_to_read_is_an_end_at_once():
    with pytest.raises(DesiredStateError, match="REC1705"):
        tree_checks.judge(plain("a", "b") | {"c": Entry("", SYMLINK)}, "", Limits(files_max=2))


def test_findings_have_an_end():
    entries = {f"{number}": Entry("", SYMLINK) for number in range(500)}
    assert len(codes(entries)) == 100


def test_the_cache_forgets_what_was_used_longest_ago():
    cache = BlobCache(8)
    for id in "abcd":
        cache.put(id, b"12")
    assert cache.get("a") == b"12"
    cache.put("e", b"12")
    assert [id for id in "abcde" if cache.get(id) is not None] == ["a", "c", "d", "e"]


def test_the_cache_does_not_give_its_room_to_one_blob():
    cache = BlobCache(8)
    cache.put("big", b"123")
    assert cache.get("big") is None


def test_putting_twice_counts_once():
    cache = BlobCache(8)
    for _ in range(10):
        cache.put("a", b"12")
    cache.put("b", b"12")
    assert cache.get("a") == b"12"
