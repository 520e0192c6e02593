"""Recordings behind web addresses: looked at between load and plan, so that the plan stays a function of values.

An address is asked on a new commit, when a pass is told to look deep, and when an upload needs the bytes; never in a
quiet pass. What was seen is kept in the ledger. With the digest in git nothing can have changed, so one look is enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from reconciler.errors import DesiredStateError, RecordingError
from reconciler.kinds.manifest import quoted
from reconciler.kinds.prompt import checks, web
from reconciler.model import digest
from reconciler.model.desired import DesiredState
from reconciler.model.identity import Key
from reconciler.model.problem import Problem, Severity
from reconciler.model.resource import Asset, Desired, Sighting, WebAsset
from reconciler.ports import WebFiles
from reconciler.runtime.parts import Mode, Parts
from reconciler.runtime.together import together

_NO_KEYS: frozenset[Key] = frozenset()


@dataclass(frozen=True, slots=True)
class _Seen:
    """`asset` when the bytes were downloaded, `problems` when they cannot be used."""

    sighting: Sighting | None = None
    asset: Asset | None = None
    problems: tuple[Problem, ...] = ()


async def completed(
    parts: Parts, desired: DesiredState, mode: Mode, *, deep: bool = False, fetch: frozenset[Key] = _NO_KEYS
) -> DesiredState:
    """The desired state with digest and length of every recording behind a web address.

    With `fetch` only these prompts are looked at, and downloaded whatever was seen before. Raises DesiredStateError
    with every address that gives no usable recording.
    """
    sources = {
        (key, language): source
        for key, want in desired.resources.items()
        for language, source in want.web_assets.items()
        if not fetch or key in fetch
    }
    if not sources or parts.web_files is None:
        return desired
    known = await parts.ledger.sightings()
    look = _Look(parts.web_files, desired, parts.converter.remedy if parts.converter is not None else "", deep=deep)
    seen = await together(
        {
            place: partial(look.at, source, known.get(_name(place)), fetch=place[0] in fetch)
            for place, source in sources.items()
        }
    )
    problems = [problem for one in seen.values() for problem in one.problems]
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise DesiredStateError(problems)
    found = {_name(place): one.sighting for place, one in seen.items() if one.sighting is not None}
    sightings = {**known, **found} if fetch else found
    if mode is Mode.APPLY and sightings != known:
        await parts.ledger.sight(sightings)
    resources = {**desired.resources, **{key: _complete(desired, key, seen) for key, _ in sources}}
    return replace(desired, resources=resources, warnings=(*desired.warnings, *problems))


def _name(place: tuple[Key, str]) -> str:
    return f"{place[0]} {place[1]}"


def _complete(desired: DesiredState, key: Key, seen: Mapping[tuple[Key, str], _Seen]) -> Desired:
    mine = {language: one for (owner, language), one in seen.items() if owner == key}
    audio = {language: one.sighting.audio for language, one in mine.items() if one.sighting is not None}
    assets = {language: one.asset for language, one in mine.items() if one.asset is not None}
    return web.completed(desired.resources[key], audio, assets)


@dataclass(frozen=True, slots=True)
class _Look:
    """One pass looking at its addresses."""

    files: WebFiles
    desired: DesiredState
    converter_remedy: str
    deep: bool

    async def at(self, source: WebAsset, known: Sighting | None, *, fetch: bool) -> _Seen:
        fits = known is not None and known.url == source.shown and source.sha256 in (None, known.audio["sha256"])
        try:
            if known is not None and fits and not fetch and await self._stands(source, known):
                return self._as_known(source, replace(known, revision=self.desired.revision))
            return await self._download(source, asked=known is not None and fits and not fetch)
        except RecordingError as error:
            return _Seen(problems=(_problem(source, error),))

    async def _stands(self, source: WebAsset, known: Sighting) -> bool:
        """True when nothing else can be there than what was seen, or the server says that nothing is."""
        if not self.deep and (source.sha256 is not None or known.revision == self.desired.revision):
            return True
        head = await self.files.look(source.url)
        return head is not None and bool(head.etag) and (head.etag, head.size) == (known.etag, known.size)

    def _as_known(self, source: WebAsset, known: Sighting) -> _Seen:
        policy = self.desired.environment.policy
        problems = checks.recheck(
            source.shown, source.location, known.audio, policy, converter_remedy=self.converter_remedy
        )
        return _Seen(known, problems=tuple(problems))

    async def _download(self, source: WebAsset, *, asked: bool) -> _Seen:
        if not asked:
            await self.files.look(source.url)  # what it says about size and type saves downloading what is no recording
        found = await self.files.fetch(source.url)
        recording = Asset(source.shown, digest.of_bytes(found.content), found.content, source.location)
        if source.sha256 not in (None, recording.sha256):
            reason = f"has the digest {recording.sha256}, and git says {source.sha256}"
            raise RecordingError("REC1316", reason, "Find out who changed the file; if it is right, write its digest.")
        policy = self.desired.environment.policy
        sound, problems = checks.check(recording, policy, converter_remedy=self.converter_remedy)
        audio = checks.spec_of(recording, sound)
        sighting = Sighting(source.shown, found.etag, len(found.content), audio, self.desired.revision)
        return _Seen(sighting, recording, tuple(problems))


def _problem(source: WebAsset, error: RecordingError) -> Problem:
    return Problem(source.location, error.code, f"{quoted(source.shown, 200)} {error.message}.", error.remedy)
