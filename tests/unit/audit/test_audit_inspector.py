"""The tables are held against the log, column by column."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.tables import Inspector, LogRow
from director.audit.tampered import TamperedError
from director.audit.verify import Auditor, Verified
from director.model.audit import Seal, TableRow, Trunk

LOG = "log.example/1"
NOTARY = KeyNotary(LOG, PrivateKey(b"k" * 32))
AT = "2026-11-22T10:00:00.000000Z"
LATER = "2026-11-23T10:00:00.000000Z"


def record(id_: str, at: str = AT, **more: object) -> dict[str, Any]:
    """Return what a decision says."""
    return {
        "service": "pay", "environment": "production", "version": "1", "decision": "no_go",
        "pass_rate": "50%", "score": 0.5, "evaluation": id_, "decided_at": at, "valid_until": LATER,
        "manifest": {"digest": "sha256:m"}, "profile": {"name": "p", "digest": "sha256:p"},
        "conditions": [], **more,
    }  # fmt: skip


def used(id_: str, override: str) -> dict[str, Any]:
    """Return the entry that says that a gate was opened."""
    return {
        "id": id_, "kind": "override.used", "service": "pay", "environment": "production",
        "subject": override, "at": AT,
    }  # fmt: skip


def condition(due_at: str = LATER) -> dict[str, Any]:
    """Return what a decision says of a condition."""
    return {"check": "c", "owner": "o", "opened_at": AT, "due_at": due_at, "closed_at": None}


def decisions_row(index: int, said: dict[str, Any], override: str = "") -> TableRow:
    """Return the row that a decision is found by."""
    names = ("service", "environment", "version", "decision", "pass_rate", "score", "decided_at",
             "valid_until")  # fmt: skip
    return TableRow(
        "decisions",
        {
            "seq": index,
            "id": said["evaluation"],
            **{name: said.get(name, "") for name in names},
            "effective": "go" if override else said["decision"],
            "override": override,
            "manifest_digest": "sha256:m",
            "profile_name": "p",
            "profile_digest": "sha256:p",
            "evidence": said.get("evidence", ""),
        },
    )


def entries_row(index: int, said: dict[str, Any], body: bytes, seal: Seal) -> TableRow:
    """Return the row of an entry."""
    id_ = said.get("evaluation", said.get("id"))
    return TableRow(
        "entries",
        {
            "seq": index,
            "id": id_,
            "kind": said.get("kind", "decision"),
            "service": said["service"],
            "environment": said["environment"],
            "subject": said.get("subject", id_),
            "at": said.get("at", said.get("decided_at")),
            "leaf": seal.leaf,
            "checkpoint": seal.checkpoint,
            "body": body,
        },
    )


def rows(*said: dict[str, Any], override: str = "", seen_at: str = AT) -> list[TableRow]:
    """Return the tables with these entries and no conditions; *override* is the first one's."""
    bodies = [json.dumps(each).encode() for each in said]
    trunk, seals = NOTARY.seal(Trunk(), bodies)
    log = {
        "id": 1, "origin": LOG, "public_key": NOTARY.public_key, "size": trunk.size,
        "trunk": b"".join(trunk.hashes), "seen_at": seen_at,
    }  # fmt: skip
    found = [TableRow("log", log)]
    for index, (each, body, seal) in enumerate(zip(said, bodies, seals, strict=True)):
        found.append(entries_row(index, each, body, seal))
        if "kind" not in each:
            found.append(decisions_row(index, each, "" if index else override))
    return found


def stands(entry: dict[str, Any], **more: object) -> TableRow:
    """Return the row of a condition."""
    return TableRow("conditions", {"service": "pay", "environment": "production", **entry, **more})


def inspected(given: Sequence[TableRow]) -> Verified:
    """Return what the tables show."""
    log = LogRow.of(given[0])
    inspector = Inspector(Auditor(log.key), log)
    for row in given[1:]:
        inspector.take(row)
    return inspector.end()


def wrong(given: Sequence[TableRow]) -> str:
    """Return what is found wrong."""
    with pytest.raises(TamperedError) as found:
        inspected(given)
    return str(found.value)


def test_an_override_belongs_to_the_decision_before_it() -> None:
    """What gates acted on is told by the entries up to the next decision, and by the last use."""
    one, two = record("D1"), record("D2")

    assert inspected(rows(one, two)).head.size == 2
    assert inspected(rows(one, used("U1", "V1"), two, override="V1")).head.size == 3
    assert inspected(rows(one, used("U1", "V1"), used("U2", "V2"), override="V2")).head.size == 3
    assert wrong(rows(one, used("U1", "V1"), two)) == (
        "entry 0: effective in the table decisions must be 'go', was 'no_go'"
    )
    assert wrong(rows(one, two, used("U1", "V1"), override="V1")).startswith("entry 0: effective")
    assert wrong(rows(one, used("U1", "V1"), override="V2")) == (
        "entry 0: override in the table decisions must be 'V1', was 'V2'"
    )


def test_the_last_word_on_a_condition_stands() -> None:
    """A condition is what the last decision on it said; a changed due date names that one."""
    first, last = record("D1", conditions=[condition()]), record("D2", conditions=[condition(AT)])
    given = rows(first, last)

    assert inspected([*given, stands(condition(AT))]).head.size == 2
    assert wrong([*given, stands(condition())]) == (
        f"entry 1: due_at in the table conditions must be '{AT}', was '{LATER}'"
    )
    assert wrong(given) == "entry 1: its condition on c is missing in the table conditions"
    twice = [*given, stands(condition(AT)), stands(condition(AT))]
    assert "has a row that no entry has: pay, production, c" in wrong(twice)
    assert "no entry has: other, production, c" in wrong(
        [*given, stands(condition(AT), service="other")]
    )


def test_decisions_have_one_row_each() -> None:
    """A decision without its row, a row without a decision, or two of them are found."""
    log, entry, row, *rest = rows(record("D1"), used("U1", "V1"), override="V1")
    twice = TableRow("decisions", {**row.values, "seq": 1})

    assert wrong([log, entry, *rest]) == "entry 0: its row in the table decisions is missing"
    assert wrong([log, entry]) == "entry 0: its row in the table decisions is missing"
    assert wrong([log, entry, twice]) == "entry 0: its row in the table decisions is missing"
    assert wrong([log, entry, row, *rest, twice]) == (
        "entry 1: the table decisions has a row for it, and it is none"
    )


@pytest.mark.parametrize(
    "more",
    [
        {"conditions": {}},
        {"conditions": [7]},
        {"conditions": [{"check": "c"}]},
        {"conditions": [{**condition(), "due_at": 7}]},
        {"manifest": "m"},
        {"profile": None},
        {"score": "1"},
        {"score": True},
        {"score": 10**400},
    ],
    ids=range(9),
)
def test_what_is_no_record_is_found(more: dict[str, Any]) -> None:
    """Also what was sealed so is no decision."""
    given = rows(record("D1"))
    said = record("D1", **more)
    body = json.dumps(said).encode()
    _, (seal,) = NOTARY.seal(Trunk(), [body])

    assert wrong([given[0], entries_row(0, said, body, seal)]) == "entry 0: it is no whole record"


def test_what_older_records_lack_is_empty() -> None:
    """A record from before there was a log may have no version, pass rate or score."""
    said = record("D1", score=0)
    for name in ("version", "pass_rate", "score", "conditions"):
        del said[name]
    log, entry, row = rows(said)

    given = [log, entry, TableRow("decisions", {**row.values, "score": 0.0})]
    assert inspected(given).head.size == 1


def test_the_log_tells_its_end() -> None:
    """The latest moment and the tree's edge in the table are those of the entries."""
    given = rows(record("D1", LATER), record("D2", AT), seen_at=LATER)
    log = given[0].values

    assert inspected(given).last_at == AT
    for column, value in {"seen_at": AT, "trunk": b"", "id": 2}.items():
        changed = [TableRow("log", {**log, column: value}), *given[1:]]
        assert wrong(changed).startswith(f"{column} in the table log must be")
    assert wrong([*given, given[0]]) == "the table log must have one row, has more"


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"origin": "", "public_key": ""}, "nothing in it is sealed"),
        ({"origin": b""}, "must have its origin, key and size"),
        ({"public_key": None}, "must have its origin, key and size"),
        ({"size": "1"}, "must have its origin, key and size"),
        ({"public_key": "key"}, "the key in the table log is none"),
    ],
    ids=range(5),
)
def test_a_log_without_a_name_or_a_key(changed: dict[str, Any], problem: str) -> None:
    """Where the store does not say which log it is, nothing can be verified."""
    log = rows(record("D1"))[0]

    with pytest.raises(TamperedError, match=problem):
        LogRow.of(TableRow("log", {**log.values, **changed}))


def test_a_log_that_lost_its_row() -> None:
    """Tables that do not begin with the log, or are empty, have lost it."""
    for row in (None, rows(record("D1"))[1]):
        with pytest.raises(TamperedError, match="the table log has lost its row"):
            LogRow.of(row)


def test_what_is_shown_of_a_wrong_value_is_short() -> None:
    """A value of a megabyte, or of what a terminal obeys, is one short line."""
    log, entry, row = rows(record("D1"))
    said = wrong([log, entry, TableRow("decisions", {**row.values, "version": "\x1b" * 2**20})])

    assert len(said) < 300
    assert said.isprintable()
