"""HTTP checks for the Production Readiness Director."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, hookimpl
from director_http.health import Health


@hookimpl
def director_checks() -> Iterable[type[Check]]:
    """Offer the HTTP checks."""
    return (Health,)
