"""What happens while a service is judged: one class per event.

A class ``CheckCompleted`` is the event ``director.check.completed`` in every log line and on
every stream.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from director.errors import Fault
from director.model.audit import Seal
from director.model.catalog import Plugin
from director.model.decision import Verdict
from director.model.override import Effective
from director.model.plan import PlannedCheck
from director.model.record import Record
from director.model.result import Result
from director.model.value import dataclass

if TYPE_CHECKING:
    from director.model.service_event import ServiceEvent  # only the service has them


@dataclass(frozen=True, slots=True)
class Stamp:
    """Identity and time of one event.

    Attributes:
        id: A ULID; the same id means the same event, everywhere.
        at: When it happened, aware, in UTC.
    """

    id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Which evaluation of which target an event belongs to.

    Attributes:
        evaluation: A ULID.
        trigger: What asked for it: ``manual pipeline event schedule other``.
        service: The service that is judged.
        environment: Where; empty if the manifest names no environment.
        version: The version that is launched; empty if not given.
        owner: The team that answers for it; empty if not given.
        tier: 0 to 4; None if not given.
        profile: The profile it is judged by.
        profile_digest: The digest of that profile.
        manifest_digest: The digest of the manifest.
    """

    evaluation: str
    trigger: str
    service: str
    environment: str = ""
    version: str = ""
    owner: str = ""
    tier: int | None = None
    profile: str = ""
    profile_digest: str = ""
    manifest_digest: str = ""


@dataclass(frozen=True, slots=True)
class EvaluationRequested:
    """Somebody or something asked for a decision."""

    name: ClassVar[str] = "director.evaluation.requested"
    stamp: Stamp
    subject: Subject


@dataclass(frozen=True, slots=True)
class EvaluationStarted:
    """The plan is fixed and the checks begin."""

    name: ClassVar[str] = "director.evaluation.started"
    stamp: Stamp
    subject: Subject
    planned: int


@dataclass(frozen=True, slots=True)
class CheckCompleted:
    """One planned check has its result."""

    name: ClassVar[str] = "director.check.completed"
    stamp: Stamp
    subject: Subject
    planned: PlannedCheck
    result: Result


@dataclass(frozen=True, slots=True)
class DecisionMade:
    """The results were combined, and the decision was recorded if there is a store.

    Attributes:
        effective: The decision that gates act on; None if there never was an override.
        seal: Its seal in the audit log; None if there is none.
        gone: The checks that the last decision planned and this one does not, sorted by id.
    """

    name: ClassVar[str] = "director.decision.made"
    stamp: Stamp
    subject: Subject
    record: Record
    recorded: bool
    effective: Effective | None = None
    seal: Seal | None = None
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DecisionChanged:
    """The decision is another one than the last: the line to alert on.

    Attributes:
        held: What is held true of a running service from now on; None where one evaluation is
            enough to say so: then it is the record's decision.
        was: What was held true before it; None if nothing was.
    """

    name: ClassVar[str] = "director.decision.changed"
    stamp: Stamp
    subject: Subject
    record: Record
    held: Verdict | None = None
    was: Verdict | None = None


@dataclass(frozen=True, slots=True)
class EvaluationCancelled:
    """The evaluation ended without a decision: interrupted, or it could not be recorded."""

    name: ClassVar[str] = "director.evaluation.cancelled"
    stamp: Stamp
    subject: Subject
    reason: str
    completed: int
    planned: int


@dataclass(frozen=True, slots=True)
class PluginLoadFailed:
    """A plugin was found but is broken or refused."""

    name: ClassVar[str] = "director.plugin.load_failed"
    stamp: Stamp
    plugin: Plugin


@dataclass(frozen=True, slots=True)
class PluginOutput:
    """A plugin printed something in the process that it has for itself.

    Attributes:
        plugin: Whose process it was.
        stream: ``stdout`` or ``stderr``.
        text: What it printed, or the end of it; safe to show, but not masked.
        lost_bytes: How much before it is not told.
    """

    name: ClassVar[str] = "director.plugin.output"
    stamp: Stamp
    plugin: Plugin
    stream: str
    text: str
    lost_bytes: int = 0


@dataclass(frozen=True, slots=True)
class WorkerEnded:
    """A plugin's process ended otherwise than it should, or left something behind.

    Attributes:
        plugin: Whose process it was.
        code: How it ended, as a machine word: ``crash:SIGSEGV``, ``deadline``, ``closed``, or
            ``breaker_open`` if the plugin is not asked any more.
        detail: The same in one sentence.
        orphans: How many processes it had left, which were killed.
    """

    name: ClassVar[str] = "director.plugin.worker_ended"
    stamp: Stamp
    plugin: Plugin
    code: str
    detail: str
    orphans: int = 0


@dataclass(frozen=True, slots=True)
class ConfigRejected:
    """A manifest, a profile or a setting cannot be used."""

    name: ClassVar[str] = "director.config.rejected"
    stamp: Stamp
    fault: Fault


Event: TypeAlias = (
    "EvaluationRequested | EvaluationStarted | CheckCompleted | DecisionMade | DecisionChanged"
    " | EvaluationCancelled | PluginLoadFailed | PluginOutput | WorkerEnded | ConfigRejected"
    " | ServiceEvent"
)
"""Everything that is logged, streamed, and told to sinks."""
