"""CloudEvents 1.0 envelopes in structured JSON: the body of a webhook. Pure.

Relies on the CloudEvents 1.0.2 specification and its JSON event format. Our event types are short names such as
`prompt.created`; the specification advises, but does not require, a reverse-DNS prefix.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

CONTENT_TYPE = "application/cloudevents+json"
THIN_BYTES_MAX = 65_536
"""What every CloudEvents intermediary must pass on; only archives, which ask for content, get more."""

_EXTENSION_NAME = re.compile(r"[a-z0-9]{1,20}")
_TYPE = re.compile(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)*")
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def source(organization: str | None) -> str:
    """The absolute URI that names us as the sender: `urn:reconciler:ORGANISATION-ID`.

    Before the first write ties the ledger to an organisation it is `urn:reconciler:unbound`. Ids are unique whatever
    the source, so a receiver may deduplicate by id alone.
    """
    return f"urn:reconciler:{quote(organization, safe='') if organization else 'unbound'}"


def envelope(
    *,
    id: str,
    source: str,
    type: str,
    subject: str,
    time: str,
    data: Mapping[str, Any],
    extensions: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """A structured-mode event. `time` is RFC 3339, the moment it happened.

    Control characters, which attributes must not hold, become U+FFFD in `subject`. Raises ValueError for a type, time
    or extension name the specification does not allow.
    """
    if not _TYPE.fullmatch(type):
        raise ValueError(f"not an event type: {type!r}")
    if datetime.fromisoformat(time).tzinfo is None:
        raise ValueError(f"a time without offset: {time}")
    wrong = [name for name in extensions or {} if not _EXTENSION_NAME.fullmatch(name)]
    if wrong:
        raise ValueError(f"not a name for an extension: {wrong[0]!r}")
    return {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": type,
        "subject": _FORBIDDEN.sub("�", subject),
        "time": time,
        "datacontenttype": "application/json",
        **(extensions or {}),
        "data": dict(data),
    }


def encode(event: Mapping[str, Any]) -> bytes:
    """The bytes that are signed and sent. Raises ValueError for values JSON cannot hold (NaN, infinity)."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    try:
        return text.encode()
    except UnicodeEncodeError:  # an unpaired surrogate somewhere in the content
        return json.dumps(event, separators=(",", ":"), allow_nan=False).encode("ascii")
