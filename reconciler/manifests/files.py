"""Which files of the source directory are ours to read, and reading them.

Every `*.yaml` and `*.yml` below the source directory, except in directories that start with a dot and except what
`.reconcileignore` in the source directory lists, one glob a line: `drafts/` (a directory), `*.draft.yaml` (a name
anywhere), `archive/*.yaml` (a path from the source directory).
"""

from __future__ import annotations

import fnmatch
import posixpath
from collections.abc import Mapping, Sequence

from reconciler.architect import flow
from reconciler.errors import DesiredStateError
from reconciler.manifests.tree import Tree
from reconciler.model.problem import Location, Problem

IGNORE_FILE = ".reconcileignore"


def ignore_file(tree: Tree) -> str:
    return posixpath.join(tree.root, IGNORE_FILE) if tree.root else IGNORE_FILE


def choose(tree: Tree, ignore: str) -> tuple[list[str], list[Problem]]:
    """The YAML files to read, sorted, and what is wrong with the ignore list."""
    globs, problems = _globs(ignore, ignore_file(tree))
    chosen = []
    for path in tree.files():
        below = path[len(tree.root) + 1 :] if tree.root else path
        is_yaml, is_binary = below.endswith((".yaml", ".yml")), flow.is_binary_export(below)
        is_hidden = any(part.startswith(".") for part in below.split("/"))
        if not (is_yaml or is_binary) or is_hidden or any(_matches(below, glob) for glob in globs):
            continue
        if is_binary:
            problems.append(flow.binary_export(path))  # whoever put it here expects it to be published
        else:
            chosen.append(path)
    return sorted(chosen), problems


def _globs(text: str, file: str) -> tuple[list[str], list[Problem]]:
    globs = []
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        glob = line.strip()
        if glob.startswith("!"):
            message = "`!` is not understood here: what one line ignores no other line brings back."
            problems.append(Problem(Location(file, number), "REC1117", message, "List only what to ignore."))
        elif glob and not glob.startswith("#"):
            globs.append(glob.removeprefix("/"))
    return globs, problems


def _matches(path: str, glob: str) -> bool:
    if glob.endswith("/"):
        return path.startswith(glob) or f"/{glob}" in f"/{path}"
    if "/" in glob:
        return fnmatch.fnmatchcase(path, glob)
    return any(fnmatch.fnmatchcase(part, glob) for part in path.split("/"))


async def read(tree: Tree, wanted: Sequence[str]) -> tuple[Mapping[str, bytes], list[Problem]]:
    """The bytes of the files that may be used, and the problems of those that may not."""
    problems: list[Problem] = []
    left = list(wanted)
    while left:
        try:
            return await tree.read(left), problems
        except DesiredStateError as error:
            problems += error.problems
            refused = {problem.location.file for problem in error.problems}
            usable = [path for path in left if path not in refused]
            if len(usable) == len(left):
                break  # The refusal names no file of ours; nothing can be read.
            left = usable
    return {}, problems
