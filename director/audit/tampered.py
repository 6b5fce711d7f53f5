"""What is raised when a log is not what was sealed."""

from __future__ import annotations


class TamperedError(Exception):
    """A log is not what was sealed.

    Args:
        index: The first entry that is wrong, counted from 0; None if it is none of them.
        problem: What is wrong, in one line.
    """

    def __init__(self, index: int | None, problem: str) -> None:
        super().__init__(problem if index is None else f"entry {index}: {problem}")
        self.index = index
        self.problem = problem
