"""What decisions are held against: the last one, another evaluation, or an earlier report."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

from director.errors import Fault, SettingsError, StoreError
from director.loading.words import shown
from director.model.difference import Difference
from director.model.record import Record
from director.model.report import Item, Judged
from director.model.text import named
from director.model.value import dataclass
from director.ports import Store
from director.wiring.record import read_report

LAST = "last"
"""The word for the last recorded decision on the same target."""

MOST_BYTES = 64 * 2**20
"""Largest report that is read."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Earlier decisions that new ones are held against.

    Attributes:
        last: Whether it is the last recorded decision on each target.
        records: Otherwise these, by target.
    """

    last: bool = False
    records: tuple[Record, ...] = ()

    def held_against(self, item: Item) -> Item:
        """Return *item* with what became better or worse; without, where nothing was asked."""
        if not isinstance(item, Judged) or self.last:
            return item
        return replace(item, difference=self._difference(item.record))

    def _difference(self, record: Record) -> Difference | None:
        for before in reversed(self.records):
            if before.target == record.target:
                from director.rules.compare import compare  # noqa: PLC0415  # only to hold against

                return compare(before, record)
        return None


async def find_baseline(wanted: str | None, store: Store | None) -> Baseline:
    """Return what ``--diff-against`` asks for.

    Args:
        wanted: ``last``, a file with a JSON report, or an evaluation; None for nothing.
        store: Where decisions are recorded; None for nowhere.

    Raises:
        SettingsError: There is no such thing.
        StoreError: The record cannot be read.
    """
    if wanted is None:
        return Baseline()
    if wanted == LAST:
        if store is None:
            raise _fault("must not be last with --no-store: nothing is recorded", wanted)
        return Baseline(last=True)
    path = Path(wanted)
    if _is_file(path, wanted):
        return Baseline(records=_read(path, wanted))
    if store is not None and wanted.isalnum() and wanted.isascii():
        record = await store.evaluation(wanted)
        if record is not None:
            return Baseline(records=(record,))
    raise _fault("must be last, a JSON report, or a recorded evaluation", wanted)


def _read(path: Path, wanted: str) -> tuple[Record, ...]:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _fault(f"must be a file that can be read ({error.strerror})", wanted) from error
    if len(data) > MOST_BYTES:
        raise _fault(f"must be a report of at most {MOST_BYTES // 2**20} MiB", wanted)
    try:
        return read_report(data)
    except StoreError as error:
        problem = f"must be a report that --format json wrote: {error}"
        raise SettingsError(Fault(named(path), 0, 0, problem)) from error


def _is_file(path: Path, wanted: str) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise _fault("must be last, a JSON report, or a recorded evaluation", wanted) from error


def _fault(problem: str, wanted: str) -> SettingsError:
    return SettingsError(Fault("--diff-against", 0, 0, f"{problem}, got {shown(wanted)}"))
