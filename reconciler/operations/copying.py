"""Reading whole objects from the platform and putting each into files of its own."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import anyio

from reconciler.errors import ProviderError, Unauthenticated
from reconciler.kinds import exported
from reconciler.kinds.call_route import exported as exported_route
from reconciler.kinds.exported import Inexpressible
from reconciler.kinds.flow import exported as exported_flow
from reconciler.kinds.flow import reading
from reconciler.kinds.prompt import exported as exported_prompt
from reconciler.model import digest, identity
from reconciler.model.export import Aside, Copy
from reconciler.model.identity import Key
from reconciler.model.resource import Asset, Desired, External, Observed, Spec
from reconciler.operations.choosing import Meant, needs, own_path
from reconciler.ports import Contents, Offload, Remote, Unreadable
from reconciler.runtime.parts import Parts
from reconciler.runtime.together import together

PLAYABLE = "transcoded"


@dataclass(slots=True, kw_only=True)
class Copying:
    """One export under way. `declared` is what git says already, `paths` where each object's file goes.

    `home` is what stands before these paths when the files go where the desired state is, so that nothing is declared
    twice; None for elsewhere. `there` has the files of git that are written over in part.
    """

    parts: Parts
    contents: Contents
    offload: Offload
    declared: Mapping[Key, Desired]
    paths: Mapping[Key, str]
    home: str | None = None
    there: dict[str, bytes] = field(default_factory=dict)
    heard: Collection[tuple[Key, str]] | None = None
    """Whose recordings are read, by language; None for all. The others keep the files they have in git."""
    draft: bool = False
    copies: list[Copy] = field(default_factory=list)
    left_out: list[Aside] = field(default_factory=list)
    failed: list[Aside] = field(default_factory=list)
    used: dict[Key, Sequence[External]] = field(default_factory=dict)
    """What each copied object needs by name."""
    leads_to: set[Meant] = field(default_factory=set)
    """What the objects left out need, as far as git says."""

    async def take(self, wanted: Sequence[Observed]) -> None:
        """Read these objects and make their files, but for those that have a place in git already."""
        places = {have.key: self._place(have.key) for have in wanted}
        self.left_out += [Aside(key, place) for key, place in places.items() if place]
        self.leads_to.update(*(needs(self.declared[key]) for key, place in places.items() if place))
        chosen = [have for have in wanted if not places[have.key]]
        await self._flows([have for have in chosen if have.key.kind == identity.FLOW])
        await self._prompts([have for have in chosen if have.key.kind == identity.PROMPT])
        for have in chosen:
            if have.key.kind == identity.CALL_ROUTE:
                spec, head = have.spec or {}, self._head(have)
                await self._keep(have, have.version, partial(exported_route.file, have.key, spec, head=head))

    def _place(self, key: Key) -> str:
        """Where git has the object already, as a sentence; empty when it may have a file of its own."""
        want = self.declared.get(key)
        if want is None:
            return ""
        if want.declared_by:
            return f"It is compiled from {want.declared_by} at {want.source}: change that, or drop it first."
        if self.home is not None and own_path(want) != posixpath.join(self.home, self.paths[key]):
            return f"It is declared at {want.source}; --drifted brings back what changed."
        return ""

    async def _flows(self, flows: Sequence[Observed]) -> None:
        chosen = [(have, self._version(have)) for have in flows]
        if not self.draft:
            self.left_out += [
                Aside(have.key, "It was never published; --draft exports what was saved.")
                for have, version in chosen
                if not version
            ]
            chosen = [(have, version) for have, version in chosen if version]

        def told(done: int) -> None:
            self.parts.progress.phase(f"exporting flows: {done} of {len(chosen)}")

        told(0)
        found = await self.contents.flows(chosen, told)
        for have, version in chosen:
            match found[have.id]:
                case Unreadable(reason):
                    self.failed.append(Aside(have.key, reason))
                case content:
                    await self._keep(have, version or "", partial(exported_flow.file, have.key, content))

    def _version(self, have: Observed) -> str | None:
        """The published version, or with `draft` the newest; None leaves the choice to the platform."""
        return ((have.draft_version if self.draft else None) or have.version) or None

    async def _prompts(self, prompts: Sequence[Observed]) -> None:
        limiter = anyio.CapacityLimiter(self.parts.timing.concurrency)
        done = 0

        async def one(have: Observed) -> None:
            nonlocal done
            async with limiter:
                await self._prompt(have)
            done += 1
            self.parts.progress.phase(f"exporting prompts: {done} of {len(prompts)}")

        await together({have.key: partial(one, have) for have in prompts})

    async def _prompt(self, have: Observed) -> None:
        spec, path = have.spec or {}, self.paths[have.key]
        sounds: dict[str, bytes] = {}
        own = self.declared[have.key].assets if have.key in self.declared and self.heard is not None else {}
        places = {language: asset.path for language, asset in own.items() if language in _with_audio(spec)}
        for language in _with_audio(spec):
            if language in places and self.heard is not None and (have.key, language) not in self.heard:
                continue
            found = await self._recording(have, language, spec)
            if isinstance(found, Unreadable):
                # Without its recording the manifest would take the recording away from the platform.
                self.failed.append(Aside(have.key, f"{language}: {found.reason} No file of the prompt was written."))
                return
            sounds[language] = found
        places |= {language: exported_prompt.recording(path, language) for language in sounds if language not in places}
        make = partial(exported_prompt.file, have.key, spec, places, at=path, head=self._head(have))
        await self._keep(have, have.version, make, {places[language]: sound for language, sound in sounds.items()})

    async def _recording(self, have: Observed, language: str, spec: Spec) -> bytes | Unreadable:
        status = spec["resources"][language]["audio"]["status"]
        if status != PLAYABLE:
            return Unreadable(f"its recording cannot be played ({status}).")
        found = await self.contents.recording(have, language)
        return found if found is not None else Unreadable("the platform gives no recording, though it says so.")

    def _head(self, have: Observed) -> exported.Head:
        return exported.head_of(self.declared.get(have.key))

    async def _keep(
        self, have: Observed, version: str, make: Callable[[], bytes], more: Mapping[str, bytes] | None = None
    ) -> None:
        path = self.paths[have.key]
        try:
            content = await self.offload(make)
        except Inexpressible as error:
            aside = self.failed if have.key.kind == identity.FLOW else self.left_out
            aside.append(Aside(have.key, str(error)))
        else:
            if path in self.there:
                content = self.there[path] = exported.put_in_place(self.there[path], have.key, content)
            copy = Copy(have, path, version, {path: content, **(more or {})})
            self.copies.append(copy)
            self.used[have.key] = await self.offload(lambda: references(copy))


@dataclass(frozen=True, slots=True)
class There:
    """What the lists show, by key, and why a kind has no list."""

    objects: tuple[Observed, ...]
    unlisted: Mapping[str, ProviderError]

    @property
    def asides(self) -> list[Aside]:
        return [Aside(Key(kind, "*"), f"None was exported. {error}") for kind, error in self.unlisted.items()]


async def observe(parts: Parts) -> There:
    """Everything the lists show. Raises ProviderError when there is no list at all."""
    unlisted: dict[str, ProviderError] = {}

    async def listed(kind: str, remote: Remote) -> Sequence[Observed]:
        try:
            return await remote.observe()
        except ProviderError as error:
            if isinstance(error, Unauthenticated):
                raise
            unlisted[kind] = error
            return ()

    lists = await together({kind: partial(listed, kind, remote) for kind, remote in parts.remotes.items()})
    if len(unlisted) == len(lists):
        raise next(iter(unlisted.values()))
    return There(tuple(sorted((have for found in lists.values() for have in found), key=_by_key)), unlisted)


def _by_key(have: Observed) -> Key:
    return have.key


def references(copy: Copy) -> tuple[External, ...]:
    """What the object needs by name, as far as it can be looked up."""
    if copy.key.kind == identity.FLOW:
        content = copy.files[copy.path]
        read = reading.read(Asset(copy.path, digest.of_bytes(content), content), {})
        return tuple({(item.kind, item.name, item.type): item for item in read.references}.values())
    if copy.key.kind == identity.CALL_ROUTE and copy.have.spec is not None:
        return tuple(exported_route.references(copy.have.spec, copy.path))
    return ()


def _with_audio(spec: Spec) -> list[str]:
    return [language for language, live in spec.get("resources", {}).items() if live.get("audio") is not None]
