"""Evaluations: ask for one, hear how far it came, and read what was decided."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field

from director.formats.json import document
from director.model.record import CheckEntry, Record
from director.model.report import Judged
from director.model.service import (
    Intake,
    Progress,
    RefusalCode,
    Refused,
    Stage,
    Taken,
    Wanted,
)
from director.model.value import dataclass
from director.ports import Store
from director.rules.contrast import contrast
from director.web.api.declare import (
    Answer,
    Asked,
    Environment,
    Header,
    Name,
    Operation,
    PageSize,
    Sent,
    Ulid,
    as_json,
    invalid,
    reply,
)
from director.web.api.services import MATRIX, DecisionPage, DecisionsAsked, answer_of
from director.web.auth import asker
from director.web.documents import StageDocument, TakenDocument
from director.web.front import FRONT
from director.web.idempotency import IDEMPOTENCY
from director.web.matrix import written
from director.web.problems import ProblemError
from director.web.rates import retry_after

PLACE = "/api/v1/evaluations/"


class EvaluationWanted(Sent):
    """What to evaluate."""

    service: Name
    environment: Environment | None = Field(
        default=None, description="Where; not needed if the service is watched in one only"
    )
    cause: str = Field(default="", max_length=200, description="What asks, for people")


class EvaluationsAsked(DecisionsAsked):
    """Which evaluations: those of one service."""

    service: Name


class DiffAsked(Asked):
    """Which two evaluations."""

    from_: Ulid = Field(alias="from")
    to: Ulid


class ResultsAsked(Asked):
    """Which results."""

    outcome: str | None = Field(default=None, max_length=32, pattern="^[a-z_]+$")
    limit: PageSize = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationDocument(StageDocument):
    """How far an evaluation came, with its report once there is a decision."""

    report: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ResultsDocument:
    """The result of every check of an evaluation."""

    evaluation: str
    items: tuple[CheckEntry, ...]


async def submit(request: web.Request, asked: EvaluationWanted) -> web.StreamResponse:
    """Take an evaluation; asked twice with one ``Idempotency-Key``, answer twice the same."""
    front, identity = request.app[FRONT], asker(request)
    key = request.headers.get("Idempotency-Key", "")

    environment = _environment(request, asked)

    async def once() -> Taken:
        wanted = Wanted(
            service=asked.service,
            environment=environment,
            trigger="pipeline",
            cause=asked.cause if asked.cause.isprintable() and asked.cause else identity.name,
        )
        return demand_taken(await front.daemon.submit(wanted))

    if key:
        kept = request.app[IDEMPOTENCY]
        who = f"{identity.credential}\n{key}"
        taken = await kept.once(who, asked.model_dump_json(), once)
    else:
        taken = await once()
    place = f"{PLACE}{taken.evaluation}"
    said = TakenDocument(
        evaluation=taken.evaluation,
        service=asked.service,
        environment=environment,
        joined=taken.joined,
        location=place,
    )
    return reply(said, 202, {"Location": place})


async def evaluations(request: web.Request, asked: EvaluationsAsked) -> web.StreamResponse:
    """Answer with the evaluations of a service that have a decision, the newest first."""
    before = int(asked.cursor) if asked.cursor else None
    found = await request.app[FRONT].store.history(
        asked.service, asked.environment, before, asked.limit + 1
    )
    page = found[: asked.limit]
    onward = str(page[-1].seq) if len(found) > len(page) else None
    return reply(DecisionPage(page, onward))


async def evaluation(request: web.Request, _: None) -> web.StreamResponse:
    """Answer with how far an evaluation came, and its report once there is a decision."""
    front, name = request.app[FRONT], _name(request)
    progress = await front.daemon.progress(name)
    record = await front.store.evaluation(name)
    if record is not None:
        _demand_seen(request, record.service)
        judged = await front.memory.judged(record)
        return answer_of(request, written(as_json(_decided(record, judged))))
    if progress is None:
        raise _unknown()
    _demand_seen(request, progress.service)
    return reply(_undecided(progress), headers={"Retry-After": "1"})


async def results(request: web.Request, asked: ResultsAsked) -> web.StreamResponse:
    """Answer with the result of every check, or of those with one outcome."""
    record = await _record(request, request.app[FRONT].store, _name(request))
    items = [
        check for check in record.checks if asked.outcome is None or check.outcome == asked.outcome
    ]
    found = ResultsDocument(record.evaluation, tuple(items[: asked.limit]))
    return answer_of(request, written(as_json(found)))


async def diff(request: web.Request, asked: DiffAsked) -> web.StreamResponse:
    """Answer with what became better, worse, new or gone between two evaluations."""
    store = request.app[FRONT].store
    before = await _record(request, store, asked.from_)
    after = await _record(request, store, asked.to)
    return answer_of(request, written(as_json(contrast(before, after).document())))


def demand_taken(intake: Intake) -> Taken:
    """Return what was taken.

    Raises:
        ProblemError: It was refused.
    """
    if isinstance(intake, Taken):
        return intake
    headers = retry_after(intake.retry_after_s) if intake.retry_after_s else {}
    raise ProblemError(status_of(intake), intake.text, headers=headers)


def status_of(refused: Refused) -> int:
    """Return the status code that says why nothing was taken."""
    match refused.code:
        case RefusalCode.UNKNOWN_TARGET:
            return 404
        case RefusalCode.QUEUE_FULL:
            return 429
        case RefusalCode.STOPPING | RefusalCode.NOT_RECORDED:
            return 503


def _environment(request: web.Request, asked: EvaluationWanted) -> str:
    front = request.app[FRONT]
    if asked.environment is not None:
        return asked.environment
    if front.daemon.target(asked.service, "") is not None:
        return ""
    found = request.app[MATRIX].environments(asked.service)
    if len(found) > 1:
        names = ", ".join(name or "(none)" for name in found[:10])
        raise invalid("/body/environment", f"must be one of {names}")
    return found[0] if found else ""


def _name(request: web.Request) -> str:
    return request.match_info["evaluation"]


async def _record(request: web.Request, store: Store, name: str) -> Record:
    record = await store.evaluation(name)
    if record is None:
        raise _unknown()
    _demand_seen(request, record.service)
    return record


def _demand_seen(request: web.Request, service: str) -> None:
    if not asker(request).sees(service):
        raise _unknown()


def _unknown() -> ProblemError:
    return ProblemError(404, "there is no evaluation of this name that has what you ask for")


def _decided(record: Record, judged: Judged) -> dict[str, Any]:
    return {
        "evaluation": record.evaluation,
        "service": record.service,
        "environment": record.environment,
        "trigger": record.trigger,
        "stage": Stage.DECIDED,
        "reason": "",
        "report": document(judged),
    }


def _undecided(progress: Progress) -> dict[str, Any]:
    return {
        "evaluation": progress.evaluation,
        "service": progress.service,
        "environment": progress.environment,
        "trigger": progress.trigger,
        "stage": progress.stage,
        "reason": progress.reason,
        "report": None,
    }


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        route="POST /api/v1/evaluations",
        act=submit,
        said="Have a service evaluated",
        body=EvaluationWanted,
        headers={
            "Idempotency-Key": Header(
                "Asked again with the same key, it is not evaluated again", "[!-~]{1,255}"
            )
        },
        answers={
            202: Answer("It will be evaluated; Location says where to ask", TakenDocument),
            404: Answer("Nobody watches this target", None),
            409: Answer("A request with this Idempotency-Key was another one", None),
        },
    ),
    Operation(
        route="GET /api/v1/evaluations",
        act=evaluations,
        said="Evaluations of a service that have a decision, the newest first",
        query=EvaluationsAsked,
        answers={200: Answer("A page of evaluations", DecisionPage)},
    ),
    Operation(
        route="GET /api/v1/evaluations/{evaluation}",
        act=evaluation,
        said="How far an evaluation came, and its report once there is a decision",
        answers={
            200: Answer("The evaluation", EvaluationDocument),
            304: Answer("What you have (If-None-Match) is still so", media=""),
        },
    ),
    Operation(
        route="GET /api/v1/evaluations/{evaluation}/results",
        act=results,
        said="The result of every check",
        query=ResultsAsked,
        answers={
            200: Answer("The results", ResultsDocument),
            304: Answer("What you have (If-None-Match) is still so", media=""),
        },
    ),
    Operation(
        route="GET /api/v1/diff",
        act=diff,
        said="What became better, worse, new or gone between two evaluations",
        query=DiffAsked,
        answers={
            200: Answer("The differences", dict[str, Any]),
            304: Answer("What you have (If-None-Match) is still so", media=""),
            404: Answer("There is no such evaluation", None),
        },
    ),
)
"""What this module offers."""
