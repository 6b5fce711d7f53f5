"""Can people run the service at three in the morning?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import Answer, CheckSpec, Effort, Manifest, Role, dataclass
from director_declared.claims import YesOrNo


@dataclass(frozen=True, slots=True)
class RunbookCheck:
    """Ask whether the service has a runbook."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.runbook",
        reads=("declares.runbook",),
        title="Has a runbook for its alerts",
        category="operations",
        why=(
            "Whoever is paged at night and did not write the service loses the first hour"
            " searching."
        ),
        remedy=(
            "Write one page per alert: what it means, how to confirm it, what to do, whom to"
            " call; link it from the alert, and declare runbook: true."
        ),
        effort=Effort.LOW,
        role=Role.ADVISORY,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("runbook", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``runbook``."""
        return self.claim.judge(manifest)


@dataclass(frozen=True, slots=True)
class OnCallCheck:
    """Ask whether somebody is on call."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.on_call",
        reads=("declares.on_call",),
        title="Has an on-call rotation that answers pages",
        category="operations",
        why="A page that reaches nobody lengthens every outage until office hours.",
        remedy=(
            "Set up a rotation of at least two people with an escalation, page it once as a"
            " test, and declare on_call: true."
        ),
        effort=Effort.MEDIUM,
        role=Role.REQUIRED,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("on_call", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``on_call``."""
        return self.claim.judge(manifest)


@dataclass(frozen=True, slots=True)
class RollbackPlanCheck:
    """Ask whether a launch can be undone."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.rollback_plan",
        reads=("declares.rollback_plan",),
        title="Can be rolled back, and was once",
        category="operations",
        why=(
            "Most outages begin with a change; without a way back they last until the fix is"
            " written."
        ),
        remedy=(
            "Roll back one release in staging, data migrations included, write down the steps"
            " and the time, and declare rollback_plan: true."
        ),
        effort=Effort.MEDIUM,
        role=Role.REQUIRED,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("rollback_plan", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``rollback_plan``."""
        return self.claim.judge(manifest)
