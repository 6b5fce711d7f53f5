"""Every check of one decision as Markdown: a table for each category, folded."""

from __future__ import annotations

from collections.abc import Iterator

from director.formats.headline import percent
from director.formats.markdown_page import Block
from director.formats.markdown_text import name, text
from director.model.record import CategoryEntry, CheckEntry, Record

_MARKS = {
    "passed": "✓",
    "warned": "!",
    "failed": "✗",
    "unknown": "?",
    "not_applicable": "–",
    "errored": "E",
    "missing": "M",
}


def checks(record: Record) -> Iterator[Block]:
    """Yield the checks by category, folded under one line; nothing if there are none."""
    fold = f"{len(record.checks)} checks by category"
    for category in record.categories:
        if category.checks:
            yield _category(category, fold)


def _category(category: CategoryEntry, fold: str) -> Block:
    score = "nothing counts" if category.score is None else f"score {percent(category.score)}"
    floor = "" if category.floor is None else f", floor {percent(category.floor)}"
    title = f"**Category** {name(category.name)}: {score}{floor}"
    return Block(
        head=(title, "", "| | Check | Role | |", "|---|---|---|---|"),
        rows=tuple(_row(check) for check in category.checks),
        what="checks",
        fold=fold,
        most=len(category.checks),
    )


def _row(check: CheckEntry) -> str:
    passed = check.outcome == "passed"
    said = check.title if passed and not check.observed else check.reason
    if not passed and check.expected and check.expected not in said:
        said = f"{said}, expected {check.expected}"
    word = f"{_MARKS.get(check.outcome, '')} {text(check.outcome.replace('_', ' '))}".strip()
    return f"| {word} | {name(check.id)} | {text(check.role)} | {text(said)} |"
