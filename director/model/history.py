"""One line of a target's history: a decision without what led to it."""

from __future__ import annotations

from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A recorded decision in short, as a list or a trend shows it.

    Attributes:
        seq: Its place in the record; later decisions have higher ones.
        evaluation: The evaluation's ULID.
        service: The service.
        environment: Where; empty if the manifest names no environment.
        version: The version that was judged; empty if not given.
        decision: ``go``, ``conditional_go`` or ``no_go``.
        effective: What gates acted on when it was made: ``go`` where an override was used.
        override: The override that was used; empty if none.
        pass_rate: For example ``88%``.
        score: Weighted credit, 0 to 1.
        profile: The profile's name.
        decided_at: RFC 3339, UTC, microseconds.
        valid_until: RFC 3339, UTC, microseconds.
    """

    seq: int
    evaluation: str
    service: str
    environment: str
    version: str
    decision: str
    effective: str
    override: str
    pass_rate: str
    score: float
    profile: str
    decided_at: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class Appended:
    """One entry of the audit log without its content.

    Attributes:
        seq: Its place in the record.
        kind: ``decision``, or what happened to a waiver or an override.
        id: Its ULID; a decision's is that of its evaluation.
        service: The service it is about.
        environment: Where; empty if the manifest names no environment.
    """

    seq: int
    kind: str
    id: str
    service: str
    environment: str
