"""`audit list|verify|export`: read, prove and hand out the chain of attempted changes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from reconciler.ledger import audit as chain
from reconciler.operations.desk import Answer, Desk
from reconciler.ports import Verdict
from reconciler.report.wording import printable

PAGE = 1000
VERSION_SHOWN = 12
COLUMNS = (
    *("seq", "time", "op_id", "revision", "environment", "kind", "type", "name", "id", "action", "cause", "result"),
    *("before_digest", "after_digest", "version_before", "version_after", "payload_sha256", "latency_ms", "usedBy"),
    *("declared_by", "message", "prev", "hash"),
)


async def listed(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """The newest entries, oldest of them first, one line each; everything with `-o json`."""
    entries = await _all(desk)
    shown = entries[-int(arguments.get("limit") or 50) :]
    if arguments.get("output") == "json":
        return Answer(output=json.dumps(shown, indent=2, ensure_ascii=False))
    return Answer(output="\n".join(line(entry) for entry in shown) or "The audit chain is empty.")


def line(entry: Mapping[str, Any]) -> str:
    """One entry as a line for a person."""
    versions = f"{short(entry['version_before'])} -> {short(entry['version_after'])}"
    actor = entry.get("actor")
    who = f" by {actor['author']} in {actor['commit'][:12]}" if actor else ""
    used_by = f", used by {', '.join(entry['usedBy'])}" if entry.get("usedBy") else ""
    message = f": {entry['message']}" if entry.get("message") else ""
    return printable(
        f"{entry['seq']:>5}  {entry['time']}  {entry['action']:<6} {entry['result']:<7} "
        f"{entry['kind']}/{entry['name']}  {versions}{who}{used_by}{message}"
    )


def short(version: str | None) -> str:
    """A flow's `4.0` as it is, the digest that stands for a prompt's version cut."""
    return "-" if not version else version if len(version) <= VERSION_SHOWN else f"{version[:VERSION_SHOWN]}…"


async def verified(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """Recompute the chain of the ledger. Exit 1 names the first bad entry."""
    del arguments
    return answer_of(await desk.ledger.verify_audit())


def answer_of(verdict: Verdict) -> Answer:
    if verdict.ok:
        return Answer(output=f"{_entries(verdict.count)} verified. Head {verdict.head}.")
    before = "1 entry before it holds" if verdict.count == 1 else f"{verdict.count} entries before it hold"
    return Answer(exit=1, output=f"{verdict.reason} {before}.")


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"


async def exported(desk: Desk, arguments: Mapping[str, Any]) -> Answer:
    """The whole chain as JSON lines (which `audit verify FILE` checks) or CSV."""
    entries = await _all(desk)
    if arguments.get("format") == "csv":
        sheet = io.StringIO()
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow([*COLUMNS, "commit", "author", "committer", "request_ids"])
        for entry in entries:
            actor = entry.get("actor") or {}
            writer.writerow(
                [
                    *(_cell(entry.get(name)) for name in COLUMNS),
                    *(_cell(actor.get(name)) for name in ("commit", "author", "committer")),
                    _cell(entry.get("request_ids")),
                ]
            )
        return Answer(output=sheet.getvalue().rstrip("\n"))
    return Answer(output=b"".join(chain.line(entry) for entry in entries).decode().rstrip("\n"))


def _cell(value: Any) -> str:
    """On one line, and so that a spreadsheet does not take a name for a formula; it looks past blanks to find one."""
    text = printable("; ".join(value) if isinstance(value, list) else "" if value is None else str(value))
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


async def _all(desk: Desk) -> list[Mapping[str, Any]]:
    entries: list[Mapping[str, Any]] = []
    while True:
        page = await desk.ledger.audit(since_seq=entries[-1]["seq"] if entries else 0, limit=PAGE)
        entries.extend(page)
        if len(page) < PAGE:
            return entries
