"""What people write for a Prompt."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.kinds.manifest import Model


class Resource(Model):
    """One language of a prompt. Recorded audio wins over `tts` when both exist."""

    audio: Annotated[str, Field(min_length=1)] | None = None
    """A recording, relative to this file, or its `https://` address: WAV, or with a converter MP3, AAC, Ogg, FLAC."""
    sha256: Annotated[str, Field(min_length=1)] | None = None
    """SHA-256 of an `https://` audio, in hexadecimal; not for files of the repository, git knows those."""
    tts: str | None = None
    """What the platform speaks when there is no audio."""
    text: str | None = None
    """What people read in Architect; callers never hear it."""


class PromptSpec(Model):
    """A user prompt: what callers hear, language by language."""

    description: Annotated[str, Field(max_length=1024)] = ""
    resources: Annotated[dict[str, Resource], Field(min_length=1)]
    """By language tag, such as en-us."""
