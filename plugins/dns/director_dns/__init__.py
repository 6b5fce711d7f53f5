"""DNS checks for the Production Readiness Director."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, hookimpl
from director_dns.consistent import Consistent
from director_dns.records import Records


@hookimpl
def director_checks() -> Iterable[type[Check]]:
    """Offer the DNS checks."""
    return (Consistent, Records)
