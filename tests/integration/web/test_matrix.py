"""Every route, asked by nobody and in every role, about one's own and about foreign services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aiohttp import ClientSession

from director.web.access import NEEDS, Scope, key_of
from director.web.auth import GUARD
from director.web.front import Access, WebSettings
from director.web.identity import EVERY, Role
from director.web.server import make_app
from director.web.tokens import Token, TokenWish, mint
from tests.integration.web.city import Town, served, town
from tests.integration.web.test_schemathesis import GENEROUS

Keep: TypeAlias = Callable[[Token], Awaitable[None]]

LATER = "2099-01-01T00:00:00Z"


@dataclass(frozen=True)
class Row:
    """How a route is asked, and what it answers who may ask.

    Attributes:
        code: The status code.
        path: The path, where it has parts; given the town's names.
        body: What is sent as JSON; None for nothing.
        form: What is sent as a form; None for nothing.
    """

    code: int = 200
    path: Callable[[dict[str, str]], str] | None = None
    body: dict[str, Any] | None = None
    form: dict[str, str] | None = None


SERVICE = {"service": "payment-service", "environment": "production"}
ROWS: dict[str, Row] = {
    "GET /livez": Row(),
    "GET /readyz": Row(),
    "GET /metrics": Row(),
    "POST /sign-in": Row(401, body={"token": "nobody's"}),
    "POST /sign-out": Row(204),
    "GET /api/v1/openapi.json": Row(),
    "GET /api/v1/me": Row(),
    "GET /api/v1/services": Row(),
    "GET /api/v1/services/{service}": Row(path=lambda _: "/api/v1/services/payment-service"),
    "GET /api/v1/services/{service}/decision": Row(
        path=lambda _: "/api/v1/services/payment-service/decision"
    ),
    "GET /api/v1/services/{service}/decisions": Row(
        path=lambda _: "/api/v1/services/payment-service/decisions"
    ),
    "POST /api/v1/evaluations": Row(202, body=SERVICE),
    "GET /api/v1/evaluations": Row(path=lambda _: "/api/v1/evaluations?service=payment-service"),
    "GET /api/v1/evaluations/{evaluation}": Row(
        path=lambda names: f"/api/v1/evaluations/{names['evaluation']}"
    ),
    "GET /api/v1/evaluations/{evaluation}/results": Row(
        path=lambda names: f"/api/v1/evaluations/{names['evaluation']}/results"
    ),
    "GET /api/v1/diff": Row(
        path=lambda names: f"/api/v1/diff?from={names['evaluation']}&to={names['evaluation']}"
    ),
    "GET /api/v1/waivers": Row(),
    "POST /api/v1/waivers": Row(
        409,  # It expires too late, which is said to who may ask.
        body={
            **SERVICE,
            "check": "declared.load_test",
            "code": "fix_scheduled",
            "reason": "the rig for it comes next week",
            "ticket": "OPS-1",
            "expires_at": LATER,
        },
    ),
    "GET /api/v1/overrides": Row(),
    "POST /api/v1/overrides": Row(409, body={**SERVICE, "reason": "too short", "ticket": "OPS-1"}),
    "POST /api/v1/overrides/{override}/apply": Row(
        409,
        path=lambda names: f"/api/v1/overrides/{names['override']}/apply",
        body={"signatures": ["none"]},
    ),
    "POST /api/v1/overrides/{override}/revoke": Row(
        200,
        path=lambda names: f"/api/v1/overrides/{names['override']}/revoke",
        body={"reason": "nobody needs it any more"},
    ),
    "GET /api/v1/audit/checkpoint": Row(),
    "GET /api/v1/audit/entries": Row(),
    "GET /api/v1/audit/proofs/inclusion": Row(
        path=lambda _: "/api/v1/audit/proofs/inclusion?index=0"
    ),
    "GET /api/v1/audit/proofs/consistency": Row(
        path=lambda _: "/api/v1/audit/proofs/consistency?from=1"
    ),
    "GET /api/v1/plugins": Row(),
    "GET /api/v1/schedule": Row(),
    "GET /api/v1/notifications/endpoints": Row(),
    "GET /api/v1/notifications/endpoints/{endpoint}/deliveries": Row(
        path=lambda _: "/api/v1/notifications/endpoints/chat/deliveries"
    ),
    "POST /api/v1/notifications/endpoints/{endpoint}/deliveries/{delivery}/redeliver": Row(
        202,
        path=lambda _: (
            "/api/v1/notifications/endpoints/chat/deliveries/01K0000000000000000000000A/redeliver"
        ),
        body={},
    ),
    "GET /api/v1/events": Row(),
    "POST /api/v1/gates/flagger": Row(
        409, body={"name": "payment-service", "namespace": "production"}
    ),
    "POST /api/v1/hooks/cloudevents": Row(202, body=SERVICE),
    "POST /api/v1/hooks/alertmanager": Row(202, body={"version": "4", "alerts": []}),
}
"""Every route of the API with how it is asked; one without a row fails the test below."""

FORM = {"environment": "production"}
PAGES: dict[str, Row] = {
    "GET /": Row(),
    "GET /row": Row(path=lambda _: "/row?service=payment-service&environment=production"),
    "GET /services/{service}": Row(path=lambda _: "/services/payment-service"),
    "POST /services/{service}/evaluate": Row(
        303, path=lambda _: "/services/payment-service/evaluate", form=FORM
    ),
    "POST /services/{service}/badge": Row(
        path=lambda _: "/services/payment-service/badge", form=FORM
    ),
    "GET /evaluations/{evaluation}": Row(path=lambda names: f"/evaluations/{names['evaluation']}"),
    "GET /diff": Row(
        path=lambda names: f"/diff?from={names['evaluation']}&to={names['evaluation']}"
    ),
    "GET /cases": Row(),
    "GET /plugins": Row(),
    "GET /schedule": Row(),
    "GET /notifications": Row(),
    "POST /notifications/redeliver": Row(
        303, form={"endpoint": "chat", "delivery": "01K0000000000000000000000A"}
    ),
    "GET /help": Row(),
    "GET /sign-in": Row(),
    "GET /static/{name}": Row(404, path=lambda _: "/static/nobody.css"),
    "GET /badge/{token}.svg": Row(404, path=lambda _: "/badge/nobody.svg"),
    "GET /badge/{token}.json": Row(404, path=lambda _: "/badge/nobody.json"),
}
"""Every page likewise."""

ROWS = {**ROWS, **{route: row for route, row in PAGES.items() if route in NEEDS}}


def expected(route: str, role: Role | None, *, own: bool) -> int:
    """Return the code that the table of needs demands."""
    need = NEEDS[route]
    if need.role is None:
        return ROWS[route].code
    if role is None:
        return 401
    if need.role not in {role, Role.VIEWER}:
        return 403
    if not own and need.scope in {Scope.NAMED, Scope.ALL}:
        return 403
    if not own and need.scope is Scope.KEPT:
        return 404
    return ROWS[route].code


def test_every_route_has_a_row() -> None:
    """Nobody adds a route without saying what each role is answered."""
    assert ROWS.keys() == NEEDS.keys()


async def test_the_table_has_no_route_that_is_not_there(tmp_path: Path) -> None:
    """What is needed for a route is said only of routes that are there."""
    async with town(tmp_path) as there:
        app = make_app(there.front)
        assert {key_of(route) for route in app.router.routes()} == NEEDS.keys()


@pytest.mark.parametrize("own", [True, False], ids=["own", "foreign"])
@pytest.mark.parametrize("role", [None, *Role], ids=["nobody", *Role])
async def test_each_is_answered_what_the_table_says(
    tmp_path: Path, role: Role | None, own: bool
) -> None:
    """The exact code, on every route."""
    settings = WebSettings(access=Access.TOKENS, limits=GENEROUS)
    async with town(tmp_path, settings) as there:
        app = make_app(there.front)
        async with served(app) as (client, _):
            names = await _names(there, client, app[GUARD].tokens.keep)
            wrong = []
            for route, row in ROWS.items():
                services = _services(NEEDS[route].scope, own=own)
                headers = {}
                if role is not None:
                    wish = TokenWish(
                        name="one",
                        holder="ann",
                        roles=frozenset({role}),
                        services=services,
                        lasts=timedelta(days=1),
                    )
                    token, kept = mint(wish, there.clock.now())
                    await app[GUARD].tokens.keep(kept)
                    headers["Authorization"] = f"Bearer {token}"
                method, _, path = route.partition(" ")
                async with client.request(
                    method,
                    row.path(names) if row.path else path,
                    json=row.body,
                    data=row.form,
                    headers=headers,
                    allow_redirects=False,
                ) as answer:
                    code = expected(route, role, own=own)
                    if answer.status != code:
                        wrong.append((route, code, answer.status))

    assert wrong == []


def _services(scope: Scope, *, own: bool) -> tuple[str, ...]:
    """Return whose services the token is for: of what is about all, a part is foreign."""
    if scope is Scope.ALL:
        return (EVERY,) if own else ("payment-*",)
    return ("payment-*",) if own else ("other-*",)


async def _names(there: Town, client: ClientSession, keep: Keep) -> dict[str, str]:
    """Return what there is to name: an evaluation, and an override of it."""
    evaluation = await there.evaluated("payment-service")
    wish = TokenWish(
        name="all",
        holder="bob",
        roles=frozenset(Role),
        services=(EVERY,),
        lasts=timedelta(days=1),
    )
    token, kept = mint(wish, there.clock.now())
    await keep(kept)
    asked = {**SERVICE, "reason": "the launch cannot wait for the rig", "ticket": "OPS-1"}
    headers = {"Authorization": f"Bearer {token}"}
    async with client.post("/api/v1/overrides", json=asked, headers=headers) as answer:
        document = await answer.json()
    assert answer.status == 201, document
    return {"evaluation": evaluation, "override": document["id"]}
