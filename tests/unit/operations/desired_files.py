"""A desired state out of texts, for tests of what needs neither ledger nor platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from reconciler.manifests import loader
from reconciler.manifests.cache import ParseCache
from reconciler.model import digest
from reconciler.model.desired import DesiredState


class Files:
    """A tree of a few files at the top of nowhere."""

    revision = "tree:test"
    commit = None
    root = ""
    findings = ()

    def __init__(self, contents: Mapping[str, str]) -> None:
        self.contents = {name: text.encode() for name, text in contents.items()}

    def files(self) -> Sequence[str]:
        return sorted(self.contents)

    def content_id(self, path: str) -> str:
        return digest.of_bytes(self.contents[path])

    def resolve(self, from_file: str, relative: str) -> str:
        return relative

    async def read(self, wanted: Sequence[str]) -> Mapping[str, bytes]:
        return {name: self.contents[name] for name in wanted}


def loading(text: str, **more: str) -> Callable[[], Awaitable[DesiredState]]:
    """Loads `text` as m.yaml, and each further text as a file of its name with `.yaml`."""
    tree = Files({"m.yaml": text, **{f"{name}.yaml": content for name, content in more.items()}})

    async def load() -> DesiredState:
        return await loader.load_desired(tree, environment=None, process_variables={}, cache=ParseCache())

    return load
