"""What the API says of services, gates and evaluations, as values that are written as JSON."""

from __future__ import annotations

from datetime import datetime

from director.model.decision import Verdict
from director.model.sampled import Shown
from director.model.service import Gate, GateCode, GateState, Stage, Watched
from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class CategoryDocument:
    """One category of the last decision.

    Attributes:
        name: Which.
        score: 0 to 1; None if nothing in it counts.
        gaps: How many of its checks are gaps.
    """

    name: str
    score: float | None
    gaps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestDocument:
    """The last decision in short."""

    evaluation: str
    decision: Verdict
    pass_rate: str
    score: float
    decided_at: datetime
    valid_until: datetime
    categories: tuple[CategoryDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDocument:
    """A service in one environment, as it is seen now."""

    service: str
    decision: Verdict | None
    pass_rate: str | None
    environment: str
    owner: str
    tier: int | None
    version: str
    profile: str
    source: str
    fault: str
    schedule: str
    shown: Shown
    held: Verdict | None
    held_since: datetime | None
    doubts: int
    flapping: bool
    gate: Gate
    latest: LatestDocument | None
    next_at: datetime | None
    lateness_s: float | None
    missed: int
    pending: bool
    maintenance: str


@dataclass(frozen=True, slots=True)
class ServicePage:
    """Some services, sorted by name and environment; ``next`` is null on the last page."""

    items: tuple[ServiceDocument, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class ServiceEnvironments:
    """A service in every environment that it is watched in."""

    service: str
    environments: tuple[ServiceDocument, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateDocument:
    """The answer for a pipeline.

    Attributes:
        gate: Whether it is open, with ``fail_on`` considered; everything uncertain is closed.
        open: The same in one bit: true for ``open`` and ``conditional``.
        code: Why.
        text: The same in one sentence.
        evaluation: The evaluation that it rests on; empty if there is none.
        override: The override in force; empty if there is none.
        checked_at: When this was so.
    """

    service: str
    environment: str
    gate: GateState
    open: bool
    code: GateCode | str
    text: str
    evaluation: str
    override: str
    checked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDocument:
    """An evaluation that will be made.

    Attributes:
        evaluation: Its ULID.
        service: The service.
        environment: Where; empty if the manifest names no environment.
        joined: Whether it was asked for already, and waits.
        location: Where to ask how far it came.
    """

    evaluation: str
    service: str
    environment: str
    joined: bool
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedDocument:
    """A target that is not evaluated because of this."""

    service: str
    environment: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HookDocument:
    """What a hook took, what it refused, and why it did neither (empty if it did)."""

    taken: tuple[TakenDocument, ...]
    refused: tuple[RefusedDocument, ...]
    ignored: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDocument:
    """When a target is evaluated, and how punctually."""

    service: str
    environment: str
    schedule: str
    next_at: datetime | None
    lateness_s: float | None
    missed: int
    pending: bool
    maintenance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDocument:
    """How far an evaluation came, without its report."""

    evaluation: str
    service: str
    environment: str
    trigger: str
    stage: Stage
    reason: str


def service_document(watched: Watched) -> ServiceDocument:
    """Return what the API says of a target."""
    latest = watched.latest
    return ServiceDocument(
        service=watched.service,
        decision=latest.decision if latest else None,
        pass_rate=latest.pass_rate if latest else None,
        environment=watched.environment,
        owner=watched.owner,
        tier=watched.tier,
        version=watched.version,
        profile=watched.profile,
        source=watched.source.replace("\\", "/").rpartition("/")[2],
        fault=watched.fault,
        schedule=watched.schedule,
        shown=watched.shown,
        held=watched.held,
        held_since=watched.held_since,
        doubts=watched.doubts,
        flapping=watched.flapping,
        gate=watched.gate,
        latest=None
        if latest is None
        else LatestDocument(
            evaluation=latest.evaluation,
            decision=latest.decision,
            pass_rate=latest.pass_rate,
            score=latest.score,
            decided_at=latest.decided_at,
            valid_until=latest.valid_until,
            categories=tuple(CategoryDocument(*each) for each in latest.categories),
        ),
        next_at=watched.next_at,
        lateness_s=watched.lateness_s,
        missed=watched.missed,
        pending=watched.pending,
        maintenance=watched.maintenance,
    )


def schedule_document(watched: Watched) -> ScheduleDocument:
    """Return when a target is evaluated."""
    return ScheduleDocument(
        service=watched.service,
        environment=watched.environment,
        schedule=watched.schedule,
        next_at=watched.next_at,
        lateness_s=watched.lateness_s,
        missed=watched.missed,
        pending=watched.pending,
        maintenance=watched.maintenance,
    )
