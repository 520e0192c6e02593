"""What the platform keeps of a recording, by digest: tells audio replaced at equal length. Pure.

The platform converts what it gets, so its bytes never equal ours, but two downloads of the same stored audio are equal
[seen in the field]. A digest taken right after our own upload is therefore the mark of that upload. It stands as
`stored` in the audio of what the platform showed; the list never carries it, only a deep look does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reconciler.model.resource import Json, Spec


def with_digests(live: Spec, digests: Mapping[str, str]) -> Spec:
    """The prompt as the platform shows it, with the digests of what it stores, by language."""
    return _each(live, lambda language, audio: {**audio, "stored": digests[language]} if language in digests else audio)


def recognised(live: Spec, shown: Spec | None) -> Spec:
    """The same prompt held against what it showed after our last write.

    A digest not taken now is carried over where nothing else moved; one that differs marks the audio `foreign`.
    """
    before = shown["resources"] if shown is not None else {}

    def one(language: str, audio: Mapping[str, Json]) -> Mapping[str, Json]:
        left = before.get(language, {}).get("audio") or {}
        if "stored" not in left:
            return audio
        if "stored" not in audio:
            return {**audio, "stored": left["stored"]} if _listed(audio) == _listed(left) else audio
        return audio if audio["stored"] == left["stored"] else {**audio, "foreign": True}

    return _each(live, one)


def digests(shown: Spec | None) -> dict[str, str]:
    """What is known to be stored, by language."""
    resources = shown["resources"] if shown is not None else {}
    return {tag: one["audio"]["stored"] for tag, one in resources.items() if one["audio"] and "stored" in one["audio"]}


def is_same(one: Json, other: Json) -> bool:
    """Whether both are the same recording, as far as either side tells."""
    if one is None or other is None:
        return one is None and other is None
    if one.get("foreign") or other.get("foreign") or _listed(one) != _listed(other):
        return False
    return "stored" not in one or "stored" not in other or bool(one["stored"] == other["stored"])


def told(audio: Json) -> Json:
    """The audio for people and comparisons: its digest only where it is the difference."""
    return audio if audio is None or audio.get("foreign") else _listed(audio)


def _listed(audio: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in audio.items() if name not in ("stored", "foreign")}


def _each(live: Spec, change: Callable[[str, Mapping[str, Json]], Mapping[str, Json]]) -> Spec:
    resources = {
        language: {**resource, "audio": change(language, resource["audio"]) if resource["audio"] else resource["audio"]}
        for language, resource in live["resources"].items()
    }
    return {**live, "resources": resources}
