"""One prompt being written: its steps carried out, announced one by one, and waited for."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from reconciler.errors import AmbiguousError, NotFound, ProviderError
from reconciler.genesys import prompts
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.call import BeforeSend
from reconciler.genesys.wire.client import Client
from reconciler.kinds.prompt import listed, recording, stored
from reconciler.kinds.prompt.steps import LanguageStep, Steps, Texts, unfinished
from reconciler.model.change import Action, Change
from reconciler.model.outcome import Written
from reconciler.model.resource import Desired, Json, Spec
from reconciler.ports import Archive, Journal


@dataclass
class Work:
    """One prompt being written: what was sent so far, and for whom."""

    client: Client
    archive: Archive
    change: Change
    desired: Desired
    journal: Journal
    id: str = ""
    uploads: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    uploaded: list[str] = field(default_factory=list)
    payload: Any = field(default_factory=hashlib.sha256)

    def announcing(self, stage: str) -> BeforeSend:
        """Commit where we are before a request leaves; what a later process must know goes along each time."""

        async def announce() -> None:
            known = {"id": self.id} if self.id else {}
            await self.journal.stage(
                stage,
                **known,
                uploads=list(self.uploads),
                uploaded=list(self.uploaded),
                removed=list(self.removed),
            )

        return announce

    def sent(self, body: Json | bytes) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body, sort_keys=True, ensure_ascii=False).encode()
        self.payload.update(content)

    async def carry_out(self, row: Row, todo: Steps) -> Written:
        """Do the steps and wait until the platform shows them."""
        self.uploads, self.removed = todo.uploads, todo.removals
        before = listed.spec_of(row)["resources"]
        for step in todo.languages:
            await self._keep(step)
        if todo.head:
            body = {"name": self.change.key.name, "description": str(self.desired.spec.get("description") or "")}
            await prompts.replace(self.client, self.id, **body, before_send=self.announcing("writing"))
            self.sent(body)
        for step in todo.languages:
            await self._language(row, step)
        sounds = {language: before.get(language, {}).get("audio") for language in todo.uploads}
        return await self._shown(sounds)

    async def _keep(self, step: LanguageStep) -> None:
        """Save what is not ours, before anything is written."""
        client, key, base = self.client, self.change.key, self.change.applied
        ours = stored.digests(base.live).get(step.language) if base is not None else None
        if step.archive:
            await recording.save(client, key, self.id, step.language, self.archive)
        elif step.loses_audio and ours is not None and self.change.action is Action.UPDATE:
            await recording.save_unless_ours(client, key, self.id, step.language, self.archive, ours=ours)

    async def _language(self, row: Row, step: LanguageStep) -> None:
        client, id, language = self.client, self.id, step.language
        announce = self.announcing("writing")
        if step.texts is Texts.REMOVE:
            await prompts.delete_resource(client, id, language, before_send=announce)
            return
        if step.texts is not Texts.KEEP:
            body = self._texts(row, language)
            if step.texts is Texts.ADD:
                await prompts.create_resource(client, id, body, before_send=announce)
            else:
                await prompts.replace_resource(client, id, language, body, before_send=announce)
            self.sent(body)
        if step.remove_audio:
            await prompts.delete_audio(client, id, language, before_send=announce)
        if step.upload:
            asset = self.desired.assets[language]
            await announce()
            await recording.upload(client, id, language, asset)
            self.sent(asset.content)
            self.uploaded.append(language)
            await self.announcing("uploaded")()

    def _texts(self, row: Row, language: str) -> dict[str, Json]:
        """All texts, because whether one left out is cleared is UNVERIFIED; tags as they are, they are not ours."""
        want = self.desired.spec["resources"][language]
        body = {"language": language, "ttsString": want["tts"] or "", "text": want["text"] or ""}
        tags = listed.entry_of(row, language).get("tags")
        return {**body, "tags": tags} if tags else body

    async def _shown(self, sounds: dict[str, Json]) -> Written:
        """Poll until every text shows and every uploaded file is playable."""
        settings, clock = self.client.settings, self.client.clock
        limit = settings.transcode_seconds if sounds else settings.read_back_seconds
        started, pause = clock.monotonic(), settings.transcode_poll_seconds
        while True:
            elapsed = clock.monotonic() - started
            waiting = await self._look(sounds, elapsed)
            if isinstance(waiting, Written):
                return waiting
            if elapsed + pause > limit:
                raise AmbiguousError(
                    f"{self.change.key}: after {limit:g} s the platform does not show as written: {', '.join(waiting)}."
                )
            await clock.sleep(pause)
            pause = min(pause * 1.5, settings.transcode_poll_seconds_max)

    async def _look(self, sounds: dict[str, Json], elapsed: float) -> Written | list[str]:
        """The result, or what is still missing."""
        try:
            row = await prompts.get(self.client, self.id, media=bool(sounds))
        except NotFound:
            return ["the prompt"]
        waiting = recording.outcome(row, sounds, elapsed, self.client.settings.transcode_settle_seconds)
        live = listed.spec_of(row)
        missing = [f"resources.{language}.audio" for language in waiting]
        missing += [path for path in unfinished(wanted=self.desired.spec, live=live) if path not in missing]
        if row.get("name") != self.change.key.name:
            missing.append("name")
        if missing:
            return missing
        have = listed.observed(row)
        live = await self._marked(row, live)
        return Written(id=have.id, version=have.version, live=live, payload_sha256=self.payload.hexdigest())

    async def _marked(self, row: Row, live: Spec) -> Spec:
        """With the digests of what the platform stores: of our uploads now, of everything else as it was known."""
        digests: dict[str, str] = {}
        with contextlib.suppress(ProviderError):  # callers hear it; only a later deep look would have liked to know
            digests = await recording.digests(self.client, self.change.key, row, self.uploads)
        base = self.change.applied
        untouched = {**base.live["resources"]} if base is not None and base.live is not None else {}
        for language in self.uploads:
            untouched.pop(language, None)
        return stored.recognised(stored.with_digests(live, digests), {"resources": untouched})
