"""Every kind people may write, in one place: its document model, its files, its normal form, its comparison.

A new kind is a folder and a line here. The remote sides are joined elsewhere (`reconciler.kinds.remotes`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from reconciler.kinds.call_route import normal as call_route
from reconciler.kinds.call_route.spec import CallRouteSpec
from reconciler.kinds.environment.spec import EnvironmentSpec
from reconciler.kinds.flow import normal as flow
from reconciler.kinds.flow.spec import FlowSpec
from reconciler.kinds.manifest import Context, Envelope, FileUse, Manifest, Normal, no_files
from reconciler.kinds.menu import expand as menu
from reconciler.kinds.menu.spec import MenuSpec
from reconciler.kinds.messaging_flow import expand as messaging_flow
from reconciler.kinds.messaging_flow import texts as messages
from reconciler.kinds.messaging_flow.spec import MessagingFlowSpec
from reconciler.kinds.prompt import normal as prompt
from reconciler.kinds.prompt import stored
from reconciler.kinds.prompt.spec import PromptSpec
from reconciler.model import identity
from reconciler.model.resource import Json, Spec

Path = tuple[str | int, ...]

Compare = Callable[[Spec, Spec], list[tuple[str, Json, Json]]]
"""`(wanted, live)` to `(path, live value, wanted value)` for each difference that a write would remove."""


def _never(_: Path, __: str) -> bool:
    return False


def _nothing(_: Manifest, __: Context) -> Normal:
    return Normal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """`document` checks a whole document, `files` tells which files it names, `normalise` gives the platform objects
    it stands for (none for an Environment), `keeps` tells which `${…}` tokens at a path are not variables of ours but
    values of the running flow."""

    name: str
    document: type[Envelope]
    files: Callable[[Any], Sequence[FileUse]] = no_files
    normalise: Callable[[Manifest, Context], Normal] = _nothing
    keeps: Callable[[Path, str], bool] = _never


class PromptDocument(Envelope):
    """A user prompt: what callers hear, language by language."""

    kind: Literal["Prompt"]
    spec: PromptSpec


class FlowDocument(Envelope):
    """An Architect flow, written as an Archy YAML file beside this one."""

    kind: Literal["Flow"]
    spec: FlowSpec


class CallRouteDocument(Envelope):
    """An IVR configuration: which numbers lead to which flow."""

    kind: Literal["CallRoute"]
    spec: CallRouteSpec


class MenuDocument(Envelope):
    """A call menu; it becomes an inbound call flow of the same name, and with `route` a call route too."""

    kind: Literal["Menu"]
    spec: MenuSpec


class MessagingFlowDocument(Envelope):
    """A conversation as a graph; it becomes a digital bot and the inbound message flow that calls it."""

    kind: Literal["MessagingFlow"]
    spec: MessagingFlowSpec


class EnvironmentDocument(Envelope):
    """What differs from one organisation to the next; chosen by --env."""

    kind: Literal["Environment"]
    spec: EnvironmentSpec = EnvironmentSpec()


ENVIRONMENT: Final = "Environment"
MENU: Final = "Menu"
MESSAGING_FLOW: Final = "MessagingFlow"

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind(
            name=identity.PROMPT,
            document=PromptDocument,
            files=prompt.files,
            normalise=prompt.normalise,
        ),
        Kind(
            name=identity.FLOW,
            document=FlowDocument,
            files=flow.files,
            normalise=flow.normalise,
        ),
        Kind(
            name=identity.CALL_ROUTE,
            document=CallRouteDocument,
            normalise=call_route.normalise,
        ),
        Kind(name=MENU, document=MenuDocument, normalise=menu.normalise),
        Kind(
            name=MESSAGING_FLOW,
            document=MessagingFlowDocument,
            normalise=messaging_flow.normalise,
            keeps=messages.is_of_the_flow,
        ),
        Kind(
            name=ENVIRONMENT,
            document=EnvironmentDocument,
        ),
    )
}

LATER: Final = ("Message", "Probe")
"""Kinds that have a name already and are not available in this version."""

COMPARE: Final[Mapping[str, Compare]] = {
    identity.PROMPT: prompt.differences,
    identity.FLOW: flow.differences,
    identity.CALL_ROUTE: call_route.differences,
}

Halfway = Callable[[str, Json, Json, Json], bool]
"""`(path, before, live, meant)`: whether a write passes through the live value on its way."""

HALFWAY: Final[Mapping[str, Halfway]] = {
    identity.PROMPT: prompt.is_halfway,
    identity.CALL_ROUTE: call_route.is_halfway,
}
"""Flows have none: a publish moves the version or does not."""

Cosmetic = Callable[[Spec, Spec], bool]
"""`(wanted, live)`: whether the two differ, and only in spelling."""

COSMETIC: Final[Mapping[str, Cosmetic]] = {identity.FLOW: flow.is_cosmetic}
"""Kinds whose content can be written in several ways that mean the same."""

RECOGNISED: Final[Mapping[str, Callable[[Spec, Spec | None], Spec]]] = {identity.PROMPT: stored.recognised}
"""`(live, shown)`: examined content held against what the platform showed after our last write, for kinds whose content
has marks that mean nothing by themselves."""
