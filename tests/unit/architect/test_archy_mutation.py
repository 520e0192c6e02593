"""A seeded mutation run: the difference names the part that was changed, the checks catch what breaks a flow."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from reconciler.architect import checks, flow
from reconciler.architect.canonical import canonical
from reconciler.architect.difference import nodes
from reconciler.documents.load import ARCHY, load
from reconciler.model import identity
from tests.unit.architect.archy_samples import NO_CORPUS, TINY, corpus_files, document
from tests.unit.architect.mutants import Part, mutants
from tests.unit.manifests.conftest import load as load_files

EXAMPLE = Path(__file__).parents[3] / "desired_state"
NUMBER, SEED = 500, 20260302
NAMED_MIN, CAUGHT_MIN = 0.99, 0.95


def examples() -> list[dict[str, Any]]:
    """The flows of the example desired state, those its Menus compile to included."""
    files = {path.relative_to(EXAMPLE).as_posix(): path.read_bytes() for path in EXAMPLE.rglob("*") if path.is_file()}
    resources = load_files(files).resources.values()
    texts = [one.assets["yaml"].content.decode() for one in resources if one.key.kind == identity.FLOW]
    return [document(text).value for text in [*texts, TINY]]


def found(tree: dict[str, Any]) -> Counter[tuple[str, str]]:
    """Code and message of every finding. JSON is YAML, and quick to write."""
    loaded = load(json.dumps(tree).encode(), "mutant.yaml", ARCHY)
    parsed, problems = flow.parse(loaded.documents[0])
    listed = [*loaded.problems, *problems, *(checks.check(parsed) if parsed else ())]
    return Counter((problem.code, problem.message) for problem in listed)


def run(trees: list[dict[str, Any]], number: int) -> tuple[float, float]:
    """The shares of mutants named and of breaking ones caught; prints both by kind."""
    named: Counter[tuple[str, bool]] = Counter()
    caught: Counter[tuple[str, bool]] = Counter()
    others = 0
    missed = []
    for tree, mutant in mutants(trees, random.Random(SEED), number):
        told = nodes(canonical(tree), canonical(mutant.tree))
        titles = {tuple((step.type, step.name) for step in one.node) for one in told}
        hits = {title for title in titles if is_same(title, mutant.parts)}
        named[mutant.kind, bool(hits)] += 1
        others += len(titles - hits)
        if not hits:
            missed.append((mutant.kind, mutant.parts, titles))
        if mutant.breaks:
            is_caught = bool(found(mutant.tree) - found(tree))
            caught[mutant.kind, is_caught] += 1
            if not is_caught:
                missed.append((mutant.kind, mutant.parts, "not caught"))
    for kind in sorted({kind for kind, _ in named}):
        broken = caught[kind, True] + caught[kind, False]
        print(
            f"{kind}: named {named[kind, True]} of {named[kind, True] + named[kind, False]}, "
            f"caught {caught[kind, True]} of {broken} breaking"
        )
    shares = _share(named), _share(caught)
    print(f"{number} mutants: named {shares[0]:.1%}, breaking ones caught {shares[1]:.1%}, {others} other parts named")
    for one in missed:
        print("missed:", *one)
    return shares


def is_same(title: tuple[Part, ...], parts: tuple[Part, ...]) -> bool:
    """The same types and names all the way; what has no name of its own (a case) is called by something else."""
    pairs = zip(title, parts, strict=False)
    return len(title) == len(parts) and all(one[0] == two[0] and two[1] in ("", one[1]) for one, two in pairs)


def _share(counts: Counter[tuple[str, bool]]) -> float:
    return sum(count for (_, good), count in counts.items() if good) / counts.total()


def test_mutants_of_the_examples_are_named_and_caught():
    named, caught = run(examples(), 150)
    assert named >= NAMED_MIN
    assert caught >= CAUGHT_MIN


def test_mutants_of_real_files_and_examples_are_named_and_caught():
    real = [document(text).value for _, text in corpus_files()]
    if not real:
        pytest.skip(NO_CORPUS)
    named, caught = run([*real, *examples()], NUMBER)
    assert named >= NAMED_MIN
    assert caught >= CAUGHT_MIN
