"""Dependency tracking, through the official SDK."""

from __future__ import annotations

import pytest

from tests.contract.sdk.guest import Guest, flow, known

FLOW, ROUTE, PROMPT = "INBOUNDCALLFLOW", "IVRCONFIGURATION", "USERPROMPT"


@pytest.fixture
def made(guest: Guest):
    """A flow in English, and a route to it."""
    made = guest.published(flow())
    guest.architect.post_architect_ivrs({"name": "Main number", "openHoursFlow": {"id": made.id}})
    return made


def test_an_object_names_its_consumers_and_what_it_consumes(guest: Guest, made) -> None:
    tracking, version = guest.architect, made.published_version.id
    consumers = known(
        tracking.get_architect_dependencytracking_consumingresources(made.id, FLOW, version=version)
    ).entities
    assert [(row.type, row.name) for row in consumers] == [(ROUTE, "Main number")]
    consumed = known(tracking.get_architect_dependencytracking_consumedresources(made.id, version, FLOW)).entities
    assert ("LANGUAGE", "en-us") in [(row.type, row.id) for row in consumed]
    one = known(
        tracking.get_architect_dependencytracking_object(
            made.id, version=version, object_type=FLOW, consuming_resources=True
        )
    )
    assert [row.name for row in one.consuming_resources] == ["Main number"]


def test_objects_are_found_by_name(guest: Guest, made) -> None:
    found = known(guest.architect.get_architect_dependencytracking("Main number", object_type=[ROUTE]))
    assert [(row.type, row.name) for row in found.entities] == [(ROUTE, "Main number")]


def test_the_types_say_which_have_versions(guest: Guest) -> None:
    types = {
        row.id: row for row in known(guest.architect.get_architect_dependencytracking_types(page_size=100)).entities
    }
    assert (types[FLOW].versioned, types[PROMPT].versioned) == (True, False)
    assert known(guest.architect.get_architect_dependencytracking_type(PROMPT)).id == PROMPT


def test_a_build_runs_and_ends(guest: Guest) -> None:
    guest.architect.post_architect_dependencytracking_build()
    assert known(guest.architect.get_architect_dependencytracking_build()).status == "BUILDINPROGRESS"
    guest.waited(guest.architect.get_architect_dependencytracking_build, "OPERATIONAL")


def test_a_flow_without_its_version_is_refused(guest: Guest, made) -> None:
    ask = guest.architect.get_architect_dependencytracking_consumingresources
    refused = guest.refusal(lambda: ask(made.id, FLOW))
    assert (refused.status, refused.error.code) == (400, "architect.dependency.object.version.not.specified")
