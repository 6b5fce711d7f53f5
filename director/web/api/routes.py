"""Every operation of the API, and how they come into the application."""

from __future__ import annotations

from aiohttp import web

from director.web.api import audit, cases, evaluations, events, gates, hooks, services, watch
from director.web.api.audit import GROVE, Grove
from director.web.api.declare import Answer, Operation, add
from director.web.api.openapi import SIGNING, described
from director.web.api.services import MATRIX, answer_of
from director.web.front import FRONT
from director.web.idempotency import IDEMPOTENCY, Idempotency
from director.web.matrix import Matrix, written
from director.web.sight import SIGHT


async def _openapi(request: web.Request, _: None) -> web.StreamResponse:
    return answer_of(request, written(request.app[_DOCUMENT]))


_DOCUMENT = web.AppKey("openapi", bytes)

OPERATIONS: tuple[Operation, ...] = (
    *services.OPERATIONS,
    *gates.OPERATIONS,
    *evaluations.OPERATIONS,
    *cases.OPERATIONS,
    *audit.OPERATIONS,
    *hooks.OPERATIONS,
    *events.OPERATIONS,
    *watch.OPERATIONS,
    Operation(
        route="GET /api/v1/openapi.json",
        act=_openapi,
        said="This document",
        answers={
            200: Answer("The document", dict[str, object]),
            304: Answer("What you have (If-None-Match) is still so", media=""),
        },
    ),
)
"""All of them; signing in and out is documented besides."""


def add_routes(app: web.Application) -> None:
    """Add every operation to *app*, and what they keep between requests."""
    front = app[FRONT]
    app[MATRIX] = Matrix(app[SIGHT])
    app[GROVE] = Grove(front.store)
    app[IDEMPOTENCY] = Idempotency(front.clock)
    app[_DOCUMENT] = described((*OPERATIONS, *SIGNING))
    for operation in OPERATIONS:
        add(app, operation)
