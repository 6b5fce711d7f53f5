"""Checks of what a team declares in its manifest."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, hookimpl
from director_declared.coverage import CoverageCheck
from director_declared.observability import AlertsCheck, LoggingCheck, MetricsCheck
from director_declared.operations import OnCallCheck, RollbackPlanCheck, RunbookCheck
from director_declared.reliability import BackupCheck, HealthcheckCheck, LoadTestCheck
from director_declared.security import SecurityReviewCheck
from director_declared.sla import SLACheck


@hookimpl
def director_checks() -> Iterable[type[Check]]:
    """Offer one check for each declaration."""
    return (
        AlertsCheck,
        BackupCheck,
        CoverageCheck,
        HealthcheckCheck,
        LoadTestCheck,
        LoggingCheck,
        MetricsCheck,
        OnCallCheck,
        RollbackPlanCheck,
        RunbookCheck,
        SLACheck,
        SecurityReviewCheck,
    )
