"""Hooks: somebody tells of a deployment or an alert, and the services it is about are evaluated.

Mapping of CloudEvents (https://cloudevents.io, binary and structured):

- CDEvents ``dev.cdevents.service.deployed``, ``upgraded`` and ``rolledback``: the service is
  ``subject.id`` of the data, the environment ``subject.content.environment.id``.
- Of any other type, and in JSON that is no CloudEvent at all: ``service`` and ``environment`` of
  the data; without them the attribute ``subject``, as ``service`` or ``service@environment``.

Mapping of Alertmanager's webhook (version 4): of each alert, firing or resolved, the label
``director_service``, ``service``, ``app`` or ``job`` is the service, the first that is there;
``director_environment``, ``environment`` or ``env`` the environment.

A name that is a path, as CDEvents has them, means its last part too. Without an environment, every
environment of the service is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, RootModel, StringConstraints

from director.model.service import RefusalCode, Refused, Taken, Wanted
from director.model.text import printable
from director.model.value import dataclass
from director.web.api.declare import Answer, Header, Operation, invalid, reply
from director.web.api.evaluations import PLACE, status_of
from director.web.api.services import MATRIX
from director.web.auth import asker
from director.web.documents import HookDocument, RefusedDocument, TakenDocument
from director.web.front import FRONT
from director.web.problems import ProblemError
from director.web.rates import retry_after

_MOST_TARGETS = 200
_STRUCTURED = "application/cloudevents+json"
_OWN = "director."
_DEPLOYED = tuple(f"dev.cdevents.service.{verb}" for verb in ("deployed", "upgraded", "rolledback"))
_CDEVENTS = "dev.cdevents."

Short = Annotated[str, StringConstraints(max_length=2_000)]
Labels = Annotated[dict[Short, Short], Field(max_length=200)]


class Sender(BaseModel):
    """What others send by their own rules: what we do not know is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class Alert(Sender):
    """One alert."""

    status: Short = ""
    labels: Labels = Field(default_factory=dict)


class Alerts(Sender):
    """What Alertmanager sends (https://prometheus.io/docs/alerting/latest/configuration)."""

    version: Literal["4"] = "4"
    status: Short = ""
    alerts: Annotated[list[Alert], Field(max_length=1_000)]


class CloudEvent(RootModel[dict[str, Any]]):
    """An event in structured mode; or, in binary mode, its data, with ``ce-`` headers."""


@dataclass(frozen=True, slots=True)
class Named:
    """A target as somebody outside names it.

    Attributes:
        service: The service, or a path that ends in it.
        environment: Where, likewise; None for everywhere.
    """

    service: str
    environment: str | None


async def cloudevents(request: web.Request, event: CloudEvent) -> web.StreamResponse:
    """Have evaluated what a CloudEvent is about."""
    kind, subject, data = _event(request, event.root)
    if kind.startswith(_OWN):
        # What we tell ourselves would go round for ever.
        return _answer([], [], "it is an event of the Director itself")
    if kind.startswith(_CDEVENTS):
        if not kind.startswith(_DEPLOYED):
            return _answer([], [], f"nothing is evaluated because of {kind}")
        found = _of_cdevent(data)
    else:
        found = _of_plain(data, subject)
    if found is None:
        return _answer([], [], "it names no service")
    return await _submit(request, [found], printable(kind)[:100])


async def alertmanager(request: web.Request, asked: Alerts) -> web.StreamResponse:
    """Have evaluated what alerts are about."""
    found: dict[tuple[str, str | None], Named] = {}
    for alert in asked.alerts:
        service = _first(alert.labels, "director_service", "service", "app", "job")
        if service:
            where = _first(alert.labels, "director_environment", "environment", "env")
            found[service, where] = Named(service, where)
    if not found:
        return _answer([], [], "no alert has a label that names a service")
    return await _submit(request, list(found.values()), "an alert")


def _event(request: web.Request, root: dict[str, Any]) -> tuple[str, str, Any]:
    """Return the type, the subject and the data of a CloudEvent in either mode."""
    if request.content_type != _STRUCTURED:
        kind, subject = (request.headers.get(name, "") for name in ("ce-type", "ce-subject"))
        return kind or "plain", subject, root
    for name in ("specversion", "id", "source", "type"):
        if not isinstance(root.get(name), str) or not root[name]:
            raise invalid(f"/body/{name}", "must be a text")
    if not re.fullmatch(_VERSION, root["specversion"], re.ASCII):
        raise invalid("/body/specversion", "must be 1.0")
    subject, data = root.get("subject", ""), root.get("data", {})
    if not isinstance(subject, str):
        raise invalid("/body/subject", "must be a text")
    if not isinstance(data, dict):
        raise invalid("/body/data", "must be an object")
    return root["type"], subject, data


_VERSION = r"1\.[0-9]{1,3}"


def _of_cdevent(data: Any) -> Named | None:  # noqa: ANN401  # any JSON
    subject = data.get("subject") if isinstance(data, dict) else None
    name = subject.get("id") if isinstance(subject, dict) else None
    if not isinstance(name, str) or not name or not isinstance(subject, dict):
        return None
    content = subject.get("content")
    where = content.get("environment") if isinstance(content, dict) else None
    if isinstance(where, dict):
        where = where.get("id")
    return Named(name, where if isinstance(where, str) and where else None)


def _of_plain(data: Any, subject: str) -> Named | None:  # noqa: ANN401  # any JSON
    if isinstance(data, dict) and isinstance(data.get("service"), str) and data["service"]:
        where = data.get("environment")
        return Named(data["service"], where if isinstance(where, str) else None)
    service, at, where = subject.partition("@")
    return Named(service, where if at else None) if service else None


def _first(labels: dict[str, str], *names: str) -> str | None:
    return next((labels[name] for name in names if labels.get(name)), None)


async def _submit(request: web.Request, named: list[Named], cause: str) -> web.StreamResponse:
    front = request.app[FRONT]
    taken: list[TakenDocument] = []
    refused: list[RefusedDocument] = []
    pressing: list[Refused] = []
    for service, environment in _targets(request, named, refused):
        if len(taken) + len(pressing) >= _MOST_TARGETS:
            text = f"at most {_MOST_TARGETS} targets are taken at once"
            refused.append(_refused(service, environment, "too_many", text))
            continue
        wanted = Wanted(service=service, environment=environment, trigger="event", cause=cause)
        intake = await front.daemon.submit(wanted)
        if isinstance(intake, Taken):
            taken.append(_taken(service, environment, intake))
        else:
            refused.append(_refused(service, environment, intake.code.value, intake.text))
            if intake.code is not RefusalCode.UNKNOWN_TARGET:
                pressing.append(intake)
    if pressing and not taken:
        # Nothing was taken: whoever sent it shall send it again.
        first = pressing[0]
        headers = retry_after(first.retry_after_s or 1.0)
        raise ProblemError(status_of(first), first.text, headers=headers)
    return _answer(taken, refused, "")


def _targets(
    request: web.Request, named: list[Named], refused: list[RefusedDocument]
) -> Iterator[tuple[str, str]]:
    """Yield the targets that are meant, each once; put what means none to *refused*."""
    identity, rows = asker(request), request.app[MATRIX].rows()
    mine = [row.watched for row in rows if identity.sees(row.watched.service)]
    met: set[tuple[str, str]] = set()
    for each in named:
        found = [
            (w.service, w.environment)
            for w in mine
            if _means(each.service, w.service)
            and (each.environment is None or _means(each.environment, w.environment))
        ]
        if not found:
            text = "no target of yours has this name"
            where = printable(each.environment or "")[:256]
            code = RefusalCode.UNKNOWN_TARGET.value
            refused.append(_refused(printable(each.service)[:256], where, code, text))
        for target in found:
            if target not in met:
                met.add(target)
                yield target


def _means(said: str, name: str) -> bool:
    return said == name or (bool(name) and said.rpartition("/")[2] == name)


def _taken(service: str, environment: str, taken: Taken) -> TakenDocument:
    return TakenDocument(
        evaluation=taken.evaluation,
        service=service,
        environment=environment,
        joined=taken.joined,
        location=f"{PLACE}{taken.evaluation}",
    )


def _refused(service: str, environment: str, code: str, text: str) -> RefusedDocument:
    return RefusedDocument(service=service, environment=environment, code=code, text=text)


def _answer(
    taken: list[TakenDocument], refused: list[RefusedDocument], ignored: str
) -> web.StreamResponse:
    said = HookDocument(
        taken=tuple(taken), refused=tuple(refused), ignored=printable(ignored)[:300]
    )
    return reply(said, 202)


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        route="POST /api/v1/hooks/cloudevents",
        act=cloudevents,
        said="Tell of a deployment, as a CloudEvent (CDEvents or plain), binary or structured",
        body=CloudEvent,
        headers={
            "ce-specversion": Header("1.0, in binary mode"),
            "ce-id": Header("The event, in binary mode"),
            "ce-source": Header("Where it happened, in binary mode"),
            "ce-type": Header("What happened, in binary mode"),
            "ce-subject": Header("What it is about, in binary mode"),
        },
        answers={202: Answer("What was taken, and what was not", HookDocument)},
    ),
    Operation(
        route="POST /api/v1/hooks/alertmanager",
        act=alertmanager,
        said="Tell of alerts, as Alertmanager does",
        body=Alerts,
        answers={202: Answer("What was taken, and what was not", HookDocument)},
    ),
)
"""What this module offers."""
