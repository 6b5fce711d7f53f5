"""What the running service knows, as the API, the dashboard and gates are told of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from director.model.catalog import Plugin
from director.model.decision import Verdict
from director.model.sampled import Shown
from director.model.value import dataclass


class GateState(StrEnum):
    """May a launch go on?"""

    OPEN = "open"
    CONDITIONAL = "conditional"
    """Open, with conditions that somebody has to meet."""
    CLOSED = "closed"


class GateCode(StrEnum):
    """Why a gate is as it is."""

    GO = "go"
    CONDITIONAL_GO = "conditional_go"
    NO_GO = "no_go"
    OVERRIDE = "override"
    """A GO that was forced; the evaluated decision is NO_GO."""
    NEVER_EVALUATED = "never_evaluated"
    NOT_ESTABLISHED = "not_established"
    """There is a decision, but not enough of them agree to hold one true."""
    SIGHT_LOST = "sight_lost"
    """Nobody could see the service for too long."""
    EXPIRED = "expired"
    """The decision is no longer valid by its profile."""
    STALE = "stale"
    """The target should have been evaluated again, and was not."""
    RETIRED = "retired"
    """Nobody watches the target any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """The answer for a pipeline; everything that is not certain is closed.

    Attributes:
        state: Whether it is open.
        code: Why.
        text: The same in one sentence.
        decision: The decision that gates act on; None if there is none.
        evaluation: The evaluation that it rests on; empty if there is none.
        override: The override in force; empty if there is none.
    """

    state: GateState
    code: GateCode
    text: str
    decision: Verdict | None = None
    evaluation: str = ""
    override: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """The last decision on a target in short.

    Attributes:
        evaluation: The evaluation's ULID.
        decision: What was decided.
        pass_rate: For example ``88%``.
        score: Weighted credit, 0 to 1.
        decided_at: When, aware, in UTC.
        valid_until: Until when it counts, aware, in UTC.
        why: The first reason why it is not GO, in one sentence; empty if there is none.
        categories: Each category with its score, 0 to 1, or None if nothing in it counts; and how
            many of its checks are gaps. In the order of the profile.
        override: The override that was in force when it was looked at last; empty if none was.
        override_until: Until when that holds, aware, in UTC; None if there is none.
    """

    evaluation: str
    decision: Verdict
    pass_rate: str
    score: float
    decided_at: datetime
    valid_until: datetime
    why: str = ""
    categories: tuple[tuple[str, float | None, int], ...] = ()
    override: str = ""
    override_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A target as the service sees it now.

    Attributes:
        service: The service.
        environment: Where; empty if the manifest names no environment.
        owner: The team that answers for it; empty if not given.
        tier: 0 to 4; None if not given.
        version: The version that is launched; empty if not given.
        profile: The profile it is judged by.
        source: The manifest's file.
        fault: Why the newest text of that file is not used; empty if it is.
        schedule: In words, for example ``every 5m``; empty if it is evaluated on request only.
        shown: What people are shown of its state.
        held: The decision that is held true; None if none is.
        held_since: Since when, aware, in UTC; None if none is.
        doubts: How many evaluations in a row speak against what is held true.
        flapping: Whether it changes too often to tell every change.
        gate: What gates are told.
        latest: The last decision; None if there is none.
        next_at: When it is evaluated next; None if it is not planned.
        lateness_s: How late its last scheduled evaluation began, in seconds; None before it.
        missed: How many scheduled evaluations were missed since the service began to watch it.
        pending: Whether an evaluation is waiting or running.
        maintenance: Why it is not to be looked at now; empty if it is.
    """

    service: str
    environment: str
    owner: str = ""
    tier: int | None = None
    version: str = ""
    profile: str = ""
    source: str = ""
    fault: str = ""
    schedule: str = ""
    shown: Shown = Shown.UNKNOWN
    held: Verdict | None = None
    held_since: datetime | None = None
    doubts: int = 0
    flapping: bool = False
    gate: Gate
    latest: Latest | None = None
    next_at: datetime | None = None
    lateness_s: float | None = None
    missed: int = 0
    pending: bool = False
    maintenance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A wish to have a target evaluated; every trigger makes one.

    Attributes:
        service: The service.
        environment: Where; empty if the manifest names no environment.
        trigger: ``manual pipeline event schedule other``.
        cause: What asked, for people: ``API token ci``, ``deploy of 2.7.1``; empty for nobody.
    """

    service: str
    environment: str
    trigger: str
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The evaluation will be made; it is not lost even if the service is killed now.

    Attributes:
        evaluation: Its ULID.
        joined: Whether it was asked for already, and waits.
    """

    evaluation: str
    joined: bool = False


class RefusalCode(StrEnum):
    """Why an evaluation is not taken."""

    UNKNOWN_TARGET = "unknown_target"
    QUEUE_FULL = "queue_full"
    STOPPING = "stopping"
    NOT_RECORDED = "not_recorded"
    """It could not be made durable."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The evaluation will not be made.

    Attributes:
        code: Why.
        text: The same in one sentence.
        retry_after_s: When to try again, in seconds; 0 if that is of no use.
    """

    code: RefusalCode
    text: str
    retry_after_s: float = 0.0


Intake: TypeAlias = Taken | Refused


class Stage(StrEnum):
    """How far an evaluation came."""

    WAITING = "waiting"
    RUNNING = "running"
    DECIDED = "decided"
    FAILED = "failed"
    """It ended without a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One evaluation that the service was asked for.

    Attributes:
        evaluation: Its ULID.
        service: The service.
        environment: Where; empty if the manifest names no environment.
        trigger: What asked for it.
        stage: How far it came.
        reason: Why there is no decision; empty unless it failed.
    """

    evaluation: str
    service: str
    environment: str
    trigger: str
    stage: Stage
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginHealth:
    """One plugin as it is now.

    Attributes:
        plugin: What was found of it.
        checks: How many checks it offers.
        trouble: Why it is not asked, or what its process did last; empty if all is well.
        ended: How often its process ended otherwise than it should since the service began.
    """

    plugin: Plugin
    checks: int = 0
    trouble: str = ""
    ended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the service itself is.

    Attributes:
        ready: Whether it can decide and record.
        troubles: Why not, and what else is not as it should be, each in one sentence.
        offline: Whether it cannot reach what it should always reach, so that evaluations wait.
        waiting: How many evaluations wait.
        running: How many run.
        lag_s: How late the event loop is, in seconds, at worst in the last minute.
        lateness_s: The 99th percentile of how late evaluations began in the last minutes.
    """

    ready: bool
    troubles: tuple[str, ...] = ()
    offline: bool = False
    waiting: int = 0
    running: int = 0
    lag_s: float = 0.0
    lateness_s: float = 0.0
