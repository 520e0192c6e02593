"""Logs: structlog on one stream, JSON lines off a terminal, nothing secret on either.

An event is a constant name (`change.applied`), facts are keys; every JSON line starts with `ts`, `level`, `event`. What
libraries log by the standard module takes the same way, from warnings up, because their chatter holds URLs and headers.
"""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from pydantic import SecretBytes, SecretStr

from reconciler.report.wording import printable

EventDict = MutableMapping[str, Any]

HIDDEN = "***"

_SECRET_KEY = re.compile(
    r"secret|token|authorization|passw(or)?d|passphrase|api[_-]?key|private[_-]?key|credential|cookie|signature",
    re.IGNORECASE,
)
_NAMED_SECRET = re.compile(
    r"\b((?:client_)?secret|(?:access_|refresh_)?token|password)([\"']?\s*[=:]\s*[\"']?)[^\s\"'&,;]+", re.IGNORECASE
)
_REPLACEMENTS = (
    (re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{4,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(wh(?:sec|sk)_)[A-Za-z0-9+/=_-]+"), rf"\1{HIDDEN}"),
    (re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#@\"'<>]+@"), rf"\1{HIDDEN}@"),
    # Signed addresses carry their signature in the query; no query of ours is worth the risk.
    (re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://[^\s?#\"'<>]+)\?[^\s\"'<>]*"), rf"\1?{HIDDEN}"),
    (_NAMED_SECRET, rf"\1\2{HIDDEN}"),
)
_DEPTH_MAX = 8
_CHATTY = ("httpx", "httpcore", "uvicorn", "uvicorn.access", "uvicorn.error", "watchfiles", "asyncio", "sqlalchemy")
"""Libraries that stay at warnings even when we debug: their debug lines hold headers with tokens."""


def configure(*, format: str, stream: TextIO, level: str, is_terminal: bool) -> None:
    """Send all logs to `stream`.

    `format` is `json`, `console`, or `auto`: console on a terminal and JSON off it. `level` is a standard level name.
    """
    as_json = format == "json" or (format == "auto" and not is_terminal)
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
        structlog.processors.format_exc_info,
        redact,
    ]
    last = _json_last() if as_json else _console_last(colors=is_terminal)
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    _route_libraries(shared, last, stream, number)


def redact(_: object, __: str, event: EventDict) -> EventDict:
    """Hide what must not be read by whoever reads logs: by key, by type, and inside of text."""
    return {name: _by_key(name, content, 0) for name, content in event.items()}


def _by_key(name: str, content: object, depth: int) -> object:
    if _SECRET_KEY.search(name) and not isinstance(content, bool | int | float | None):
        return HIDDEN
    return _hidden(content, depth)


def _hidden(content: object, depth: int) -> object:
    if depth > _DEPTH_MAX:
        return "…"
    match content:
        case float() if not math.isfinite(content):
            return str(content)  # JSON has no form for it
        case bool() | int() | float() | None:
            return content
        case SecretStr() | SecretBytes():
            return HIDDEN
        case str():
            return redacted(content)
        case bytes() | bytearray():
            return f"({len(content)} bytes)"
        case Mapping():
            return {str(name): _by_key(str(name), part, depth + 1) for name, part in content.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden(part, depth + 1) for part in content]
        case _:
            return redacted(str(content))


def redacted(text: str) -> str:
    """The text without bearer tokens, passwords, webhook secrets, user names in URLs and query strings."""
    for pattern, replacement in _REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return text


def _json_last() -> list[structlog.types.Processor]:
    return [_in_order, structlog.processors.JSONRenderer(serializer=json.dumps)]


def _in_order(_: object, __: str, event: EventDict) -> EventDict:
    first = {name: event.pop(name) for name in ("ts", "level", "event") if name in event}
    return {**first, **event}


def _console_last(*, colors: bool) -> list[structlog.types.Processor]:
    # Rich tracebacks would print local variables, secrets among them.
    renderer = structlog.dev.ConsoleRenderer(
        colors=colors, timestamp_key="ts", exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
    )
    return [_one_line, renderer]


def _one_line(_: object, __: str, event: EventDict) -> EventDict:
    """Names of objects come from people; on a terminal they must not act."""
    return {
        name: printable(content) if isinstance(content, str) and name != "exception" else content
        for name, content in event.items()
    }


def _route_libraries(
    shared: list[structlog.types.Processor], last: list[structlog.types.Processor], stream: TextIO, level: int
) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared, *last],
        )
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(level, logging.WARNING))
    for name in _CHATTY:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.setLevel(max(level, logging.WARNING))
        logger.propagate = True
