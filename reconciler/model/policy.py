"""Rules of an environment that decide how far a pass may go. Defaults hold with or without an Environment document."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AdoptPolicy(StrEnum):
    EQUAL = "equal"
    """Take over an existing object only when its content equals git."""
    GIT = "git"
    """Take it over and overwrite it from git."""


class DriftPolicy(StrEnum):
    CORRECT = "correct"
    WARN = "warn"
    IGNORE = "ignore"


class ConflictPolicy(StrEnum):
    STOP = "stop"


class LockPolicy(StrEnum):
    WAIT = "wait"
    ABORT = "abort"
    FORCE = "force"


class CyclePolicy(StrEnum):
    """What becomes of flows that need each other. Those that exist are fine whatever it says; a plan can tell."""

    REFUSE = "refuse"
    """New ones are an error, and so is every ring where nobody can look whether it exists."""
    EXISTING = "existing"
    """New ones are held back, and the rest goes on."""
    STUBS = "stubs"
    """New ones are created: a publish job makes stubs of what its flow lacks, and those are published over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeWindow:
    """A time in which passes may not start writing (deny) or only then (allow).

    `schedule` is a five-field cron expression in `time_zone` (IANA) for the start, `duration_seconds` the length.
    """

    kind: str
    schedule: str
    duration_seconds: float
    time_zone: str = "UTC"
    manual_sync: bool = False
    sync_overrun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Shares are fractions of 1, durations seconds."""

    prune: bool = False
    adopt: AdoptPolicy = AdoptPolicy.EQUAL
    drift: DriftPolicy = DriftPolicy.CORRECT
    drift_grace_seconds: float = 0.0
    conflict: ConflictPolicy = ConflictPolicy.STOP
    on_locked: LockPolicy = LockPolicy.WAIT
    update_threshold: float = 0.30
    delete_threshold: float = 0.10
    delete_max: int = 20
    thresholds_from: int = 10
    """Percentages apply only from this many existing objects up."""
    cycles: CyclePolicy = CyclePolicy.REFUSE
    menu_max_depth: int = 5
    """House rule, 1-5; the platform has no such limit."""
    prompt_max_duration_seconds: float = 90.0
    """House rule; the platform has no such limit."""
    message_origins: tuple[str, ...] = ()
    freeze: tuple[FreezeWindow, ...] = ()
