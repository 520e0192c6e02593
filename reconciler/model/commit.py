"""The commit a pass works from: the actor behind every audit entry."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Commit:
    """One git commit. `sha` is the full hex id; author and committer are `Name <mail>` as git has them."""

    sha: str
    author: str
    committer: str
    subject: str = ""
    committed_at: str = ""
    """RFC 3339."""
