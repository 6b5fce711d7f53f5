"""When a target is due, and when what is seen of it does not count, by its schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from director.model.manifest import Hours, Schedule
from director.model.value import dataclass
from director.rules.grid import due_after, dues_between, phase_s

_WEEK_MIN = 7 * 24 * 60
_MOST_LEAPS = 1000
"""How many windows are looked through for a due; a cron that never meets one is never due."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """The dues of one target.

    Attributes:
        target: ``service@environment``.
        schedule: As its manifest has it.
    """

    target: str
    schedule: Schedule

    def due_after(self, at_s: float) -> float | None:
        """Return the first due strictly after *at_s*, both in seconds since the epoch.

        None if none is found: the windows never meet what cron says.
        """
        for _ in range(_MOST_LEAPS):
            due = self._next(at_s)
            opens = self._opens_at(due)
            if opens is None:
                return due
            at_s = opens - 0.001  # A due at the very opening counts.
        return None

    def missed(self, after_s: float, until_s: float) -> int:
        """Return how many dues lie after *after_s* and not after *until_s*, at most 1,000.

        Args:
            after_s: Seconds since the epoch.
            until_s: Likewise.
        """
        every = self.schedule.every_s
        if every and not self.schedule.windows:
            return dues_between(after_s, until_s, phase_s(self.target, every), every)
        count, due = 0, self.due_after(after_s)
        while due is not None and due <= until_s and count < _MOST_LEAPS:
            count, due = count + 1, self.due_after(due)
        return count

    def interval_s(self, at_s: float) -> float:
        """Return the time between dues around *at_s*, in seconds, at least 1."""
        if self.schedule.every_s:
            return self.schedule.every_s
        first = self._next(at_s)
        return max(self._next(first) - first, 1.0)

    def maintenance(self, at_s: float) -> str:
        """Return why what is seen at *at_s* does not count; empty if it does."""
        if not self.schedule.maintenance:
            return ""
        moment = datetime.fromtimestamp(at_s, UTC)
        for each in self.schedule.maintenance:
            once = each.from_at and each.until_at and each.from_at <= moment < each.until_at
            if once or (each.hours and _until_open(each.hours, self._local(moment)) == 0):
                return each.reason
        return ""

    @property
    def text(self) -> str:
        """The schedule in words."""
        schedule = self.schedule
        if schedule.every_s:
            words = f"every {_duration(schedule.every_s)}"
        else:
            words = f"cron {schedule.cron}"
        if schedule.windows:
            words += ", only within its hours"
        zoned = schedule.cron or schedule.windows
        return f"{words} ({schedule.timezone})" if zoned else words

    def _next(self, at_s: float) -> float:
        """Return the first due after *at_s*, whatever the windows say."""
        schedule = self.schedule
        if schedule.every_s:
            return due_after(at_s, phase_s(self.target, schedule.every_s), schedule.every_s)
        from cronsim import CronSim  # noqa: PLC0415  # only where there is one

        late_s = self._jitter_s()
        start = datetime.fromtimestamp(at_s - late_s, UTC).astimezone(ZoneInfo(schedule.timezone))
        return next(CronSim(schedule.cron, start)).timestamp() + late_s

    def _jitter_s(self) -> float:
        """Return how much later than cron says this target is due; always the same."""
        number = int.from_bytes(sha256(self.target.encode()).digest()[:8])
        return number / 2**64 * self.schedule.jitter_s

    def _opens_at(self, at_s: float) -> float | None:
        """Return when the next window opens, or None if one is open at *at_s*."""
        if not self.schedule.windows:
            return None
        moment = datetime.fromtimestamp(at_s, UTC)
        local = self._local(moment)
        wait_min = min(_until_open(each, local) for each in self.schedule.windows)
        if wait_min == 0:
            return None
        naive = local.replace(second=0, microsecond=0, tzinfo=None) + timedelta(minutes=wait_min)
        opens = naive.replace(tzinfo=local.tzinfo).timestamp()
        # Where clocks are set, the hour may not exist or come twice; never go back.
        return max(opens, at_s + 1.0)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(self.schedule.timezone))


def _until_open(hours: Hours, local: datetime) -> int:
    """Return how many minutes after *local*, by its clock, *hours* begin; 0 if they hold now."""
    now = local.weekday() * 1440 + local.hour * 60 + local.minute
    length = (hours.until_min - hours.from_min) % 1440 or 1440
    waits = []
    for day in hours.days:
        begun = (now - day * 1440 - hours.from_min) % _WEEK_MIN
        if begun < length:
            return 0
        waits.append(_WEEK_MIN - begun)
    return min(waits)


def _duration(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:g}s"
