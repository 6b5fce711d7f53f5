"""What one command has to say of each target: a decision, or why there is none."""

from __future__ import annotations

from typing import TypeAlias

from director.errors import Fault
from director.model.decision import Verdict
from director.model.difference import Difference
from director.model.override import Effective, Override
from director.model.record import Record
from director.model.value import dataclass


@dataclass(frozen=True, slots=True)
class Judged:
    """A decision was made.

    Attributes:
        record: The decision; as it was read back from the store, if there is one.
        recorded: Whether it is durable. What is not recorded is for looking, not for gating.
        difference: What became better or worse since an earlier decision, the last one unless
            another was asked for; None if there is none.
        expired: Whether it is read after ``valid_until``: then every gate is closed.
        effective: The decision that gates act on; None if there never was an override.
        gone: The checks that the last decision on this target planned and this one does not,
            sorted by id: a plan that got smaller passes more easily.
    """

    record: Record
    recorded: bool
    difference: Difference | None = None
    expired: bool = False
    effective: Effective | None = None
    gone: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The decision that gates act on."""
        return self.record.verdict if self.effective is None else self.effective.verdict

    @property
    def override(self) -> Override | None:
        """The override that opens the gate; None if none does, as of what has expired."""
        return None if self.effective is None or self.expired else self.effective.override


@dataclass(frozen=True, slots=True)
class Rejected:
    """The manifest, or the profile it asks for, cannot be used.

    Attributes:
        source: The file that was read.
        faults: Everything that is wrong, all at once.
    """

    source: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Undecided:
    """No decision could be made or recorded.

    Attributes:
        source: The file that was read.
        target: ``service`` or ``service@environment``.
        reason: Why, in one line.
    """

    source: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One result that had come in before an interruption."""

    check: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The evaluation was interrupted before a decision.

    Attributes:
        source: The file that was read.
        target: ``service`` or ``service@environment``.
        results: What had come in until then, sorted by check.
    """

    source: str
    target: str
    results: tuple[Heard, ...] = ()


Item: TypeAlias = Judged | Rejected | Undecided | Interrupted
