"""The intent of one change, committed before every request that may change something: what a crash survives by."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reconciler.model import moment
from reconciler.model.change import Action, Change
from reconciler.model.identity import OpId
from reconciler.model.outcome import PLANNED, Intent
from reconciler.runtime.parts import Parts


@dataclass(slots=True)
class Journal:
    """`ports.Journal` of one change. `earlier` is the intent it goes on with, if any; `stubs` are the journals of the
    changes that it begins."""

    parts: Parts
    intent: Intent
    earlier: Intent | None = None
    stubs: tuple[Journal, ...] = ()

    @property
    def op_id(self) -> OpId:
        return self.intent.op_id

    @property
    def sent_nothing(self) -> bool:
        return self.intent.stage == PLANNED

    @property
    def leaves_earlier_open(self) -> bool:
        """Nothing was sent, and the ledger still holds the intent of the half done work this was to go on with."""
        return self.sent_nothing and self.earlier is not None and self.earlier.stage != PLANNED

    async def stage(self, stage: str, **data: object) -> None:
        self.intent = replace(
            self.intent,
            stage=stage,
            data={**self.intent.data, **data},
            last_send_at=moment.text(self.parts.clock.now()),
        )
        await self.parts.ledger.intend(self.intent)


async def begin(parts: Parts, change: Change, earlier: Intent | None, *, revision: str) -> Journal:
    """Open a fresh intent, or one that goes on with what an earlier process left, under its old op id.

    The earlier one stays in the ledger until the first request announces itself: it is what proves that the half done
    work is ours.
    """
    want = change.desired
    completes = earlier is not None and earlier.action is Action.CREATE and change.applied is None
    intent = Intent(
        op_id=earlier.op_id if earlier is not None else OpId(parts.ids.new()),
        key=change.key,
        action=Action.CREATE if completes else change.action,
        digest=want.digest if want is not None else "",
        spec=want.spec if want is not None else {},
        revision=revision,
        started_at=moment.text(parts.clock.now()),
        data={"id": change.id} if completes and change.id is not None else {},
        id=change.id,
        version_before=change.version_before,
        cause=change.cause,
        declared_by=want.declared_by if want is not None else "",
    )
    if earlier is None or earlier.stage == PLANNED:
        await parts.ledger.intend(intent)
    return Journal(parts, intent, earlier)
