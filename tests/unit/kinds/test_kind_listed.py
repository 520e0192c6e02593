"""List rows as nobody promised them: read without a surprise, or refused by an error of ours."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from reconciler.errors import ProviderError
from reconciler.kinds.call_route import listed as routes
from reconciler.kinds.flow import listed as flows
from reconciler.kinds.prompt import listed as prompts
from reconciler.model import digest

PROMPT = {
    "id": "p1",
    "name": "welcome",
    "description": "Greeting",
    "resources": [
        {
            "id": "r1",
            "language": "en-us",
            "ttsString": "Hello",
            "text": "Hello",
            "uploadStatus": "transcoded",
            "durationSeconds": 1.5,
            "tags": {"filename": ["a.wav"]},
        }
    ],
}
VERSION = {
    "id": "2.0",
    "createdBy": {"id": "u1", "name": "Ana"},
    "createdByClient": {"id": "c1", "name": "other"},
    "dateCreated": 1767225600000,
    "datePublished": "2026-01-01T00:00:00.000Z",
}
FLOW = {
    "id": "f1",
    "name": "Main IVR",
    "type": "INBOUNDCALL",
    "deleted": False,
    "publishedVersion": VERSION,
    "savedVersion": {**VERSION, "id": "3.0"},
    "checkedInVersion": VERSION,
    "publishedBy": {"id": "u1", "name": "Ana"},
    "lockedUser": {"id": "u1", "name": "Ana"},
    "lockedClient": {"id": "c1", "name": "other"},
    "currentOperation": {"complete": False, "actionName": "PUBLISH"},
}
ROUTE = {
    "id": "i1",
    "name": "Main number",
    "description": "",
    "version": 3,
    "dnis": ["+13175550101"],
    "openHoursFlow": {"id": "f1", "name": "Main IVR"},
    "closedHoursFlow": {"id": "f1"},
    "scheduleGroup": {"id": "g1", "name": "Office hours"},
    "modifiedBy": "u1",
    "modifiedByApp": "c1",
    "dateModified": "2026-01-01T00:00:00.000Z",
}
READERS = {
    "prompt": (PROMPT, prompts.observed),
    "flow": (FLOW, flows.reader(client_id="ours")),
    "route": (ROUTE, lambda row: routes.observed(row, routes.spec_of(row, {}))),
}
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    10**30,
    1e308,
    "",
    "x" * 10_000,
    "2026-13-45",
    [],
    [7],
    [[]],
    {},
    {"id": 7},
)


def places(value: Any, *path: Any) -> list[tuple[Any, ...]]:
    """Every place below a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, part in inner for place in ((*path, key), *places(part, *path, key))]


def put(row: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(row)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


@pytest.mark.parametrize("kind", READERS)
def test_the_row_as_documented_is_read(kind):
    row, read = READERS[kind]
    assert read(row).id == row["id"]


@pytest.mark.parametrize(("kind", "path"), [(kind, path) for kind, (row, _) in READERS.items() for path in places(row)])
def test_junk_anywhere_in_a_row_makes_no_foreign_error(kind, path):
    row, read = READERS[kind]
    if path == ("id",):
        return  # a row without an id never gets here: `paging` refuses the list
    for junk in JUNK:
        try:
            found = read(put(row, path, junk))
        except ProviderError:
            continue
        assert found is None or found.id == row["id"]
        if found is not None and found.spec is not None:
            digest.of(found.spec)


def test_a_missing_version_of_a_route_names_the_endpoint():
    with pytest.raises(ProviderError) as caught:
        routes.version_of({key: value for key, value in ROUTE.items() if key != "version"})
    assert (caught.value.method, caught.value.path) == ("GET", "/api/v2/architect/ivrs/{ivrId}")
