"""Write the generated pages, docs/settings.md and docs/schemas/; started by `make docs`, kept up to date by a test."""

from __future__ import annotations

import json
from pathlib import Path

from reconciler import settings
from reconciler.kinds import schema
from reconciler.kinds.registry import KINDS

DOCS = Path(__file__).parent


def pages() -> dict[Path, str]:
    """Every generated file with its content."""
    schemas = {
        DOCS / "schemas" / f"{kind}.json": json.dumps(schema.json_schema(kind), indent=2, ensure_ascii=False) + "\n"
        for kind in (*KINDS, "all")
    }
    return {DOCS / "settings.md": settings.reference(), **schemas}


if __name__ == "__main__":
    for file, content in pages().items():
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
        print(file.relative_to(DOCS.parent))
