"""Who may ask for what: the one table. A route that is not in it fails when the server is made."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from aiohttp import web

from director.model.value import dataclass
from director.web.identity import Role


class Scope(StrEnum):
    """Which services a route is about."""

    NONE = "none"
    """About no single service."""
    LISTED = "listed"
    """About many: it answers with those that the asker may see, and no others."""
    NAMED = "named"
    """About one that the request names: 403 if it is not the asker's, whether it exists or not."""
    KEPT = "kept"
    """About something with an id: 404 if it belongs to a service that is not the asker's."""
    ALL = "all"
    """About everything: 403 unless every service is the asker's."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a route needs.

    Attributes:
        role: What the asker must be allowed; None if anybody may ask.
        scope: Which services it is about.
    """

    role: Role | None
    scope: Scope = Scope.NONE


_ANYBODY = Need(None)
_VIEWS = Need(Role.VIEWER)
_LISTS = Need(Role.VIEWER, Scope.LISTED)
_NAMES = Need(Role.VIEWER, Scope.NAMED)
_KEPT = Need(Role.VIEWER, Scope.KEPT)
_AUDITS = Need(Role.AUDITOR, Scope.ALL)
_EVALUATES = Need(Role.EVALUATOR, Scope.NAMED)

API: Mapping[str, Need] = {
    "GET /livez": _ANYBODY,
    "GET /readyz": _ANYBODY,
    "GET /metrics": Need(Role.VIEWER, Scope.ALL),
    "POST /sign-in": _ANYBODY,
    "POST /sign-out": _VIEWS,
    "GET /api/v1/openapi.json": _ANYBODY,
    "GET /api/v1/me": _VIEWS,
    "GET /api/v1/services": _LISTS,
    "GET /api/v1/services/{service}": _NAMES,
    "GET /api/v1/services/{service}/decision": _NAMES,
    "GET /api/v1/services/{service}/decisions": _NAMES,
    "POST /api/v1/evaluations": _EVALUATES,
    "GET /api/v1/evaluations": _NAMES,
    "GET /api/v1/evaluations/{evaluation}": _KEPT,
    "GET /api/v1/evaluations/{evaluation}/results": _KEPT,
    "GET /api/v1/diff": _KEPT,
    "GET /api/v1/waivers": _LISTS,
    "POST /api/v1/waivers": Need(Role.POLICY_ADMIN, Scope.NAMED),
    "GET /api/v1/overrides": _LISTS,
    "POST /api/v1/overrides": Need(Role.OVERRIDE_REQUESTER, Scope.NAMED),
    "POST /api/v1/overrides/{override}/apply": Need(Role.OVERRIDE_APPROVER, Scope.KEPT),
    "POST /api/v1/overrides/{override}/revoke": Need(Role.OVERRIDE_APPROVER, Scope.KEPT),
    "GET /api/v1/audit/checkpoint": _AUDITS,
    "GET /api/v1/audit/entries": _AUDITS,
    "GET /api/v1/audit/proofs/inclusion": _AUDITS,
    "GET /api/v1/audit/proofs/consistency": _AUDITS,
    "GET /api/v1/plugins": _VIEWS,
    "GET /api/v1/schedule": _LISTS,
    "GET /api/v1/notifications/endpoints": Need(Role.POLICY_ADMIN, Scope.ALL),
    "GET /api/v1/notifications/endpoints/{endpoint}/deliveries": Need(Role.POLICY_ADMIN, Scope.ALL),
    "POST /api/v1/notifications/endpoints/{endpoint}/deliveries/{delivery}/redeliver": Need(
        Role.POLICY_ADMIN, Scope.ALL
    ),
    "GET /api/v1/events": _LISTS,
    "POST /api/v1/gates/flagger": _NAMES,
    "POST /api/v1/hooks/cloudevents": Need(Role.EVALUATOR, Scope.LISTED),
    "POST /api/v1/hooks/alertmanager": Need(Role.EVALUATOR, Scope.LISTED),
}
"""The routes of the API."""

PAGES: Mapping[str, Need] = {
    "GET /": _LISTS,
    "GET /row": _NAMES,
    "GET /services/{service}": _NAMES,
    "POST /services/{service}/evaluate": _EVALUATES,
    "POST /services/{service}/badge": Need(Role.POLICY_ADMIN, Scope.NAMED),
    "GET /evaluations/{evaluation}": _KEPT,
    "GET /diff": _KEPT,
    "GET /cases": _LISTS,
    "GET /plugins": _VIEWS,
    "GET /schedule": _LISTS,
    "GET /notifications": Need(Role.POLICY_ADMIN, Scope.ALL),
    "POST /notifications/redeliver": Need(Role.POLICY_ADMIN, Scope.ALL),
    "GET /help": _VIEWS,
    "GET /sign-in": _ANYBODY,
    "GET /static/{name}": _ANYBODY,
    "GET /badge/{token}.svg": _ANYBODY,
    "GET /badge/{token}.json": _ANYBODY,
}
"""The routes of the dashboard: whoever adds a page writes its need here."""

NEEDS: Mapping[str, Need] = {**API, **PAGES}
"""Every route with what it needs, as ``METHOD /path``; asking with HEAD needs what GET needs."""


def key_of(route: web.AbstractRoute) -> str | None:
    """Return where *route* stands in the table; None if it is none of ours (404, 405)."""
    resource = route.resource
    if resource is None:
        return None
    method = "GET" if route.method == "HEAD" else route.method
    return f"{method} {resource.canonical}"


def require_needs(app: web.Application) -> None:
    """Raise if a route does not stand in the table.

    Raises:
        LookupError: So it is; all of them are named.
    """
    there = {key_of(route) for route in app.router.routes()}
    if amiss := sorted(map(str, there - NEEDS.keys())):
        raise LookupError(f"routes that do not say what they need: {', '.join(amiss)}")
