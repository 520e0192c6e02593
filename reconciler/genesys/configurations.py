"""A flow version as the platform's own JSON, and what its manifest says the flow uses [SDK 269].

This JSON cannot be imported. Its manifest names by id what the YAML names by name, in the same request; it is a
sturdier source for "what does this flow use" than dependency tracking, which knows checked-in versions only
[measured on live organisations].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.errors import Malformed
from reconciler.genesys.wire import bodies
from reconciler.genesys.wire.client import Client

CONFIGURATION = "/api/v2/flows/{flowId}/versions/{versionId}/configuration"


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """`kind` is the manifest's own word: `queue`, `userPrompt`, `dataAction`, `language`, ..."""

    kind: str
    name: str
    id: str


async def of_version(client: Client, flow_id: str, version: str) -> Mapping[str, Any]:
    """Raises NotFound for a version that does not exist; needs `architect:flow:view`."""
    body = await client.get(CONFIGURATION, path={"flowId": flow_id, "versionId": version})
    if not isinstance(body, dict):
        raise Malformed("The flow's configuration is no JSON object.", method="GET", path=CONFIGURATION)
    return body


def references(configuration: Mapping[str, Any]) -> tuple[Reference, ...]:
    """Everything the manifest names, sorted. What has no id cannot be referred to and is left out."""
    manifest = bodies.part(configuration, "manifest") or {}
    found = {
        Reference(kind, bodies.optional_text(entry, "name"), bodies.optional_text(entry, "id"))
        for kind, entries in manifest.items()
        for entry in (entries if isinstance(entries, list) else ())
        if isinstance(entry, dict)
    }
    return tuple(sorted(one for one in found if one.id))
