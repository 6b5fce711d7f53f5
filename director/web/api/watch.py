"""The Director itself: plugins, notifications, metrics, and whether it is well."""

from __future__ import annotations

from aiohttp import web
from pydantic import Field

from director.model.catalog import Disposition
from director.model.notification import Delivery, EndpointHealth
from director.model.value import dataclass
from director.ports.service import Courier
from director.web.api.declare import Answer, Asked, Operation, PageSize, reply
from director.web.auth import asker
from director.web.front import FRONT
from director.web.identity import Role, Via
from director.web.problems import ProblemError

_TEXT = "text/plain"


class DeliveriesAsked(Asked):
    """Which deliveries."""

    before: str = Field(default="", max_length=128, pattern=r"^[!-~]*$")
    limit: PageSize = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class MeDocument:
    """Who asks, and what they may do."""

    name: str
    via: Via
    roles: tuple[Role, ...]
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginDocument:
    """One plugin as it is now; ``trouble`` is empty if all is well."""

    name: str
    distribution: str
    version: str
    disposition: Disposition
    code: str
    detail: str
    isolated: bool
    checks: int
    trouble: str
    ended: int


@dataclass(frozen=True, slots=True)
class PluginPage:
    """Every plugin, sorted by name."""

    items: tuple[PluginDocument, ...]


@dataclass(frozen=True, slots=True)
class EndpointPage:
    """Every receiver of notifications, sorted by name."""

    items: tuple[EndpointHealth, ...]


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Deliveries, the newest first; ``next`` goes into ``before``, null on the last page."""

    items: tuple[Delivery, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyDocument:
    """Whether the service can decide and record."""

    ready: bool
    offline: bool
    waiting: int
    running: int


@dataclass(frozen=True, slots=True)
class AgainDocument:
    """What is sent again."""

    endpoint: str
    delivery: str


async def me(request: web.Request, _: None) -> web.StreamResponse:
    """Answer with who asks."""
    identity = asker(request)
    said = MeDocument(
        name=identity.name,
        via=identity.via,
        roles=tuple(sorted(identity.roles)),
        services=identity.services,
    )
    return reply(said)


async def plugins(request: web.Request, _: None) -> web.StreamResponse:
    """Answer with every plugin that is installed, and how it is."""
    items = tuple(
        PluginDocument(
            name=each.plugin.name,
            distribution=each.plugin.distribution,
            version=each.plugin.version,
            disposition=each.plugin.disposition,
            code=each.plugin.code,
            detail=each.plugin.detail,
            isolated=each.plugin.isolated,
            checks=each.checks or len(each.plugin.checks),
            trouble=each.trouble,
            ended=each.ended,
        )
        for each in request.app[FRONT].daemon.plugins()
    )
    return reply(PluginPage(items))


async def endpoints(request: web.Request, _: None) -> web.StreamResponse:
    """Answer with every receiver of notifications."""
    courier = request.app[FRONT].courier
    return reply(EndpointPage(courier.endpoints() if courier else ()))


async def deliveries(request: web.Request, asked: DeliveriesAsked) -> web.StreamResponse:
    """Answer with deliveries to a receiver, the newest first."""
    name = request.match_info["endpoint"]
    courier = _courier(request, name)
    found = await courier.deliveries(name, asked.before, asked.limit + 1)
    page = found[: asked.limit]
    return reply(DeliveryPage(page, page[-1].id if len(found) > len(page) else None))


async def redeliver(request: web.Request, _: None) -> web.StreamResponse:
    """Send a delivery again, soon."""
    name, delivery = request.match_info["endpoint"], request.match_info["delivery"]
    if not await _courier(request, name).redeliver(name, delivery):
        raise ProblemError(404, "there is no such delivery")
    return reply(AgainDocument(name, delivery), 202)


async def livez(_: web.Request, __: None) -> web.StreamResponse:
    """Answer: who answers lives."""
    return web.Response(text="live\n")


async def readyz(request: web.Request, _: None) -> web.StreamResponse:
    """Answer 200 if the service can decide and record, else 503. Why not is told to who may ask."""
    health = request.app[FRONT].daemon.health()
    said = ReadyDocument(
        ready=health.ready,
        offline=health.offline,
        waiting=health.waiting,
        running=health.running,
    )
    return reply(said, 200 if health.ready else 503)


async def metrics(request: web.Request, _: None) -> web.StreamResponse:
    """Answer with metrics as Prometheus reads them."""
    exposition = request.app[FRONT].exposition
    if exposition is None:
        raise ProblemError(404, "no metrics are kept")
    body, content_type = exposition(request.headers.get("Accept", ""))
    return web.Response(body=body, headers={"Content-Type": content_type})


def _courier(request: web.Request, endpoint: str) -> Courier:
    courier = request.app[FRONT].courier
    if courier is None or all(each.name != endpoint for each in courier.endpoints()):
        raise ProblemError(404, "there is no receiver of this name")
    return courier


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        route="GET /api/v1/me",
        act=me,
        said="Who asks, and what they may do",
        answers={200: Answer("Who", MeDocument)},
    ),
    Operation(
        route="GET /api/v1/plugins",
        act=plugins,
        said="Every plugin that is installed, and how it is",
        answers={200: Answer("The plugins", PluginPage)},
    ),
    Operation(
        route="GET /api/v1/notifications/endpoints",
        act=endpoints,
        said="Every receiver of notifications, and how it is",
        answers={200: Answer("The receivers", EndpointPage)},
    ),
    Operation(
        route="GET /api/v1/notifications/endpoints/{endpoint}/deliveries",
        act=deliveries,
        said="What was sent to a receiver, the newest first",
        query=DeliveriesAsked,
        answers={200: Answer("A page of deliveries", DeliveryPage)},
    ),
    Operation(
        route="POST /api/v1/notifications/endpoints/{endpoint}/deliveries/{delivery}/redeliver",
        act=redeliver,
        said="Send a delivery again",
        answers={202: Answer("It is sent soon", AgainDocument)},
    ),
    Operation(
        route="GET /livez",
        act=livez,
        said="Does the process live?",
        answers={200: Answer("It does", media=_TEXT)},
    ),
    Operation(
        route="GET /readyz",
        act=readyz,
        said="Can the service decide and record?",
        answers={200: Answer("It can", ReadyDocument), 503: Answer("It cannot", ReadyDocument)},
    ),
    Operation(
        route="GET /metrics",
        act=metrics,
        said="Metrics, as Prometheus reads them",
        answers={200: Answer("The metrics", media=_TEXT), 404: Answer("None are kept", None)},
    ),
)
"""What this module offers."""
