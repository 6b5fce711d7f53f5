"""A page of Markdown that never grows too long to be posted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from director.model.value import dataclass

LIMIT_BYTES = 59_000
"""The most of a page: GitHub takes 65,536 characters of a comment, and others may add to it."""

_RESERVE_BYTES = 500
"""Room for the end of a fold, and for the line that says what was cut."""

_FOLD_END = ("", "</details>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Lines that belong together.

    Attributes:
        head: What stands over the rows; without it the rows would mean nothing.
        rows: A line each; what finds no room is left out from the end.
        what: What the rows are, in the plural.
        fold: The line under which it is folded, as HTML; empty if it is not.
        most: How many rows a reader still reads.
    """

    head: tuple[str, ...]
    rows: tuple[str, ...] = ()
    what: str = ""
    fold: str = ""
    most: int = 30


def page(first: str, blocks: Iterable[Block]) -> str:
    """Return the line *first* and the *blocks*, with what was cut on the last line.

    Where the head of a block finds no room, nothing after it is shown: it would seem to belong
    to what stands before.
    """
    sheet = _Sheet(first)
    for block in blocks:
        sheet.add(block)
    return sheet.finished()


class _Sheet:
    """A page while it is written."""

    def __init__(self, first: str) -> None:
        self._lines = [first]
        self._room = LIMIT_BYTES - _RESERVE_BYTES - _size(first)
        self._cut: Counter[str] = Counter()
        self._fold = ""
        self._full = False

    def add(self, block: Block) -> None:
        """Write as much of *block* as there is room for."""
        head = ("", *block.head)
        if block.fold != self._fold:
            end = _FOLD_END if self._fold else ()
            start = ("", "<details>", f"<summary>{block.fold}</summary>") if block.fold else ()
            head = (*end, *start, *head)
        self._full = self._full or not self._takes(head)
        if self._full:
            self._cut[block.what] += max(len(block.rows), 1)
            return
        self._fold = block.fold
        for place, row in enumerate(block.rows):
            if place == block.most or not self._takes((row,)):
                self._cut[block.what] += len(block.rows) - place
                return

    def finished(self) -> str:
        """Return the page."""
        lines = [*self._lines, *(_FOLD_END if self._fold else ())]
        if self._cut:
            cut = ", ".join(f"{count} {what or 'lines'}" for what, count in self._cut.items())
            lines += ["", f"**Cut, so that the page stays short:** {cut}."]
        return "\n".join(lines) + "\n"

    def _takes(self, lines: tuple[str, ...]) -> bool:
        """Write *lines* if there is room for all of them."""
        needed = sum(map(_size, lines))
        if needed > self._room:
            return False
        self._room -= needed
        self._lines += lines
        return True


def _size(line: str) -> int:
    return len(line.encode()) + 1
