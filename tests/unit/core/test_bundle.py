"""Archives of exported flows: opened with limits, trusted in nothing."""

from __future__ import annotations

import io
import zipfile

import pytest

from reconciler.core import bundle


def archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in files.items():
            made.writestr(name, text)
    return buffer.getvalue()


def test_members_are_found_by_bare_name():
    content = archive(**{"a.yaml": "one", "folder/b.yaml": "two"})
    assert bundle.members(content, bytes_max=100) == {"a": b"one", "b": b"two"}


@pytest.mark.parametrize("name", ["../x.yaml", "/etc/x.yaml", "a/../../x.yaml", "..\\x.yaml", "C:\\x.yaml"])
def test_a_name_that_leads_out_of_the_archive_spoils_it(name):
    with pytest.raises(bundle.Unusable, match="leads out"):
        bundle.members(archive(**{name: "x"}), bytes_max=100)


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked():
    with pytest.raises(bundle.Unusable, match="more than 1000 bytes"):
        bundle.members(archive(**{"a.yaml": "x" * 600, "b.yaml": "x" * 600}), bytes_max=1000)


@pytest.mark.parametrize("size", [0, 10, 60, -30, -1])
def test_a_truncated_archive_is_refused(size):
    content = archive(**{"a.yaml": "one" * 100})
    with pytest.raises(bundle.Unusable):
        bundle.members(content[:size], bytes_max=10_000)


def test_a_damaged_member_is_refused():
    content = bytearray(archive(**{"a.yaml": "one" * 100}))
    content[40] ^= 0xFF
    with pytest.raises(bundle.Unusable):
        bundle.members(bytes(content), bytes_max=10_000)


def test_one_name_twice_is_refused():
    with pytest.raises(bundle.Unusable, match="twice"):
        bundle.members(archive(**{"x/a.yaml": "1", "y/a.yaml": "2"}), bytes_max=100)
