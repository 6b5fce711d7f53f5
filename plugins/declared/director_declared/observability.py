"""Can people see what the service does?"""

from __future__ import annotations

from typing import ClassVar

from director.plugin import Answer, CheckSpec, Effort, Manifest, Role, dataclass
from director_declared.claims import YesOrNo


@dataclass(frozen=True, slots=True)
class LoggingCheck:
    """Ask whether the service writes structured logs."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.logging",
        reads=("declares.logging",),
        title="Writes structured logs to the central log store",
        category="observability",
        why="Without logs an incident is debugged by guessing, and the next one is the same.",
        remedy=(
            "Log one structured line per request with a request id, ship it to the central log"
            " store, and declare logging: true."
        ),
        effort=Effort.MEDIUM,
        role=Role.REQUIRED,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("logging", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``logging``."""
        return self.claim.judge(manifest)


@dataclass(frozen=True, slots=True)
class MetricsCheck:
    """Ask whether the service exports metrics."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.metrics",
        reads=("declares.metrics",),
        title="Exports rate, errors, duration and saturation",
        category="observability",
        why="Without metrics nobody sees an outage before the users report it.",
        remedy=(
            "Export request rate, error rate, duration and saturation, put them on a dashboard,"
            " and declare metrics: true."
        ),
        effort=Effort.MEDIUM,
        role=Role.REQUIRED,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("metrics", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``metrics``."""
        return self.claim.judge(manifest)


@dataclass(frozen=True, slots=True)
class AlertsCheck:
    """Ask whether somebody is alerted."""

    spec: ClassVar[CheckSpec] = CheckSpec(
        id="declared.alerts",
        reads=("declares.alerts",),
        title="Alerts on symptoms that users notice",
        category="observability",
        why="A metric that pages nobody finds the outage only in the postmortem.",
        remedy=(
            "Alert on error rate and latency as users see them, route the alert to the on-call"
            " rotation, fire it once as a test, and declare alerts: true."
        ),
        effort=Effort.LOW,
        role=Role.ADVISORY,
    )
    claim: ClassVar[YesOrNo] = YesOrNo("alerts", spec)

    def judge(self, manifest: Manifest) -> Answer:
        """Return what the team declares under ``alerts``."""
        return self.claim.judge(manifest)
