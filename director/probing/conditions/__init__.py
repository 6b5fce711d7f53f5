"""What an answer must meet: compiled once, and judged so that only positive evidence is success."""

from __future__ import annotations

from collections.abc import Callable

from director.model.health import HealthDocument
from director.model.judgement import Judgement, Verdict
from director.model.probe import Reply
from director.model.probed import Seen
from director.probing.conditions.evaluate import Judge
from director.probing.conditions.text import ExpectationError, parse
from director.probing.conditions.tree import Node

__all__ = ["Compiled", "ExpectationError", "compile_expectation"]


class Compiled:
    """One expectation, ready to be held against answers.

    Args:
        text: As it was written.
        tree: What it says.
    """

    def __init__(self, text: str, tree: Node) -> None:
        self.text = text
        """As it was written."""
        self.tree = tree
        """What it says."""

    def judge(self, answer: Seen, health: Callable[[Reply], HealthDocument | None]) -> Judgement:
        """Return whether *answer* meets the expectation, and what of it does not.

        Args:
            answer: What the probe saw.
            health: Reads a health document out of a reply, if there is one.
        """
        judge = Judge(answer, health)
        verdict = judge.verdict(self.tree)
        return Judgement(verdict, () if verdict is Verdict.MET else judge.findings(self.tree))


def compile_expectation(text: str) -> Compiled:
    """Return *text* compiled.

    Raises:
        ExpectationError: It cannot be understood: where, what it must be, and what it was.
    """
    return Compiled(text, parse(text))
