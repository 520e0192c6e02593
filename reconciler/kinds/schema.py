"""JSON Schemas of the kinds, for editors and other people's checks (draft 2020-12).

They describe documents as people write them, variables not yet filled in; what only our own checks know (names of
menus, audio, references) is not in them.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from reconciler.documents.nearest import nearest
from reconciler.errors import UsageError
from reconciler.kinds.registry import KINDS

ALL: Final = "all"
_DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"
_ID: Final = "urn:reconciler:schema:v1:"


class _Described(GenerateJsonSchema):
    """With the text under each field as its description.

    Pydantic can do that itself, but then reads and parses all sources whenever a command starts.
    """

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """What may be left out may not be left empty."""
        return self.generate_inner(schema["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model: type[BaseModel] = schema["cls"]
        texts = _field_texts(model)
        for name, field in model.model_fields.items():
            shown = made.get("properties", {}).get(field.alias or name)
            if shown is not None and field.default is None:
                shown.pop("default", None)
            if shown is not None and name in texts:
                shown.setdefault("description", texts[name])
        return made


def _field_texts(model: type[BaseModel]) -> dict[str, str]:
    """The strings that stand under the fields of a model and of those it extends."""
    texts: dict[str, str] = {}
    owners = [owner for owner in reversed(model.__mro__) if issubclass(owner, BaseModel) and owner is not BaseModel]
    sources = [ast.parse(textwrap.dedent(inspect.getsource(owner))) for owner in owners]
    for definition in (node for source in sources for node in source.body if isinstance(node, ast.ClassDef)):
        for field, text in itertools.pairwise(definition.body):
            match field, text:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                    texts[name] = inspect.cleandoc(said)
    return texts


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
    body = KINDS[name].document.model_json_schema(by_alias=True, mode="validation", schema_generator=_Described)
    return {"$schema": _DRAFT, "$id": _ID + name, **body}


def _all() -> dict[str, Any]:
    models = [(kind.document, "validation") for kind in KINDS.values()]
    references, body = models_json_schema(models, by_alias=True, schema_generator=_Described)  # type: ignore[arg-type]
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
