"""Checks of a service's own log, for the Production Readiness Director."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, hookimpl
from director_logs.structured import Structured


@hookimpl
def director_checks() -> Iterable[type[Check]]:
    """Offer the checks of logs."""
    return (Structured,)
