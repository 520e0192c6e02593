"""The whole desired state of one commit: the value a pass decides from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciler.model.commit import Commit
from reconciler.model.event import Endpoint
from reconciler.model.identity import Key
from reconciler.model.integrity import Integrity
from reconciler.model.policy import Policy
from reconciler.model.problem import Location, Problem
from reconciler.model.resource import Desired
from reconciler.model.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The environment a process serves. `region` and `organization` are checked against the credentials."""

    name: str = "default"
    region: str | None = None
    region_at: Location | None = None
    """Where the manifest says so."""
    organization: str | None = None
    policy: Policy = Policy()
    webhooks: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredState:
    """What one commit wants. `revision` is the commit's sha, or `tree:<digest>` for a directory outside git."""

    revision: str
    commit: Commit | None
    environment: Environment
    resources: Mapping[Key, Desired]
    warnings: tuple[Problem, ...] = ()
    used_by: Mapping[Key, tuple[str, ...]] = field(default_factory=dict)
    """For every resource, the manifests that reference it, as `Kind/name`, sorted."""
    needed_at: Mapping[tuple[Key, Key], Location] = field(default_factory=dict)
    """Where the first of two resources says that it needs the second."""
    scenarios: tuple[Scenario, ...] = ()
    """Calls that must go as written, in the order of the files."""
    integrity: tuple[Integrity, ...] = ()
    """Of every Archy file, in the order of the flows' names."""
