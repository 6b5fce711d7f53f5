"""Has somebody looked for the holes?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import Answer, CheckSpec, Effort, Manifest, Role, dataclass
from director_declared.claims import YesOrNo


@dataclass(frozen=True, slots=True)
class SecurityReviewCheck:
    """Ask whether the service passed its security review."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.security_review",
        reads=("declares.security_review",),
        title="Passed its security review",
        category="security",
        why="A hole found after launch is found by an attacker, and costs users' data.",
        remedy=(
            "Ask the security team for a review, fix what it finds, and declare security_review"
            " with the report as evidence and its date."
        ),
        effort=Effort.HIGH,
        role=Role.BLOCKER,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("security_review", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``security_review``."""
        return self.claim.judge(manifest)
