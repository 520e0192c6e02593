"""The index beside exported files, and what it protects."""

from __future__ import annotations

import json

import pytest

from reconciler.core import catalogue
from reconciler.kinds import exported
from reconciler.kinds.prompt.exported import recording
from reconciler.model import digest, identity
from reconciler.model.export import Copy, Export
from reconciler.model.identity import RemoteId
from reconciler.model.resource import Observed

A, B = identity.flow("inboundCall", "A"), identity.prompt("b")


def copy(key, content: bytes = b"x", version: str = "1.0") -> Copy:
    path = f"{key.kind}/{key.name}.yaml"
    return Copy(Observed(key, RemoteId(f"id-{key.name}"), version), path, version, {path: content})


def export(*copies: Copy) -> Export:
    return Export(organization="org", copies=copies)


def test_the_index_names_versions_and_files_and_is_the_same_in_any_order():
    index = catalogue.render(export(copy(A), copy(B)))
    assert index == catalogue.render(export(copy(B), copy(A)))
    assert json.loads(index)["objects"][0] == {
        "kind": "Flow",
        "type": "inboundCall",
        "name": "A",
        "id": "id-A",
        "version": "1.0",
        "files": {"Flow/A.yaml": digest.of_bytes(b"x")},
    }
    assert catalogue.digests(index) == dict.fromkeys(["Flow/A.yaml", "Prompt/b.yaml"], digest.of_bytes(b"x"))


def test_an_export_of_a_part_keeps_what_is_known_of_the_rest():
    earlier = catalogue.render(export(copy(A, b"old", "1.0"), copy(B)))
    index = catalogue.merged(catalogue.render(export(copy(A, b"new", "2.0"))), earlier)
    versions = {entry["name"]: entry["version"] for entry in json.loads(index)["objects"]}
    assert versions == {"A": "2.0", "b": "1.0"}
    assert catalogue.digests(index)["Flow/A.yaml"] == digest.of_bytes(b"new")


def test_anything_else_is_no_index():
    for content in (b"", b"{", b"[]", b'{"format": 1}', b'{"format": 2, "objects": []}', b'{"format":1,"objects":[3]}'):
        assert catalogue.digests(content) == {}
        assert not catalogue.is_index(content)
    assert catalogue.is_index(catalogue.render(export()))


@pytest.mark.parametrize(
    "entry",
    [
        {"kind": 1},
        {"name": []},
        {"type": {}},
        {"type": True},
        {"files": {"a": 1}},
        {"files": ["a"]},
        {"files": {"/etc/passwd": "x"}},
        {"files": {"a/../../b": "x"}},
        {"files": {"": "x"}},
        {"files": {"a\0b": "x"}},
        {"name": "\ud800"},
    ],
)
def test_an_index_whose_words_have_other_types_is_none_of_ours(entry):
    sound = {"kind": "Flow", "type": None, "name": "A", "files": {"archy/a.yaml": "x"}}
    index = json.dumps({"format": 1, "objects": [sound, sound | entry]}).encode()
    assert catalogue.digests(index) == {}
    assert not catalogue.is_index(index)
    assert json.loads(catalogue.merged(catalogue.render(export(copy(A))), index))["objects"][0]["name"] == "A"


def test_what_no_export_can_have_made_is_never_stale():
    ours = digest.of_bytes(b"old")
    listed = dict.fromkeys(
        [".git/config", "mine.txt", "archy/.git/config.yaml", "prompts/a/b.yaml", "audio/x.wav"], ours
    )
    assert catalogue.stale({}, listed, listed) == []


def test_every_path_of_the_layout_can_become_stale():
    keys = [
        identity.flow(type, name)
        for type in ("inboundCall", "odd type!")
        for name in ("A b", "Ä", "con", "字", "x" * 200)
    ]
    keys += [make(name) for make in (identity.prompt, identity.call_route) for name in ("A_b", "字", "x-")]
    paths = list(exported.layout(keys).values())
    paths += [recording(path, "es-419") for path in paths if path.startswith("prompts/")]
    listed = dict.fromkeys(paths, digest.of_bytes(b"old"))
    assert catalogue.stale({}, listed, listed) == sorted(paths)


def test_only_what_an_export_left_untouched_is_overwritten():
    ours, theirs = digest.of_bytes(b"old"), digest.of_bytes(b"by hand")
    wanted = {"same": b"new", "ours": b"new", "edited": b"new", "stranger": b"new", "fresh": b"new"}
    there = {"same": digest.of_bytes(b"new"), "ours": ours, "edited": theirs, "stranger": theirs, "other": theirs}
    listed = {"ours": ours, "edited": ours}
    assert catalogue.foreign(wanted, there, listed) == ["edited", "stranger"]


def test_files_of_objects_that_are_gone_go_too_unless_somebody_touched_them():
    ours, theirs = digest.of_bytes(b"old"), digest.of_bytes(b"by hand")
    kept, gone, edited, missing = (f"routes/{name}.yaml" for name in ("kept", "gone", "edited", "missing"))
    listed = dict.fromkeys([kept, gone, edited, missing], ours)
    there = {kept: ours, gone: ours, edited: theirs}
    assert catalogue.stale({kept: b"x"}, there, listed) == [gone]


def test_how_sound_an_export_is():
    assert Export(organization="o", copies=()).integrity == 1.0
    assert Export(organization="o", copies=(), references=4).integrity == 1.0
