"""A Flow's normal form: `{"document": canonical Archy document}`, with the exact YAML to publish as asset `yaml`.

Two manifests mean a flow: an envelope that names an Archy file, and a bare Archy file. What differs from the platform
is decided on canonical documents, export against export.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconciler.architect import defaults, difference, spelling
from reconciler.kinds.flow.reading import Reading
from reconciler.kinds.flow.spec import FlowSpec
from reconciler.kinds.manifest import Context, FileUse, Manifest, Normal, desired, quoted
from reconciler.model import digest, identity
from reconciler.model.problem import Problem
from reconciler.model.resource import Desired, External, Json, Spec


def files(spec: FlowSpec) -> Sequence[FileUse]:
    """The Archy file the envelope names."""
    return [FileUse(("spec", "archy"), spec.archy, "REC1112", "Archy file")]


def normalise(manifest: Manifest, context: Context) -> Normal:
    """The flow behind an envelope; its own name must be the one in the metadata."""
    spec: FlowSpec = manifest.spec
    file = context.files.get(spec.archy)
    if file is None:
        return Normal()  # Reported where the file was looked for.
    reading: Reading = context.read_flow(file)
    problems = list(reading.problems)
    if not reading.type:
        return Normal((), tuple(problems))
    if reading.name != manifest.name:
        message = f"the names disagree: {quoted(manifest.name)} here, {quoted(reading.name)} at {reading.name_at}."
        problems.append(Problem(manifest.source, "REC1111", message, "Write the same name in both places."))
    division = manifest.metadata.division
    theirs = next((item for item in reading.references if item.kind == "Division"), None)
    if division is not None and theirs is not None and theirs.name != division:
        place = manifest.at("metadata", "division")
        message = f"the divisions disagree: {quoted(division)} here, {quoted(theirs.name)} at {theirs.location}."
        problems.append(Problem(place, "REC1111", message, "Write it in one place only."))
    key = identity.flow(reading.type, manifest.name)
    flow = desired(manifest, key, reading.spec, references=reading.references, assets={"yaml": reading.asset})
    return Normal((flow,), tuple(problems))


def bare(reading: Reading) -> Normal:
    """The flow that an Archy file without an envelope is."""
    if not reading.type:
        return Normal((), reading.problems)
    division = next((item.name for item in reading.references if item.kind == "Division"), None)
    flow = Desired(
        key=identity.flow(reading.type, reading.name),
        spec=reading.spec,
        digest=digest.of(reading.spec),
        source=reading.name_at,
        externals=_unique(reading.references),
        assets={"yaml": reading.asset},
        division=division,
    )
    return Normal((flow,), reading.problems)


def _unique(references: Sequence[External]) -> tuple[External, ...]:
    return tuple({(item.kind, item.name, item.type): item for item in reversed(references)}.values())[::-1]


def differences(wanted: Spec, live: Spec) -> list[tuple[str, Json, Json]]:
    """`(path, live value, wanted value)` for each difference of the canonical documents that is worth a publish.

    What an author leaves unsaid and the engine fills in on its own is no difference: git has no opinion on it. Neither
    is another spelling of the same.
    """
    found = difference.differences(live.get("document"), wanted.get("document"))
    return [
        one
        for one in found
        if not (one[2] is None and _is_filled_in(one[0], one[1], live["document"])) and not spelling.is_only(*one)
    ]


def is_cosmetic(wanted: Spec, live: Spec) -> bool:
    """True when the two differ, and only in what nobody should publish a flow for."""
    if "document" not in wanted or "document" not in live or wanted == live:
        return False
    return not differences(wanted, live)


def _is_filled_in(path: str, live: Json, document: Json) -> bool:
    """True for a value that the engine supplies where the file says nothing: no audio, the standard error text, the
    division a new flow lands in, the voice of its only language, and what is played while data is looked up."""
    name = path.rpartition(".")[2]
    match name:
        case "division":
            return path.count(".") == 1
        case "settingsErrorHandling":
            return bool(live == {"preHandlingAudio": defaults.ERROR_AUDIO})
        case "preHandlingAudio":
            return bool(live == defaults.ERROR_AUDIO)
        case "textToSpeech":
            return ".supportedLanguages." in path
        case "supportedLanguages":
            (body,) = document.values()
            return _is_only_speech(live, body.get("defaultLanguage"))
        case _:
            return live in defaults.UNFILLED or _is_processing(path.split(".")[1:], live)


def _is_only_speech(languages: Json, language: Json) -> bool:
    """True for the one language the flow speaks anyway, without a choice that a person made for it."""
    if not isinstance(languages, dict) or list(languages) != [language]:
        return False
    block = languages[language]
    return isinstance(block, dict) and block.keys() <= {"textToSpeech", "speechToText"}


def _is_processing(steps: Sequence[str], live: Json) -> bool:
    """True for the standard processing prompt, alone or as all that a block of action defaults holds."""
    match steps:
        case ["settingsActionDefaults"]:
            return isinstance(live, dict) and all(_is_processing([*steps, name], item) for name, item in live.items())
        case ["settingsActionDefaults", action]:
            return action in defaults.PROCESSING_ACTIONS and bool(live == {"processingPrompt": defaults.PROCESSING})
        case ["settingsActionDefaults", action, "processingPrompt"]:
            return action in defaults.PROCESSING_ACTIONS and bool(live == defaults.PROCESSING)
        case _:
            return False
