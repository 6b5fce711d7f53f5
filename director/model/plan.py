"""The checks that must answer, fixed before anything runs."""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum

from director.model.check import Effort
from director.model.manifest import Option
from director.model.outcome import Missing, NotApplicable
from director.model.profile import CheckPolicy
from director.model.value import dataclass
from director.model.weighting import Weighting


class Origin(StrEnum):
    """Who makes a check count."""

    PROFILE = "profile"
    MANIFEST = "manifest"
    """Such a check can hold a decision back but never carry it: it weighs nothing and does
    not count towards a minimum."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCheck:
    """One check that must answer.

    Attributes:
        policy: What the profile (and the manifest, where it is stricter) says about it; the
            role in it is the one that holds.
        origin: Who makes it count: the profile, or the manifest that added it or raised it from
            shadow.
        title: The requirement as a short sentence; the id where no plugin offers the check.
        remedy: What a team does to meet it.
        effort: How much work that is.
        reads: The places in the manifest that it looks at.
        plugin: The distribution that offers it; empty if none does.
        version: The version of that distribution.
        options: The options it runs with, sorted by name.
        answer: The answer that is certain before anything runs: the check is not applicable to
            this target, or no plugin offers it; None if it has to be asked.
    """

    policy: CheckPolicy
    origin: Origin = Origin.PROFILE
    title: str = ""
    remedy: str = ""
    effort: Effort = Effort.MEDIUM
    reads: tuple[str, ...] = ()
    plugin: str = ""
    version: str = ""
    options: tuple[Option, ...] = ()
    answer: NotApplicable | Missing | None = None

    @property
    def id(self) -> str:
        """Which check."""
        return self.policy.check


@dataclass(frozen=True, slots=True)
class Plan:
    """The checks that must answer, each once, sorted by id.

    Attributes:
        checks: What must answer.
        owner: The team that will answer for the conditions of a decision; empty if nobody was
            named.
        weighting: What the checks weigh, if that was worked out already.

    Raises:
        ValueError: Two checks have one id.
    """

    checks: tuple[PlannedCheck, ...] = ()
    owner: str = ""
    weighting: Weighting | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = self.weighting
        if known is not None and known.checks is self.checks:
            return  # It was worked out from another plan with just these checks.
        if len({check.id for check in self.checks}) != len(self.checks):
            raise ValueError("a plan names each check once")
