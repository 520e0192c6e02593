"""The state file: one JSON document, replaced by rename, so a second run finds the first.

Writing is throttled: at most every 200 ms, and never more than about a twentieth of the time when the state is
large. After SIGKILL the changes of that window are lost; after SIGTERM, Ctrl-C or a look at /_sandbox/state nothing is.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from pathlib import Path

import anyio
import anyio.to_thread

from reconciler.sandbox.answers import Json, encode
from reconciler.sandbox.organisation import FORMAT, empty_state
from reconciler.sandbox.world import World

log = logging.getLogger("reconciler.sandbox")

SAVE_INTERVAL_SECONDS = 0.2
RETRY_SECONDS = 5.0


class StateFileError(Exception):
    """The state file cannot be used; the message names it and says what to do."""


def load(path: Path) -> Json | None:
    """The state kept in `path`, or None when there is none yet. Raises StateFileError."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as reason:
        raise StateFileError(f"cannot read the sandbox state {path}: {reason}") from reason
    try:
        kept = json.loads(text)
    except ValueError as reason:
        raise StateFileError(f"{path} is not JSON ({reason}); move it away or repair it") from reason
    if not isinstance(kept, dict) or kept.get("format") != FORMAT:
        raise StateFileError(f"{path} is not a sandbox state of format {FORMAT}; move it away to start anew")
    state = empty_state()
    state.update({key: value for key, value in kept.items() if key in state and isinstance(value, type(state[key]))})
    state["settings"] = {**empty_state()["settings"], **state["settings"]}
    _drop_unused_audio(state)
    return state


def _drop_unused_audio(state: Json) -> None:
    used = {r.get(key) for p in state["prompts"].values() for r in p["_resources"].values() for key in AUDIO_KEYS}
    state["audio"] = {key: data for key, data in state["audio"].items() if key in used}


AUDIO_KEYS = ("_audio", "_incoming")


class Saver:
    """Writes the world to its file when it has changed."""

    def __init__(self, world: World, path: Path | None) -> None:
        self._world, self._path = world, path
        self._saved_revision = -1
        self._writing = threading.Lock()

    def save(self) -> None:
        """Write now if anything changed. Raises StateFileError."""
        if self._path is not None and self._saved_revision != self._world.revision:
            self._write(self._world.revision, encode(self._world.state))

    async def run(self) -> None:
        """Keep the file up to date until cancelled."""
        while self._path is not None:
            await anyio.sleep(SAVE_INTERVAL_SECONDS)
            if self._saved_revision != self._world.revision:
                began = time.monotonic()
                revision, data = self._world.revision, encode(self._world.state)
                busy = time.monotonic() - began
                try:
                    await anyio.to_thread.run_sync(self._write, revision, data)
                except StateFileError as problem:
                    log.warning("%s; trying again", problem)
                    await anyio.sleep(RETRY_SECONDS)
                await anyio.sleep(busy * 20)

    def _write(self, revision: int, data: bytes) -> None:
        """An older state never replaces a newer one, whichever thread comes last."""
        with self._writing:
            if self._path is not None and revision > self._saved_revision:
                write(self._path, data)
                self._saved_revision = revision


def write(path: Path, data: bytes) -> None:
    """Replace the file in one step; a reader sees the old state or the new one. Raises StateFileError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        with partial.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)  # it holds tokens and client secrets
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as reason:
        raise StateFileError(f"cannot write the sandbox state {path}: {reason}") from reason
