"""What has to be sent so that a prompt becomes what git wants, and nothing else. Pure.

Languages we never applied are left alone. Audio is judged by what we uploaded last, because the platform keeps a
converted copy whose bytes never match the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reconciler.kinds.prompt import normal, stored
from reconciler.model.change import Action, Change
from reconciler.model.resource import Json, Spec


class Texts(Enum):
    """What to do with a language's resource and its texts."""

    KEEP = "keep"
    ADD = "add"
    REPLACE = "replace"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageStep:
    """`archive` when audio that we did not upload is about to be lost."""

    language: str
    texts: Texts = Texts.KEEP
    upload: bool = False
    remove_audio: bool = False
    archive: bool = False

    @property
    def loses_audio(self) -> bool:
        return self.upload or self.remove_audio or self.texts is Texts.REMOVE

    @property
    def requests(self) -> int:
        """Requests this costs, the transfer of the audio included."""
        uploads = 3 if self.upload else 0  # where to, the bytes, and what the platform stores of them
        return (self.texts is not Texts.KEEP) + uploads + self.remove_audio + 2 * self.archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """`head` when the prompt itself (name, description) is to be written."""

    head: bool
    languages: tuple[LanguageStep, ...]

    @property
    def uploads(self) -> tuple[str, ...]:
        return tuple(step.language for step in self.languages if step.upload)

    @property
    def removals(self) -> tuple[str, ...]:
        return tuple(step.language for step in self.languages if step.texts is Texts.REMOVE)

    @property
    def requests(self) -> int:
        return self.head + sum(step.requests for step in self.languages)


NOTHING: Spec = {"description": "", "resources": {}}


def steps(*, wanted: Spec, live: Spec, applied: Spec | None, shown: Spec | None, renamed: bool = False) -> Steps:
    """From the live prompt to the wanted one.

    `applied` is what git wanted when we last wrote, `shown` what the platform showed then; None when we never did.
    """
    paths = {path for path, _, _ in normal.differences(wanted, live)}
    before = applied or NOTHING
    languages = [
        _language(language, paths, wanted=wanted, live=live, applied=before, shown=shown or NOTHING)
        for language in sorted(wanted["resources"])
    ]
    languages += [
        LanguageStep(
            language=language,
            texts=Texts.REMOVE,
            archive=is_foreign(language, live=live, applied=before, shown=shown or NOTHING),
        )
        for language in sorted(before["resources"].keys() & live["resources"].keys() - wanted["resources"].keys())
    ]
    wanting = tuple(step for step in languages if step.requests)
    return Steps(head=renamed or "description" in paths, languages=wanting)


def of_change(change: Change, live: Spec | None = None) -> Steps:
    """What a planned change sends. `live` is the prompt as it is now, by default as it was when the plan was made."""
    assert change.desired is not None  # noqa: S101
    base = change.applied if change.action is Action.UPDATE else None
    have = change.observed
    if live is None:
        live = NOTHING if change.action is Action.CREATE or have is None or have.spec is None else have.spec
    return steps(
        wanted=change.desired.spec,
        live=live,
        applied=base.spec if base is not None else None,
        shown=base.live if base is not None else None,
        renamed=have is not None and have.key != change.key,
    )


def _language(language: str, paths: set[str], *, wanted: Spec, live: Spec, applied: Spec, shown: Spec) -> LanguageStep:
    want, have = wanted["resources"][language], live["resources"].get(language)
    path = f"resources.{language}"
    if have is None:
        return LanguageStep(language=language, texts=Texts.ADD, upload=want["audio"] is not None)
    texts = Texts.REPLACE if {f"{path}.tts", f"{path}.text"} & paths else Texts.KEEP
    # How long the platform says it plays is its own measure: what it showed after our upload is ours.
    left = shown["resources"].get(language, {}).get("audio")
    stands = _is_playable(have["audio"]) and stored.is_same(have["audio"], left)
    upload = want["audio"] is not None and (
        _sha256(applied, language) != want["audio"]["sha256"] or (f"{path}.audio" in paths and not stands)
    )
    remove = want["audio"] is None and have["audio"] is not None
    archive = (upload or remove) and is_foreign(language, live=live, applied=applied, shown=shown)
    return LanguageStep(language=language, texts=texts, upload=upload, remove_audio=remove, archive=archive)


def is_foreign(language: str, *, live: Spec, applied: Spec, shown: Spec) -> bool:
    """True when the language has audio that is not provably the one we uploaded: unchanged since we last wrote."""
    audio = live["resources"].get(language, {}).get("audio")
    if audio is None:
        return False
    ours = _sha256(applied, language) is not None
    return not ours or not stored.is_same(shown["resources"].get(language, {}).get("audio"), audio)


def foreign_audio(*, live: Spec, applied: Spec | None, shown: Spec | None) -> list[str]:
    """The languages whose audio would be lost with the whole prompt and is not ours."""
    return [
        language
        for language in sorted(live["resources"])
        if is_foreign(language, live=live, applied=applied or NOTHING, shown=shown or NOTHING)
    ]


def unfinished(*, wanted: Spec, live: Spec) -> list[str]:
    """What the platform does not show yet of what was written; audio counts by status only, its length by nobody."""
    found = []
    for path, have, want in normal.differences(wanted, live):
        is_sound = path.endswith(".audio") and path.startswith("resources.")
        if not (is_sound and _is_playable(have) and want is not None):
            found.append(path)
    return found


def _is_playable(audio: Json) -> bool:
    return audio is not None and audio.get("status") == "transcoded"


def _sha256(spec: Spec, language: str) -> str | None:
    audio = spec["resources"].get(language, {}).get("audio")
    return audio.get("sha256") if audio else None
