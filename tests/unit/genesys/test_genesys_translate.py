"""From refusals to errors: the right class, the facts, one sentence with the next step, no secret."""

from __future__ import annotations

import json

import pytest

from reconciler.errors import (
    Conflicted,
    Forbidden,
    Malformed,
    NotFound,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from reconciler.genesys import flow_jobs
from reconciler.genesys.wire import codes, translate
from reconciler.genesys.wire.http import Answer

PLACE = translate.Place("PUT", "/api/v2/architect/ivrs/{ivrId}")


def failure(status, body=None, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return translate.failure(Answer(status, headers, content), PLACE)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "bad", Rejected),
        (400, "The version 3 does not match the current version 4.", Conflicted),
        (401, "", Unauthenticated),
        (403, "", Forbidden),
        (404, "", NotFound),
        (405, "", Rejected),
        (408, "", TimedOut),
        (409, "", Conflicted),
        (410, "", NotFound),
        (413, "", Rejected),
        (415, "", Rejected),
        (418, "", Rejected),
        (429, "", RateLimited),
        (500, "", Unavailable),
        (501, "", Rejected),
        (503, "", Unavailable),
        (504, "", Unavailable),
        (302, "", Malformed),
    ],
)
def test_every_status_has_its_class(status, message, kind):
    assert type(failure(status, {"message": message})) is kind


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'"x"', b"null", b'{"message": 7, "errors": 3, "details": {}}', b"\xff"]
)
@pytest.mark.parametrize("status", [400, 403, 409, 500])
def test_a_body_of_any_shape_makes_no_other_error(status, body):
    assert str(failure(status, body))


def test_the_facts_of_the_body_are_kept():
    error = failure(409, {"message": "Locked.", "code": "architect.flow.locked.by.user", "contextId": "ctx"})
    assert (error.status, error.code, error.correlation_id) == (409, "architect.flow.locked.by.user", "ctx")
    assert (error.method, error.path) == ("PUT", PLACE.template)
    assert "It says: Locked." in error.message


def test_the_header_names_the_correlation_before_the_body():
    assert failure(500, {"contextId": "body"}, **{"inin-correlation-id": "header"}).correlation_id == "header"


@pytest.mark.parametrize(
    "body",
    [
        {"message": "You need [architect:flow:view, architect:flow:edit]."},
        {"messageParams": {"permissions": "architect:flow:edit architect:flow:view"}},
        {"details": [{"errorCode": "architect:flow:view"}, {"fieldName": "architect:flow:edit"}]},
    ],
    ids=["message", "params", "details"],
)
def test_missing_permissions_are_named(body):
    message = failure(403, body).message
    assert "architect:flow:edit, architect:flow:view" in message
    assert "five minutes" in message


def test_fields_and_nested_errors_are_named():
    body = {
        "message": "Invalid.",
        "details": [{"fieldName": "name"}],
        "errors": [{"message": "Too long.", "details": [{"entityName": "Main"}]}],
    }
    assert failure(400, body).message.endswith("It says: Invalid. Too long. [Main, name]")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("17", 17.0), ("0", 0.0), (" 5 ", 5.0), ("", None), ("1.5", None), ("-3", None), ("٣", None), ("9" * 9, None)],
)
def test_retry_after_is_whole_seconds_or_nothing(text, seconds):
    assert translate.retry_after({"retry-after": text}) == seconds


def test_signatures_are_cut_out_of_messages():
    text = "see https://bucket.example.com/key?X-Amz-Signature=abcdef&x=1 and\nhttps://example.com/plain"
    assert translate.tidy(text) == "see https://bucket.example.com/key and https://example.com/plain"


def test_long_messages_are_cut():
    assert len(translate.tidy("x" * 5000)) == 600


def test_job_messages_come_errors_first_and_without_details():
    messages = [
        {"type": "Warning", "text": "careful"},
        {"type": "Error", "text": "broken", "details": [{"responseBody": "s3cr3t"}]},
        {"type": "Error", "text": "broken"},
        None,
        {"type": "Error"},
    ]
    assert flow_jobs.sentences(messages) == ("broken", "careful")


@pytest.mark.parametrize("messages", [None, [], {}, "x", [1]])
def test_a_job_without_messages_has_none(messages):
    assert flow_jobs.sentences(messages) == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Mon, 02 Mar 2026 12:00:00 GMT", "2026-03-02T12:00:00+00:00"),
        ("Mon, 02 Mar 2026 12:00:00 -0000", "2026-03-02T12:00:00+00:00"),
        ("Mon, 02 Mar 2026 13:00:00 +0100", "2026-03-02T12:00:00+00:00"),
    ],
)
def test_an_answer_tells_when_it_was_made(written, expected):
    assert translate.date({"date": written}).isoformat() == expected


@pytest.mark.parametrize("written", ["", "noon", "Mon, 99 Mar 2026 12:00:00 GMT"])
def test_a_date_that_is_none_is_as_good_as_absent(written):
    assert translate.date({"date": written}) is None
    assert translate.date({}) is None


# -- codes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("code", "meaning"), sorted(codes.MEANINGS.items()))
def test_every_known_code_is_told_as_cause_remedy_and_the_platforms_own_words(code, meaning):
    error = failure(409, {"code": code, "message": "Object 7 is odd."})
    assert error.message == f"{meaning.cause} {meaning.remedy} It says: Object 7 is odd."
    assert error.code == code


@pytest.mark.parametrize(("code", "meaning"), sorted(codes.MEANINGS.items()))
def test_meanings_are_whole_sentences(code, meaning):
    for text in (meaning.cause, meaning.remedy):
        assert text[0].isupper()
        assert text.endswith(".")
    assert code == code.lower().strip(".")


@pytest.mark.parametrize(
    "body",
    [
        {"code": "bad.request", "message": "No.", "errors": [{"code": "architect.prompt.already.exists"}]},
        {"code": "bad.request", "message": "No.", "details": [{"errorCode": "architect.prompt.already.exists"}]},
        {"errors": [{"details": [{"errorCode": "architect.prompt.already.exists"}]}], "code": "general.conflict"},
    ],
)
def test_the_innermost_known_code_explains(body):
    assert failure(400, body).message.startswith("A prompt of this name exists already.")


def test_an_unknown_code_keeps_the_platforms_sentence():
    error = failure(400, {"code": "architect.something.new", "message": "The widget is upside down."})
    assert str(error).startswith("The platform refused the request. It says: The widget is upside down.")
    assert "architect.something.new" in str(error)


def test_a_missing_permission_is_named_before_what_its_code_means():
    body = {"code": "missing.division.permission", "message": "You need architect:flow:edit."}
    assert "architect:flow:edit" in failure(403, body).message
    assert failure(403, {"code": "missing.division.permission"}).message.startswith(
        "The OAuth client has the permission"
    )
