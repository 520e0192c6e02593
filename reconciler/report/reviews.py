"""What the platform says of the flows it stores, as text for a person and as JSON for a program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from reconciler.model.review import Reviewed
from reconciler.report.wording import counted, printable


def text(found: Sequence[Reviewed]) -> str:
    """A line for each sentence of the platform, after the manifest that the flow comes from; the last line counts."""
    lines = [line for one in found for line in _lines(one)]
    return "\n".join([*(printable(line) for line in lines), _summary(found)])


def render(found: Sequence[Reviewed]) -> str:
    return json.dumps([_facts(one) for one in found], indent=2, ensure_ascii=False)


def _lines(one: Reviewed) -> list[str]:
    what = f"{one.flow.source}: {one.flow.key.label}"
    if one.review is None:
        return [f"{what}: not published in this organisation, nothing to ask about."]
    said = [f"{what} version {one.version}: error: {text}" for text in one.review.errors]
    if not one.review.ok and not said:
        said = [f"{what} version {one.version}: error: the platform finds it invalid and does not say why."]
    return said + [f"{what} version {one.version}: warning: {text}" for text in one.review.warnings]


def _summary(found: Sequence[Reviewed]) -> str:
    asked = [one for one in found if one.review is not None]
    invalid = sum(one.is_invalid for one in asked)
    warnings = sum(len(one.review.warnings) for one in asked if one.review is not None)
    return f"{counted(len(asked), 'published flow')} asked about: {invalid} invalid, {counted(warnings, 'warning')}."


def _facts(one: Reviewed) -> dict[str, Any]:
    return {
        "kind": one.flow.key.kind,
        "name": one.flow.key.name,
        "type": one.flow.key.type,
        "source": {"file": one.flow.source.file, "line": one.flow.source.line},
        "version": one.version or None,
        "ok": one.review.ok if one.review is not None else None,
        "errors": list(one.review.errors) if one.review is not None else [],
        "warnings": list(one.review.warnings) if one.review is not None else [],
    }
