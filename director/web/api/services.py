"""Services: what is watched, and what was decided."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from aiohttp import hdrs, web
from pydantic import Field

from director.model.decision import Verdict
from director.model.history import Summary
from director.model.value import dataclass
from director.web.api.declare import (
    JSON,
    Answer,
    Asked,
    Environment,
    Header,
    Operation,
    PageSize,
    as_json,
    reply,
)
from director.web.api.paging import Cursor, cursor_of, place_of
from director.web.auth import asker
from director.web.documents import ScheduleDocument, ServiceEnvironments, ServicePage
from director.web.documents import schedule_document as scheduled
from director.web.front import FRONT
from director.web.matrix import Matrix, Row, Written, written
from director.web.problems import ProblemError

MATRIX = web.AppKey("matrix", Matrix)
"""Where the application keeps what is written of every target."""


class Tag(StrEnum):
    """A decision to look for; ``none`` for services that have none."""

    GO = "go"
    CONDITIONAL_GO = "conditional_go"
    NO_GO = "no_go"
    NONE = "none"


Rows = Annotated[int, Field(ge=1, le=1000)]
"""How many targets a page has at most: they are in memory, so a company's matrix is one page."""


class ServicesAsked(Asked):
    """Which services."""

    owner: str | None = Field(default=None, max_length=256)
    tier: int | None = Field(default=None, ge=0, le=4)
    decision: Tag | None = None
    q: str | None = Field(default=None, max_length=256)
    limit: Rows = 100
    cursor: Cursor = ""


class EnvironmentAsked(Asked):
    """Which environment; every one if it is not given."""

    environment: Environment | None = None


class DecisionsAsked(Asked):
    """Which decisions."""

    environment: Environment | None = None
    limit: PageSize = 50
    cursor: str = Field(default="", max_length=20, pattern=r"^([0-9]{1,18})?$")


class ScheduleAsked(Asked):
    """Which part of the schedule."""

    limit: Rows = 100
    cursor: Cursor = ""


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """Decisions in short, the newest first; ``next`` is null on the last page."""

    items: tuple[Summary, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePage:
    """When targets are evaluated; ``next`` is null on the last page."""

    lateness_p99_s: float
    items: tuple[ScheduleDocument, ...]
    next: str | None


async def services(request: web.Request, asked: ServicesAsked) -> web.StreamResponse:
    """Answer with services, by owner, tier, decision or a part of the name."""
    matrix = request.app[MATRIX]
    key = (asker(request).services, asked)
    found = matrix.kept(key)
    if found is None:
        rows = [row for row in _seen(request) if _fits(row, asked)]
        page, onward = _page(rows, asked)
        items = b", ".join([row.data for row in page])
        body = b'{"items": [%s], "next": %s}' % (items, as_json(onward))
        found = matrix.keep(key, body)
    return answer_of(request, found)


async def service(request: web.Request, _: None) -> web.StreamResponse:
    """Answer with a service in every environment."""
    name = request.match_info["service"]
    rows = [row.data for row in request.app[MATRIX].rows() if row.watched.service == name]
    if not rows:
        raise ProblemError(404, "nobody watches a service of this name")
    body = b'{"service": %s, "environments": [%s]}' % (as_json(name), b", ".join(rows))
    return answer_of(request, written(body))


async def decisions(request: web.Request, asked: DecisionsAsked) -> web.StreamResponse:
    """Answer with what was decided on a service, the newest first."""
    found = await request.app[FRONT].store.history(
        request.match_info["service"],
        asked.environment,
        int(asked.cursor) if asked.cursor else None,
        asked.limit + 1,
    )
    page = found[: asked.limit]
    onward = str(page[-1].seq) if len(found) > len(page) else None
    return answer_of(request, written(as_json(DecisionPage(page, onward))))


async def schedule(request: web.Request, asked: ScheduleAsked) -> web.StreamResponse:
    """Answer with when targets are evaluated, and how punctually."""
    page, onward = _page(_seen(request), asked)
    items = tuple(scheduled(row.watched) for row in page)
    lateness_s = request.app[FRONT].daemon.health().lateness_s
    return reply(SchedulePage(lateness_p99_s=lateness_s, items=items, next=onward))


def answer_of(request: web.Request, found: Written) -> web.StreamResponse:
    """Return the answer *found*, or that the asker has it already."""
    kept = {"ETag": found.etag, "Cache-Control": "private, no-cache"}
    wanted = request.headers.get(hdrs.IF_NONE_MATCH, "")
    tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
    if found.etag in tags or "*" in tags:
        return web.Response(status=304, headers=kept)
    return web.Response(body=found.body, content_type=JSON, headers=kept)


def _seen(request: web.Request) -> list[Row]:
    identity = asker(request)
    rows = request.app[MATRIX].rows()
    if identity.sees_all:
        return list(rows)
    return [row for row in rows if identity.sees(row.watched.service)]


def _fits(row: Row, asked: ServicesAsked) -> bool:
    watched = row.watched
    if asked.owner is not None and watched.owner != asked.owner:
        return False
    if asked.tier is not None and watched.tier != asked.tier:
        return False
    decision: Verdict | None = watched.latest.decision if watched.latest else None
    if asked.decision is not None and (decision or Tag.NONE) != asked.decision.value:
        return False
    return (
        not asked.q or asked.q.casefold() in f"{watched.service}@{watched.environment}".casefold()
    )


def _page(rows: list[Row], asked: ServicesAsked | ScheduleAsked) -> tuple[list[Row], str | None]:
    place = place_of(asked.cursor, 2)
    if place is not None:
        rows = [r for r in rows if (r.watched.service, r.watched.environment) > place]
    page = rows[: asked.limit]
    if len(rows) == len(page):
        return page, None
    last = page[-1].watched
    return page, cursor_of(last.service, last.environment)


_SAME = Answer("What you have (If-None-Match) is still so", media="")
_ETAGGED = {"If-None-Match": Header("The ETag of what you have: 304 if it is still so")}

OPERATIONS: tuple[Operation, ...] = (
    Operation(
        route="GET /api/v1/services",
        act=services,
        said="Services that are watched, each in each of its environments",
        query=ServicesAsked,
        headers=_ETAGGED,
        answers={200: Answer("A page of services", ServicePage), 304: _SAME},
    ),
    Operation(
        route="GET /api/v1/services/{service}",
        act=service,
        said="One service in every environment",
        headers=_ETAGGED,
        answers={200: Answer("The service", ServiceEnvironments), 304: _SAME},
    ),
    Operation(
        route="GET /api/v1/services/{service}/decisions",
        act=decisions,
        said="What was decided on a service, the newest first",
        query=DecisionsAsked,
        headers=_ETAGGED,
        answers={200: Answer("A page of decisions", DecisionPage), 304: _SAME},
    ),
    Operation(
        route="GET /api/v1/schedule",
        act=schedule,
        said="When targets are evaluated, and how punctually",
        query=ScheduleAsked,
        answers={200: Answer("A page of the schedule", SchedulePage)},
    ),
)
"""What this module offers."""
