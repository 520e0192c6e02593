"""One document: variables filled in, held against its model, its annotations known. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.documents.document import Document
from reconciler.kinds import validation
from reconciler.kinds.manifest import Manifest, check_metadata
from reconciler.kinds.registry import KINDS
from reconciler.manifests import variables
from reconciler.manifests.variables import Variables
from reconciler.model.problem import Problem


@dataclass(frozen=True, slots=True)
class Checked:
    """A document with what is wrong in it; `manifest` is None when its shape is."""

    document: Document
    manifest: Manifest | None
    problems: tuple[Problem, ...]


def check(document: Document, values: Variables | None) -> Checked:
    """Check one document of a known kind. `values` is None when the file holds no token at all."""
    kind = KINDS[document.value["kind"]]
    filled, problems = (document.value, []) if values is None else variables.fill(document, values, kind.keeps)
    model, defects = validation.validate(kind.document, filled, document)
    problems += defects
    if model is None:
        return Checked(document, None, tuple(problems))
    manifest = Manifest(kind=kind.name, metadata=model.metadata, spec=model.spec, document=document)
    return Checked(document, manifest, (*problems, *check_metadata(manifest)))


def check_shape(document: Document) -> list[Problem]:
    """For an Environment that is not this pass's: keys only, since its variables may be set elsewhere."""
    _, problems = validation.validate(KINDS[document.value["kind"]].document, document.value, document)
    return [problem for problem in problems if problem.code in ("REC1104", "REC1105")]
