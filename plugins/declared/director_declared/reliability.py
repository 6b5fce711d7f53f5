"""Will the service stay up, and come back?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import Answer, CheckSpec, Effort, Manifest, Role, dataclass
from director_declared.claims import YesOrNo


@dataclass(frozen=True, slots=True)
class HealthcheckCheck:
    """Ask whether the service tells its health."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.healthcheck",
        reads=("declares.healthcheck",),
        title="Tells the platform whether it is healthy",
        category="reliability",
        why=(
            "Without a health check the platform sends traffic to instances that cannot answer,"
            " and never restarts them."
        ),
        remedy=(
            "Serve a health endpoint that fails when the service cannot do its work, point the"
            " platform's probes at it, and declare healthcheck: true."
        ),
        effort=Effort.LOW,
        role=Role.REQUIRED,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("healthcheck", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``healthcheck``."""
        return self.claim.judge(manifest)


@dataclass(frozen=True, slots=True)
class LoadTestCheck:
    """Ask whether the service was tested under load."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.load_test",
        reads=("declares.load_test",),
        title="Was tested at its expected peak load",
        category="reliability",
        why="The first real peak finds the limit instead of you, with users watching.",
        remedy=(
            "Run a load test at twice the expected peak, write down where it breaks, and"
            " declare load_test with the report as evidence."
        ),
        effort=Effort.HIGH,
        role=Role.ADVISORY,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("load_test", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``load_test``."""
        return self.claim.judge(manifest)


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """Ask whether the service's data is backed up."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.backup",
        reads=("declares.backup",),
        title="Backs up its data and has restored it once",
        category="reliability",
        why="A backup that was never restored is a hope; lost data stays lost.",
        remedy=(
            "Schedule backups, restore one into an empty environment, note how long it took,"
            " and declare backup with that note as evidence."
        ),
        effort=Effort.HIGH,
        role=Role.REQUIRED,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("backup", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``backup``."""
        return self.claim.judge(manifest)
