from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from reconciler.documents.load import load
from reconciler.errors import UsageError
from reconciler.kinds.registry import COMPARE, KINDS
from reconciler.kinds.schema import json_schema
from reconciler.model import identity

ROOT = Path(__file__).parents[3]
EXAMPLES = [
    (path.relative_to(ROOT).as_posix(), document.value)
    for path in sorted((ROOT / "desired_state").rglob("*.yaml"))
    for document in load(path.read_bytes(), path.name).documents
    if "kind" in document.value
]


@pytest.mark.parametrize("kind", [*KINDS, "all"])
def test_every_kind_has_a_valid_schema_that_describes_its_keys(kind):
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"urn:reconciler:schema:v1:{kind}"


@pytest.mark.parametrize(("file", "value"), EXAMPLES)
def test_the_example_fits_the_schemas(file, value):
    for kind in (value["kind"], "all"):
        jsonschema.Draft202012Validator(json_schema(kind)).validate(value)


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "Prompt", "metadata": {"name": "a"}, "spec": {"resources": {"en-us": {"tst": "Hi"}}}},
        {"kind": "Prompt", "metadata": {"name": "a"}},
        {"kind": "Promt", "metadata": {"name": "a"}, "spec": {}},
        {"kind": "CallRoute", "metadata": {"name": "a"}, "spec": {"dnis": [13175550101], "open": {"flow": "A"}}},
        {"kind": "Environment", "metadata": {"name": "a"}, "spec": {"policy": {"driftGrace": "5"}}},
    ],
)
def test_wrong_documents_do_not(value):
    assert not jsonschema.Draft202012Validator(json_schema("all")).is_valid(value)


def test_an_unknown_kind_gets_the_nearest():
    with pytest.raises(UsageError, match="Prompt"):
        json_schema("Promt")


def test_every_platform_kind_can_be_compared():
    assert set(COMPARE) == {identity.PROMPT, identity.FLOW, identity.CALL_ROUTE}
