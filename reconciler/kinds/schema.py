"""JSON Schemas of the kinds, for editors and other people's checks (draft 2020-12).

They describe documents as people write them, variables not yet filled in; what only our own checks know (names of
menus, audio, references) is not in them.
"""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from reconciler.documents.nearest import nearest
from reconciler.errors import UsageError
from reconciler.kinds.registry import KINDS

ALL: Final = "all"
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_ID: Final = "urn:reconciler:schema:v1:"


def json_schema(kind: str = ALL) -> dict[str, Any]:
    """The schema of one kind's documents, or with `all` of any document. Raises UsageError for an unknown kind."""
    if kind == ALL:
        return _all()
    known = {name.lower(): name for name in KINDS}
    if kind.lower() not in known:
        guess = nearest(kind, KINDS)
        hint = f"Did you mean {guess}?" if guess else f"There are {', '.join(KINDS)} and {ALL}."
        raise UsageError(f"there is no kind {kind!r}. {hint}")
    name = known[kind.lower()]
    body = KINDS[name].document.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": _DRAFT, "$id": _ID + name, **body}


def _all() -> dict[str, Any]:
    models = [(kind.document, "validation") for kind in KINDS.values()]
    references, body = models_json_schema(models, by_alias=True, schema_generator=GenerateJsonSchema)  # type: ignore[arg-type]
    branches = [
        {
            "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
            "then": references[(kind.document, "validation")],
        }
        for name, kind in KINDS.items()
    ]
    return {
        "$schema": _DRAFT,
        "$id": _ID + ALL,
        "title": "A document of the desired state",
        "type": "object",
        "required": ["kind", "metadata"],
        "properties": {"kind": {"enum": list(KINDS)}},
        "allOf": branches,
        **body,
    }
