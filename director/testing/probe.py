"""A peer of the real probe that answers from a table."""

from __future__ import annotations

from collections.abc import Mapping

from director.model.evidence import Evidence, EvidenceKind
from director.model.probe import ProbeError, Reply
from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that a check asked.

    Attributes:
        path: Exactly as the check wrote it.
        headers: Headers besides the usual ones, in the order given.
        timeout_s: How long the check wanted to wait, in seconds; None for its deadline.
    """

    path: str
    headers: tuple[tuple[str, str], ...] = ()
    timeout_s: float | None = None


class FakeProbe:
    """Answers from a table and remembers what was asked.

    Args:
        answers: What to answer for each path, written as the check writes it: a reply, or the
            error to raise.
    """

    def __init__(self, answers: Mapping[str, Reply | ProbeError]) -> None:
        self._answers = dict(answers)
        self._evidence: list[Evidence] = []
        self.asked: list[Asked] = []
        """Every question so far, in order."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Everything it showed so far, in order."""
        return tuple(self._evidence)

    async def get(
        self,
        path: str = "/",
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float | None = None,
    ) -> Reply:
        """Answer from the table.

        Raises:
            ProbeError: The table says so.
            LookupError: The table has no answer for *path*: the test forgot one, or the check
                asks for something unexpected.
        """
        self.asked.append(Asked(path, tuple((headers or {}).items()), timeout_s))
        if path not in self._answers:
            known = ", ".join(sorted(self._answers)) or "nothing"
            raise LookupError(f"this probe has no answer for {path!r}; it knows {known}")
        answer = self._answers[path]
        self._evidence.append(Evidence(EvidenceKind.PROBED, answer.url or path))
        if isinstance(answer, ProbeError):
            raise answer
        return answer
