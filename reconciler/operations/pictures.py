"""`graph`: a flow, a Menu, the whole desired state, or what changed in one since a revision."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from reconciler.architect.picture import call_flow, difference, organisation, svg, text
from reconciler.architect.picture.model import Picture
from reconciler.model import identity
from reconciler.model.desired import DesiredState
from reconciler.model.identity import Key
from reconciler.operations.desk import Answer
from reconciler.operations.stage import Stage, parsed

Load = Callable[[], Awaitable[DesiredState]]


async def one(load: Load, name: str, *, type: str | None, since: Load | None, output: str) -> Answer:
    """The picture of one flow or Menu; with `since`, what changed. Raises UsageError for an unknown name."""
    stage = Stage(await load())
    key = stage.find(name, type=type)
    picture = _flow(stage, key)
    if since is not None:
        before = Stage(await since())
        known = key in before.desired.resources
        picture = difference.between(_flow(before, key) if known else Picture(picture.title, (), ()), picture)
    return Answer(output=_rendered(picture, output) if output != "json" else _dumped(_document(picture)))


async def everything(load: Load, *, since: Load | None, output: str) -> Answer:
    """The picture of all that is declared and needed, or the dependency matrix as JSON."""
    desired = await load()
    if output == "json" and since is None:
        return Answer(output=_dumped(organisation.matrix(desired.resources, _needs(desired))))
    picture = _all(desired)
    if since is not None:
        picture = difference.between(_all(await since()), picture)
    return Answer(output=_rendered(picture, output) if output != "json" else _dumped(_document(picture)))


def _flow(stage: Stage, key: Key) -> Picture:
    flow = parsed(stage.desired.resources[key])
    language = str(flow.body.get("defaultLanguage", ""))
    return call_flow.draw(flow, words=partial(stage.words, language))


def _all(desired: DesiredState) -> Picture:
    return organisation.draw(f"What {desired.environment.name} is made of", desired.resources, _needs(desired))


def _needs(desired: DesiredState) -> list[organisation.Need]:
    flows = {key: parsed(wanted) for key, wanted in desired.resources.items() if key.kind == identity.FLOW}
    return organisation.needs(desired.resources, flows)


def _rendered(picture: Picture, output: str) -> str:
    return {"mermaid": text.mermaid, "dot": text.dot, "svg": svg.render}[output](picture)


def _document(picture: Picture) -> dict[str, Any]:
    """Nodes and ways as they are, for other tools."""
    return {
        "title": picture.title,
        "nodes": [
            {
                "id": node.id,
                "kind": node.kind.value,
                "sort": node.sort,
                "label": node.label,
                "note": node.note,
                "status": node.status.value,
            }
            for node in picture.nodes
        ],
        "edges": [
            {
                "from": edge.source,
                "to": edge.target,
                "label": edge.label,
                "way": edge.way.value,
                "status": edge.status.value,
            }
            for edge in picture.edges
        ],
    }


def _dumped(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, indent=2) + "\n"
