"""Damage to Archy files, seeded: what editors, merges and bad days do to them, and worse."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.unit.architect.archy_samples import TINY


def cut(text: str, rng: random.Random) -> str:
    """Cut off somewhere, as by a full disk."""
    return text[: rng.randrange(1, len(text))]


def repeated_key(text: str, rng: random.Random) -> str:
    """A line with a key stands there twice."""
    lines = text.splitlines(keepends=True)
    at = rng.choice([number for number, line in enumerate(lines) if re.match(r"\s+\w+: \S", line)])
    return "".join([*lines[: at + 1], lines[at].rstrip("\n") + "\n", *lines[at + 1 :]])


def broken_reference(text: str, rng: random.Random) -> str:
    """A reference to something that is not there."""
    found = list(re.finditer(r"Ref: .*?\[([^\]\n]*)\]", text))
    if not found:
        return text.replace("actions:", "actions: {targetTaskRef: /nowhere}", 1)
    match = rng.choice(found)
    return text[: match.start(1)] + "nobody" + text[match.end(1) :]


def shifted(text: str, rng: random.Random) -> str:
    """One to five lines are indented otherwise."""
    lines = text.splitlines(keepends=True)
    at, count = rng.randrange(len(lines)), rng.randrange(1, 6)
    for number in range(at, min(at + count, len(lines))):
        lines[number] = (
            lines[number].removeprefix(" ") if rng.random() < 0.5 else " " * rng.randrange(1, 5) + lines[number]
        )
    return "".join(lines)


def token(text: str, rng: random.Random) -> str:
    """A variable is left over where a value was."""
    found = list(re.finditer(r": (\S[^\n]*)$", text, re.MULTILINE))
    match = rng.choice(found)
    return text[: match.start(1)] + "{{left_over}}" + text[match.end(1) :]


def noise(text: str, rng: random.Random) -> str:
    """A few characters are something else."""
    letters = list(text)
    for _ in range(rng.randrange(1, 20)):
        letters[rng.randrange(len(letters))] = rng.choice("{}[]:,-#&*!|>'\"%@`\t\n \x00\x85é\ud800"[:-1])
    return "".join(letters)


WRONG: tuple[Any, ...] = (
    None, True, 0, -5, 1.5, "", "x", [], [1], ["digit_9"], [[]], {}, {"name": "b"}, {"name": [1]},
    {"name": {"lit": []}},
    {"lit": {"a": 1}}, {"lit": [1]}, {"exp": 5}, {"exp": ["Flow.a"]}, [{"a": {}}], [{"a": []}], {"a": [{"b": None}]},
)  # fmt: skip
"""What may stand where something else should."""


def wrong_types(tree: dict[str, Any], rng: random.Random, number: int) -> dict[str, Any]:
    """The same tree with something of another type in so many places."""
    tree = copy.deepcopy(tree)
    for _ in range(number):
        holder, key = rng.choice(list(_places(tree)))
        holder[key] = copy.deepcopy(rng.choice(WRONG))
    return tree


def _places(tree: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys or indexes."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from _places(tree[key])


MANGLERS = (cut, repeated_key, broken_reference, shifted, token, noise)


def _deep(levels: int, opening: str, closing: str) -> bytes:
    return f"inboundCall:\n  name: Deep\n  startUpRef: ./a\n  menus: {opening * levels}x{closing * levels}\n".encode()


def _wide(size: int, item: str, head: str = "  tasks:\n") -> bytes:
    body = item * (size // len(item) + 1)
    return f"inboundCall:\n  name: Wide\n  startUpRef: ./a\n{head}{body}".encode()


_ACTION = '          - jumpToTask: {name: Go, targetTaskRef: "/inboundCall/tasks/task[t]"}\n'
_CHOICE = "          - menuDisconnect: {name: B, dtmf: digit_1, globalDtmf: true}\n"
_HEAD = "  tasks:\n    - task:\n        name: t\n        refId: t\n        actions:\n"
_MENU = "  menus:\n    - menu:\n        name: m\n        refId: m\n        choices:\n"
_TASK = (
    b"    - task: {name: N%d, refId: t%d, actions: "
    b'[jumpToTask: {name: Go, targetTaskRef: "/inboundCall/tasks/task[t%d]"}]}\n'
)
_LONE = (
    b"    - menu: {name: M%d, refId: m%d, audio: {tts: Press 7}, choices: [menuDisconnect: {name: B, dtmf: digit_1}]}\n"
)

HOSTILE: dict[str, Callable[[], bytes]] = {
    "200 levels of lists": lambda: _deep(200, "[", "]"),
    "200 levels of mappings": lambda: _deep(200, "{a: ", "}"),
    "200 levels of actions": lambda: _deep(66, "[{t: {actions: ", "}}]"),
    "100,000 levels": lambda: _deep(100_000, "[", "]"),
    "190 levels and wide": lambda: _deep(189, "[", "]").replace(
        b"x", b"{" + b"".join(b"a%d: 1," % at for at in range(37_000)) + b"}"
    ),
    "5 MiB of text": lambda: b"inboundCall:\n  name: " + b"x" * (5 * 1024 * 1024),
    "5 MiB of actions": lambda: _wide(5 * 1024 * 1024, _ACTION, _HEAD),
    "2 MiB of jumps": lambda: _wide(2 * 1024 * 1024 - 200, _ACTION, _HEAD),
    "2 MiB of keys pressed": lambda: _wide(2 * 1024 * 1024 - 200, _CHOICE, _MENU),
    "2 MiB of equal tasks": lambda: _wide(2 * 1024 * 1024 - 200, "    - task: {name: t, refId: t, actions: []}\n"),
    "2 MiB of brackets": lambda: b"inboundCall: " + b"[" * (2 * 1024 * 1024 - 20),
    "an expression of 200 KiB": lambda: b"inboundCall:\n  name: E\n  exp: '" + b"f(" * (100 * 1024) + b"'\n",
    "2 MiB of expressions": lambda: _wide(
        2 * 1024 * 1024 - 40_000, "    - task: {exp: '" + "find(" * 6000 + "'}\n", "  tasks:\n"
    ),
    "all the jumps that fit": lambda: _wide(780_000, _ACTION, _HEAD),
    "all the keys that fit": lambda: _wide(560_000, _CHOICE, _MENU),
    "all the tasks that fit": lambda: (
        b"inboundCall:\n  name: T\n  tasks:\n" + b"".join(_TASK % (at, at, at + 1) for at in range(3_600))
    ),
    "all the menus that fit": lambda: (
        b"inboundCall:\n  name: M\n  menus:\n" + b"".join(_LONE % (at, at) for at in range(4_400))
    ),
    "all the broken references that fit": lambda: _wide(780_000, _ACTION.replace("task[t]", "task[q]"), _HEAD),
    "2 MiB of parents": lambda: TINY.replace("./menus/menu[main]", "../" * 80_000).encode(),
    "2 MiB of duplicate keys": lambda: b"inboundCall:\n" + b"  name: x\n" * 200_000,
    "2 MiB of tokens": lambda: b"inboundCall:\n  name: x\n" + b"  a: {{b}}\n" * 150_000,
    "one token in 2 MiB": lambda: _wide(2 * 1024 * 1024 - 400, _ACTION, _HEAD).replace(b"name: Wide", b"name: {{b}}"),
    "2 MiB of aliases": lambda: b"inboundCall: &a\n" + b"  b: *a\n" * 200_000,
    "an encoded text after 5,000 blanks": lambda: b"#" + b" " * 5_000 + b"\n" + b"A" * 200_000 + b"!",
    "variables nobody declares": lambda: _wide(
        0,
        "    - task: {exp: '" + " + ".join(f"Flow.nome{at}" for at in range(1_800)) + "'}\n",
        "  variables:\n"
        + "".join(f"    - stringVariable: {{name: Flow.name{at}, isInput: true}}\n" for at in range(6_000))
        + "  tasks:\n",
    ),
    "a long word beside a dot": lambda: (
        b"inboundCall:\n  name: x\n  startUpRef: ./a\n  variables: []\n  a: ." + b"a" * 200_000
    ),
    "nothing": lambda: b"",
    "zeros": lambda: b"\x00" * 1000,
    "not UTF-8": lambda: b"inboundCall:\n  name: \xff\xfe\n",
    "binary export": lambda: b"UEsDBBQ" * 10_000,
}
