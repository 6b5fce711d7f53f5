"""What an answer is worth, without asking anything: expectations and health documents."""

from __future__ import annotations

from director.model.health import HealthDocument
from director.model.judgement import Judgement
from director.model.probe import Reply
from director.model.probed import Seen


class Judging:
    """Judges answers; what it needs is imported when somebody asks."""

    def judge(self, answer: Seen, expectation: str) -> Judgement:
        """Return whether *answer* meets *expectation*.

        Raises:
            ValueError: *expectation* cannot be understood.
        """
        from director.probing.conditions import compile_expectation  # noqa: PLC0415  # slow, and few checks need it

        return compile_expectation(expectation).judge(answer, self.health)

    def health(self, reply: Reply) -> HealthDocument | None:
        """Return what *reply* says of the service's health; None if it is no health document."""
        from director.probing.health_documents import read_health  # noqa: PLC0415  # as above

        return read_health(reply)
