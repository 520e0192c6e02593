"""Findings about what a flow holds of the world outside: credentials written into it, names it looks up while it runs.

Ours, not the engine's: both publish without a word and hurt later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from reconciler.architect.dependencies import Strength, dependencies
from reconciler.architect.flow import ArchyFlow
from reconciler.model.problem import Problem, Severity

_CREDENTIAL: Final = re.compile(r"secret|passw(?:or)?d|api[_-]?key|access[_-]?token|credential", re.IGNORECASE)

_ONLY_LOOKED_UP: Final = frozenset({"EmergencyGroup"})
"""Kinds that no real file names in any other way."""


def check(flow: ArchyFlow) -> Iterator[Problem]:
    """Credentials in plain text, and look-ups by name."""
    yield from _credentials(flow)
    yield from _look_ups(flow)
    yield from _language(flow)


def _credentials(flow: ArchyFlow) -> Iterator[Problem]:
    """A literal in an input whose name says that it is a secret. The value is not repeated: it may be one."""
    for entry in flow.entries:
        if not entry.named_by_user or not isinstance(entry.value, Mapping) or not _CREDENTIAL.search(entry.key):
            continue
        literal = entry.value.get("lit")
        if isinstance(literal, str) and literal:
            message = f"`{entry.key}` is given as plain text: whoever may read the flow, or its export, reads it."
            remedy = "Keep it in the credentials of the integration, not in the flow."
            yield Problem(flow.at((*entry.path, "lit")), "REC1450", message, remedy, Severity.WARNING)


def _look_ups(flow: ArchyFlow) -> Iterator[Problem]:
    """Names that only matter at run time: nothing refuses the publish, and a rename takes the other branch silently."""
    told: set[tuple[str, str]] = set()
    for item in dependencies(flow).items:
        if item.strength is not Strength.SOFT or item.kind in _ONLY_LOOKED_UP or (item.kind, item.name) in told:
            continue
        told.add((item.kind, item.name))
        message = (
            f'{item.kind} "{item.name}" is looked up by name while the flow runs; no publish notices when it is gone.'
        )
        remedy = "Name it directly where the action allows, or handle that it is not found."
        yield Problem(flow.at(item.path, key=item.on_key), "REC1452", message, remedy, Severity.WARNING)


def _language(flow: ArchyFlow) -> Iterator[Problem]:
    """Whether the engine refuses this is UNVERIFIED; callers would hear the wrong voice at best."""
    default, supported = flow.body.get("defaultLanguage"), flow.body.get("supportedLanguages")
    if isinstance(default, str) and isinstance(supported, Mapping) and supported:
        known = [name for name in supported if name.lower() == default.lower()]
        if not known:
            message = f'the default language "{default}" is not among the supported ones: {", ".join(supported)}.'
            place = flow.at((flow.type, "defaultLanguage"))
            yield Problem(place, "REC1418", message, "Add it below supportedLanguages.", Severity.WARNING)
