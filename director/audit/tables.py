"""Whether the tables that a store looks things up in say what was sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from director.audit.columns import (
    Columns,
    condition_columns,
    decision_columns,
    entry_columns,
)
from director.audit.note import NoteError, VerifierKey
from director.audit.rows import Blob, Leaf
from director.audit.tampered import TamperedError
from director.audit.tree import leaf_hash
from director.audit.verify import Auditor, Verified
from director.model.audit import TableRow
from director.model.ledger import Kind
from director.model.text import named
from director.model.value import dataclass

_Target: TypeAlias = tuple[object, object, object]

_LONGEST = 120
"""How much of a wrong value is shown, in characters."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A row of decisions that must come, and then waits for what gates acted on.

    Attributes:
        index: Its entry.
        columns: What it must have.
        decision: What was decided.
    """

    index: int
    columns: Columns
    decision: object


@dataclass(frozen=True, slots=True)
class _Stands:
    """The last word on a condition.

    Attributes:
        index: The entry that has it.
        columns: What its row must have.
    """

    index: int
    columns: Columns


@dataclass(frozen=True, slots=True)
class LogRow:
    """What the table ``log`` says, of which nothing is proven yet.

    Attributes:
        origin: Which log it is.
        key: The key that it says its checkpoints are signed with.
        size: How many entries it says it has.
        values: Its row.
    """

    origin: str
    key: VerifierKey
    size: int
    values: Mapping[str, object]

    @classmethod
    def of(cls, row: TableRow | None) -> LogRow:
        """Return what the first of all rows says.

        Raises:
            TamperedError: It is none of the table ``log``, or nothing is sealed.
        """
        if row is None or row.table != "log":
            raise TamperedError(None, "the table log has lost its row")
        origin, key, size = (row.values[name] for name in ("origin", "public_key", "size"))
        if (origin, key) == ("", ""):
            raise TamperedError(None, "nothing in it is sealed: evaluate once, which seals it")
        if not (isinstance(origin, str) and isinstance(key, str) and isinstance(size, int)):
            raise TamperedError(None, "the table log must have its origin, key and size")
        try:
            return cls(origin, VerifierKey.parse(key), size, row.values)
        except NoteError as error:
            raise TamperedError(None, f"the key in the table log is none: {error}") from error


class Inspector:
    """Looks at each row of the tables once, in the order of ``Store.table_rows``.

    Args:
        auditor: Looks at what is sealed.
        log: What the table ``log`` says, whose row comes first.
    """

    def __init__(self, auditor: Auditor, log: LogRow) -> None:
        self._auditor = auditor
        self._log = log
        self._due: _Due | None = None
        self._open: tuple[_Due, Mapping[str, object]] | None = None
        self._override = ""
        self._conditions: dict[_Target, _Stands] = {}
        self._seen_at = ""

    def take(self, row: TableRow) -> None:
        """Look at the next row after the first.

        Raises:
            TamperedError: It is not what was sealed.
        """
        if row.table != "decisions":
            self._demand_none_due()
        match row.table:
            case "entries":
                self._entry(row.values)
            case "decisions":
                self._decision(row.values)
            case "evidence":
                self._evidence(row.values)
            case "conditions":
                self._condition(row.values)
            case other:
                raise TamperedError(None, f"the table {other} must have one row, has more")

    def end(self) -> Verified:
        """Return what the log shows.

        Raises:
            TamperedError: Something is missing, or the tables say so of the log itself.
        """
        self._demand_none_due()
        self._close()
        verified = self._auditor.end(self._log.size)
        for stands in sorted(self._conditions.values(), key=lambda each: each.index):
            check = named(stands.columns["check"])
            problem = f"its condition on {check} is missing in the table conditions"
            raise TamperedError(stands.index, problem)
        hashes = b"".join(self._auditor.trunk.hashes)
        wanted = {"id": 1, "trunk": hashes, "seen_at": self._seen_at}
        _compare(None, "log", self._log.values, wanted)
        return verified

    def _entry(self, values: Mapping[str, object]) -> None:
        index = self._auditor.trunk.size
        place, kind, id_, body, checkpoint = (
            values[name] for name in ("seq", "kind", "id", "body", "checkpoint")
        )
        if not (isinstance(place, int) and isinstance(body, bytes)):
            raise TamperedError(index, "it has no body, or no place")
        texts = [each if isinstance(each, str) else "" for each in (kind, id_, checkpoint)]
        found = self._auditor.leaf(Leaf(place, texts[0], texts[1], body, texts[2]))
        wanted = entry_columns(found)
        _compare(index, "entries", values, wanted)
        _compare(index, "entries", values, {"leaf": leaf_hash(body)})
        self._seen_at = max(self._seen_at, str(values["at"]))
        if kind == Kind.DECISION:
            self._close()
            self._due = _Due(index, decision_columns(index, found), found.get("decision"))
            self._stand(index, found)
        elif kind == Kind.OVERRIDE_USED:
            self._override = str(values["subject"])

    def _stand(self, index: int, found: dict[str, Any]) -> None:
        for row in condition_columns(index, found):
            target = row["service"], row["environment"], row["check"]
            self._conditions[target] = _Stands(index, row)

    def _decision(self, values: Mapping[str, object]) -> None:
        due = self._due
        if due is None:
            place = values["seq"] if isinstance(values["seq"], int) else None
            raise TamperedError(place, "the table decisions has a row for it, and it is none")
        if values["seq"] != due.index:
            self._demand_none_due()
        self._due = None
        _compare(due.index, "decisions", values, due.columns)
        self._open = due, values

    def _close(self) -> None:
        """Look at what gates acted on, once everything that belongs to a decision was seen."""
        if self._open is not None:
            due, values = self._open
            wanted = {"effective": "go" if self._override else due.decision}
            wanted["override"] = self._override
            _compare(due.index, "decisions", values, wanted)
        self._open, self._override = None, ""

    def _demand_none_due(self) -> None:
        if self._due is not None:
            raise TamperedError(self._due.index, "its row in the table decisions is missing")

    def _evidence(self, values: Mapping[str, object]) -> None:
        digest, facts = str(values["digest"]), values["facts"]
        blob = Blob(digest, facts if isinstance(facts, bytes) else b"")
        use = self._auditor.blob(blob)
        if use.used_at:  # Else it was erased and came back unused.
            wanted = {"digest": digest, "used_at": use.used_at}
            _compare(use.index, "evidence", values, wanted)

    def _condition(self, values: Mapping[str, object]) -> None:
        target = values["service"], values["environment"], values["check"]
        stands = self._conditions.pop(target, None)
        if stands is None:
            where = ", ".join(named(each) for each in target)
            raise TamperedError(None, f"the table conditions has a row that no entry has: {where}")
        _compare(stands.index, "conditions", values, stands.columns)


def _compare(
    index: int | None, table: str, found: Mapping[str, object], wanted: Mapping[str, object]
) -> None:
    """Refuse a row that differs from what was sealed, also in the type of a value."""
    for name, value in wanted.items():
        if type(found[name]) is not type(value) or found[name] != value:
            problem = f"{name} in the table {table} must be {_shown(value)}"
            raise TamperedError(index, f"{problem}, was {_shown(found[name])}")


def _shown(value: object) -> str:
    return named(ascii(value))[:_LONGEST]
