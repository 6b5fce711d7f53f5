"""What a check is, before anybody runs it."""

from __future__ import annotations

import re
from enum import StrEnum

from director.model.value import dataclass

CHECK_ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9][a-z0-9_-]*)+")
"""``<plugin>.<subject>``: lower case, at least one dot."""

LONGEST_ID = 128


class Role(StrEnum):
    """What a check's failure means under a profile."""

    SHADOW = "shadow"
    """Is run and shown, counts for nothing."""
    ADVISORY = "advisory"
    """Lowers the score."""
    REQUIRED = "required"
    """Must pass, within the profile's fail budget."""
    BLOCKER = "blocker"
    """Must pass or warn; nothing outweighs it."""

    @property
    def strictness(self) -> int:
        """How much a failure matters; 0 is least."""
        return _STRICTNESS[self]


_STRICTNESS = {role: rank for rank, role in enumerate(Role)}


class Effort(StrEnum):
    """How much work the remedy is, as the check's author sees it."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    @property
    def size(self) -> int:
        """How much work; 0 is least."""
        return _SIZES[self]


_SIZES = {effort: rank for rank, effort in enumerate(Effort)}


class Tighter(StrEnum):
    """In which direction an option of a check becomes stricter."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSpec:
    """The identity of a check.

    Attributes:
        id: Which check, ``<plugin>.<subject>``, never reused; for example ``http.health``.
        title: The requirement as a short sentence that can be true or false.
        category: Where it belongs unless the profile says otherwise, for example
            ``reliability``.
        why: What goes wrong in production without it.
        remedy: What a team does to meet it.
        effort: How much work the remedy is.
        role: What a failure means where no profile says otherwise.
        deadline_s: Longest time the check may take, in seconds; the engine enforces it.
        reads: The places in ``spec`` of the manifest that it looks at, for example
            ``declares.load_test``, or ``base_url`` for the one of the environment; a report
            points at the first that is there.

    Raises:
        ValueError: A field is empty, the id is not ``<plugin>.<subject>``, or the deadline is
            not positive and finite.
    """

    id: str
    title: str
    category: str
    why: str
    remedy: str
    effort: Effort = Effort.MEDIUM
    role: Role = Role.ADVISORY
    deadline_s: float = 10.0
    reads: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not CHECK_ID.fullmatch(self.id) or len(self.id) > LONGEST_ID:
            raise ValueError(f"id must look like 'plugin.subject', got {self.id!r}")
        for name in ("title", "category", "why", "remedy"):
            if not getattr(self, name):
                raise ValueError(f"{name} of {self.id} must not be empty")
        if not 0 < self.deadline_s <= 3600:
            raise ValueError(
                f"deadline_s of {self.id} must be over 0 and at most 3600, got {self.deadline_s}"
            )
