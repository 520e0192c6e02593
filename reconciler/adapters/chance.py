"""Randomness and fresh ids from the operating system, as `ports.Rng` and `ports.Ids`."""

from __future__ import annotations

import random
import uuid


class SystemRng:
    def __init__(self) -> None:
        self._source = random.SystemRandom()

    def random(self) -> float:
        return self._source.random()


class SystemIds:
    def new(self) -> str:
        """32 lower-case hex digits with 122 random bits."""
        return uuid.uuid4().hex
