"""Is enough of the code tested?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import (
    Answer,
    CheckSpec,
    Claim,
    Effort,
    Failed,
    Manifest,
    Passed,
    Role,
    Tighter,
    dataclass,
    option,
)
from director_declared.claims import evidence_of, find_claim, misdeclared

NAME = "test_coverage_percent"


@dataclass(frozen=True, slots=True)
class CoverageCheck:
    """Compare the declared test coverage with a minimum.

    Attributes:
        min_percent: Least share of the code that tests run, in percent; exactly this passes.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.test_coverage",
        reads=("declares.test_coverage_percent",),
        title="Tests cover enough of the code",
        category="reliability",
        why="Code that no test runs is first run by a user.",
        remedy=(
            "Cover the code that moves money, data or permissions first, measure coverage in CI,"
            " and declare test_coverage_percent with the CI run as evidence."
        ),
        effort=Effort.HIGH,
        role=Role.ADVISORY,
    )

    min_percent: float = option(80.0, tighter=Tighter.HIGHER)

    def judge(self, manifest: Manifest) -> Answer:
        """Return whether the declared coverage reaches the minimum."""
        claim = find_claim(manifest, NAME)
        if not isinstance(claim, Claim):
            return claim
        if claim.value is False:
            return self._failed(claim, "the team declares that coverage is not measured", "false")
        # True names no figure; NaN is in no range.
        if isinstance(claim.value, bool) or not isinstance(claim.value, (int, float)):
            return misdeclared(claim, NAME, "a percentage from 0 to 100")
        if not 0 <= claim.value <= 100:
            return misdeclared(claim, NAME, "a percentage from 0 to 100")
        measured = f"tests cover {claim.value:g} %, at least {self.min_percent:g} % is asked"
        if claim.value < self.min_percent:
            return self._failed(claim, measured, f"{claim.value:g} %")
        return Passed(
            measured,
            observed=f"{claim.value:g} %",
            expected=f"{self.min_percent:g} %",
            evidence=(evidence_of(claim, NAME),),
        )

    def _failed(self, claim: Claim, reason: str, observed: str) -> Failed:
        return Failed(
            reason,
            remedy=self.spec.remedy,
            observed=observed,
            expected=f"{self.min_percent:g} %",
            code="declared_false" if claim.value is False else "below_minimum",
            evidence=(evidence_of(claim, NAME),),
        )
