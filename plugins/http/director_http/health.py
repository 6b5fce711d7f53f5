"""Is the service healthy, by its own word, and quick to say so?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Effort,
    Failed,
    NotApplicable,
    Passed,
    Probe,
    Role,
    Target,
    Tighter,
    option,
)


@dataclass(frozen=True, slots=True)
class Health:
    """Ask for the health page, and hold its status and its time against what is expected.

    Attributes:
        path: The health page, relative to the service's base URL.
        budget_s: Longest acceptable answer, in seconds.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="http.health",
        title="The health endpoint answers in time",
        category="reliability",
        why="Without a health endpoint that answers, nothing notices that an instance is broken,"
        " and traffic keeps going there.",
        remedy="Make the health endpoint answer 2xx within its budget while the service is ready.",
        effort=Effort.MEDIUM,
        role=Role.REQUIRED,
        deadline_s=10.0,
        reads=("base_url",),
    )

    path: str = "/healthz"
    budget_s: float = option(1.0, tighter=Tighter.LOWER)

    async def run(self, target: Target, probe: Probe) -> Answer:
        """Ask once."""
        if target.base_url is None:
            return NotApplicable("the environment has no base_url to ask")
        reply = await probe.get(self.path)
        if not 200 <= reply.status <= 299:
            return Failed(
                f"{self.path} answered with status {reply.status}, wanted 200 to 299",
                observed=f"status {reply.status}",
                expected="status 200 to 299",
                code="http_status",
            )
        observed = f"{reply.elapsed_s:.3f} s"
        expected = f"at most {self.budget_s:.3f} s"
        said = f"{self.path} answered {reply.status} in {observed}, budget {self.budget_s:.3f} s"
        if reply.elapsed_s <= self.budget_s:
            return Passed(said, observed=observed, expected=expected)
        return Failed(
            said,
            remedy="Find out what the health endpoint waits for, and take it off its path.",
            observed=observed,
            expected=expected,
            code="latency",
        )
