"""TLS checks for the Production Readiness Director."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, hookimpl
from director_tls.certificate import Certificate
from director_tls.chain import Chain
from director_tls.protocol import Protocol


@hookimpl
def director_checks() -> Iterable[type[Check]]:
    """Offer the TLS checks."""
    return (Certificate, Chain, Protocol)
