"""From the platform's refusals to our errors, in one place.

Knows both error shapes: ErrorBody of the API and the OAuth form of the login host [SDK 269, Genesys docs]. A message
for a person is made from the status, the code and the body's own sentence; headers, tokens and request bodies never
enter it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from reconciler.errors import (
    Conflicted,
    Forbidden,
    Malformed,
    NotFound,
    ProviderError,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthenticated,
    Unavailable,
)
from reconciler.genesys.wire import codes
from reconciler.genesys.wire.codes import Meaning
from reconciler.genesys.wire.http import Answer

CORRELATION_HEADER = "inin-correlation-id"
STALE_VERSION = "does not match the current version"
"""Part of the message of a 400 that is a version conflict [official provider]."""

_PERMISSION = re.compile(r"\b[A-Za-z][A-Za-z0-9]*:[A-Za-z][A-Za-z0-9]*:[A-Za-z*]+")
_SIGNED = re.compile(r"(https?://[^\s?\"'<>]+)\?[^\s\"'<>]+")
_MESSAGE_CHARACTERS_MAX = 600
_NAME_CHARACTERS_MAX = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Method and path template of a request: names the endpoint without ids or query."""

    method: str
    template: str

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def tidy(text: str) -> str:
    """One printable line of bounded length, with the query of every address (where signatures live) cut off."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    line = _SIGNED.sub(r"\1", line)
    return line if len(line) <= _MESSAGE_CHARACTERS_MAX else line[: _MESSAGE_CHARACTERS_MAX - 1] + "…"


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Whole seconds of `Retry-After`; anything that is no such number is as good as absent."""
    text = headers.get("retry-after", "").strip()
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 6 else None


def date(headers: Mapping[str, str]) -> datetime | None:
    """The moment that an answer was made, from its `Date` header; None when that is absent or no date."""
    try:
        written = parsedate_to_datetime(headers.get("date", ""))
        return written.astimezone(UTC) if written.tzinfo is not None else written.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def correlation_id(headers: Mapping[str, str]) -> str:
    """The platform's name for the request, empty when it gave none."""
    return _short(headers.get(CORRELATION_HEADER, ""))


def failure(answer: Answer, place: Place) -> ProviderError:
    """The error for any answer that is not a success."""
    body = _object(answer.body)
    code, text = _text(body, "code"), _sentence(body)
    known = codes.meaning(_codes(body))
    facts: dict[str, Any] = {
        "method": place.method,
        "path": place.template,
        "status": answer.status,
        "code": _short(code),
        "correlation_id": correlation_id(answer.headers) or _short(_text(body, "contextId")),
    }

    def said(otherwise: str) -> str:
        return _said(str(known or otherwise), text)

    match answer.status:
        case 401:
            return Unauthenticated(said("The platform does not accept our token."), **facts)
        case 403:
            return Forbidden(_forbidden(body, text, known), **facts)
        case 404 | 410:
            return NotFound(said("The platform does not know this object (any more)."), **facts)
        case 408:
            return TimedOut(said("The platform gave up on our request."), **facts)
        case 409:
            return Conflicted(said("The object's state on the platform is in the way."), **facts)
        case 413:
            return Rejected(said("The request is larger than the platform takes (512,000 bytes)."), **facts)
        case 429:
            limited = RateLimited(said("The platform's rate limit is used up."), **facts)
            limited.retry_after = retry_after(answer.headers)
            return limited
        case 501:
            return Rejected(said("The platform does not offer this (here)."), **facts)
        case status if status >= 500:
            return Unavailable(said("The platform has trouble of its own."), **facts)
        case 400 if STALE_VERSION in text.lower():
            return Conflicted(_said("The object has changed on the platform in the meantime.", text), **facts)
        case status if 300 <= status < 400:
            return Malformed("The platform redirects us, which its API never does; check the gateway address.", **facts)
        case _:
            return Rejected(said("The platform refused the request."), **facts)


def unreadable(answer: Answer, place: Place, what: str) -> Malformed:
    """A success whose body we cannot use: truncated JSON, a proxy's HTML page, a missing field."""
    kind = _short(answer.content_type) or "no content type"
    return Malformed(
        f"The platform's answer cannot be used: {what} ({kind}, {len(answer.body):,} bytes). "
        "If it comes from a proxy, check the network; otherwise quote the correlation id to Genesys.",
        method=place.method,
        path=place.template,
        status=answer.status,
        correlation_id=correlation_id(answer.headers),
    )


def login_failure(answer: Answer, *, host: str, secret: str) -> ProviderError:
    """The login host speaks OAuth: `error` and `description` or `error_description`."""
    body = _object(answer.body)
    code = _text(body, "error")
    text = _text(body, "error_description") or _text(body, "description") or _text(body, "message")
    text = tidy(text.replace(secret, "(secret)") if secret else text)
    facts: dict[str, Any] = {"method": "POST", "path": "/oauth/token", "status": answer.status, "code": _short(code)}
    if answer.status == 429 or (answer.status == 400 and "rate limit exceeded" in text.lower()):
        limited = RateLimited(_said(f"{host} throttles logins.", text), **facts)
        limited.retry_after = retry_after(answer.headers)
        return limited
    if answer.status >= 500:
        return Unavailable(_said(f"The login host {host} has trouble of its own.", text), **facts)
    return Unauthenticated(
        _said(
            f"{host} refused the OAuth client. Check GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET, "
            "that the client uses the client-credentials grant, and GENESYSCLOUD_REGION: a client works only in the "
            "region that created it.",
            text,
        ),
        **facts,
    )


def details(error_body: bytes) -> Iterator[Mapping[str, Any]]:
    """The `details` entries of an ErrorBody and of the errors nested in it."""
    yield from _details(_object(error_body))


def _details(body: Mapping[str, Any], depth: int = 0) -> Iterator[Mapping[str, Any]]:
    for key in ("details", "errors"):
        entries = body.get(key)
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict):
                continue
            if key == "details":
                yield entry
            elif depth < 3:
                yield from _details(entry, depth + 1)


def _codes(body: Mapping[str, Any]) -> Iterator[str]:
    """Every code of an ErrorBody, the innermost first: around them stand general ones."""
    nested = body.get("errors")
    yield from (_text(entry, "errorCode") for entry in _details(body))
    yield from (
        _text(entry, "code") for entry in (nested if isinstance(nested, list) else ()) if isinstance(entry, dict)
    )
    yield _text(body, "code")


def _sentence(body: Mapping[str, Any]) -> str:
    """The body's message, with nested errors and the fields and entities it names."""
    nested = body.get("errors")
    entries = [entry for entry in nested if isinstance(entry, dict)] if isinstance(nested, list) else []
    texts = [_text(entry, "message") for entry in (body, *entries)]
    named = {
        text
        for entry in (body, *_details(body))
        for name in ("fieldName", "entityName")
        if (text := _text(entry, name)) and text not in " ".join(texts)
    }
    if named:
        texts.append(f"[{', '.join(sorted(named))}]")
    return tidy(" ".join(dict.fromkeys(text for text in texts if text)))


def _forbidden(body: Mapping[str, Any], text: str, known: Meaning | None) -> str:
    values = [text, json.dumps(body.get("messageParams") or {}), json.dumps(body.get("details") or [])]
    missing = sorted(set(_PERMISSION.findall(" ".join(values))))
    if not missing:
        ours = known or "The OAuth client may not do this, in this division or at all; check its roles."
        return _said(str(ours), text)
    return _said(
        f"The OAuth client lacks a permission: give one of its roles {', '.join(missing)}, in the object's division "
        "(a change takes up to five minutes to work).",
        text,
    )


def _short(text: str) -> str:
    return tidy(text)[:_NAME_CHARACTERS_MAX]


def _said(ours: str, theirs: str) -> str:
    return f"{ours} It says: {theirs}" if theirs else ours


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
