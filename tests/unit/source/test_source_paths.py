import pytest

from reconciler.source import paths
from reconciler.source.paths import Unresolved


@pytest.mark.parametrize(
    ("from_file", "relative", "path"),
    [
        ("desired_state/prompts/a.yaml", "../audio/x.wav", "desired_state/audio/x.wav"),
        ("desired_state/a.yaml", "../audio/x.wav", "audio/x.wav"),
        ("desired_state/a.yaml", "x.wav", "desired_state/x.wav"),
        ("desired_state/a.yaml", "./sub//x.wav", "desired_state/sub/x.wav"),
        ("desired_state/a.yaml", "../desired_state/../audio/x.wav", "audio/x.wav"),
        ("a.yaml", "audio/x y.wav", "audio/x y.wav"),
        ("a.yaml", "...wav", "...wav"),
        ("a.yaml", "..wav", "..wav"),
        ("a.yaml", "${name}.wav", "${name}.wav"),
    ],
)
def test_a_path_is_relative_to_the_file_that_names_it(from_file, relative, path):
    assert paths.join(from_file, relative) == path


@pytest.mark.parametrize(
    ("relative", "reason"),
    [
        ("", "is empty."),
        ("  ", "is empty."),
        ("/etc/passwd", "is not relative."),
        ("~/x.wav", "is not relative."),
        ("a\0b", "holds a control character."),
        ("a\nb", "holds a control character."),
        ("a\x7fb", "holds a control character."),
        ("..\\audio\\x.wav", "holds a backslash."),
        ("../../x.wav", "leads out of the repository."),
        ("sub/../../../x.wav", "leads out of the repository."),
        ("../..", "leads out of the repository."),
        ("../../desired_state/x.wav", "leads out of the repository."),
        ("..", "names a directory."),
        ("sub/", "names a directory."),
    ],
)
def test_a_path_that_cannot_be_followed_says_why(relative, reason):
    found = paths.join("desired_state/a.yaml", relative)
    assert isinstance(found, Unresolved)
    assert found.reason == reason
    assert found.remedy.endswith(".")


def test_a_backslash_is_answered_with_the_path_to_write():
    assert "../audio/x.wav" in paths.join("a/b.yaml", "..\\audio\\x.wav").remedy


@pytest.mark.parametrize(
    ("path", "root", "below"),
    [("a/b", "a", True), ("a", "a", True), ("ab", "a", False), ("a/b", "", True), ("b/a", "a", False)],
)
def test_below_means_a_whole_part_of_the_path(path, root, below):
    assert paths.is_below(path, root) is below


def test_parents_come_nearest_first():
    assert paths.parents("a/b/c") == ["a/b", "a"]
    assert paths.parents("c") == []
