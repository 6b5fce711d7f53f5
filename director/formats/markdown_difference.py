"""What became better or worse, as Markdown."""

from __future__ import annotations

from director.formats.headline import moment
from director.formats.markdown_page import Block
from director.formats.markdown_text import name, text
from director.model.decision import Verdict
from director.model.difference import Change, Difference, Turn

_TURNS = {
    Turn.WORSE: "Worse",
    Turn.NEW: "New",
    Turn.BETTER: "Better",
    Turn.CHANGED: "Changed",
    Turn.GONE: "Gone",
}


def difference_block(difference: Difference) -> Block:
    """Return what became better or worse, the worse first, under a line that says since when."""
    then = f"{Verdict(difference.decision).label} {text(difference.pass_rate)}"
    when = f"{text(moment(difference.decided_at))}, {name(difference.evaluation)}"
    head = [f"**Compared with** {then} ({when}):", ""]
    if not difference.same_profile:
        policy = f"It was judged by another policy then, {name(difference.profile)}"
        head = [*head, f"{policy}: the figures are not alike.", ""]
    rows = tuple(f"- {change_line(change)}" for change in difference.changes)
    return Block(head=tuple(head), rows=rows or ("- no check changed",), what="changes")


def change_line(change: Change) -> str:
    """Return one check that says something else."""
    words = " → ".join(text(_spoken(word)) for word in (change.before, change.after) if word)
    return f"**{_TURNS[change.turn]}:** {name(change.check)} {words}: {text(change.reason)}"


def _spoken(word: str) -> str:
    return word.replace("_", " ")
