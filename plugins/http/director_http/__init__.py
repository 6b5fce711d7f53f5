"""HTTP checks for the Production Readiness Director."""

from __future__ import annotations

from collections.abc import Iterable

from director.plugin import Check, hookimpl
from director_http.expect import Expect
from director_http.headers import Headers
from director_http.health import Health
from director_http.latency import Latency
from director_http.links import Links
from director_http.metrics import Metrics
from director_http.readiness import Readiness
from director_http.security_auth import SecurityAuth
from director_http.security_debug import SecurityDebug
from director_http.security_headers import SecurityHeaders
from director_http.security_https import SecurityHsts, SecurityHttps
from director_http.status import Status


@hookimpl
def director_checks() -> Iterable[type[Check]]:
    """Offer the HTTP checks."""
    return (
        Expect,
        Headers,
        Health,
        Latency,
        Links,
        Metrics,
        Readiness,
        SecurityAuth,
        SecurityDebug,
        SecurityHeaders,
        SecurityHsts,
        SecurityHttps,
        Status,
    )
