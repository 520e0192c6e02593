"""Prompts on the platform: observe, compare, write only the language that changed, wait until it can be played.

The platform keeps no version of a prompt and last write wins there, so we compare with what we last saw right before
writing. Stages in the journal: `creating` (POST of the prompt leaves), `created` (its id is known), `writing` (any
other write leaves), `uploaded` (the named languages have their file), `deleting`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciler.errors import Conflicted, Forbidden, NotFound, Rejected
from reconciler.genesys import looking, names, prompts
from reconciler.genesys.names import Named, Names
from reconciler.genesys.trail import Trail
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.kinds.prompt import listed, recording, recovery, steps, stored
from reconciler.kinds.prompt.steps import foreign_audio
from reconciler.kinds.prompt.work import Work
from reconciler.model import identity
from reconciler.model.change import Action, Change, Drift
from reconciler.model.identity import RemoteId
from reconciler.model.outcome import Intent, Recovery, Written
from reconciler.model.resource import Desired, Gone, Hidden, Observed
from reconciler.ports import Archive, Journal


class PromptRemote:
    """`ports.Remote` for prompts. `archive` gets audio that is not ours before it is replaced or deleted."""

    def __init__(self, *, client: Client, names: Names, trail: Trail, archive: Archive) -> None:
        self._client, self._names, self._trail, self._archive = client, names, trail, archive

    @property
    def kind(self) -> str:
        return identity.PROMPT

    async def observe(self) -> Sequence[Observed]:
        async with self._names.listing(names.PROMPT) as fill:
            found = await prompts.whole(self._client, listed.observed)
            fill(Named(have.id, have.key.name) for have in found)
        return found

    async def read(self, id: RemoteId) -> Observed | Gone | Hidden:
        try:
            row = await looking.confirmed(self._client, lambda: prompts.get(self._client, id))
        except NotFound:
            return Gone(id)
        except Forbidden as error:
            return Hidden(id, str(error))
        self._names.learn(names.PROMPT, names.named(names.PROMPT, row))
        return listed.observed(row)

    async def inspect(self, have: Observed) -> Observed:
        """The list carries the whole prompt already."""
        return have if have.spec is not None else listed.observed(await prompts.get(self._client, have.id))

    async def examine(self, have: Observed) -> Observed:
        """With the digests of the stored recordings, which no list shows."""
        assert have.spec is not None  # noqa: S101 - the list carries it
        if not recording.playable(have.spec):
            return have
        row = await prompts.get(self._client, have.id, media=True)
        digests = await recording.digests(self._client, have.key, row, recording.playable(have.spec))
        return replace(have, spec=stored.with_digests(have.spec, digests))

    async def attribute(self, have: Observed) -> Drift:
        """A prompt names neither author nor date; only the audit service knows, for all prompts of a pass at once."""
        message = await self._trail.last_change({have.id, *have.parts})
        if message is None:
            return Drift()
        return Drift(by=message.by, at=message.at, application=message.application if message.by else message.client)

    async def write(self, change: Change, journal: Journal) -> Written:
        if change.action is Action.DELETE:
            return await self._delete(change, journal)
        assert change.desired is not None  # noqa: S101
        work = Work(self._client, self._archive, change, change.desired, journal)
        written = await (self._create(work) if change.action is Action.CREATE else self._update(work))
        self._names.learn(names.PROMPT, Named(written.id, change.key.name))
        return written

    async def recover(self, intent: Intent) -> Recovery:
        return await recovery.recover(self._client, intent)

    def requests_for(self, change: Change) -> int:
        match change.action:
            case Action.DELETE:
                return 3
            case Action.CREATE | Action.UPDATE if change.desired is not None:
                planned = steps.of_change(change)
                polls = 3 if planned.uploads else 1
                return planned.requests + polls + 1
            case _:
                return 0

    async def _create(self, work: Work) -> Written:
        division = await self._division(work.desired)
        id = await prompts.create(
            self._client,
            name=work.change.key.name,
            description=str(work.desired.spec.get("description") or ""),
            division=division,
            before_send=work.announcing("creating"),
        )
        work.id = id
        work.sent({"name": work.change.key.name})
        await work.journal.stage("created", id=id)
        bare: Row = {"id": id, "description": work.desired.spec.get("description")}
        return await work.carry_out(bare, steps.of_change(work.change, listed.spec_of(bare)))

    async def _division(self, desired: Desired) -> str | None:
        if desired.division is None:
            return None
        id = await self._names.id_of(names.DIVISION, desired.division)
        if id is None:
            raise Rejected(f"{desired.key}: the platform has no division {desired.division!r} that we may see.")
        return id

    async def _update(self, work: Work) -> Written:
        have = work.change.observed
        assert have is not None  # noqa: S101
        work.id = have.id
        row = await self._unchanged(have)
        return await work.carry_out(row, steps.of_change(work.change))

    async def _unchanged(self, have: Observed) -> Row:
        """The prompt as it is now; refused when it is not what the plan was made for."""
        try:
            row = await prompts.get(self._client, have.id)
        except NotFound as error:
            raise Conflicted(f"{have.key} was deleted on the platform after the plan was made.") from error
        now = listed.observed(row)
        if now.version != have.version or now.key != have.key:
            raise Conflicted(
                f"{have.key} was changed on the platform after the plan was made; the next pass looks again."
            )
        return row

    async def _delete(self, change: Change, journal: Journal) -> Written:
        have, base = change.observed, change.applied
        assert have is not None  # noqa: S101
        row = await self._unchanged(have)
        live = listed.spec_of(row)
        foreign = foreign_audio(live=live, applied=base.spec if base else None, shown=base.live if base else None)
        for language in foreign:
            await recording.save(self._client, have.key, have.id, language, self._archive)
        for language, ours in stored.digests(base.live if base else None).items():
            if language in live["resources"].keys() - set(foreign):
                await recording.save_unless_ours(self._client, have.key, have.id, language, self._archive, ours=ours)

        async def announce() -> None:
            await journal.stage("deleting", id=have.id)

        try:
            await prompts.delete(self._client, have.id, before_send=announce)
        except NotFound:
            pass  # somebody was faster
        except Conflicted as error:
            raise looking.still_in_use(have.key, error) from error
        await looking.confirm_deleted(self._client, have.key, lambda: prompts.get(self._client, have.id))
        self._names.forget(names.PROMPT, have.id)
        return Written(id=have.id, version="")
