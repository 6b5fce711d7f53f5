"""A record that lives as long as its process: the reference, and the peer for tests."""

from __future__ import annotations

from director.errors import StoreError
from director.model.record import ConditionEntry, Record
from director.model.standing import Condition, Standing
from director.store.codec import decode, entry, instant


class MemoryStore:
    """Keep decisions in memory, as bytes, exactly as a durable store does."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes] = {}
        self._latest: dict[tuple[str, str], str] = {}
        self._conditions: dict[tuple[str, str], dict[str, ConditionEntry]] = {}
        self._closed = False

    async def standing(self, service: str, environment: str) -> Standing:
        """Return what earlier decisions left behind for a target.

        Raises:
            StoreError: The store is closed.
        """
        self._check_open()
        found = self._conditions.get((service, environment), {})
        return Standing(conditions=tuple(_condition(found[check]) for check in sorted(found)))

    async def latest(self, service: str, environment: str) -> Record | None:
        """Return the last decision on a target, or None if there is none.

        Raises:
            StoreError: The store is closed.
        """
        self._check_open()
        evaluation = self._latest.get((service, environment))
        return None if evaluation is None else decode(self._bodies[evaluation], evaluation)

    async def evaluation(self, evaluation: str) -> Record | None:
        """Return the decision of one evaluation, or None if it has none.

        Raises:
            StoreError: The store is closed.
        """
        self._check_open()
        body = self._bodies.get(evaluation)
        return None if body is None else decode(body, evaluation)

    async def environments(self, service: str) -> tuple[str, ...]:
        """Return the environments in which *service* has decisions, sorted; empty for none.

        Raises:
            StoreError: The store is closed.
        """
        self._check_open()
        return tuple(sorted(environment for name, environment in self._latest if name == service))

    async def record(self, record: Record) -> Record:
        """Keep *record*, with its conditions, and return it as it was read back.

        Raises:
            StoreError: The store is closed, the record cannot be written, or the evaluation is
                already recorded with other content.
        """
        self._check_open()
        kept = entry(record)
        stored = self._bodies.setdefault(record.evaluation, kept.body)
        if stored != kept.body:
            raise StoreError(
                f"evaluation {record.evaluation} is already recorded with other content"
            )
        if stored is kept.body:
            target = (record.service, record.environment)
            self._latest[target] = record.evaluation
            found = self._conditions.setdefault(target, {})
            found.update({condition.check: condition for condition in record.conditions})
        return decode(stored, record.evaluation)

    async def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError("the store is closed")


def _condition(entry: ConditionEntry) -> Condition:
    return Condition(
        check=entry.check,
        owner=entry.owner,
        opened_at=instant(entry.opened_at),
        due_at=instant(entry.due_at),
        closed_at=None if entry.closed_at is None else instant(entry.closed_at),
    )
