"""What happens in the running service, besides evaluations: one class per event."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from director.model.ledger import Entry
from director.model.notification import Delivery
from director.model.record import Record
from director.model.sampling import Level
from director.model.value import dataclass

if TYPE_CHECKING:
    from director.model.event import Stamp


@dataclass(frozen=True, slots=True)
class Spot:
    """Which target an event is about.

    Attributes:
        service: The service.
        environment: Where; empty if the manifest names no environment.
        owner: The team that answers for it; empty if not given.
    """

    service: str
    environment: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class TargetRegistered:
    """A target is watched from now on, or by another text of its manifest.

    Attributes:
        source: The manifest's file.
        schedule: In words; empty if it is evaluated on request only.
    """

    name: ClassVar[str] = "director.target.registered"
    stamp: Stamp
    spot: Spot
    source: str
    schedule: str


@dataclass(frozen=True, slots=True)
class TargetRemoved:
    """A target is no longer watched: its manifest is gone, or no longer names it."""

    name: ClassVar[str] = "director.target.removed"
    stamp: Stamp
    spot: Spot
    source: str


@dataclass(frozen=True, slots=True)
class TargetReminded:
    """A target is still not well.

    Attributes:
        level: How it is: ``warn`` or ``fail``.
        evaluation: The evaluation that said so last.
    """

    name: ClassVar[str] = "director.target.reminded"
    stamp: Stamp
    spot: Spot
    level: Level
    evaluation: str


@dataclass(frozen=True, slots=True)
class TargetFlapping:
    """A target changes so often that single changes are not told from now on.

    Attributes:
        percent: How much of the window changed.
    """

    name: ClassVar[str] = "director.target.flapping"
    stamp: Stamp
    spot: Spot
    percent: float


@dataclass(frozen=True, slots=True)
class TargetSteady:
    """A target changes no more so often; changes are told again."""

    name: ClassVar[str] = "director.target.steady"
    stamp: Stamp
    spot: Spot
    percent: float


@dataclass(frozen=True, slots=True)
class TargetSightLost:
    """Nobody could see a target for too long; what was well is held true no more.

    Attributes:
        since_at: When there was evidence last.
    """

    name: ClassVar[str] = "director.target.sight_lost"
    stamp: Stamp
    spot: Spot
    since_at: datetime


@dataclass(frozen=True, slots=True)
class TargetSightRegained:
    """There is enough evidence again to hold something true of a target."""

    name: ClassVar[str] = "director.target.sight_regained"
    stamp: Stamp
    spot: Spot
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleMissed:
    """Evaluations that should have begun and did not: one event for the whole interval.

    Attributes:
        count: How many.
        since_at: When the first of them was due.
        until_at: When the last of them was due.
        reason: ``late``, ``overlap`` (the last one still ran) or ``overload``.
    """

    name: ClassVar[str] = "director.schedule.missed"
    stamp: Stamp
    spot: Spot
    count: int
    since_at: datetime
    until_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchInterrupted:
    """Nobody watched for a while: one event for the whole interval, whatever was due in it.

    Attributes:
        since_at: Since when.
        until_at: Until when.
        reason: ``down`` (the service was not running), ``suspended`` (the machine slept, or its
            clock was set ahead) or ``clock`` (it was set back).
        targets: How many targets were to be watched.
        missed: How many evaluations were due and did not begin.
    """

    name: ClassVar[str] = "director.watch.interrupted"
    stamp: Stamp
    since_at: datetime
    until_at: datetime
    reason: str
    targets: int
    missed: int


@dataclass(frozen=True, slots=True)
class DirectorDegraded:
    """The service itself is not well: what it sees may say more about it than about others.

    Attributes:
        reason: ``offline``, ``store`` or ``overload``.
        detail: The same in one sentence.
    """

    name: ClassVar[str] = "director.director.degraded"
    stamp: Stamp
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class DirectorRecovered:
    """The service is well again."""

    name: ClassVar[str] = "director.director.recovered"
    stamp: Stamp
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class DecisionHeard:
    """Somebody else recorded a decision on a target that is watched here.

    Attributes:
        record: The decision; who made it has its lines.
    """

    name: ClassVar[str] = "director.decision.heard"
    stamp: Stamp
    spot: Spot
    record: Record


@dataclass(frozen=True, slots=True)
class CaseRecorded:
    """Something became of a waiver or an override; the entry is in the audit log."""

    name: ClassVar[str] = "director.case.recorded"
    stamp: Stamp
    entry: Entry


@dataclass(frozen=True, slots=True)
class NotificationDelivered:
    """A receiver took a notification."""

    name: ClassVar[str] = "director.notification.delivered"
    stamp: Stamp
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class NotificationFailed:
    """A notification was given up; it can be sent again by hand."""

    name: ClassVar[str] = "director.notification.failed"
    stamp: Stamp
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class NotificationDisabled:
    """Nothing is sent to a receiver any more.

    Attributes:
        endpoint: The receiver's name.
        detail: Why, in one sentence.
    """

    name: ClassVar[str] = "director.notification.disabled"
    stamp: Stamp
    endpoint: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGranted:
    """Somebody signed in, or did what only some may do.

    Attributes:
        who: The token's name, and who holds it.
        address: Where from.
        action: What was done, for example ``sign_in`` or ``POST /api/v1/evaluations``.
    """

    name: ClassVar[str] = "director.access.granted"
    stamp: Stamp
    who: str
    address: str
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied:
    """Somebody was turned away.

    Attributes:
        who: The token's name, and who holds it; empty if nobody knows.
        address: Where from.
        action: What was tried.
        reason: ``no_token``, ``bad_token``, ``expired``, ``revoked``, ``role``, ``scope``,
            ``csrf`` or ``rate``.
    """

    name: ClassVar[str] = "director.access.denied"
    stamp: Stamp
    who: str
    address: str
    action: str
    reason: str


ServiceEvent: TypeAlias = (
    TargetRegistered
    | TargetRemoved
    | TargetReminded
    | TargetFlapping
    | TargetSteady
    | TargetSightLost
    | TargetSightRegained
    | ScheduleMissed
    | WatchInterrupted
    | DirectorDegraded
    | DirectorRecovered
    | DecisionHeard
    | CaseRecorded
    | NotificationDelivered
    | NotificationFailed
    | NotificationDisabled
    | AccessGranted
    | AccessDenied
)
