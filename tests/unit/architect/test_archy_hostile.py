"""Bad input: a problem with a place within a second and 128 MB, never an exception."""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reconciler.architect import checks, flow
from reconciler.documents.load import ARCHY, load
from reconciler.kinds.flow import reading
from reconciler.model import digest
from reconciler.model.problem import Severity
from reconciler.model.resource import Asset
from tests.unit.architect.archy_samples import BOT, EXAMPLES, TINY, corpus_files, document
from tests.unit.architect.mangling import HOSTILE, MANGLERS, wrong_types

ROUNDS = 3
SECONDS_MAX = 1.0
MILLION_SECONDS = 0.035
"""What counting to a million takes on the machine for which a second is meant; a slower one gets more."""
TRIES = 3
MEGABYTES_MAX = 128


@pytest.fixture(autouse=True, scope="module")
def _imports_are_frozen():
    """As the program does: the collector need not walk over everything that tests import, again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def read(content: bytes, name: str = "ivr.yaml", variables=None):
    return reading.read(Asset(name, digest.of_bytes(content), content), variables or {})


def _million() -> float:
    """Right after what is measured, so that a machine which is busy with other work now is seen as slow."""
    started, count = time.process_time(), 0
    for number in range(1_000_000):
        count += number & 3
    return time.process_time() - started


def check_read(content: bytes, name: str) -> reading.Reading:
    """Reads it, holds the clock against it, and every problem has a place that is in the file."""
    for _ in range(TRIES):
        started = time.process_time()
        found = read(content, name)
        seconds = time.process_time() - started
        if seconds < SECONDS_MAX or seconds < SECONDS_MAX * _million() / MILLION_SECONDS:
            break
    else:
        pytest.fail(f"{seconds:.2f} s")
    lines = content.count(b"\n") + 1
    for problem in found.problems:
        assert problem.code.startswith("REC")
        assert problem.remedy
        assert problem.message
        assert 1 <= problem.location.line <= lines + content.count(b"\r") + content.count(b"\xc2\x85") + 1
        assert problem.location.column >= 1
    if not found.type:
        assert any(problem.severity is Severity.ERROR for problem in found.problems)
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_problem_with_a_place_within_a_second(name):
    found = check_read(HOSTILE[name](), "hostile.yaml")
    assert not found.is_sound


MEASURE = """
import sys
from reconciler.kinds.flow import reading
from reconciler.model import digest
from reconciler.model.resource import Asset
from tests.unit.architect.mangling import HOSTILE
for name in sys.argv[1:]:
    found = reading.read(Asset("hostile.yaml", "", HOSTILE[name]()), {})
    assert not found.is_sound
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM:")))
"""


@pytest.mark.parametrize("name", ["190 levels and wide", "all the jumps that fit", "all the tasks that fit"])
def test_a_hostile_file_stays_within_its_memory(name):
    """The most the whole process ever held, Python and this house included, in KiB."""
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells a process what it held at most")
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", MEASURE, name], cwd=root, capture_output=True, text=True, check=True)
    assert int(done.stdout) / 1024 < MEGABYTES_MAX


@pytest.mark.parametrize("mangle", MANGLERS, ids=lambda one: one.__name__)
def test_a_damaged_real_file_is_told_and_never_raises(mangle):
    damaged = 0
    for seed, (name, text) in enumerate([*corpus_files(), *EXAMPLES, ("tiny.yaml", TINY)]):
        for round in range(ROUNDS):
            content = mangle(text, random.Random(seed * ROUNDS + round)).encode("utf-8", "replace")
            damaged += not check_read(content, name).is_sound
    assert damaged or mangle.__name__ in ("noise", "shifted")


@pytest.mark.parametrize("seed", range(8))
def test_values_of_wrong_types_never_raise(seed):
    rng = random.Random(seed)
    for text in (TINY, BOT, BOT, *(text for _, text in EXAMPLES)):
        tree = load(text.encode(), "a.yaml", ARCHY).documents[0].value
        for _ in range(60):
            mutant = wrong_types(tree, rng, 3)
            for one in load(json.dumps(mutant).encode(), "a.yaml", ARCHY).documents:
                parsed, problems = flow.parse(one)
                problems = [*problems, *(checks.check(parsed) if parsed else ())]
                assert all(problem.remedy for problem in problems)


@pytest.mark.parametrize(
    "part",
    [
        "menus: [{menu: {name: m, refId: m, choices: [{menuDisconnect: {name: b, dtmf: [digit_9]}}]}}]",
        "menus: [{menu: {name: m, refId: m, choices: [{menuDisconnect: {name: b, dtmf: {a: 1}}}]}}]",
        "x: {nluDomainVersion: {intents: true, entities: 1.5}}",
        "x: {digitalMenu: {chooser: {lit: [{value: {lit: {a: 1}}}, {value: {lit: [1]}}]}, outputs: {paths: []}}}",
        "tasks: {a: {b: [{endTask: {outputPath: {name: x}}}]}}",
    ],
)
def test_types_nobody_expects_are_no_exception(part):
    checks.check(flow.parse(document(f"inboundCall: {{name: x, {part}}}\n"))[0])


@pytest.mark.parametrize("name", ["Main.i3InboundFlow", "Bot.i3BotFlow", "x.yaml"])
def test_the_binary_export_is_refused_with_what_to_do(name):
    found = read(HOSTILE["binary export"](), name)
    assert [problem.code for problem in found.problems] == ["REC1405"]
    assert "Export > YAML" in found.problems[0].remedy
