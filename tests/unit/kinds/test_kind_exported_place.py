"""A manifest written over in a file that holds more than it."""

from __future__ import annotations

from reconciler.kinds.exported import put_in_place
from reconciler.model import identity

TWO = b"""# Ours
kind: Prompt
metadata: {name: a}
---
# Second, please keep
kind: Prompt
metadata: {name: b}
spec: {}
"""
NEW = b"kind: Prompt\nmetadata:\n  name: b\n"


def test_only_its_own_document_is_replaced_and_the_remarks_above_it_stay():
    assert put_in_place(TWO, identity.prompt("b"), NEW) == (
        b"# Ours\nkind: Prompt\nmetadata: {name: a}\n---\n# Second, please keep\n" + NEW
    )


def test_a_file_of_one_document_keeps_its_head():
    there = b"# yaml-language-server: x\nkind: Prompt\nmetadata: {name: old}\n"
    assert put_in_place(there, identity.prompt("b"), NEW) == b"# yaml-language-server: x\n" + NEW


def test_a_document_that_is_not_there_is_added():
    assert put_in_place(TWO, identity.call_route("b"), NEW) == TWO + b"---\n" + NEW


def test_an_empty_file_takes_it_whole():
    assert put_in_place(b"", identity.prompt("b"), NEW) == NEW
