"""JSON values as bytes for a column: compressed, so that a flow's 75 KB cost a few.

Pure ASCII inside, so that content with unpaired surrogates, which the platform may send, survives the trip.
"""

from __future__ import annotations

import json
import zlib

from reconciler.model.resource import Json


def pack(value: Json) -> bytes:
    return zlib.compress(json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii"), level=3)


def unpack(packed: bytes) -> Json:
    """Raises ValueError when the bytes are not what `pack` made."""
    try:
        return json.loads(zlib.decompress(packed))
    except zlib.error as error:
        raise ValueError(f"not a packed value: {error}") from error
