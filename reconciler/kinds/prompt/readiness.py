"""Whether callers can hear a prompt in every language that git wants. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.resource import Json, Spec


@dataclass(frozen=True, slots=True)
class Readiness:
    """How many of the wanted prompts can be played whole."""

    ready: int = 0
    wanted: int = 0

    @property
    def share(self) -> float:
        """Between 0 and 1; 1 when nothing is wanted."""
        return self.ready / self.wanted if self.wanted else 1.0


def is_ready(wanted: Spec, live: Spec | None) -> bool:
    """True when each wanted language plays: a recording that is converted where git has one, else any sound."""
    found: Mapping[str, Json] = live.get("resources", {}) if live is not None else {}
    return live is not None and all(
        _plays(found.get(language), needs_audio=resource["audio"] is not None)
        for language, resource in wanted.get("resources", {}).items()
    )


def _plays(have: Json, *, needs_audio: bool) -> bool:
    if have is None:
        return False
    recorded = have["audio"] is not None and have["audio"].get("status") == "transcoded"
    return recorded or (not needs_audio and bool(have["tts"]))
