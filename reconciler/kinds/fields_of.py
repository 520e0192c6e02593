"""What models say of the keys people write: which there are, and which may be left out but not left empty. Pure."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

Path = tuple[str | int, ...]

_NOUNS: Final[Mapping[Any, str]] = {str: "text", int: "a whole number", dict: "a mapping", list: "a list"}


def empty_keys(model: type[BaseModel], value: Any) -> dict[Path, str]:
    """Keys that are there without a value and may be left out, with what to write. Pydantic takes them for absent; who
    writes a key means something by it."""
    return dict(_empty(model, value, ())) if _has_gaps(value) else {}  # looking at the models costs ten times as much


def _has_gaps(value: Any) -> bool:
    if isinstance(value, dict | list):
        return any(map(_has_gaps, value.values() if isinstance(value, Mapping) else value))
    return value is None


def _empty(here: Any, value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    found = _model_in(here)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            there = _step(here, key)
            if inner is None and found is not None and types.NoneType in _parts(there):
                yield (*path, key), _noun(there)
            elif isinstance(inner, dict | list):
                yield from _empty(there, inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _empty(_step(here, number), inner, (*path, number))


def _noun(annotation: Any) -> str:
    """What belongs there, where that is one thing."""
    model = _model_in(annotation)
    if model is not None:
        keys = [info.alias or name for name, info in model.model_fields.items()]
        return f"a mapping with {' or '.join(keys[:3])}"
    parts = [part for part in _parts(annotation) if part is not types.NoneType]
    sort = typing.get_origin(parts[0]) or parts[0]
    return _NOUNS.get(sort, "a value") if len(parts) == 1 else "a value"


def keys_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys people may write in the mapping at `path`; empty where any key goes."""
    here: Any = model
    for step in path:
        here = _step(here, step)
        if here is None:
            return []
    found = _model_in(here)
    return [info.alias or name for name, info in found.model_fields.items()] if found else []


def _step(here: Any, step: str | int) -> Any:
    found = _model_in(here)
    if found is not None:
        for name, info in found.model_fields.items():
            if step in (info.alias, name):
                return info.annotation
        return None
    for part in _parts(here):
        if typing.get_origin(part) in (dict, list):
            return typing.get_args(part)[-1]
    return None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    return next((part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)), None)


def _parts(annotation: Any) -> list[Any]:
    """The members of a union, without Annotated wrappers."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _parts(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [inner for part in typing.get_args(annotation) for inner in _parts(part)]
    return [annotation]
