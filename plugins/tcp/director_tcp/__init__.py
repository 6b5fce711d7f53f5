"""TCP checks for the Production Readiness Director."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, hookimpl
from director_tcp.open import Open


@hookimpl
def director_checks() -> Iterable[type[Check]]:
    """Offer the TCP checks."""
    return (Open,)
