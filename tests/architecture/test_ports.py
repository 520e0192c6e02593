"""Nothing but the adapters, the sandbox and the command line may touch the machine.

A later simulation runs the production code on ports of its own; one forgotten `open()` would make it lie.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "reconciler"
OUTSIDE = ("adapters", "sandbox", "cli")
MODULES = {"time", "random", "uuid", "secrets", "threading", "subprocess", "socket", "asyncio", "multiprocessing"}
NAMES = {"open", "input", "print"}
CALLS = {
    "anyio.sleep",
    "anyio.to_thread.run_sync",
    "anyio.run_process",
    "anyio.open_process",
    "anyio.open_file",
    "os.urandom",
    "os.getenv",
    "datetime.now",
    "datetime.utcnow",
}

FILES = sorted(path for path in HOUSE.rglob("*.py") if path.relative_to(HOUSE).parts[0] not in OUTSIDE)


def findings(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names if name.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in NAMES | CALLS:
            found.append(f"{ast.unparse(node.func)} in line {node.lineno}")
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ":
            found.append(f"os.environ in line {node.lineno}")
    return found


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(HOUSE)) for path in FILES])
def test_the_machine_is_reached_through_ports_only(path: Path) -> None:
    assert findings(path) == []
