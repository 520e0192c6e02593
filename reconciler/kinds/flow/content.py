"""A flow's content in comparable form: the canonical document of an export pinned to the published version."""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.architect import canonical
from reconciler.documents.load import ARCHY, load
from reconciler.errors import ProviderError, Rejected
from reconciler.genesys import exports
from reconciler.genesys.wire.client import Client
from reconciler.model.resource import Spec
from reconciler.ports import Offload


async def export(client: Client, offload: Offload, *, flow_id: str, version: str) -> Spec:
    """`{"document": ...}` of one version. Raises ProviderError when refused, Rejected when it cannot be read."""
    content = await exports.yaml(client, flow_id=flow_id, version=version)
    spec = await offload(lambda: parse(content))
    if spec is None:
        raise Rejected("The exported flow is no Archy document that we can read.", path=exports.JOBS)
    return spec


async def export_if_possible(
    client: Client, offload: Offload, *, flow_id: str, version: str
) -> tuple[Spec | None, str]:
    """The same, or None and a sentence why not."""
    try:
        return await export(client, offload, flow_id=flow_id, version=version), ""
    except ProviderError as error:
        return None, f"Its content cannot be compared later, because it could not be exported: {error}"


def parse(content: bytes) -> Spec | None:
    """The canonical document, None for anything but one readable Archy document."""
    loaded = load(content, "export.yaml", ARCHY)
    if len(loaded.documents) != 1 or not isinstance(loaded.documents[0].value, Mapping):
        return None
    document = canonical.canonical(loaded.documents[0].value)
    return {"document": document} if document else None
