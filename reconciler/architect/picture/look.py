"""The colours and letters of an SVG picture, for light and for dark readers."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
text { font-family: Helvetica, Arial, "DejaVu Sans", sans-serif; font-size: 12px; fill: #1f2328 }
.title { font-size: 18px; font-weight: bold }
.name { font-size: 14px; font-weight: bold }
.sort, .note, .else { fill: #59636e }
.note { font-style: italic }
.page { fill: #ffffff }
.card { fill: #f6f8fa; stroke: #818b98; stroke-width: 1.2 }
.menu { fill: #eaf2fd; stroke: #4a7fc1 }
.start { fill: #e6e9ee; stroke: #59636e }
.external { fill: #ffffff; stroke-dasharray: 5 3 }
.rule { stroke: #c4cbd3; stroke-width: 1 }
.line { fill: none; stroke: #59636e; stroke-width: 1.4 }
.tip { fill: #59636e }
.dashed { stroke-dasharray: 6 4 }
.card.added { fill: #e6f7ea; stroke: #1a7f37; stroke-width: 2 }
.card.removed { fill: #fdeeed; stroke: #cf222e; stroke-width: 2; stroke-dasharray: 6 4 }
.card.changed { fill: #fff6dd; stroke: #9a6700; stroke-width: 2 }
.card.broken { fill: #fdeeed; stroke: #cf222e; stroke-width: 2 }
.line.added { stroke: #1a7f37; stroke-width: 2 }
.line.removed { stroke: #cf222e; stroke-width: 2 }
.line.changed, .line.former { stroke: #9a6700; stroke-width: 2 }
.tip.added, text.added { fill: #1a7f37 }
.tip.removed, text.removed { fill: #b3202b }
.tip.changed, .tip.former, text.changed, text.former { fill: #8a5d00 }
text.removed { text-decoration: line-through }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.sort, .note, .else { fill: #9da7b3 }
.page { fill: #0d1117 }
.card { fill: #1b222b; stroke: #6b7683 }
.menu { fill: #16263c; stroke: #5b93d8 }
.start { fill: #262d36; stroke: #9da7b3 }
.external { fill: #0d1117 }
.rule { stroke: #3d4650 }
.line { stroke: #9da7b3 }
.tip { fill: #9da7b3 }
.card.added { fill: #10281a; stroke: #3fb950 }
.card.removed, .card.broken { fill: #331a1c; stroke: #ff7b72 }
.card.changed { fill: #33290f; stroke: #d8a436 }
.line.added { stroke: #3fb950 }
.line.removed { stroke: #ff7b72 }
.line.changed, .line.former { stroke: #d8a436 }
.tip.added, text.added { fill: #56d364 }
.tip.removed, text.removed { fill: #ff8d85 }
.tip.changed, .tip.former, text.changed, text.former { fill: #e3b341 }
}"""
"""Three colours carry meaning and never alone: signs and dashes say the same."""
