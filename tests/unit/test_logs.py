from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from pydantic import SecretStr

from reconciler import logs

SECRETS = ("hunter2secret", "eyJhbGciOi", "c2lnbmVk")


@pytest.fixture(autouse=True)
def restored():
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def configured(format: str = "json", *, level: str = "INFO", is_terminal: bool = False) -> io.StringIO:
    stream = io.StringIO()
    logs.configure(format=format, stream=stream, level=level, is_terminal=is_terminal)
    return stream


def lines(stream: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("format", "is_terminal", "as_json"),
    [("auto", False, True), ("auto", True, False), ("json", True, True), ("console", False, False)],
)
def test_logs_are_json_off_a_terminal(format, is_terminal, as_json):
    stream = configured(format, is_terminal=is_terminal)
    structlog.get_logger().info("pass.completed", applied=3)
    assert stream.getvalue().startswith("{") is as_json
    assert "pass.completed" in stream.getvalue()


def test_a_json_line_starts_with_time_level_and_event():
    stream = configured()
    structlog.get_logger().warning("change.blocked", kind="Flow", name="Main IVR", revision="3f2a9c1")
    (line,) = lines(stream)
    assert list(line) == ["ts", "level", "event", "kind", "name", "revision"]
    assert line["level"] == "warning"
    assert line["ts"].endswith("Z")


def test_the_console_has_colour_only_on_a_terminal():
    for is_terminal in (True, False):
        stream = configured("console", is_terminal=is_terminal)
        structlog.get_logger().info("pass.completed")
        assert ("\x1b[" in stream.getvalue()) is is_terminal


def test_what_is_below_the_level_is_not_shown():
    stream = configured(level="warning")
    structlog.get_logger().info("pass.completed")
    logging.getLogger("anything").info("chatter")
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    "facts",
    [
        {"client_secret": "hunter2secret"},
        {"token": "hunter2secret"},
        {"Authorization": "hunter2secret"},
        {"db_password": "hunter2secret"},
        {"x-api-key": "hunter2secret", "apikey": "hunter2secret"},
        {"headers": {"Set-Cookie": "hunter2secret", "Webhook-Signature": "hunter2secret"}},
        {"list": [{"deep": ({"access_token": "hunter2secret"},)}]},
        {"value": SecretStr("hunter2secret")},
        {"values": [SecretStr("hunter2secret")]},
        {"header": "Bearer eyJhbGciOi.x.y"},
        {"header": "authorization: basic c2lnbmVkhunter2secret"},
        {"url": "https://bucket.example.com/a.wav?X-Signature=c2lnbmVk&x=1"},
        {"url": "postgresql://reconciler:hunter2secret@db.example.com/ledger"},
        {"text": "failed: https://example.com/a?sig=c2lnbmVk, then https://example.com/b?sig=c2lnbmVk"},
        {"body": "grant_type=client_credentials&client_secret=hunter2secret"},
        {"body": '{"access_token": "hunter2secret", "expires_in": 86400}'},
        {"key": "whsec_c2lnbmVk"},
        {"raw": b"hunter2secret"},
        {"error": ValueError("GET https://example.com/a?sig=c2lnbmVk")},
    ],
)
@pytest.mark.parametrize("format", ["json", "console"])
def test_secrets_reach_no_log(format, facts):
    stream = configured(format)
    structlog.get_logger().error("something.failed", **facts)
    assert "something.failed" in stream.getvalue()
    for secret in SECRETS:
        assert secret not in stream.getvalue()


def test_secrets_in_an_event_name_or_a_traceback_are_hidden_too():
    stream = configured()
    try:
        raise RuntimeError("token=hunter2secret")
    except RuntimeError:
        structlog.get_logger().exception("Bearer eyJhbGciOi.x.y")
    (line,) = lines(stream)
    assert "RuntimeError" in line["exception"]
    for secret in SECRETS:
        assert secret not in stream.getvalue()


def test_what_is_no_secret_stays_readable():
    stream = configured()
    structlog.get_logger().info(
        "pass.completed",
        token_seconds=86400,
        has_secret=True,
        url="https://example.com/a",
        name="Token of thanks",
        n=None,
    )
    line = lines(stream)[0]
    assert (line["token_seconds"], line["has_secret"], line["n"]) == (86400, True, None)
    assert (line["url"], line["name"]) == ("https://example.com/a", "Token of thanks")


def test_local_variables_are_never_printed():
    stream = configured("console", is_terminal=True)
    try:
        held = "hunter2secret"
        raise RuntimeError(str(len(held)))
    except RuntimeError:
        structlog.get_logger().exception("something.failed")
    assert "raise RuntimeError" in stream.getvalue()
    assert "hunter2secret" not in stream.getvalue()


def test_names_cannot_act_on_a_terminal():
    stream = configured("console")
    structlog.get_logger().info("change.applied", name="x\x1b[2Jy\x07")
    assert "\x1b" not in stream.getvalue()
    assert "\x07" not in stream.getvalue()


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "uvicorn.access", "watchfiles.main", "sqlalchemy.engine"])
def test_libraries_are_quiet_until_something_is_wrong(name):
    stream = configured(level="debug")
    logging.getLogger(name).info("GET https://example.com/a?sig=c2lnbmVk")
    logging.getLogger(name).debug("authorization: Bearer eyJhbGciOi")
    assert stream.getvalue() == ""
    logging.getLogger(name).warning("pool of %s is full", "https://example.com/a?sig=c2lnbmVk")
    (line,) = lines(stream)
    assert line["event"] == "pool of https://example.com/a?*** is full"
    assert (line["level"], line["logger"]) == ("warning", name)


def test_configuring_twice_doubles_nothing():
    configured()
    stream = configured()
    logging.getLogger("httpx").error("once")
    structlog.get_logger().info("twice")
    assert [line["event"] for line in lines(stream)] == ["once", "twice"]


def test_odd_values_make_a_line_all_the_same():
    stream = configured()
    loop: dict = {}
    loop["again"] = loop
    structlog.get_logger().info("odd", loop=loop, text="\ud800", number=float("inf"), what={1: {2}}, thing=object())
    (line,) = lines(stream)
    assert (line["number"], line["text"]) == ("inf", "\ud800")
