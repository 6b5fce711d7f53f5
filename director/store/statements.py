"""What is asked of the tables and written to them, the same for every database."""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    Executable,
    Table,
    TextClause,
    and_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)

from director.store.schema import (
    NOT_A_DECISION,
    conditions,
    decisions,
    entries,
    evidence,
)


def _insert(table: Table) -> TextClause:
    """Return what adds a row; from ``insert`` SQLAlchemy makes the same in ten times as long."""
    names = table.columns.keys()
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join(f":{name}" for name in names)
    return text(f'INSERT INTO "{table.name}" ({columns}) VALUES ({values})')  # noqa: S608  # of our schema's names alone


_OF_SERVICE = decisions.c.service == bindparam("of_service")
_OF_TARGET = and_(_OF_SERVICE, decisions.c.environment == bindparam("of_environment"))
_FACTS = decisions.outerjoin(evidence, evidence.c.digest == decisions.c.evidence)

LATEST_PLACE = select(func.max(decisions.c.seq)).where(_OF_TARGET)
DECISION = (
    select(
        entries.c.seq,
        entries.c.id,
        entries.c.leaf,
        entries.c.checkpoint,
        entries.c.body,
        evidence.c.facts,
    )
    .select_from(_FACTS.join(entries, entries.c.seq == decisions.c.seq))
    .where(decisions.c.seq == bindparam("place"))
)
PLACE_OF = select(entries.c.seq).where(
    entries.c.id == bindparam("of_id"), entries.c.kind == "decision"
)
NEXT_ENVIRONMENT = select(func.min(decisions.c.environment)).where(
    _OF_SERVICE, decisions.c.environment > bindparam("after")
)
TARGETS = select(decisions.c.service, decisions.c.environment).distinct()
HISTORY = (
    select(
        decisions.c.seq,
        decisions.c.id.label("evaluation"),
        decisions.c.service,
        decisions.c.environment,
        decisions.c.version,
        decisions.c.decision,
        decisions.c.effective,
        decisions.c.override,
        decisions.c.pass_rate,
        decisions.c.score,
        decisions.c.profile_name.label("profile"),
        decisions.c.decided_at,
        decisions.c.valid_until,
    )
    .where(_OF_TARGET, decisions.c.seq < bindparam("before"))
    .order_by(decisions.c.seq.desc())
    .limit(bindparam("most"))
)

_CASEWORK = (
    select(entries.c.id, entries.c.kind, entries.c.body)
    .where(NOT_A_DECISION)
    .order_by(entries.c.seq)
)
CASEWORK_OF_ALL = _CASEWORK
CASEWORK_OF_SERVICE = _CASEWORK.where(entries.c.service == bindparam("of_service"))
CASEWORK_OF_ENVIRONMENT = _CASEWORK.where(entries.c.environment == bindparam("of_environment"))
CASEWORK_OF_TARGET = CASEWORK_OF_SERVICE.where(entries.c.environment == bindparam("of_environment"))

CONDITIONS = select(
    conditions.c.check,
    conditions.c.owner,
    conditions.c.opened_at,
    conditions.c.due_at,
    conditions.c.closed_at,
).where(
    conditions.c.service == bindparam("of_service"),
    conditions.c.environment == bindparam("of_environment"),
)
# Insert or replace, in the words that both databases understand.
PUT_CONDITIONS = text(
    'INSERT INTO conditions (service, environment, "check", owner, opened_at, due_at, closed_at) '
    "VALUES (:service, :environment, :check, :owner, :opened_at, :due_at, :closed_at) "
    'ON CONFLICT (service, environment, "check") DO UPDATE SET owner = excluded.owner, '
    "opened_at = excluded.opened_at, due_at = excluded.due_at, closed_at = excluded.closed_at"
)

# What every append asks is written out: SQLAlchemy takes a millisecond to make each of them, in
# every process anew.
LOG = text("SELECT origin, public_key, size, trunk, seen_at FROM log")
KEEP_LOG = text(
    "UPDATE log SET origin = :origin, public_key = :public_key, size = :size, trunk = :trunk, "
    "seen_at = :seen_at"
)
LAST_PLACE = text("SELECT max(seq) FROM entries")
CHECKPOINT = text("SELECT checkpoint FROM entries WHERE seq = :place")
BODIES = (
    select(entries.c.body)
    .where(entries.c.seq >= bindparam("start"))
    .order_by(entries.c.seq)
    .limit(bindparam("most"))
)
SINCE = (
    select(entries.c.seq, entries.c.kind, entries.c.id, entries.c.service, entries.c.environment)
    .where(entries.c.seq > bindparam("after"))
    .order_by(entries.c.seq)
    .limit(bindparam("most"))
)

LEAVES = (
    select(
        entries.c.seq,
        entries.c.kind,
        entries.c.id,
        entries.c.body,
        entries.c.checkpoint,
        decisions.c.evidence,
        evidence.c.facts,
    )
    .select_from(
        entries.outerjoin(decisions, decisions.c.seq == entries.c.seq).outerjoin(
            evidence, evidence.c.digest == decisions.c.evidence
        )
    )
    .where(entries.c.seq >= bindparam("start"))
    .order_by(entries.c.seq)
    .limit(bindparam("most"))
)
SEAL = (
    update(entries)
    .where(entries.c.seq == bindparam("place"))
    .values(leaf=bindparam("new_leaf"), checkpoint=bindparam("new_checkpoint"))
)
ADD_ENTRIES = _insert(entries)
ADD_DECISIONS = _insert(decisions)

PUT_EVIDENCE = text(
    "INSERT INTO evidence (digest, used_at, facts) VALUES (:digest, :used_at, :facts) "
    "ON CONFLICT (digest) DO UPDATE SET used_at = excluded.used_at "
    "WHERE excluded.used_at > evidence.used_at"
)
ERASABLE = (
    select(func.count()).select_from(evidence).where(evidence.c.used_at < bindparam("before"))
)
ERASE = delete(evidence).where(evidence.c.used_at < bindparam("before"))


@cache
def places(number: int) -> Executable:
    """Return what finds *number* entries by ``id_0``, ``id_1`` and so on."""
    wanted = ", ".join(f":id_{each}" for each in range(number))
    return text(f"SELECT id, seq, leaf, checkpoint, body FROM entries WHERE id IN ({wanted})")  # noqa: S608  # of names of our own
