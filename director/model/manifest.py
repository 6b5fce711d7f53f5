"""What a team declares about its service."""

from __future__ import annotations

from datetime import datetime
from typing import TypeAlias

from director.model.check import Role
from director.model.value import dataclass

Scalar: TypeAlias = str | int | float | bool
Option: TypeAlias = tuple[str, Scalar]


@dataclass(frozen=True, slots=True)
class Sla:
    """The service level a team promises; at least one of the two.

    Attributes:
        availability_percent: Share of time the service answers, over 0 and at most 100.
        latency_ms: Longest acceptable answer, in milliseconds.
    """

    availability_percent: float | None = None
    latency_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What the team says is so.

    Attributes:
        value: The claim itself: yes or no, a number, or a service level.
        evidence: Where it can be looked up, usually a URL; empty if the team gave nothing.
        at: When it was so, aware, in UTC; None if the team did not say.
    """

    value: bool | float | Sla
    evidence: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Exemption:
    """The team says that the question does not apply, and why."""

    reason: str


Declaration: TypeAlias = Claim | Exemption


@dataclass(frozen=True, slots=True)
class Hours:
    """Some hours of some days of the week, by the schedule's time zone.

    Attributes:
        days: Days of the week on which they begin, 0 is Monday, sorted.
        from_min: When they begin, in minutes after midnight.
        until_min: When they end, in minutes after midnight, at most 1440; before the beginning
            means on the next day.
    """

    days: tuple[int, ...]
    from_min: int
    until_min: int


@dataclass(frozen=True, slots=True)
class Maintenance:
    """A time in which what is seen of a service is not held against it.

    Attributes:
        reason: Why.
        from_at: When it begins, aware, in UTC; None if it comes again and again.
        until_at: When it ends, aware, in UTC; None if it comes again and again.
        hours: When it comes again and again; None if it comes once.
    """

    reason: str
    from_at: datetime | None = None
    until_at: datetime | None = None
    hours: Hours | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a running service is evaluated again; either ``every_s`` or ``cron`` is given.

    Attributes:
        every_s: Seconds between two evaluations; None if a cron expression says when.
        cron: Five fields as crontab(5) has them; empty if it is every so many seconds.
        timezone: By which clock cron, windows and maintenance are read, as the IANA names it.
        jitter_s: How much later than cron says it may be, in seconds; how much, stays the same.
        windows: Within which hours it is evaluated; empty for always.
        maintenance: When what is seen does not count.
    """

    every_s: float | None = None
    cron: str = ""
    timezone: str = "UTC"
    jitter_s: float = 0.0
    windows: tuple[Hours, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()


@dataclass(frozen=True, slots=True)
class Environment:
    """One place in which the service runs.

    Attributes:
        name: For example ``production``.
        base_url: Where the service answers there, without a trailing slash; None if it cannot
            be asked.
        schedule: How often it is evaluated again; None for only on request.
    """

    name: str
    base_url: str | None = None
    schedule: Schedule | None = None


@dataclass(frozen=True, slots=True)
class Grown:
    """An option that was written as a tree of expectations; its value is the same as text.

    Attributes:
        option: Which option.
        leaves: Each expectation in the tree, with the way to it from the option: keys and
            indices from 0.
    """

    option: str
    leaves: tuple[tuple[tuple[str | int, ...], str], ...]


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What the team asks of one check: options, and perhaps a stricter role.

    Attributes:
        check: Which check.
        role: The role it shall have at least; None for the profile's.
        options: Options of the check, sorted by name.
        grown: The options among them that were written as trees, sorted by name.
    """

    check: str
    role: Role | None = None
    options: tuple[Option, ...] = ()
    grown: tuple[Grown, ...] = ()


@dataclass(frozen=True, slots=True)
class WaiverRequest:
    """A wish to be excused from one check; without effect until somebody else approves it.

    Attributes:
        check: Which check.
        reason: Why.
        ticket: Where the work is tracked.
        expires_at: Until when, aware, in UTC.
        code: Why, as one of a closed set: a word of ``WaiverCode``; empty if not given.
    """

    check: str
    reason: str
    ticket: str
    expires_at: datetime
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything a team declares about one service, as one immutable value.

    Attributes:
        name: The service.
        digest: ``sha256:`` and the hexadecimal SHA-256 of the file's exact bytes.
        owner: The team that answers for it; empty if not given.
        tier: 0 (most critical) to 4; None if not given.
        version: The version that is launched; empty if not given.
        description: What the service does; empty if not given.
        profile: The profile the team asks for; None if not given.
        artifact: Digest of what exactly is launched; empty if not given.
        declares: Claims and exemptions, sorted by name; what is absent was not declared.
        environments: Where the service runs, sorted by name.
        checks: What the team asks of single checks, sorted by check.
        waivers: Requests to be excused, in the order of the file.

    Raises:
        ValueError: Two declarations, environments or checks have one name.
    """

    name: str
    digest: str
    owner: str = ""
    tier: int | None = None
    version: str = ""
    description: str = ""
    profile: str | None = None
    artifact: str = ""
    declares: tuple[tuple[str, Declaration], ...] = ()
    environments: tuple[Environment, ...] = ()
    checks: tuple[CheckRequest, ...] = ()
    waivers: tuple[WaiverRequest, ...] = ()

    def __post_init__(self) -> None:
        groups = {
            "declaration": [name for name, _ in self.declares],
            "environment": [environment.name for environment in self.environments],
            "check": [request.check for request in self.checks],
        }
        for what, names in groups.items():
            if len(set(names)) != len(names):
                raise ValueError(f"a manifest names each {what} once")

    def declaration(self, name: str) -> Declaration | None:
        """Return what was declared under *name*, or None if nothing was."""
        for key, value in self.declares:
            if key == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class Target:
    """A manifest in one environment: what one evaluation is about.

    Attributes:
        manifest: What the team declares.
        environment: Where; None if the manifest names no environment.
    """

    manifest: Manifest
    environment: Environment | None = None

    @property
    def base_url(self) -> str | None:
        """Where the service answers, or None if it cannot be asked."""
        return self.environment.base_url if self.environment else None

    @property
    def name(self) -> str:
        """The target for people: ``service`` or ``service@environment``."""
        if self.environment is None:
            return self.manifest.name
        return f"{self.manifest.name}@{self.environment.name}"
