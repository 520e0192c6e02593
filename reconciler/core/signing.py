"""Webhook signatures as Standard Webhooks 1.0 defines them (symmetric, `v1`). Pure.

Signed are the bytes `{webhook-id}.{webhook-timestamp}.{body}` with HMAC-SHA256. A secret is `whsec_` and base64, or
any other text, whose UTF-8 bytes are then the key. A receiver that uses a Standard Webhooks library gets such a raw
secret as `whsec_` + base64 of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

from reconciler.errors import ReconcilerError, UsageError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE_SECONDS = 300

_PREFIX = "whsec_"
_SIGNATURES_MAX = 64
_VERSION = "v1"


class InvalidSecret(UsageError):
    """A secret that cannot be a key. The message never repeats it."""


class InvalidSignature(ReconcilerError):
    """The message is not from who it says, not what was sent, or too old. The only error of `verify`."""


def split(text: str) -> tuple[str, ...]:
    """The secrets of one setting: several `whsec_` secrets, separated by spaces, while one replaces another."""
    parts = text.split()
    return tuple(parts) if len(parts) > 1 and all(part.startswith(_PREFIX) for part in parts) else (text.strip(),)


def sign(*, id: str, timestamp: int, body: bytes, secrets: Sequence[str]) -> str:
    """The `webhook-signature` header: one signature per secret. `timestamp` is unix seconds of this attempt.

    Raises InvalidSecret for a secret that cannot be a key, or when there is none.
    """
    if not secrets:
        raise InvalidSecret("There is no secret to sign with. Give the webhook one, or say `unsigned: true`.")
    digests = [_digest(_key(secret), id.encode(), str(timestamp).encode(), body) for secret in secrets]
    return " ".join(f"{_VERSION},{base64.b64encode(digest).decode()}" for digest in digests)


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    *,
    now: datetime,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> str:
    """The id of a genuine message; any of the secrets will do. Header names in any case.

    Raises InvalidSignature for everything else, whatever the headers hold, and InvalidSecret for our own mistake.
    """
    keys = [_key(secret) for secret in secrets]
    given = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not given.get(name)]
    if missing:
        raise InvalidSignature(f"The header {missing[0]} is missing.")
    id, timestamp = _ascii(given[ID]), _ascii(given[TIMESTAMP])
    if not timestamp.isdigit() or len(timestamp) > 12:
        raise InvalidSignature(f"The header {TIMESTAMP} is not a number of seconds.")
    age = now.timestamp() - int(timestamp)
    if abs(age) > tolerance_seconds:
        raise InvalidSignature(f"The message is {abs(age):.0f} s {'old' if age > 0 else 'ahead of our clock'}.")
    candidates = _candidates(given[SIGNATURE])
    expected = [_digest(key, id, timestamp, body) for key in keys]
    # Every pair is compared, so the time taken does not tell which secret or signature was near.
    matches = [hmac.compare_digest(ours, theirs) for ours in expected for theirs in candidates]
    if not any(matches):
        raise InvalidSignature("No signature matches the message.")
    return given[ID]


def _candidates(header: str) -> list[bytes]:
    """The decoded `v1` signatures; other versions and what cannot be read are passed over."""
    found = []
    for part in header.split(" ")[:_SIGNATURES_MAX]:
        version, _, encoded = part.partition(",")
        if version != _VERSION:
            continue
        try:
            found.append(base64.b64decode(encoded.encode("ascii"), validate=True))
        except ValueError:
            continue
    return found


def _ascii(text: str) -> bytes:
    try:
        return text.encode("ascii")
    except UnicodeEncodeError as error:
        raise InvalidSignature("A webhook header holds characters that are not ASCII.") from error


def _key(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        key = secret.encode("utf-8", "surrogateescape")
    else:
        encoded = secret.removeprefix(_PREFIX)
        try:
            key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
        except ValueError:
            raise InvalidSecret("A webhook secret starts with whsec_ but the rest is not base64.") from None
    if not key:
        raise InvalidSecret("A webhook secret is empty.")
    return key


def _digest(key: bytes, id: bytes, timestamp: bytes, body: bytes) -> bytes:
    return hmac.new(key, b".".join((id, timestamp, body)), hashlib.sha256).digest()
