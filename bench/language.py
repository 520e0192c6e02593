"""Reading flows: parse, check and comparable form against the bare C parse; a thousand flows cold and after one change.

    python -m bench.language [rounds]

The first part takes one flow of 900 lines, laid out as exports are, and alternates the bare `yaml.CSafeLoader` with all
that loading does to a flow. The goal is at most twice the bare parse. The second part loads a thousand such files of
some 100 lines, then again after one of them changed: only that one may be parsed.
"""

from __future__ import annotations

import hashlib
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

import anyio
import yaml

from reconciler.architect import canonical, checks, flow
from reconciler.documents.load import ARCHY, load
from reconciler.manifests.cache import ParseCache
from reconciler.manifests.loader import load_desired
from reconciler.source.snapshot import BlobCache, Entry, Snapshot

T = TypeVar("T")

LINES = 900
FLOWS = 1000


def archy(name: str, lines: int) -> bytes:
    """A call flow of about so many lines, spelt as exports spell it."""
    menus: list[Any] = [_menu(0)]
    tasks: list[Any] = []
    while True:
        text = _text(name, menus, tasks)
        if text.count(b"\n") >= lines:
            return text
        tasks.append(_task(len(tasks)))
        menus.append(_menu(len(tasks)))


def _text(name: str, menus: list[Any], tasks: list[Any]) -> bytes:
    body: dict[str, Any] = {
        "name": name,
        "description": "",
        "division": "Home",
        "startUpRef": "/inboundCall/menus/menu[Menu 0_10]",
        "defaultLanguage": "en-us",
        "supportedLanguages": {"en-us": {"defaultLanguageSkill": {"noValue": True}}},
        "initialGreeting": {"tts": "Welcome to Example"},
        "settingsMenu": {"menuSelectionTimeout": {"lit": {"seconds": 10}}, "repeatCount": {"lit": 3}},
        "menus": menus,
    }
    return yaml.dump(
        {"inboundCall": body | ({"tasks": tasks} if tasks else {})},
        Dumper=yaml.CSafeDumper,
        sort_keys=False,
    ).encode()


def _menu(number: int) -> dict[str, Any]:
    choices: list[Any] = [_choice("menuDisconnect", "Hang up", 9)]
    if number:
        target = {"targetTaskRef": f"/inboundCall/tasks/task[Task {number - 1}_20]"}
        choices.append(_choice("menuJumpToTask", "Look up", 1) | {})
        choices[-1]["menuJumpToTask"] |= target
    inherit = {"noValue": True}
    settings = dict.fromkeys(("extensionDialingMaxDelay", "menuSelectionTimeout", "repeatCount"), inherit)
    body = {
        "name": f"Menu {number}",
        "refId": f"Menu {number}_10",
        "audio": {"tts": "Press 9 to hang up"},
        "settingsMenu": {key: dict(value) for key, value in settings.items()},
        "choices": choices,
    }
    return {"menu": body}


def _choice(kind: str, name: str, digit: int) -> dict[str, Any]:
    return {kind: {"name": name, "dtmf": f"digit_{digit}", "globalDtmf": False, "globalSpeechRecTerms": False}}


def _task(number: int) -> dict[str, Any]:
    lookup = {
        "name": "Look up",
        "processingPrompt": {"noValue": True},
        "timeout": {"lit": {"minutes": 1}},
        "category": {"Orders": {"dataAction": {"Find order": {"inputs": {"phone": {"exp": "Call.Ani"}},
                     "successOutputs": {"state": {"var": "Task.State"}}}}}},
        "outputs": {"success": {"actions": [{"playAudio": {"name": "Say", "audio": {
            "exp": 'AudioPlaybackOptions(Append(ToAudioTTS("Your order is "), ToAudioTTS(Task.State)), true)'}}}]}},
    }  # fmt: skip
    transfer = {
        "name": "To Sales",
        "targetQueue": {"lit": {"name": "Sales"}},
        "preTransferAudio": {"exp": "ToAudio(NOT_SET)"},
        "failureTransferAudio": {"exp": "ToAudio(NOT_SET)"},
        "priority": {"lit": 0},
        "preferredAgents": {"noValue": True},
        "languageSkill": {"noValue": True},
        "failureOutputs": {"errorType": {"noValue": True}, "errorMessage": {"noValue": True}},
    }
    variable = {"name": "Task.State", "initialValue": {"noValue": True}, "isInput": False, "isOutput": False}
    back = {"name": "Back", "targetMenuRef": f"/inboundCall/menus/menu[Menu {number + 1}_10]"}
    body = {
        "name": f"Task {number}",
        "refId": f"Task {number}_20",
        "variables": [{"stringVariable": variable}],
        "actions": [{"callData": lookup}, {"transferToAcd": transfer}, {"jumpToMenu": back}],
    }
    return {"task": body}


def _ours(content: bytes) -> None:
    document = load(content, "bench.yaml", ARCHY).documents[0]
    parsed, problems = flow.parse(document)
    if parsed is None or problems:
        raise SystemExit(str(problems))
    wrong = [problem for problem in checks.check(parsed) if problem.severity == "error"]
    if wrong:
        raise SystemExit(str(wrong[0]))
    canonical.canonical(document.value)


def _bare(content: bytes) -> None:
    yaml.load(content, Loader=yaml.CSafeLoader)


def measure(rounds: int = 31) -> dict[str, float]:
    """Median milliseconds of both for one flow, and their ratio."""
    content = archy("Bench", LINES)
    times: dict[str, list[float]] = {"ours": [], "bare": []}
    for turn in range(rounds):
        pair: tuple[tuple[str, Callable[[bytes], None]], ...] = (("ours", _ours), ("bare", _bare))
        for name, run in pair if turn % 2 else pair[::-1]:
            started = time.perf_counter()
            run(content)
            times[name].append((time.perf_counter() - started) * 1000)
    ours, bare = statistics.median(times["ours"]), statistics.median(times["bare"])
    lines = content.count(b"\n")
    return {"lines": lines, "bytes": len(content), "ours_ms": ours, "bare_ms": bare, "ratio": ours / bare}


class _Counting(ParseCache):
    """Counts what had to be worked out, by the first word of the key."""

    def __init__(self) -> None:
        super().__init__()
        self.worked: Counter[str] = Counter()

    def get(self, key: Hashable, work: Callable[[], T]) -> T:
        def counted() -> T:
            self.worked[key[0] if isinstance(key, tuple) else ""] += 1
            return work()

        return super().get(key, counted)


def _snapshot(contents: Mapping[str, bytes]) -> Snapshot:
    entries = {path: Entry(hashlib.sha1(text).hexdigest(), size=len(text)) for path, text in contents.items()}

    async def fetch(wanted: Mapping[str, Entry]) -> Mapping[str, bytes]:
        return {path: contents[path] for path in wanted}

    return Snapshot(revision="tree:bench", commit=None, root="state", entries=entries, fetch=fetch, cache=BlobCache())


def thousand() -> dict[str, float]:
    """Seconds and parsed flows, cold and after one file changed."""
    one = archy("Line X", 100)
    contents = {f"state/f{number}.yaml": one.replace(b"Line X", b"Line %d" % number) for number in range(FLOWS)}
    cache = _Counting()
    found: dict[str, float] = {}
    for name in ("cold", "changed"):
        if name == "changed":
            contents["state/f7.yaml"] = contents["state/f7.yaml"].replace(b"Welcome to Example", b"Welcome")
        before = cache.worked["flow"]
        started = time.perf_counter()
        anyio.run(_load, _snapshot(contents), cache)
        found[f"{name}_seconds"] = time.perf_counter() - started
        found[f"{name}_parsed"] = cache.worked["flow"] - before
    return found


async def _load(snapshot: Snapshot, cache: ParseCache) -> None:
    state = await load_desired(snapshot, environment=None, process_variables={}, cache=cache)
    if len(state.resources) != FLOWS:
        raise SystemExit(f"{len(state.resources)} flows instead of {FLOWS}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[0].endswith("language.py") else 31
    one = measure(rounds)
    print(
        f"parse, check and canonicalise {one['lines']:.0f} lines {one['ours_ms']:.1f} ms, bare CSafeLoader "
        f"{one['bare_ms']:.1f} ms: {one['ratio']:.2f}x (goal <= 2x)"
    )
    many = thousand()
    print(
        f"{FLOWS} flows cold {many['cold_seconds']:.2f} s ({many['cold_parsed']:.0f} parsed), after one changed "
        f"{many['changed_seconds']:.2f} s ({many['changed_parsed']:.0f} parsed; goal 1)"
    )


if __name__ == "__main__":
    main()
