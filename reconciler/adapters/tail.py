"""The audit stream: one JSON line per entry, appended to a file a SIEM tails, or to standard output or error."""

from __future__ import annotations

import sys
from pathlib import Path

from reconciler.errors import StoreError
from reconciler.ports import Offload


class AuditTail:
    """`target` is a path, `-` for stdout, `stderr`, or empty for no stream."""

    def __init__(self, target: str, *, offload: Offload) -> None:
        self._target, self._offload = target, offload

    async def write(self, line: bytes) -> None:
        """Append one whole line. The ledger has it already; raises StoreError when the stream cannot be written."""
        if self._target:
            await self._offload(lambda: self._append(line))

    def _append(self, line: bytes) -> None:
        try:
            if self._target in ("-", "stderr"):
                stream = sys.stdout if self._target == "-" else sys.stderr
                stream.buffer.write(line)
                stream.buffer.flush()
                return
            with Path(self._target).open("ab") as file:
                file.write(line)
        except OSError as error:
            raise StoreError(
                f"RECONCILE_AUDIT_LOG: {self._target} cannot be written ({error.strerror}). The ledger has the entry."
            ) from error
