"""CloudEvents envelopes, read back by the reference package."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_structured_event
from cloudevents.core.formats.json import JSONFormat

from reconciler.core import cloudevents


def envelope(**other):
    values = {
        "id": "evt_1",
        "source": cloudevents.source("2f7c0e0e-1111-4111-8111-111111111111"),
        "type": "prompt.created",
        "subject": "Prompt/welcome",
        "time": "2026-11-20T10:00:00.000Z",
        "data": {"name": "née", "none": None},
        "extensions": {"sequence": "01"},
    }
    return cloudevents.envelope(**{**values, **other})


def test_the_reference_package_reads_what_we_send():
    body = cloudevents.encode(envelope())
    message = HTTPMessage(headers={"content-type": cloudevents.CONTENT_TYPE}, body=body)
    event = from_structured_event(message, JSONFormat())
    assert (event.get_id(), event.get_type(), event.get_subject()) == ("evt_1", "prompt.created", "Prompt/welcome")
    assert event.get_source() == "urn:reconciler:2f7c0e0e-1111-4111-8111-111111111111"
    assert event.get_specversion() == "1.0"
    assert event.get_time().isoformat() == "2026-11-20T10:00:00+00:00"
    assert event.get_extension("sequence") == "01"
    assert event.get_data() == {"name": "née", "none": None}


@pytest.mark.parametrize("organization", [None, "", "org 1/ü?#", "2f7c0e0e"])
def test_the_source_is_an_absolute_uri(organization):
    source = cloudevents.source(organization)
    assert urlsplit(source).scheme == "urn"
    assert source.isascii()
    assert " " not in source


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": ""},
        {"type": "prompt created"},
        {"type": "prompt."},
        {"time": "yesterday"},
        {"time": "2026-11-20T10:00:00"},
        {"extensions": {"Sequence": "1"}},
        {"extensions": {"a_b": "1"}},
        {"extensions": {"x" * 21: "1"}},
    ],
)
def test_what_the_specification_forbids_is_refused(wrong):
    with pytest.raises(ValueError, match=r"not a|without offset|Invalid isoformat"):
        envelope(**wrong)


def test_control_characters_never_reach_an_attribute():
    assert envelope(subject="Prompt/a\r\nb\x00\x7f\ud800")["subject"] == "Prompt/a��b���"


def test_bytes_are_compact_utf8_and_survive_unpaired_surrogates():
    assert "née".encode() in cloudevents.encode(envelope())
    odd = cloudevents.encode(envelope(data={"x": "\ud800"}))
    assert json.loads(odd)["data"] == {"x": "\ud800"}


def test_what_json_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        cloudevents.encode(envelope(data={"x": float("inf")}))
