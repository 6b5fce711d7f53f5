"""When a running service is evaluated again, as a manifest writes it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from director.loading import terms
from director.loading.document import Document, DurationS, Term, Text, spelled
from director.loading.words import shown
from director.model.manifest import Hours, Maintenance, Schedule

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = "|".join(_DAYS)
_SPAN = rf"(?:{_DAY})(?:-(?:{_DAY}))?"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
HOURS_PATTERN = rf"(?:{_SPAN}(?:,{_SPAN})* )?{_TIME}-(?:{_TIME}|24:00)"
CRON_PATTERN = r"\S+(?: \S+){4}"
_LONGEST_CRON = 200
_MOST_WINDOWS = 50


def read_cron(value: object) -> str:
    """Read five fields of crontab(5) that some moment fulfils."""
    expected = "five fields as in crontab(5), such as '*/5 8-18 * * MON-FRI'"
    if isinstance(value, str) and len(value) > _LONGEST_CRON:
        raise ValueError(f"must be at most {_LONGEST_CRON} characters, got {len(value)}")
    if not isinstance(value, str) or not re.fullmatch(CRON_PATTERN, value):
        raise ValueError(f"must be {expected}, got {shown(value)}")
    from cronsim import CronSim, CronSimError  # noqa: PLC0415  # only where there is one

    try:
        next(CronSim(value, datetime(2026, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration) as error:
        why = str(error) or "no moment fulfils it"
        raise ValueError(f"must be {expected}, got {shown(value)}: {why}") from None
    return value


def read_hours(value: object) -> Hours:
    """Read hours of the week such as ``mon-fri 08:00-18:00`` or ``22:00-06:00``."""
    if not isinstance(value, str) or not re.fullmatch(HOURS_PATTERN, value):
        expected = "hours such as 'mon-fri 08:00-18:00' or '22:00-06:00'"
        raise ValueError(f"must be {expected}, got {shown(value)}")
    *days, span = value.split(" ")
    start, _, end = span.partition("-")
    from_min, until_min = _minutes(start), _minutes(end)
    if from_min == until_min:
        raise ValueError(f"must end at another time than it begins, got {shown(value)}")
    return Hours(_days(days[0]) if days else tuple(range(7)), from_min, until_min)


def read_timezone(value: object) -> str:
    """Read the name of a time zone, as the IANA has it."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  # only where one is given

    try:
        if isinstance(value, str) and value:
            return ZoneInfo(value).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass  # There is none of that name, or it is no name but a path.
    raise ValueError(f"must be a time zone such as Europe/Berlin or UTC, got {shown(value)}")


class MaintenanceDocument(Document):
    """A time in which what is seen of the service is not held against it."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["starts_at", "ends_at"], "not": {"required": ["hours"]}},
                {
                    "required": ["hours"],
                    "not": {"anyOf": [{"required": ["starts_at"]}, {"required": ["ends_at"]}]},
                },
            ]
        }
    )

    reason: Text = Field(description="Why.", examples=["the ledger moves"])
    starts_at: Annotated[datetime | None, Term(terms.instant, spelled(terms.INSTANT_PATTERN))] = (
        Field(default=None, description="When it begins.", examples=["2026-12-01T22:00:00Z"])
    )
    ends_at: Annotated[datetime | None, Term(terms.instant, spelled(terms.INSTANT_PATTERN))] = (
        Field(default=None, description="When it ends.", examples=["2026-12-02T02:00:00Z"])
    )
    hours: Annotated[Hours | None, Term(read_hours, spelled(HOURS_PATTERN))] = Field(
        default=None,
        description="When it comes again and again: days of the week and hours.",
        examples=["sun 02:00-04:00"],
    )

    @model_validator(mode="after")
    def _is_once_or_again(self) -> Self:
        once = {"starts_at", "ends_at"} & self.model_fields_set
        again = "hours" in self.model_fields_set
        if again == bool(once) or len(once) == 1:
            raise ValueError("must have either starts_at and ends_at, or hours")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise ValueError(f"must end after it begins, got ends_at {self.ends_at.isoformat()}")
        return self

    @property
    def value(self) -> Maintenance:
        """What is meant."""
        return Maintenance(self.reason, self.starts_at, self.ends_at, self.hours)


class ScheduleDocument(Document):
    """When a running service is evaluated again: every so often, or as cron says."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["every"]}, {"required": ["cron"]}],
            "dependencies": {"jitter": ["cron"]},
        }
    )

    every: DurationS | None = Field(
        default=None,
        description="Time between two evaluations, for example 5m.",
        examples=["5m", "1h"],
    )
    cron: Annotated[str | None, Term(read_cron, spelled(CRON_PATTERN))] = Field(
        default=None,
        description="When, as five fields of crontab(5), by the time zone.",
        examples=["*/5 8-18 * * MON-FRI"],
    )
    timezone: Annotated[str, Term(read_timezone, {"type": "string", "minLength": 1})] = Field(
        default="UTC",
        description="The time zone of cron, windows and maintenance.",
        examples=["Europe/Berlin"],
    )
    jitter: DurationS | None = Field(
        default=None,
        description="How much later than cron says it may be, so that not all begin at once.",
        examples=["30s"],
    )
    windows: list[Annotated[Hours, Term(read_hours, spelled(HOURS_PATTERN))]] = Field(
        default_factory=list,
        max_length=_MOST_WINDOWS,
        description="Within which hours it is evaluated; always if there are none.",
        examples=[["mon-fri 08:00-18:00"]],
    )
    maintenance: list[MaintenanceDocument] = Field(
        default_factory=list,
        max_length=_MOST_WINDOWS,
        description="When what is seen is recorded, but changes nothing that is held true.",
        examples=[[{"hours": "sun 02:00-04:00", "reason": "the ledger is backed up"}]],
    )

    @model_validator(mode="after")
    def _says_when_once(self) -> Self:
        if (self.every is None) == (self.cron is None):
            raise ValueError("must have either every or cron")
        if self.jitter is not None and self.cron is None:
            raise ValueError("must have jitter only with cron: every is spread by itself")
        return self

    @property
    def value(self) -> Schedule:
        """What is meant."""
        return Schedule(
            every_s=self.every,
            cron=self.cron or "",
            timezone=self.timezone,
            jitter_s=self.jitter or 0.0,
            windows=tuple(self.windows),
            maintenance=tuple(each.value for each in self.maintenance),
        )


def _days(text: str) -> tuple[int, ...]:
    """Return the days of ``mon-fri,sun``; a span may go over the end of the week."""
    found: set[int] = set()
    for span in text.split(","):
        first, _, last = span.partition("-")
        start = _DAYS.index(first)
        length = (_DAYS.index(last or first) - start) % 7
        found |= {(start + offset) % 7 for offset in range(length + 1)}
    return tuple(sorted(found))


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
