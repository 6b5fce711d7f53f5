"""The tables of the record in memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from director.model.audit import Kept, Log, Seal, Stored, TableRow
from director.model.history import Appended, Summary
from director.model.ledger import Entry
from director.model.note import Note, NoteKind
from director.model.record import ConditionEntry, Record
from director.model.standing import Condition, Standing
from director.store.codec import decode, instant
from director.store.leaf import Decided, Leaf, is_casework
from director.store.pages import HistoryPage, Place
from director.store.rows import condition_rows, decision_row, entry_row
from director.store.sealing import LogState, packed
from director.store.stands import standing


class MemoryPages:
    """Tables of memory; see ``Pages`` for what each of its methods says."""

    def __init__(self) -> None:
        self._leaves: list[Leaf] = []
        self._seals: list[Seal | None] = []
        self._index: dict[str, int] = {}
        self._conditions: dict[tuple[str, str], dict[str, ConditionEntry]] = {}
        self._facts: dict[str, bytes] = {}
        self._used_at: dict[str, str] = {}
        self._state = LogState()
        self._notes: dict[tuple[NoteKind, str], Note] = {}

    def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target."""
        found = self._conditions.get((service, environment), {})
        conditions = tuple(_condition(found[check]) for check in sorted(found))
        return standing(conditions, self.casework(service, environment), self._state)

    def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none."""
        for leaf in reversed(self._decisions(service, environment)):
            return self._record(leaf)
        return None

    def kept(self, evaluation: str) -> Kept | None:
        """Return the decision of one evaluation with its seal, or None if it has none."""
        index = self._index.get(evaluation)
        if index is None or self._leaves[index].decision is None:
            return None
        return Kept(self._record(self._leaves[index]), self._seals[index])

    def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted."""
        return tuple(sorted({leaf.environment for leaf in self._decisions(service, None)}))

    def targets(self) -> tuple[tuple[str, str], ...]:
        """Return every service and environment that has a decision, sorted."""
        found = {(leaf.service, leaf.environment) for leaf in self._decisions(None, None)}
        return tuple(sorted(found))

    def history(self, asked: HistoryPage) -> tuple[Summary, ...]:
        """Return decisions on a service in short, the newest first."""
        places = [
            self._index[leaf.id] for leaf in self._decisions(asked.service, asked.environment)
        ]
        before = len(self._leaves) if asked.before is None else asked.before
        found = [place for place in reversed(places) if place < before][: asked.limit]
        decided = ((place, self._leaves[place].decision) for place in found)
        return tuple(_summary(place, each) for place, each in decided if each is not None)

    def casework(self, service: str | None, environment: str | None) -> tuple[Entry, ...]:
        """Return what became of waivers and overrides, oldest first."""
        return tuple(
            leaf.entry
            for leaf in self._leaves
            if leaf.entry is not None and is_casework(leaf.kind)
            if service in (None, leaf.service) and environment in (None, leaf.environment)
        )

    def log(self) -> Log:
        """Return which audit log it is and how many entries it has."""
        return Log(self._state.origin, self._state.public_key, len(self._leaves))

    def size(self) -> int:
        """Return how many entries the log has."""
        return len(self._leaves)

    def leaves(self, start: int, limit: int) -> tuple[Stored, ...]:
        """Return entries of the log in their order."""
        return tuple(
            self._stored(place) for place in range(start, min(start + limit, len(self._leaves)))
        )

    def places(self, ids: Iterable[str]) -> dict[str, Place]:
        """Return those of the entries *ids* that are stored, by id."""
        found = {id_: self._index[id_] for id_ in ids if id_ in self._index}
        return {
            id_: Place(self._leaves[place].body, self._seals[place]) for id_, place in found.items()
        }

    def checkpoint(self, index: int) -> str | None:
        """Return the checkpoint of the entry at a place; None if it has none."""
        seal = self._seals[index] if index < len(self._seals) else None
        return None if seal is None else seal.checkpoint

    def state(self) -> LogState:
        """Return what appending needs to know of the log."""
        return self._state

    def unsealed(self, start: int, limit: int) -> list[bytes]:
        """Return the bytes of entries from a place on."""
        return [leaf.body for leaf in self._leaves[start : start + limit]]

    def seal(self, seals: Sequence[Seal]) -> None:
        """Add seals to entries that are stored without."""
        for seal in seals:
            self._seals[seal.index] = seal

    def add(self, start: int, leaves: Sequence[Leaf], seals: Sequence[Seal | None]) -> None:
        """Append *leaves* at the place *start*, with what else is known of decisions."""
        for place, leaf in enumerate(leaves, start):
            self._index[leaf.id] = place
            self._leaves.append(leaf)
            if leaf.decision is None:
                continue
            record, facts = leaf.decision.record, leaf.decision.facts
            found = self._conditions.setdefault((leaf.service, leaf.environment), {})
            found.update({condition.check: condition for condition in record.conditions})
            if facts is not None:
                digest = record.evidence
                self._facts[digest] = facts
                self._used_at[digest] = max(leaf.at, self._used_at.get(digest, ""))
        self._seals.extend(seals)

    def keep(self, state: LogState) -> None:
        """Remember the log as it is now."""
        self._state = state

    def table_rows(self) -> tuple[TableRow, ...]:
        """Return what the tables of a database would have, in the order of ``Store``."""
        state = self._state
        log = {
            "id": 1,
            "origin": state.origin,
            "public_key": state.public_key,
            "size": state.trunk.size,
            "trunk": packed(state.trunk),
            "seen_at": state.seen_at,
        }
        rows = [TableRow("log", log)]
        stands: dict[tuple[str, str, str], TableRow] = {}
        for place, (leaf, seal) in enumerate(zip(self._leaves, self._seals, strict=True)):
            rows.append(TableRow("entries", entry_row(place, leaf, seal)))
            if decision := decision_row(place, leaf):
                rows.append(TableRow("decisions", decision))
            for row in condition_rows(leaf):
                stands[row["service"], row["environment"], row["check"]] = TableRow(
                    "conditions", row
                )
        for digest, facts in sorted(self._facts.items()):
            values = {"digest": digest, "used_at": self._used_at[digest], "facts": facts}
            rows.append(TableRow("evidence", values))
        return (*rows, *stands.values())

    def erasable(self, before: str) -> int:
        """Return how many sets of facts there are that no decision since *before* rests on."""
        return len(self._old(before))

    def erase(self, before: str) -> None:
        """Erase them."""
        for digest in self._old(before):
            del self._facts[digest], self._used_at[digest]

    def since(self, seq: int, limit: int) -> tuple[Appended, ...]:
        """Return what was appended after the place *seq*, in its order."""
        first = max(seq + 1, 0)
        return tuple(
            Appended(place, leaf.kind, leaf.id, leaf.service, leaf.environment)
            for place, leaf in enumerate(self._leaves[first : first + limit], first)
        )

    def noted(self, kind: NoteKind, key: str) -> Note | None:
        """Return one note, or None if there is none."""
        return self._notes.get((kind, key))

    def notes(self, kind: NoteKind, after: str, limit: int) -> tuple[Note, ...]:
        """Return notes of a kind, sorted by the bytes of their keys."""
        found = [key for of, key in self._notes if of is kind and key.encode() > after.encode()]
        return tuple(self._notes[kind, key] for key in sorted(found, key=str.encode)[:limit])

    def note(self, notes: Sequence[Note]) -> None:
        """Replace or forget *notes*, each of which is about another thing."""
        for each in notes:
            self._notes.pop((each.kind, each.key), None)
            if each.body is not None:
                self._notes[each.kind, each.key] = each

    def _old(self, before: str) -> list[str]:
        return [digest for digest, used_at in self._used_at.items() if used_at < before]

    def _decisions(self, service: str | None, environment: str | None) -> list[Leaf]:
        return [
            leaf
            for leaf in self._leaves
            if leaf.decision is not None
            and service in (None, leaf.service)
            and environment in (None, leaf.environment)
        ]

    def _record(self, leaf: Leaf) -> Record:
        return decode(leaf.body, leaf.id, self._facts.get(leaf.evidence))

    def _stored(self, place: int) -> Stored:
        leaf = self._leaves[place]
        return Stored(
            index=place,
            kind=leaf.kind,
            id=leaf.id,
            body=leaf.body,
            checkpoint=self.checkpoint(place) or "",
            evidence=leaf.evidence,
            facts=self._facts.get(leaf.evidence),
        )


def _summary(place: int, decided: Decided) -> Summary:
    record = decided.record
    return Summary(
        seq=place,
        evaluation=record.evaluation,
        service=record.service,
        environment=record.environment,
        version=record.version,
        decision=record.decision,
        effective=decided.effective,
        override=decided.override,
        pass_rate=record.pass_rate,
        score=record.score,
        profile=record.profile.name,
        decided_at=record.decided_at,
        valid_until=record.valid_until,
    )


def _condition(entry: ConditionEntry) -> Condition:
    return Condition(
        check=entry.check,
        owner=entry.owner,
        opened_at=instant(entry.opened_at),
        due_at=instant(entry.due_at),
        closed_at=None if entry.closed_at is None else instant(entry.closed_at),
    )
