"""The tables of the record in a database, as one transaction sees them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from director.errors import StoreError
from director.model.audit import Kept, Log, Seal, Stored
from director.model.history import Appended, Summary
from director.model.ledger import Entry
from director.model.note import Note, NoteKind
from director.model.record import Record
from director.model.standing import Condition, Standing
from director.store import statements, table_notes
from director.store.codec import decode, instant
from director.store.leaf import Leaf, entry_of, is_casework
from director.store.pages import HistoryPage, Place
from director.store.quick import Quick
from director.store.rows import condition_rows, decision_row, entry_row
from director.store.sealing import LogState, packed, unpacked
from director.store.stands import standing

_LAST = 2**63 - 1
_SIZES = (1, 8, 64, 512)
_QUICK = 1
"""How hard the facts are compressed: harder takes twice as long, and saves a tenth."""


class TablePages:
    """What is stored; see ``Pages`` for what each method says.

    Args:
        connection: In a transaction that the caller holds.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._quick = Quick(connection)

    def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target."""
        target = {"of_service": service, "of_environment": environment}
        rows = self._connection.execute(statements.CONDITIONS, target)
        # Sorted here: each database has its own idea of the order of texts.
        conditions = tuple(_condition(row) for row in sorted(rows, key=lambda row: row.check))
        return standing(conditions, self.casework(service, environment), self.state())

    def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none."""
        target = {"of_service": service, "of_environment": environment}
        kept = self._decision(self._connection.scalar(statements.LATEST_PLACE, target))
        return None if kept is None else kept.record

    def kept(self, evaluation: str) -> Kept | None:
        """Return the decision of one evaluation with its seal, or None if it has none."""
        place = self._connection.scalar(statements.PLACE_OF, {"of_id": evaluation})
        return self._decision(place)

    def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted."""
        found = []
        if (
            self._connection.scalar(
                statements.LATEST_PLACE, {"of_service": service, "of_environment": ""}
            )
            is not None
        ):
            found.append("")
        # From one to the next, however many decisions each has.
        last: str | None = ""
        while True:
            asked = {"of_service": service, "after": last}
            last = self._connection.scalar(statements.NEXT_ENVIRONMENT, asked)
            if last is None:
                return tuple(sorted(found))
            found.append(last)

    def targets(self) -> tuple[tuple[str, str], ...]:
        """Return every service and environment that has a decision, sorted."""
        rows = self._connection.execute(statements.TARGETS)
        return tuple(sorted((row.service, row.environment) for row in rows))

    def history(self, asked: HistoryPage) -> tuple[Summary, ...]:
        """Return decisions on a service in short, the newest first."""
        if asked.environment is None:
            where = self.environments(asked.service)
        else:
            where = (asked.environment,)
        found: list[Summary] = []
        for environment in where:
            bounds = {
                "of_service": asked.service,
                "of_environment": environment,
                "before": _LAST if asked.before is None else asked.before,
                "most": asked.limit,
            }
            rows = self._connection.execute(statements.HISTORY, bounds)
            found.extend(Summary(**row) for row in rows.mappings())
        found.sort(key=lambda summary: -summary.seq)
        return tuple(found[: asked.limit])

    def casework(self, service: str | None, environment: str | None) -> tuple[Entry, ...]:
        """Return what became of waivers and overrides, oldest first."""
        statement = {
            (True, True): statements.CASEWORK_OF_ALL,
            (False, True): statements.CASEWORK_OF_SERVICE,
            (True, False): statements.CASEWORK_OF_ENVIRONMENT,
            (False, False): statements.CASEWORK_OF_TARGET,
        }[service is None, environment is None]
        wanted = {"of_service": service, "of_environment": environment}
        given = {name: value for name, value in wanted.items() if value is not None}
        rows = self._connection.execute(statement, given)
        return tuple(entry_of(row.body, row.id) for row in rows if is_casework(row.kind))

    def log(self) -> Log:
        """Return which audit log it is and how many entries it has."""
        state = self.state()
        return Log(state.origin, state.public_key, self.size())

    def size(self) -> int:
        """Return how many entries the log has."""
        ((last,),) = self._quick.rows(statements.LAST_PLACE, {})
        return 0 if last is None else last + 1

    def leaves(self, start: int, limit: int) -> tuple[Stored, ...]:
        """Return entries of the log in their order."""
        rows = self._connection.execute(statements.LEAVES, {"start": start, "most": limit})
        return tuple(
            Stored(
                index=row.seq,
                kind=row.kind,
                id=row.id,
                body=row.body,
                checkpoint=row.checkpoint or "",
                evidence=row.evidence or "",
                facts=_unpacked(row.id, row.facts),
            )
            for row in rows
        )

    def places(self, ids: Iterable[str]) -> dict[str, Place]:
        """Return those of the entries *ids* that are stored, by id."""
        wanted, found = list(ids), {}
        while wanted:
            # Few sizes of statements are compiled; what is left over asks for the last one again.
            size = next((size for size in _SIZES if len(wanted) <= size), _SIZES[-1])
            part, wanted = wanted[:size], wanted[size:]
            part += part[-1:] * (size - len(part))
            values = {f"id_{place}": id_ for place, id_ in enumerate(part)}
            for row in self._quick.rows(statements.places(size), values):
                found[row[0]] = _place(*row[1:])
        return found

    def checkpoint(self, index: int) -> str | None:
        """Return the checkpoint of the entry at a place; None if it has none."""
        found = self._quick.rows(statements.CHECKPOINT, {"place": index})
        return found[0][0] if found else None

    def state(self) -> LogState:
        """Return what appending needs to know of the log."""
        rows = self._quick.rows(statements.LOG, {})
        if len(rows) != 1:
            raise StoreError("the record has lost its audit log; restore it from a backup")
        ((origin, public_key, size, trunk, seen_at),) = rows
        return LogState(origin, public_key, unpacked(size, trunk), seen_at)

    def unsealed(self, start: int, limit: int) -> list[bytes]:
        """Return the bytes of entries from a place on."""
        found = self._connection.scalars(statements.BODIES, {"start": start, "most": limit})
        return list(found)

    def seal(self, seals: Sequence[Seal]) -> None:
        """Add seals to entries that are stored without."""
        rows = [
            {"place": seal.index, "new_leaf": seal.leaf, "new_checkpoint": seal.checkpoint}
            for seal in seals
        ]
        self._quick.run(statements.SEAL, rows)

    def add(self, start: int, leaves: Sequence[Leaf], seals: Sequence[Seal | None]) -> None:
        """Append *leaves* at the place *start*, with what else is known of decisions."""
        places = list(enumerate(leaves, start))
        rows = [
            entry_row(place, leaf, seal) for (place, leaf), seal in zip(places, seals, strict=True)
        ]
        self._quick.run(statements.ADD_ENTRIES, rows)
        decisions = [row for place, leaf in places if (row := decision_row(place, leaf))]
        if decisions:
            self._quick.run(statements.ADD_DECISIONS, decisions)
            self._add_facts(leaves)
            self._add_conditions(leaves)

    def keep(self, state: LogState) -> None:
        """Remember the log as it is now."""
        row = {
            "origin": state.origin,
            "public_key": state.public_key,
            "size": state.trunk.size,
            "trunk": packed(state.trunk),
            "seen_at": state.seen_at,
        }
        self._quick.run(statements.KEEP_LOG, [row])

    def erasable(self, before: str) -> int:
        """Return how many sets of facts there are that no decision since *before* rests on."""
        return self._connection.scalar(statements.ERASABLE, {"before": before}) or 0

    def erase(self, before: str) -> None:
        """Erase them."""
        self._connection.execute(statements.ERASE, {"before": before})

    def since(self, seq: int, limit: int) -> tuple[Appended, ...]:
        """Return what was appended after the place *seq*, in its order."""
        asked = {"after": seq, "most": limit}
        rows = self._connection.execute(statements.SINCE, asked)
        return tuple(Appended(*row) for row in rows)

    def noted(self, kind: NoteKind, key: str) -> Note | None:
        """Return one note, or None if there is none."""
        return table_notes.noted(self._connection, kind, key)

    def notes(self, kind: NoteKind, after: str, limit: int) -> tuple[Note, ...]:
        """Return notes of a kind, sorted by the bytes of their keys."""
        return table_notes.noted_page(self._connection, kind, after, limit)

    def note(self, notes: Sequence[Note]) -> None:
        """Replace or forget *notes*, each of which is about another thing."""
        table_notes.note(self._connection, notes)

    def _decision(self, place: int | None) -> Kept | None:
        if place is None:
            return None
        row = self._connection.execute(statements.DECISION, {"place": place}).one_or_none()
        if row is None:
            raise StoreError(f"the record has lost its entry {place}; restore it from a backup")
        found = _place(row.seq, row.leaf, row.checkpoint, row.body)
        return Kept(decode(row.body, row.id, _unpacked(row.id, row.facts)), found.seal)

    def _add_facts(self, leaves: Sequence[Leaf]) -> None:
        facts: dict[str, bytes] = {}
        used_at: dict[str, str] = {}
        for leaf in leaves:
            if leaf.decision is not None and leaf.decision.facts is not None:
                facts[leaf.evidence] = leaf.decision.facts
                used_at[leaf.evidence] = max(leaf.at, used_at.get(leaf.evidence, ""))
        rows = [
            {"digest": digest, "used_at": used_at[digest], "facts": zlib.compress(body, _QUICK)}
            for digest, body in facts.items()
        ]
        if rows:
            self._quick.run(statements.PUT_EVIDENCE, rows)

    def _add_conditions(self, leaves: Sequence[Leaf]) -> None:
        # A later decision of the same group has the last word on a condition.
        latest = {
            (row["service"], row["environment"], row["check"]): row
            for leaf in leaves
            for row in condition_rows(leaf)
        }
        if latest:
            self._quick.run(statements.PUT_CONDITIONS, list(latest.values()))


def _place(seq: int, leaf: bytes | None, checkpoint: str | None, body: bytes) -> Place:
    if leaf is None or checkpoint is None:
        return Place(body, None)
    return Place(body, Seal(seq, leaf, checkpoint))


def _unpacked(name: str, facts: bytes | None) -> bytes | None:
    try:
        return None if facts is None else zlib.decompress(facts)
    except zlib.error as error:
        raise StoreError(f"record {name} is damaged: its facts are: {error}") from error


def _condition(row: Any) -> Condition:  # noqa: ANN401  # a row has no type
    return Condition(
        check=row.check,
        owner=row.owner,
        opened_at=instant(row.opened_at),
        due_at=instant(row.due_at),
        closed_at=None if row.closed_at is None else instant(row.closed_at),
    )
