"""What level of service does the team promise?"""

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
    Sla,
    Tighter,
    Unknown,
    Warned,
    dataclass,
    option,
)
from director_declared.claims import evidence_of, find_claim, misdeclared

NAME = "sla"

ANY_AVAILABILITY_PERCENT = 0.0
ANY_LATENCY_MS = 3_600_000.0
"""An hour: no service promises to be slower, so this asks for nothing."""


@dataclass(frozen=True, slots=True)
class SLACheck:
    """Compare the promised service level with the least that is asked.

    With the defaults nothing particular is asked: any figure passes, and a promise without a
    figure warns. Where a figure is asked, a promise without it leaves the check unknown.

    Attributes:
        min_availability_percent: Least availability to promise; 0 asks for none.
        max_latency_ms: Longest latency to promise, in milliseconds; 3,600,000 asks for none.
    """

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.sla",
        reads=("declares.sla",),
        title="Promises a service level in figures",
        category="reliability",
        why=(
            "Without a promised level nobody can say whether the service is down, and every team"
            " that depends on it assumes its own."
        ),
        remedy=(
            "Agree with the service's users on availability and latency, measure both, and declare"
            " sla: {availability_percent: ..., latency_ms: ...}."
        ),
        effort=Effort.MEDIUM,
        role=Role.ADVISORY,
    )

    min_availability_percent: float = option(ANY_AVAILABILITY_PERCENT, tighter=Tighter.HIGHER)
    max_latency_ms: float = option(ANY_LATENCY_MS, tighter=Tighter.LOWER)

    def judge(self, manifest: Manifest) -> Answer:
        """Return whether the promised level is good enough."""
        claim = find_claim(manifest, NAME)
        if not isinstance(claim, Claim):
            return claim
        promised = Sla() if claim.value is True else claim.value
        if promised is False:
            return self._failed(claim, "the team promises no service level", "false")
        if not isinstance(promised, Sla):
            return misdeclared(claim, NAME, "availability_percent and latency_ms")
        if broken := self._shortfalls(promised):
            reason = f"the promise falls short: {' and '.join(broken)}"
            return self._failed(claim, reason, _shown(promised))
        return self._figures(claim, promised)

    def _figures(self, claim: Claim, promised: Sla) -> Answer:
        """Return whether the figures that are asked are there, given that none falls short."""
        evidence = (evidence_of(claim, NAME),)
        if silent := self._silences(promised):
            reason = f"a promise of {' and '.join(silent)} is asked, the SLA names none"
            return Unknown(reason, "no_figure", evidence)
        if promised == Sla():
            reason = "the team claims an SLA without a figure"
            return Warned(reason, self.spec.remedy, "true", self._asked(), evidence)
        shown = _shown(promised)
        return Passed(f"the team promises {shown}", shown, self._asked(), evidence)

    def _failed(self, claim: Claim, reason: str, observed: str) -> Failed:
        return Failed(
            reason,
            remedy=self.spec.remedy,
            observed=observed,
            expected=self._asked(),
            code="declared_false" if claim.value is False else "below_minimum",
            evidence=(evidence_of(claim, NAME),),
        )

    def _shortfalls(self, promised: Sla) -> list[str]:
        """Return each promise that is worse than what is asked; exactly that is enough."""
        broken = []
        available, latency_ms = promised.availability_percent, promised.latency_ms
        # Written so that NaN falls short.
        if available is not None and not available >= self.min_availability_percent:
            broken.append(
                f"{available:g} % available, at least {self.min_availability_percent:g} % is asked"
            )
        if latency_ms is not None and not latency_ms <= self.max_latency_ms:
            broken.append(f"{latency_ms:g} ms, at most {self.max_latency_ms:g} ms is asked")
        return broken

    def _silences(self, promised: Sla) -> list[str]:
        """Return each figure that is asked and not promised."""
        silent = []
        if self.min_availability_percent > ANY_AVAILABILITY_PERCENT:
            silent += ["availability"] if promised.availability_percent is None else []
        if self.max_latency_ms < ANY_LATENCY_MS:
            silent += ["latency"] if promised.latency_ms is None else []
        return silent

    def _asked(self) -> str:
        """Return what is asked, for people."""
        asked = []
        if self.min_availability_percent > ANY_AVAILABILITY_PERCENT:
            asked.append(f"at least {self.min_availability_percent:g} % available")
        if self.max_latency_ms < ANY_LATENCY_MS:
            asked.append(f"at most {self.max_latency_ms:g} ms")
        return ", ".join(asked) or "any figure"


def _shown(promised: Sla) -> str:
    shown = []
    if promised.availability_percent is not None:
        shown.append(f"{promised.availability_percent:g} % available")
    if promised.latency_ms is not None:
        shown.append(f"within {promised.latency_ms:g} ms")
    return ", ".join(shown)
