"""Content digests for change detection: SHA-256 over a stable JSON text.

Not the audit chain's canonical form: that one is RFC 8785 and lives in the ledger. Here only equality matters.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from reconciler.model.resource import Json


def of(spec: Mapping[str, Json]) -> str:
    """Hex SHA-256 of the spec with sorted keys; equal specs have equal digests whatever their insertion order."""
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return of_bytes(text.encode())


def of_bytes(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
