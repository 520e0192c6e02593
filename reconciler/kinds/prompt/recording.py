"""Audio of a prompt on its way: up, converted, and down to the archive before it is lost.

Converted means `transcoded`. A status read right after an upload over existing audio may still speak of the old
recording, so one that looks as before is believed only after a pause.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from reconciler.errors import AmbiguousError, Forbidden, NotFound, ProviderError, Rejected
from reconciler.genesys import prompts
from reconciler.genesys.wire import bodies, transfer
from reconciler.genesys.wire.bodies import Row
from reconciler.genesys.wire.client import Client
from reconciler.kinds.prompt import listed
from reconciler.model import digest
from reconciler.model.identity import Key
from reconciler.model.resource import Asset, Json, Spec
from reconciler.ports import Archive

UPLOAD_ROUNDS_MAX = 2
WAV = "audio/wav"


async def upload(client: Client, id: str, language: str, recording: Asset) -> None:
    """Hand the file over, by a signed address or, where that is not offered, by the older form.

    Raises AmbiguousError when nobody can tell whether it arrived; repeating is harmless, so it is done once.
    """
    for attempt in range(1, UPLOAD_ROUNDS_MAX + 1):
        try:
            return await _upload(client, id, language, recording)
        except AmbiguousError:
            if attempt == UPLOAD_ROUNDS_MAX:
                raise
    return None


async def _upload(client: Client, id: str, language: str, recording: Asset) -> None:
    what = f"{recording.path} ({language})"
    try:
        url, headers = await prompts.ask_upload(client, id, language)
    except (NotFound, Rejected, Forbidden) as error:
        # The platform marks this route as preview. The older one is marked deprecated; whether new resources still
        # carry its address is UNVERIFIED.
        resource = await prompts.get_resource(client, id, language)
        address = bodies.optional_text(resource, "uploadUri")
        if not address:
            raise error from None
        filename = f"{PurePosixPath(recording.path).stem}.wav"  # what goes up is WAV, whatever it was made from
        await transfer.post_file(
            client, address, filename=filename, content_type=WAV, content=recording.content, what=what
        )
        return
    await transfer.put(client, url, headers=headers, content=recording.content, what=what)


async def save_unless_ours(client: Client, key: Key, id: str, language: str, archive: Archive, *, ours: str) -> None:
    """Keep a recording that looks like ours and is not: the list does not tell audio replaced at equal length.

    One that cannot be looked at counts as ours, as everything says so far.
    """
    with contextlib.suppress(ProviderError):
        await save(client, key, id, language, archive, unless=ours)


async def save(
    client: Client, key: Key, id: str, language: str, archive: Archive, *, unless: str | None = None
) -> None:
    """Download one language's recording into the archive, unless it has this digest.

    Raises when that fails: then nothing is overwritten.
    """
    content = await fetch(client, key, id, language)
    if content is not None and digest.of_bytes(content) != unless:
        await archive(key, f"{language}.wav", content)


async def fetch(client: Client, key: Key, id: str, language: str) -> bytes | None:
    """One language's recording as the platform keeps it; None when it was never converted, so that there is nothing to
    play. Raises ProviderError."""
    what = f"the recording of {key} ({language})"
    for fresh in (False, True):
        resource = await prompts.get_resource(client, id, language)
        url = bodies.optional_text(resource, "mediaUri")
        if not url:
            if resource.get("uploadStatus") == listed.TRANSCODED:
                raise Rejected(f"The platform gives no address to download {what} from.")
            return None
        try:
            return await transfer.fetch(client, url, what=what, size_max=client.settings.audio_bytes_max)
        except NotFound:
            if fresh:
                raise  # the second address cannot have expired
    raise AssertionError("unreachable")


def playable(live: Spec) -> list[str]:
    """The languages with audio that callers hear."""
    found = live["resources"].items()
    return [tag for tag, one in found if one["audio"] is not None and one["audio"]["status"] == listed.TRANSCODED]


async def digests(client: Client, key: Key, row: Row, languages: Iterable[str]) -> dict[str, str]:
    """SHA-256 of the stored audio, by language, from a row with fresh signed addresses; one without is left out."""
    found = {}
    for language in languages:
        url = bodies.optional_text(listed.entry_of(row, language), "mediaUri")
        if url:
            what = f"the recording of {key} ({language})"
            content = await transfer.fetch(client, url, what=what, size_max=client.settings.audio_bytes_max)
            found[language] = digest.of_bytes(content)
    return found


def outcome(row: Row, before: Mapping[str, Json], elapsed_seconds: float, settle_seconds: float) -> list[str]:
    """The uploaded languages that are not playable yet; raises Rejected naming those that never will be.

    `before` holds, for each uploaded language, what its audio looked like before the upload.
    """
    waiting, broken = [], []
    for language, old in sorted(before.items()):
        audio = listed.spec_of(row)["resources"].get(language, {}).get("audio")
        is_news = audio is not None and (old is None or audio != old or elapsed_seconds >= settle_seconds)
        if is_news and audio["status"] == listed.FAILED:
            broken.append(language)
        elif not is_news or audio["status"] != listed.TRANSCODED:
            waiting.append(language)
    if broken:
        raise Rejected(
            f"The platform could not convert the audio for {', '.join(broken)}: callers do not hear it. "
            "Save the file as WAV, 8 kHz, mono, 16-bit PCM or u-law."
        )
    return waiting
