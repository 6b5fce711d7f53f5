"""Two decisions side by side: what else differs besides what the checks say."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from director.model.difference import Difference
from director.model.record import Record, plain
from director.model.value import dataclass


class Matter(StrEnum):
    """What differs between two decisions."""

    SERVICE = "service"
    ENVIRONMENT = "environment"
    DECISION = "decision"
    PASS_RATE = "pass_rate"  # noqa: S105  # no password
    SCORE = "score"
    PROFILE = "profile"
    POLICY = "policy"
    """The profile kept its name, and its text is another one."""
    VERSION = "version"
    ARTIFACT = "artifact"
    MANIFEST = "manifest"
    OWNER = "owner"
    ROLE = "role"
    """What the failure of one check means."""
    PLUGIN = "plugin"
    """The version of one plugin."""
    DIRECTOR = "director"


@dataclass(frozen=True, slots=True)
class Shift:
    """One thing that is another one than before.

    Attributes:
        matter: What it is.
        name: Of which check or plugin; empty for what a decision has one of.
        before: What it was; empty if there was none.
        after: What it is; empty if there is none.
    """

    matter: Matter
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two decisions, and everything that differs.

    Attributes:
        before: The one that the other is held against.
        after: The other one.
        difference: Every check that says something else.
        shifts: Whatever else is another one, in the order of ``Matter``.
    """

    before: Record
    after: Record
    difference: Difference
    shifts: tuple[Shift, ...]

    def shifted(self, *matters: Matter) -> tuple[Shift, ...]:
        """Return the shifts in one of *matters*."""
        return tuple(shift for shift in self.shifts if shift.matter in matters)

    def document(self) -> dict[str, Any]:
        """Return the contrast as plain JSON values, without the records themselves."""
        return {
            "service": self.after.service,
            "decision": self.after.decision,
            "pass_rate": self.after.pass_rate,
            "before": _side(self.before),
            "after": _side(self.after),
            "changes": plain(self.difference.changes),
            "shifts": plain(self.shifts),
        }


def _side(record: Record) -> dict[str, Any]:
    """Return which decision it was, in short."""
    return {
        "service": record.service,
        "environment": record.environment,
        "evaluation": record.evaluation,
        "decided_at": record.decided_at,
        "decision": record.decision,
        "pass_rate": record.pass_rate,
        "score": record.score,
        "version": record.version,
        "artifact": record.artifact,
        "profile": plain(record.profile),
        "manifest": plain(record.manifest),
        "director_version": record.director_version,
    }
