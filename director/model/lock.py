"""What a team has agreed must answer: the plan of a target as it was once, by check."""

from __future__ import annotations

from director.model.check import Role
from director.model.value import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedCheck:
    """One check that was planned when the plan was locked.

    Attributes:
        check: Which check.
        plugin: The distribution that offered it then.
        version: The version of that distribution then.
        category: Where it counted.
        role: What its failure meant.
    """

    check: str
    plugin: str
    version: str
    category: str
    role: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLock:
    """The plan of one target when it was locked.

    Attributes:
        service: The name of the service.
        environment: Which of its environments; empty if it has none.
        profile: The name of the profile that it was planned under.
        checks: What was planned, sorted by id, each once.
    """

    service: str
    environment: str
    profile: str
    checks: tuple[LockedCheck, ...] = ()
