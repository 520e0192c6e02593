"""A file of variables given on the command line, for files that come without an Environment of ours. Pure."""

from __future__ import annotations

from typing import Final

from reconciler.documents.load import MANIFEST, load
from reconciler.errors import DesiredStateError
from reconciler.manifests.variables import Value
from reconciler.model.problem import Location, Problem

_REMEDY: Final = "Write one `name: value` a line, each value text, a number, true or false."


def read(content: bytes, file: str) -> dict[str, Value]:
    """The variables by name. Raises DesiredStateError with every problem of the file."""
    loaded = load(content, file, MANIFEST)
    problems = list(loaded.problems)
    if not problems and len(loaded.documents) > 1:
        problems.append(Problem(loaded.documents[1].at(), "REC1516", "a file of variables is one document.", _REMEDY))
    values: dict[str, Value] = {}
    for document in loaded.documents[:1]:
        if not isinstance(document.value, dict):
            problems.append(Problem(document.at(), "REC1516", "a file of variables holds names with values.", _REMEDY))
            continue
        for name, value in document.value.items():
            if isinstance(value, Value):
                values[name] = value
            else:
                message = f"the variable {name!r} is not one value."
                problems.append(Problem(document.at((name,)), "REC1516", message, _REMEDY))
    if not problems and not loaded.documents:
        problems.append(Problem(Location(file), "REC1516", "the file of variables is empty.", _REMEDY))
    if problems:
        raise DesiredStateError(problems)
    return values
