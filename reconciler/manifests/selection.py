"""The Environment of a pass: which one, its secrets, and what tokens in all other documents stand for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciler.documents.document import Document
from reconciler.errors import ReconcilerError
from reconciler.kinds.manifest import Manifest, quoted
from reconciler.manifests import checking, environment, variables
from reconciler.manifests.variables import Value, Variables
from reconciler.model.desired import Environment
from reconciler.model.problem import Problem

ReadSecret = Callable[[str], Awaitable[bytes]]
"""Reads a file outside the repository by absolute path; raises SourceError."""


@dataclass(frozen=True, slots=True)
class Selected:
    environment: Environment
    values: Variables
    problems: tuple[Problem, ...] = ()
    is_known: bool = True
    """False when it could not be told which Environment is meant: then no variable has a value, and saying so for
    each would hide the one thing to correct."""


async def select(
    documents: Sequence[Document],
    *,
    name: str | None,
    root: str,
    process_variables: Mapping[str, str],
    given: Mapping[str, Value],
    read_secret: ReadSecret | None,
) -> Selected:
    """Choose among the Environment documents and turn the chosen one into values; the defaults when there is none.
    Variables that are `given` come before those of the Environment."""
    chosen, problems = environment.choose(documents, name, root)
    for document in documents:
        if document is not chosen:
            problems += checking.check_shape(document)
    if chosen is None:
        is_known = not any(problem.code in ("REC1201", "REC1506", "REC1507") for problem in problems)
        return Selected(Environment(), Variables(given, process_variables), tuple(problems), is_known)
    values = Variables({**_own_variables(chosen, process_variables), **given}, process_variables)
    checked = checking.check(chosen, values)
    problems += checked.problems
    if checked.manifest is None:
        return Selected(Environment(), values, tuple(problems))
    secrets, unread = await _secrets(checked.manifest, read_secret)
    result, defects = environment.convert(checked.manifest, secrets)
    return Selected(result, values, (*problems, *unread, *defects))


def _own_variables(document: Document, process_variables: Mapping[str, str]) -> dict[str, Value]:
    """The variables it defines, filled in from the process alone: they do not refer to each other."""
    spec = document.value.get("spec")
    written = spec.get("variables") if isinstance(spec, dict) else None
    if not isinstance(written, dict):
        return {}
    filled, _ = variables.fill(document, Variables({}, process_variables))
    values = filled["spec"]["variables"]
    return {name: value for name, value in values.items() if isinstance(value, str | int | float)}


async def _secrets(manifest: Manifest, read_secret: ReadSecret | None) -> tuple[dict[str, str], list[Problem]]:
    secrets: dict[str, str] = {}
    problems = []
    for wanted in environment.secret_files(manifest):
        reason = ""
        if not wanted.path.startswith("/"):
            reason = ": its path is not absolute"
        elif read_secret is None:
            reason = ": this command reads no secret files"
        else:
            try:
                secrets[wanted.path] = (await read_secret(wanted.path)).decode().strip()
                continue
            except (ReconcilerError, UnicodeDecodeError):
                pass  # The path is enough for a person; what the file holds is nobody's business.
        message = f"the secret file {quoted(wanted.path)} cannot be read{reason}."
        problems.append(
            Problem(wanted.location, "REC1512", message, "Mount it where reconcile runs, or use ${env.NAME}.")
        )
    return secrets, problems
