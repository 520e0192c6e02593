"""One API request as a value: what is sent, and what its answer means for that kind of request. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from reconciler.errors import AmbiguousError, Malformed, ProviderError, TimedOut, Unavailable
from reconciler.genesys.wire import http, translate
from reconciler.genesys.wire.retry import Effect
from reconciler.genesys.wire.translate import Place

BeforeSend = Callable[[], Awaitable[None]]
"""Runs before every attempt of a write; the ledger learns of it first."""
Decode = Callable[[bytes], Any]
"""Makes a value of a JSON body; raises ValueError for what is no JSON."""
Query = Mapping[str, str | int | bool | Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Call:
    """One request as its endpoint function describes it."""

    place: Place
    url: str
    effect: Effect
    content: bytes
    content_type: str
    needs: tuple[str, ...]
    before_send: BeforeSend | None = field(repr=False)
    decode: Decode | None = field(default=None, repr=False)
    """Replaces `parse` for answers that are likely to come again."""


def outcome(call: Call, answer: http.Answer) -> Any:
    """The decoded body of a success, or the error that the answer means for this kind of request."""
    try:
        if not 200 <= answer.status < 300:
            raise translate.failure(answer, call.place)
        return _decoded(call, answer)
    except (Unavailable, TimedOut, Malformed) as error:
        if call.effect is not Effect.WRITE:
            raise
        # Executed or not: a 5xx, a 408 or a success that cannot be read does not say.
        raise AmbiguousError(
            f"The platform may or may not have done it. {error.message}",
            method=error.method,
            path=error.path,
            status=error.status,
            code=error.code,
            correlation_id=error.correlation_id,
        ) from error


def unanswered(call: Call, failure: http.NotSent | http.NoAnswer | http.TooLarge, host: str) -> ProviderError:
    """The error for an exchange that brought no answer we could hold."""
    facts: dict[str, Any] = {"method": call.place.method, "path": call.place.template}
    writes = call.effect is Effect.WRITE
    match failure:
        case http.NotSent():
            return Unavailable(
                f"Cannot reach {host}: {failure}. Nothing was sent. Check the network, the proxy and "
                "GENESYSCLOUD_REGION (or RECONCILE_GATEWAY_URL).",
                **facts,
            )
        case http.TooLarge():
            problem = AmbiguousError if writes else Malformed
            return problem(f"The answer of {host} is {failure}; we do not read it.", **facts)
        case http.NoAnswer() if writes:
            return AmbiguousError(f"{host} may or may not have done it: {failure}.", **facts)
        case http.NoAnswer(timed_out=timed_out):
            return (TimedOut if timed_out else Unavailable)(f"No answer from {host}: {failure}.", **facts)


def parse(body: bytes) -> Any:
    """JSON as RFC 8259 has it. Raises ValueError for what we could neither compute with nor write out again.

    That is more than the library refuses: other encodings than UTF-8, NaN and infinities, halves of surrogate pairs.
    """
    text = body.decode("utf-8-sig")  # a byte order mark is against the rules and harmless
    value = _DECODER.decode(text)
    if _SURROGATE.search(text):
        json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        _refuse(number)
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_finite)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _decoded(call: Call, answer: http.Answer) -> Any:
    if not answer.body.strip() and not call.needs and call.decode is None:
        return None
    if "json" not in answer.content_type:
        raise translate.unreadable(answer, call.place, "it is not JSON")
    try:
        body = (call.decode or parse)(answer.body)
    except (ValueError, RecursionError):
        raise translate.unreadable(answer, call.place, "its JSON is cut off or broken") from None
    for name in call.needs:
        value = body.get(name) if isinstance(body, dict) else None
        if not isinstance(value, str) or not value:
            raise translate.unreadable(answer, call.place, f"the field {name!r} is missing")
    return body


def filled(template: str, path: Mapping[str, str]) -> str:
    for name, value in path.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    if "{" in template:
        raise ValueError(f"path argument missing in {template}")
    return template


def encoded(query: Query) -> str:
    """Lists repeat the parameter, booleans are lower case, None is left out."""
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        if value is None:
            continue
        if isinstance(value, bool):
            pairs.append((name, "true" if value else "false"))
        elif isinstance(value, (str, int)):
            pairs.append((name, str(value)))
        else:
            pairs.extend((name, item) for item in value)
    return f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""
