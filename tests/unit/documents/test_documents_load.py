"""Reading YAML: what values mean, where they stand, and that nothing anybody writes ends in an exception."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.documents import load as loading
from reconciler.documents.load import ARCHY, MANIFEST, Limits, load
from reconciler.model.problem import Location, Severity

GOOD = """\
# A prompt and a menu.
apiVersion: reconciler/v1
kind: Menu
metadata: {name: "Café \\u00e9", labels: {team: voice}}
spec:
  keys:
    "1": {queue: Sales}
    '#': {back: true}
  text: |
    first line
    second line
  list: [1, -2.5, ~, true, no]
---
kind: Prompt
metadata:
  name: x
"""


def read(text: str | bytes, limits: Limits = MANIFEST):
    return load(text.encode() if isinstance(text, str) else text, "a.yaml", limits)


def value(text: str):
    loaded = read(text)
    assert loaded.problems == ()
    return loaded.documents[0].value


def codes(loaded) -> list[str]:
    return [problem.code for problem in loaded.problems]


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("true", True),
        ("False", False),
        ("TRUE", True),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-17", -17),
        ("+3", 3),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("-0.5e3", -500.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("9007199254740992", 2**53),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("012", "012"),
        ("00", "00"),
        ("0b1", "0b1"),
        ("0X1F", "0X1F"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"),
        ("+13175550100", 13175550100),
        ("1e3", 1000.0),
        ("e3", "e3"),
        ("-x", "-x"),
        (".", "."),
        ("tRue", "tRue"),
        ("nULL", "nULL"),
        ("'true'", "true"),
        ('"12"', "12"),
        ("!!str 12", "12"),
        ('!!int "12"', 12),
        ('!!float "2"', 2.0),
        ('!!bool "true"', True),
        ('!!null ""', None),
        ("!!seq [a]", ["a"]),
        ("!!map {a: b}", {"a": "b"}),
        ("\u0661\u0662", "\u0661\u0662"),
    ],
)
def test_scalars_follow_the_core_schema_and_never_become_dates_or_surprise_booleans(written, meaning):
    result = value(f"v: {written}\n")["v"]
    assert result == meaning
    assert type(result) is type(meaning)


def test_keys_are_always_text():
    assert value("1: a\ntrue: b\nno: c\n~: d\n1.50: e\n0x10: f\n") == {
        "1": "a", "true": "b", "no": "c", "~": "d", "1.50": "e", "0x10": "f",
    }  # fmt: skip


def test_every_key_and_item_has_its_place():
    document = read("# c\na: 1\nb:\n  - x\n  - {c: d, e: [f]}\n").documents[0]
    assert document.at() == Location("a.yaml", 2, 1)
    assert document.at(["a"]) == Location("a.yaml", 2, 4)
    assert document.at(["a"], key=True) == Location("a.yaml", 2, 1)
    assert document.at(["b", 0]) == Location("a.yaml", 4, 5)
    assert document.at(["b", 1, "e"], key=True) == Location("a.yaml", 5, 12)
    assert document.at(["b", 1, "e", 0]) == Location("a.yaml", 5, 16)
    assert document.at(["b", -1, "c"]) == Location("a.yaml", 5, 9)


def test_a_path_that_leads_nowhere_gives_the_nearest_ancestor():
    document = read("a:\n  b: [1]\n").documents[0]
    assert document.at(["a", "zz", "y"]) == Location("a.yaml", 2, 3)
    assert document.at(["a", "b", 7]) == Location("a.yaml", 2, 6)
    assert document.at(["a", "b", 0, "x"]) == Location("a.yaml", 2, 7)
    assert document.at([0]) == Location("a.yaml", 1, 1)
    assert document.at(["a", "b", "x"], key=True) == Location("a.yaml", 2, 6)


def test_places_hold_after_a_refused_duplicate():
    document = read("a: 1\na: 2\nb: 3\n").documents[0]
    assert document.value == {"a": 1, "b": 3}
    assert document.at(["b"], key=True) == Location("a.yaml", 3, 1)


def test_columns_count_characters_and_a_byte_order_mark_counts_nothing():
    document = read("\ufeffä: [€, b]\n".encode()).documents[0]
    assert document.value == {"ä": ["€", "b"]}
    assert document.at(["ä", 1]) == Location("a.yaml", 1, 8)


def test_empty_documents_are_skipped_and_the_rest_is_numbered():
    loaded = read("---\n---\na: 1\n---\n# only a comment\n---\nb: 2\n...\n")
    assert [(document.index, document.value) for document in loaded.documents] == [(0, {"a": 1}), (1, {"b": 2})]
    assert read("").documents == read("# nothing\n").documents == ()
    assert read("").problems == ()


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "REC1003", 3, 1),
        ('1: a\n"1": b\n', "REC1003", 2, 1),
        ("x:\n  {k: 1, 'k': 2}\n", "REC1003", 2, 10),
        ("caf\u00e9: 1\ncafe\u0301: 2\n", "REC1003", 2, 1),
        ("cafe\u0301: 1\ncaf\u00e9: 2\n", "REC1003", 2, 1),
        ("K: 1\n\u212a: 2\n", "REC1003", 2, 1),
        ("\u212a: 1\nK: 2\n", "REC1003", 2, 1),
        ("a: &x 1\n", "REC1004", 1, 4),
        ("a: &x [1]\n", "REC1004", 1, 4),
        ("&x a: 1\n", "REC1004", 1, 1),
        ("a: *x\n", "REC1004", 1, 4),
        ("*x : 1\n", "REC1004", 1, 1),
        ("&a [*a]\n", "REC1004", 1, 1),
        ("<<: {a: b}\n", "REC1005", 1, 1),
        ("a: !Secret x\n", "REC1006", 1, 4),
        ("a: !!python/object/apply:os.system [ls]\n", "REC1006", 1, 4),
        ("a: !!timestamp 2024-01-01\n", "REC1006", 1, 4),
        ("a: !!binary aGk=\n", "REC1006", 1, 4),
        ("a: !!set {b}\n", "REC1006", 1, 4),
        ("a: ! x\n", "REC1006", 1, 4),
        ("!!int a: 1\n", "REC1006", 1, 1),
        ("a: !!int 1.5\n", "REC1006", 1, 4),
        ("%TAG !e! tag:example.com,2000:\n---\na: !e!x y\n", "REC1006", 3, 4),
        ("? [a]\n: b\n", "REC1007", 1, 3),
        ("{a: b}: c\n", "REC1007", 1, 1),
        ("name: {{x}}\n", "REC1007", 1, 8),
        (": b\n", "REC1010", 1, 1),
        ("?\n: b\n", "REC1007", 1, 2),
        ("a: 9007199254740993\n", "REC1009", 1, 4),
        ("a: -9007199254740993\n", "REC1009", 1, 4),
        ("a: 0xFFFFFFFFFFFFFFFF\n", "REC1009", 1, 4),
        ("a: " + "9" * 5000, "REC1009", 1, 4),
        ("a: .inf\n", "REC1009", 1, 4),
        ("a: -.INF\n", "REC1009", 1, 4),
        ("a: .NaN\n", "REC1009", 1, 4),
        ("a: 1e999\n", "REC1009", 1, 4),
        ("a: !!int 99999999999999999999\n", "REC1009", 1, 4),
        ("a: b\x00c\n", "REC1002", 1, 5),
        ("a: b\n  \x07c\n", "REC1002", 2, 3),
        ('a: "b\\0c"\n', "REC1002", 1, 4),
        ('a: "\\x1b[31m"\n', "REC1002", 1, 4),
        ('"\\a": b\n', "REC1002", 1, 1),
        ("a: b\u2028c\n", "REC1002", 1, 5),
        ("a: \ufeffb\n", "REC1002", 1, 4),
        ('a: "\\ud800"\n', "REC1010", 1, 7),
        ("a:\n\t- b\n", "REC1010", 2, 1),
        ("a: 'open\nb: c\n", "REC1010", 1, 4),
        ('a: "open\nb: c\n', "REC1010", 1, 4),
        ("inboundCall:\n  name: x\n  fo", "REC1010", 3, 3),
        ("a: 1\nfo\nb: 2\n", "REC1010", 2, 1),
        ("a: b: c\n", "REC1010", 1, 5),
        ("a: [1, 2\nb: 3\n", "REC1010", 2, 2),
        ("a: {b: 1\n", "REC1010", 2, 1),
        ("a: @b\n", "REC1010", 1, 4),
        ('a: "\\q"\n', "REC1010", 1, 5),
        ("- a\nb: c\n", "REC1010", 2, 1),
        ("a: 1\n  b: 2\n", "REC1010", 2, 4),
    ],
)
def test_each_defect_is_one_problem_at_its_place(text, code, line, column):
    problem = read(text).problems[0]
    assert (problem.code, problem.location.line, problem.location.column) == (code, line, column)
    assert problem.severity is Severity.ERROR
    assert problem.message.endswith(".")
    assert problem.remedy.endswith(".")


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ("a: b".encode("utf-16"), 1, 1),
        ("a: b".encode("utf-16-le"), 1, 1),
        ("a: b".encode("utf-16-be"), 1, 1),
        ("a: b".encode("utf-32"), 1, 1),
        (b"a: b\nc: \xe9t\xe9\n", 2, 4),
        (b"a: \xed\xa0\x80\n", 1, 4),
        (b"\xc3\xa4: \xff\n", 1, 4),
        (b"a: \xc0\x80\n", 1, 4),
    ],
)
def test_only_utf_8_is_read(content, line, column):
    (problem,) = read(content).problems
    assert (problem.code, problem.location) == ("REC1001", Location("a.yaml", line, column))


def test_a_bidirectional_override_is_a_warning_and_the_document_stays():
    loaded = read("a: x\u202ey\nb: \u202e\u2066\n")
    assert [(problem.code, problem.severity) for problem in loaded.problems] == [("REC1002", Severity.WARNING)] * 2
    assert len(loaded.documents) == 1


def test_a_tab_is_named_as_such():
    assert "tab" in read("a:\n\tb: c\n").problems[0].message


def test_all_defects_of_a_file_are_found_in_one_go():
    loaded = read("a: 1\na: 2\nb: &x 1\nc: !t y\n---\nd: .inf\n<<: {}\n")
    assert codes(loaded) == ["REC1003", "REC1004", "REC1006", "REC1009", "REC1005"]


def test_a_document_with_a_hole_is_left_out_and_its_neighbours_stay():
    loaded = read("a: *x\n---\nb: 1\nb: 2\n")
    assert [document.value for document in loaded.documents] == [{"b": 1}]


def test_problems_are_bounded():
    loaded = read("".join(f"k{n % 3}: 1\n" for n in range(5000)))
    assert len(loaded.problems) == MANIFEST.problems_max


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("a: " + "x" * 2000, Limits(bytes_max=1000)),
        ("[" * 20_000, MANIFEST),
        ("{a: " * 20_000, MANIFEST),
        ("\n".join("  " * n + "a:" for n in range(900)), MANIFEST),
        ("- " * 3000 + "x", MANIFEST),
        ("[" * 201 + "]" * 201, ARCHY),
        ("a: " + "x" * (256 * 1024 + 1), MANIFEST),
        ("? " + "k" * 1025 + "\n: v", MANIFEST),
        ("\n".join(f"{n:x}:" for n in range(300_000)), Limits(bytes_max=8 << 20)),
        ("- a\n" * 200_001, Limits(bytes_max=8 << 20)),
        ("[" + "[],"  * 200_001 + "]", Limits(bytes_max=8 << 20)),
        ("a: " + "x" * (5 << 20), MANIFEST),
    ],
    ids=["bytes", "flow lists", "flow maps", "block maps", "block lists", "archy depth", "scalar", "key", "keys",
         "items", "containers", "five megabytes"],
)  # fmt: skip
def test_beyond_a_limit_reading_ends_with_one_problem(text, limits):
    loaded = read(text, limits)
    assert codes(loaded) == ["REC1008"]
    assert loaded.documents == ()


def test_at_the_limit_a_file_is_read():
    assert read("[" * 64 + "]" * 64).problems == ()
    assert read("[" * 200 + "]" * 200, ARCHY).problems == ()
    assert read("a: " + "x" * 256 * 1024).problems == ()
    assert codes(read("[" * 65 + "]" * 65)) == ["REC1008"]


def test_billion_laughs_and_quadratic_aliases_are_refused_before_they_grow():
    laughs = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    assert set(codes(read(laughs))) == {"REC1004"}
    quadratic = "a: &a " + "x" * 5000 + "\nb: [" + ", ".join(["*a"] * 5000) + "]\n"
    assert len(read(quadratic).problems) == MANIFEST.problems_max


def is_sound(content: bytes) -> None:
    """Nothing but documents of JSON values and problems with a place may come out."""
    loaded = load(content, "a.yaml")
    for document in loaded.documents:
        json.dumps(document.value, allow_nan=False).encode()
        json.dumps(document.value, ensure_ascii=False).encode()
        document.at()
    lines = content.count(b"\n") + content.count(b"\r") + 2
    for problem in loaded.problems:
        assert 1 <= problem.location.line <= lines
        assert problem.location.column >= 1
        assert problem.code.startswith("REC10")
        str(problem).encode()


def test_a_good_file_cut_at_every_byte_never_raises():
    content = GOOD.encode()
    assert read(content).problems == ()
    for end in range(len(content)):
        is_sound(content[:end])


def test_a_good_file_with_any_byte_flipped_never_raises():
    content = GOOD.encode()
    for position in range(len(content)):
        for change in (0x01, 0x10, 0x20, 0x80, 0xFF):
            is_sound(content[:position] + bytes([content[position] ^ change]) + content[position + 1 :])


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_at_all_raise(content):
    is_sound(content)


@settings(max_examples=600, deadline=None)
@given(st.text(st.sampled_from(list("ab1-:?,[]{}#&*!|>'\"%@`~<. \n\t\\/=0xe\u00e9\u202e\x00")), max_size=60))
def test_no_yaml_like_text_raises(text):
    is_sound(text.encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("ab \n:#'\"{é", max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abé1 :#", min_size=1, max_size=5), inner),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from("abcdef"), JSON, min_size=1))
def test_what_a_writer_of_yaml_puts_out_is_read_back_the_same(tree):
    text = yaml.safe_dump(tree, allow_unicode=True)
    loaded = read(text)
    assert loaded.problems == ()
    assert loaded.documents[0].value == tree


def test_without_the_c_extension_the_answers_are_the_same(monkeypatch):
    samples = [GOOD, "a: 1\na: 2\n", "a: *x\n", "a: !t x\n", "{a: b}: c\n", "a: 'x\n", "a: b: c\n", "a: \x07\n",
               "a:\n\tb: c\n", 'a: "\\0"\n', "a: .inf\n", "[" * 100, "", "---\n---\nx\n", "a: &x 1\n",
               "?\n: b\n"]  # fmt: skip
    fast = [read(sample) for sample in samples]
    monkeypatch.setattr(loading, "_Parser", yaml.SafeLoader)
    slow = [read(sample) for sample in samples]
    for one, other in zip(fast, slow, strict=True):
        assert [document.value for document in one.documents] == [document.value for document in other.documents]
        assert [(p.code, p.location.line) for p in one.problems] == [(p.code, p.location.line) for p in other.problems]
    assert slow[0].documents[0].at(["spec", "keys", "#"], key=True) == fast[0].documents[0].at(
        ["spec", "keys", "#"], key=True
    )


def test_the_pure_parser_lets_half_a_surrogate_through_and_we_do_not(monkeypatch):
    monkeypatch.setattr(loading, "_Parser", yaml.SafeLoader)
    loaded = read('a: "\\ud83d\\ude00"\n')
    assert codes(loaded) == ["REC1002"]
    assert loaded.documents == ()


@pytest.mark.parametrize(
    "text", ["? " + "[" * 500_000, "? " + "{a: " * 200_000, "[" * 500_000], ids=["key", "map key", "value"]
)
def test_a_hostile_depth_is_refused_before_the_parser_slows_down(text):
    # The parser's work for one token grows with the depth: without the limit these take minutes.
    assert codes(read(text))[-1] == "REC1008"
