"""An exported flow as a bare Archy file. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from reconciler.architect import exported
from reconciler.documents import writing
from reconciler.documents.load import ARCHY, load
from reconciler.kinds.exported import Inexpressible
from reconciler.model.identity import Key
from reconciler.model.problem import Severity

_BRACES: Final = re.compile(r"\{\{([^{}\n]*)\}\}")


def file(key: Key, content: bytes) -> bytes:
    """The file of a flow from the platform's YAML. Raises Inexpressible for anything but this very flow.

    Braces that only look like a variable are written so that they stay what they are.
    """
    loaded = load(content, "the export", ARCHY)
    errors = [problem for problem in loaded.problems if problem.severity is Severity.ERROR]
    if errors:
        raise Inexpressible(f"What the platform exported cannot be read: {errors[0]}")
    if len(loaded.documents) != 1 or not isinstance(value := loaded.documents[0].value, Mapping) or len(value) != 1:
        raise Inexpressible("What the platform exported is no Archy YAML: one document with one root key.")
    ((type, body),) = value.items()
    name = body.get("name") if isinstance(body, Mapping) else None
    if (type, name) != (key.type, key.name):
        raise Inexpressible(f"The platform exported another flow in its place: {type} {name!r}.")
    text = writing.render(exported.settled(value)).decode()
    return _BRACES.sub(r"{{{{\1}}}}", text).encode()


def identity_of(content: bytes) -> tuple[str, str] | None:
    """Root key and name of an exported flow; None when it has none."""
    loaded = load(content, "the export", ARCHY)
    if len(loaded.documents) != 1 or not isinstance(value := loaded.documents[0].value, Mapping) or len(value) != 1:
        return None
    ((type, body),) = value.items()
    name = body.get("name") if isinstance(body, Mapping) else None
    return (type, name) if isinstance(name, str) else None
