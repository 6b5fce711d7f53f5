"""What a word names in the record: an evaluation, or a service, perhaps somewhere, at some time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from director.cli.recorded import find_record
from director.engine.trends import PAGE, find_summary
from director.errors import Fault, SettingsError
from director.loading.words import shown
from director.model.record import Record
from director.model.text import named
from director.model.value import dataclass
from director.ports import Store

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:[Tt ].*)?", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wording:
    """A word, taken apart.

    Attributes:
        typed: The word as it was typed.
        what: An evaluation, or a service.
        environment: Where; None if the word does not say.
        until: The first moment that is too late, aware, in UTC; None if the word names no time.
    """

    typed: str
    what: str
    environment: str | None = None
    until: datetime | None = None


def wording(typed: str, source: str) -> Wording:
    """Take ``EVALUATION`` or ``SERVICE[@ENVIRONMENT][@TIME]`` apart.

    A time is ``2026-10-01``, which is that whole day, or ``2026-10-01T09:30`` with seconds and
    zone as far as they are known; without a zone it is UTC. The last decision made until then is
    meant. What looks like a day is one: no environment can be named with it here.

    Raises:
        SettingsError: It is none of these.

    >>> wording("pay@production@2026-10-01", "A").until
    datetime.datetime(2026, 10, 2, 0, 0, tzinfo=datetime.timezone.utc)
    """
    what, *rest = typed.split("@")
    until: datetime | None = None
    if rest and _MOMENT.fullmatch(rest[-1]):
        until = _until(rest.pop(), typed, source)
    if not what or len(rest) > 1 or "" in rest:
        problem = "must be EVALUATION or SERVICE[@ENVIRONMENT][@TIME]"
        raise SettingsError(Fault(source, 0, 0, f"{problem}, got {shown(typed)}"))
    return Wording(typed, what, rest[0] if rest else None, until)


async def find_named(
    store: Store, word: Wording, source: str, environment: str | None = None
) -> Record:
    """Return the decision that *word* names.

    Args:
        store: Where decisions are recorded.
        word: What was typed.
        source: Which argument it is, for faults.
        environment: Where, if the word does not say; None for the only one.

    Raises:
        SettingsError: There is none, or it is not clear which.
        StoreError: The record cannot be read.
    """
    where = word.environment or environment
    try:
        last = await find_record(store, word.what, where)
    except SettingsError as error:
        problems = (Fault(source, 0, 0, f"{each.problem}{_of(each)}") for each in error.faults)
        raise SettingsError(*problems) from error
    if word.until is None:
        return last
    if last.service != word.what:
        problem = f"must not be an evaluation with a time, got {shown(word.typed)}"
        raise SettingsError(Fault(source, 0, 0, problem))
    return await _at(store, last, word, source)


async def find_before(store: Store, record: Record) -> Record | None:
    """Return the decision before *record* on its target; None for the first.

    Raises:
        StoreError: The record cannot be read.
    """
    found = await find_summary(store, record.service, record.environment, record.evaluation)
    if found is None:
        return None
    earlier = await store.history(record.service, record.environment, found.seq, 1)
    return await store.evaluation(earlier[0].evaluation) if earlier else None


async def _at(store: Store, last: Record, word: Wording, source: str) -> Record:
    """Return the newest decision on the target of *last* that was made before it was too late."""
    assert word.until is not None  # noqa: S101  # whoever asks has seen to that
    before: int | None = None
    while page := await store.history(last.service, last.environment, before, PAGE):
        for each in page:
            if datetime.fromisoformat(each.decided_at) < word.until:
                record = await store.evaluation(each.evaluation)
                if record is not None:
                    return record
        before = page[-1].seq
    problem = f"must have a decision on {named(last.target)} until then, got {shown(word.typed)}"
    raise SettingsError(Fault(source, 0, 0, problem))


def _of(fault: Fault) -> str:
    return " (name it as SERVICE@ENVIRONMENT)" if fault.source == "--environment" else ""


def _until(text: str, typed: str, source: str) -> datetime:
    """Return the first moment after what *text* means: a day, a minute, a second, an instant."""
    try:
        if len(text) == len("2026-10-01"):
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return day + timedelta(days=1)
        at = datetime.fromisoformat(text.upper())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        clock = re.sub(r"(?:Z|[+-]\d\d:?\d\d)$", "", text.upper())[11:]
        return at + _STEPS.get(len(clock), timedelta(microseconds=1))
    except (ValueError, OverflowError) as error:
        problem = f"must be a time such as 2026-10-01 or 2026-10-01T09:30, got {shown(typed)}"
        raise SettingsError(Fault(source, 0, 0, problem)) from error


_STEPS = {
    len("09"): timedelta(hours=1),
    len("09:30"): timedelta(minutes=1),
    len("09:30:00"): timedelta(seconds=1),
}
"""How long what was written lasts: the minute 09:30 ends at 09:31."""
