"""Who wants to be told what, by the operator's word."""

from __future__ import annotations

from dataclasses import field
from fnmatch import fnmatchcase

from director.model.text import printable
from director.model.value import dataclass

TOLD = (
    "director.decision.changed",
    "director.target.reminded",
    "director.target.sight_lost",
    "director.target.sight_regained",
    "director.director.degraded",
    "director.director.recovered",
    "director.case.recorded",
)
"""What a receiver is told unless the operator says otherwise: changes, no single runs."""

TELLABLE = (
    *TOLD,
    "director.target.registered",
    "director.target.removed",
    "director.target.flapping",
    "director.target.steady",
    "director.schedule.missed",
    "director.evaluation.cancelled",
    "director.decision.made",
    "director.plugin.worker_ended",
    "director.config.rejected",
)
"""Every event that can be told; none of those that telling itself causes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What an event is about, as far as filters ask.

    Attributes:
        service: The service; empty if it is about the Director itself.
        environment: Where; empty if the manifest names no environment.
        owner: The team that answers for it; empty if that is not known.
        tier: 0 to 4; None if that is not known.
    """

    service: str = ""
    environment: str = ""
    owner: str = ""
    tier: int | None = None

    @property
    def subject(self) -> str:
        """The target for people: ``service@environment``; empty for the Director itself."""
        where = f"{self.service}@{self.environment}" if self.environment else self.service
        return printable(where)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """One endpoint that is told of events.

    Attributes:
        name: As the operator named it.
        url: Where; it may hold a secret, and no representation shows it.
        keys: What deliveries are signed with, 24 to 64 bytes each; two while keys are exchanged.
        events: The names of the events that it is told.
        services: Patterns such as ``pay-*`` of which the service must match one; empty for all.
        environments: The same of the environment.
        owners: The same of the owner.
        tiers: The tiers that it is told of; empty for all.
    """

    name: str
    url: str = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)
    events: tuple[str, ...] = TOLD
    services: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    tiers: tuple[int, ...] = ()

    def wants(self, event: str, about: Concern) -> bool:
        """Return whether it is told of *event*.

        What concerns the Director itself passes every filter of targets. What is not known of a
        target holds nothing back: told too often is better than not told.
        """
        if event not in self.events:
            return False
        if not about.service:
            return True
        return (
            _matches(about.service, self.services)
            and (_matches(about.environment, self.environments))
            and (not about.owner or _matches(about.owner, self.owners))
            and (about.tier is None or not self.tiers or about.tier in self.tiers)
        )

    @property
    def shown_url(self) -> str:
        """Where it is, without what may be secret: scheme and host alone."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0].partition('?')[0].rpartition('@')[2]}/…"


def _matches(text: str, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(text, pattern) for pattern in patterns)
