"""A sealed log, changed around the program in every way: offline, it is found each time.

The short form changes a part of the bytes, the long form (``make test-long``) each of them.
"""

from __future__ import annotations

import asyncio
import copy
import io
import re
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from director.audit.bundle import head_line, line_of, read_head, read_rows
from director.audit.ed25519 import PrivateKey
from director.audit.notary import KeyNotary
from director.audit.rows import Blob, Leaf
from director.audit.shelf import Shelf
from director.audit.tampered import TamperedError
from director.audit.verify import Auditor
from director.cli.commands import call
from director.cli.interruption import Interruption
from director.model.audit import Head, TableRow, Trunk

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside
    from tests.hostile.tampering.sealed_log import SealedLog

pytestmark = pytest.mark.needs("ssh-keygen")

HERE = Path(__file__).parent
LEAST = 7_700
"""How many changes the long form makes at least."""

Thing = TypeVar("Thing")


@pytest.fixture(scope="module")
def made(beside: Beside) -> ModuleType:
    """What makes a log and reads it."""
    return beside(HERE / "tampering/sealed_log.py")


@pytest.fixture(scope="module")
def log(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> SealedLog:
    """A log that is whole."""
    found: SealedLog = made.sealed_log(tmp_path_factory.mktemp("tampering"))
    return found


@pytest.fixture(scope="module")
def second(beside: Beside) -> ModuleType:
    """The second verifier."""
    return beside(HERE.parent / "acceptance/second_verifier.py")


def in_steps(short: int, long: int = 1) -> pytest.MarkDecorator:
    """Give a test every *long*-th position in its long form, every *short*-th in its short one."""
    forms = [pytest.param(short, id="short"), pytest.param(long, id="long", marks=pytest.mark.long)]
    return pytest.mark.parametrize("step", forms)


def flipped(value: bytes, place: int) -> bytes:
    """Return *value* with one bit of the byte at *place* turned."""
    changed = bytearray(value)
    changed[place] ^= (0x01, 0x20, 0x80)[place % 3]
    return bytes(changed)


def changes(value: object, step: int, begin: int) -> Iterator[object]:
    """Yield *value* of a column with every *step*-th byte changed, as a store would read it."""
    match value:
        case bytes():
            yield from (flipped(value, place) for place in range(begin % step, len(value), step))
        case str():
            data = value.encode()
            for place in range(begin % step, len(data), step):
                yield flipped(data, place).decode(errors="surrogateescape")
        case float():
            data = struct.pack(">d", value)
            found = (struct.unpack(">d", flipped(data, place))[0] for place in range(8))
            yield from list(found)[begin % step :: step]
        case int():
            yield from (value + 1, value - 1, -value - 1, value + 2**31)[begin % step :: step]
        case _:
            pass


def others(value: object) -> Iterator[object]:
    """Yield what may stand in the place of a value: nothing, another type, more, less."""
    yield from (
        each for each in (None, "", b"", 0) if each != value or type(each) is not type(value)
    )
    match value:
        case str():
            yield from (value + " ", value + "\0", value.encode(), value[:-1] if value else "x")
        case bytes():
            yield from (value + b"\0", value[:-1], value.decode("latin-1"))
        case _:
            yield str(value)


def twin(thing: Thing) -> Thing:
    """Return what goes on from here as *thing* would, and leaves that alone."""
    found = copy.copy(thing)
    for name, value in vars(found).items():
        if isinstance(value, set | dict | list):
            setattr(found, name, value.copy())
        elif isinstance(value, Auditor | Shelf) or type(value).__name__ == "Tree":
            setattr(found, name, twin(value))
    return found


def with_value(row: TableRow, column: str, value: object) -> TableRow:
    """Return *row* with another value in one column."""
    return TableRow(row.table, {**row.values, column: value})


def index_of(row: TableRow) -> int | None:
    """Return the entry that a row is about, if it is about one alone."""
    place = row.values.get("seq")
    return place if isinstance(place, int) else None


def is_found(log: SealedLog, rows: Sequence[TableRow], *anchors: Head) -> TamperedError:
    """Return what is found wrong with *rows*; it must be something."""
    with pytest.raises(TamperedError) as found:
        log.examine(rows, *anchors)
    return found.value


def in_columns(
    log: SealedLog, wrong: Callable[[object, int], Iterator[object]]
) -> Iterator[tuple[TableRow, str, TamperedError | None]]:
    """Yield what is found of each *wrong* value of each column of each row but the first."""
    inspector, rest = log.begin(log.rows)
    for number, row in enumerate(rest):
        for column, value in row.values.items():
            for other in wrong(value, number):
                mine = twin(inspector)
                try:
                    for each in (with_value(row, column, other), *rest[number + 1 :]):
                        mine.take(each)
                    mine.end()
                except TamperedError as error:
                    yield row, column, error
                else:
                    yield row, column, None
        inspector.take(row)


def test_the_log_is_whole(log: SealedLog, second: ModuleType) -> None:
    """Both verifiers accept the log before it is changed, with all that is to be changed in it."""
    shown = log.examine(log.rows, log.anchor)
    kinds = dict(shown.kinds)

    assert kinds["decision"] == 50
    assert {"waiver.approved", "override.applied", "override.used", "evidence.erased"} <= set(kinds)
    assert {row.table for row in log.rows} == {
        "log", "entries", "decisions", "evidence", "conditions"
    }  # fmt: skip
    assert (shown.erased, len(shown.signed)) == (3, 13)
    with closing(sqlite3.connect(log.fresh("columns.db"))) as connection:
        for row in log.rows:
            columns = connection.execute(f"PRAGMA table_info({row.table})").fetchall()
            assert {name for _, name, *_ in columns} == set(row.values)
    assert in_bundle(log, log.bundle) is None
    assert in_bundle_by(second, log, log.bundle) is None


@in_steps(short=997)
def test_every_byte_of_every_column(log: SealedLog, step: int) -> None:
    """A byte changed in any column of any row is found, in the entry that it is in."""
    count, missed, misnamed = 0, [], []
    for row, column, error in in_columns(log, lambda value, begin: changes(value, step, begin)):
        count += 1
        if error is None:
            missed.append((row.table, row.values, column))
        elif error.index != index_of(row) and row.table in ("entries", "decisions"):
            misnamed.append((row.table, index_of(row), column, str(error)))

    assert (missed, misnamed) == ([], [])
    assert count >= (LEAST if step == 1 else 100)


@in_steps(short=7)
def test_every_column_with_something_else(log: SealedLog, step: int) -> None:
    """Nothing, another type, more or less in the place of a value is found."""
    missed = [
        (row.table, column)
        for row, column, error in in_columns(
            log, lambda value, number: others(value) if number % step == 0 else iter(())
        )
        if error is None
    ]

    assert missed == []


@in_steps(short=29)
def test_the_row_of_the_log(log: SealedLog, step: int) -> None:
    """A byte changed in what the store says of the whole log is found."""
    row = log.rows[0]
    for column, value in row.values.items():
        for other in (*changes(value, step, 3), *others(value)):
            is_found(log, (with_value(row, column, other), *log.rows[1:]))


@in_steps(short=5)
def test_rows_that_are_gone(log: SealedLog, step: int) -> None:
    """A row that was deleted is found, and so is everything after any row."""
    for number in range(0, len(log.rows), step):
        error = is_found(log, [*log.rows[:number], *log.rows[number + 1 :]])
        if log.rows[number].table in ("entries", "decisions"):
            assert error.index == index_of(log.rows[number])
        is_found(log, log.rows[:number])


@in_steps(short=5)
def test_rows_that_were_added_or_moved(log: SealedLog, step: int) -> None:
    """A row that is there twice, that changed places with the next, or comes later is found."""
    for number in range(0, len(log.rows) - 1, step):
        before, (one, other), after = (
            log.rows[:number], log.rows[number : number + 2], log.rows[number + 2 :],
        )  # fmt: skip
        is_found(log, [*before, one, one, other, *after])
        if "conditions" not in (one.table, other.table):  # Those are in no order.
            is_found(log, [*before, other, one, *after])
            is_found(log, [*before, other, *after, one])


@in_steps(short=5)
def test_entries_that_changed_contents(log: SealedLog, step: int) -> None:
    """Two entries that changed all they have but their places are found, at the first of them."""
    places = [number for number, row in enumerate(log.rows) if row.table == "entries"]
    for one, other in list(pairwise(places))[::step]:
        rows = list(log.rows)
        rows[one] = with_value(log.rows[other], "seq", log.rows[one].values["seq"])
        rows[other] = with_value(log.rows[one], "seq", log.rows[other].values["seq"])

        assert is_found(log, rows).index == index_of(log.rows[one])


class Forger:
    """Somebody who can write everything and knows all formats, but does not have the key.

    Args:
        log: What is rewritten.
        notary: Who seals what is new.
    """

    def __init__(self, log: SealedLog, notary: KeyNotary) -> None:
        self._log = log
        self._notary = notary

    def rewritten(self, changed: int, body: bytes) -> Iterator[TableRow]:
        """Yield all rows with another body for one entry, and every hash worked out again."""
        bodies = [self._body(row) for row in self._log.rows if row.table == "entries"]
        bodies[changed] = body
        trunk, seals = self._notary.seal(Trunk(), bodies)
        for row in self._log.rows:
            values: Mapping[str, object] = row.values
            if row.table == "log":
                values = {**values, "trunk": b"".join(trunk.hashes)}
            if row.table == "entries":
                index = index_of(row)
                assert index is not None
                values = {**values, "body": bodies[index], "leaf": seals[index].leaf}
                if index >= changed:
                    values = {
                        **values,
                        "checkpoint": self._checkpoint(row, seals[index].checkpoint),
                    }
            yield TableRow(row.table, values)

    def _checkpoint(self, row: TableRow, new: str) -> str:
        """Return the new text with the signature that was there."""
        old = row.values["checkpoint"]
        assert isinstance(old, str)
        return new.rpartition("\n\n")[0] + "\n\n" + old.rpartition("\n\n")[2]

    @staticmethod
    def _body(row: TableRow) -> bytes:
        body = row.values["body"]
        assert isinstance(body, bytes)
        return body


class Stranger(Forger):
    """The same with another key, which signs all that is new."""

    def _checkpoint(self, row: TableRow, new: str) -> str:  # noqa: ARG002  # as above
        return new


@in_steps(short=7)
@pytest.mark.parametrize("forger", [Forger, Stranger])
def test_history_rewritten_without_the_key(log: SealedLog, forger: type[Forger], step: int) -> None:
    """Whoever works out every hash again, and has another key to sign with, is found out."""
    notary = KeyNotary(log.key.name, PrivateKey(b"x" * 32))
    for changed in range(0, log.size, step):
        (row,) = (r for r in log.rows if (r.table, index_of(r)) == ("entries", changed))
        body = row.values["body"]
        assert isinstance(body, bytes)
        lie = body.replace(b"no_go", b"go").replace(b"reason", b"season")
        if lie == body:
            lie = body.replace(b"2026", b"2027")

        assert is_found(log, list(forger(log, notary).rewritten(changed, lie))).index == changed


def test_another_key_in_the_record(log: SealedLog) -> None:
    """A log that is whole under another key is not the one whose key is known."""
    notary = KeyNotary(log.key.name, PrivateKey(b"x" * 32))
    first, *rest = Stranger(log, notary).rewritten(0, b"{}")
    error = is_found(log, [with_value(first, "public_key", notary.public_key), *rest])

    assert error.problem == "another key"


def test_a_rollback_is_found_by_the_anchor(made: ModuleType, log: SealedLog) -> None:
    """A copy from earlier is whole by itself, and an anchor that is newer shows what is missing."""
    early = asyncio.run(made.rows_of(log.path.with_name("early.db")))
    size = log.examine(early).head.size

    error = is_found(log, early, log.anchor)

    assert 20 < size < log.size
    assert (error.index, "missing" in error.problem) == (size, True)


def test_another_history_is_found_by_the_anchor(log: SealedLog) -> None:
    """Who has the key can write another history, and an anchor of any size shows it."""
    for size in (1, 17, log.size):
        error = is_found(log, log.rows, Head(size, b"\0" * 32))
        assert (error.index, "anchored" in error.problem) == (size - 1, True)


def in_bundle(log: SealedLog, lines: Sequence[bytes]) -> TamperedError | None:
    """Return what the Director finds wrong with a bundle, if anything."""
    file = io.BytesIO(b"".join(lines))
    try:
        head = read_head(file)
        auditor = Auditor(log.key)
        for row in read_rows(file, head.size):
            auditor.take(row)
        auditor.end(head.size)
    except TamperedError as error:
        return error
    if (head.origin, head.key) != (log.key.name, log.key):
        return TamperedError(None, "another key")
    return None


def in_bundle_by(second: ModuleType, log: SealedLog, lines: Sequence[bytes]) -> str | None:
    """Return what the second verifier finds wrong with a bundle, if anything."""
    try:
        text = b"".join(lines).decode()
        second.verify(iter(text.splitlines(keepends=True)), second.Key(str(log.key)))
    except second.WRONG as error:
        return str(error)
    return None


@in_steps(short=991)
def test_every_byte_of_a_bundle(log: SealedLog, step: int) -> None:
    """A byte changed anywhere in a bundle is found."""
    count, missed = 0, []
    auditor, size = Auditor(log.key), log.size
    for number, line in enumerate(log.bundle):
        rest = log.bundle[number + 1 :]
        for place in range(number % step, len(line), step):
            count += 1
            changed = flipped(line, place)
            if number == 0:
                found = in_bundle(log, [changed, *rest])
            else:
                found = from_here(auditor, [changed, *rest], size)
            if found is None:
                missed.append((number, place))
        if number:
            (row,) = read_rows(io.BytesIO(line), size)
            auditor.take(row)

    assert missed == []
    assert count >= (LEAST if step == 1 else 100)


def from_here(auditor: Auditor, lines: Sequence[bytes], size: int) -> TamperedError | None:
    """Return what an auditor finds who saw the lines before."""
    mine = twin(auditor)
    try:
        for row in read_rows(io.BytesIO(b"".join(lines)), size):
            mine.take(row)
        mine.end(size)
    except TamperedError as error:
        return error
    return None


@in_steps(short=1_501, long=5)
def test_bytes_of_a_bundle_by_the_second_verifier(
    log: SealedLog, second: ModuleType, step: int
) -> None:
    """The second verifier finds a changed byte as well, in its own way."""
    count, missed = 0, []
    bundle = second.Bundle(second.Key(str(log.key)))
    for number, line in enumerate(log.bundle):
        is_entry = 0 < number <= log.size
        for place in range(number % step, len(line), step if is_entry else step * 9):
            count += 1
            changed = flipped(line, place)
            lines = [*log.bundle[:number], changed, *log.bundle[number + 1 :]]
            if is_entry:
                mine = twin(bundle)
                found = next_entry(second, mine, number - 1, changed)
            else:
                found = in_bundle_by(second, log, lines)
            if found is None:
                missed.append((number, place))
        if is_entry:
            assert next_entry(second, bundle, number - 1, line) is None

    assert missed == []
    assert count >= (LEAST if step == 5 else 100)


def next_entry(second: ModuleType, bundle: Any, index: int, line: bytes) -> str | None:  # noqa: ANN401  # the verifier's own
    """Return what the second verifier finds wrong with one line, if anything."""
    try:
        bundle.entry(index, line.decode())
    except second.WRONG as error:
        return str(error) or type(error).__name__
    return None


@in_steps(short=13, long=2)
def test_lines_of_a_bundle(log: SealedLog, second: ModuleType, step: int) -> None:
    """A line that is gone, doubled, swapped, cut off or followed by another is found by both."""
    lines = log.bundle
    for number in range(0, len(lines), step):
        one = lines[number]
        for changed in (
            [*lines[:number], *lines[number + 1 :]],
            lines[:number],
            [*lines[:number], one, *lines[number:]],
            [*lines[:number], *lines[number + 1 : number + 2], one, *lines[number + 2 :]],
            [*lines[:number], one[:-1]],
            [*lines[: number + 1], b"\n", *lines[number + 1 :]],
            [*lines[:number], one.replace(b":", b": ", 1), *lines[number + 1 :]],
            [*lines[:number], one[:-2] + b',"more":1}\n', *lines[number + 1 :]],
        ):
            if changed == list(lines):  # The last line and what comes after it.
                continue
            error = in_bundle(log, changed)
            assert error is not None
            assert error.index in (None, number - 1, number) or number > log.size
            assert in_bundle_by(second, log, changed) is not None


def test_evidence_that_no_entry_names(log: SealedLog, second: ModuleType) -> None:
    """Evidence that was added is found wherever it is put, though its digest is its own."""
    places = [number for number, row in enumerate(log.rows) if row.table == "evidence"]
    first, last = places[0], places[-1] + 1
    for number in range(20):
        facts = f'[{{"status":{number}}}]'.encode()
        digest = f"sha256:{sha256(facts).hexdigest()}"
        found = {**log.rows[first].values, "digest": digest, "facts": facts}
        rows = sorted(
            [*log.rows[first:last], TableRow("evidence", found)],
            key=lambda row: str(row.values["digest"]),
        )
        lines = sorted([*log.bundle[log.size + 1 :], line_of(Blob(digest, facts))])

        is_found(log, [*log.rows[:first], *rows, *log.rows[last:]])
        changed = [*log.bundle[: log.size + 1], *lines]
        assert in_bundle(log, changed) is not None
        assert in_bundle_by(second, log, changed) is not None


def test_a_bundle_rewritten_without_the_key(log: SealedLog, second: ModuleType) -> None:
    """Both verifiers find a bundle whose every hash was worked out again."""
    notary = KeyNotary(log.key.name, PrivateKey(b"x" * 32))
    file = io.BytesIO(b"".join(log.bundle))
    head = read_head(file)
    rows = [row for row in read_rows(file, head.size) if isinstance(row, Leaf)]
    _, seals = notary.seal(Trunk(), [row.body for row in rows])
    for changed in range(0, log.size, 9):
        new = [
            line_of(replace(row, checkpoint=seal.checkpoint) if row.index >= changed else row)
            for row, seal in zip(rows, seals, strict=True)
        ]
        lines = [head_line(head), *new, *log.bundle[log.size + 1 :]]
        error = in_bundle(log, lines)

        assert error is not None
        assert error.index == changed
        assert f"entry {changed}:" in str(in_bundle_by(second, log, lines))


KEYS: Mapping[str, tuple[str, ...]] = {
    "entries": ("seq",),
    "decisions": ("seq",),
    "evidence": ("digest",),
    "conditions": ("service", "environment", "check"),
    "log": ("id",),
}
"""What tells the rows of each table apart."""


def commands(log: SealedLog) -> Iterator[tuple[str, tuple[object, ...], int | None]]:
    """Yield statements that tamper with a database, and the entry that each is about."""
    for row in log.rows:
        table, keys, about = row.table, KEYS[row.table], index_of(row)
        mine = tuple(row.values[key] for key in keys)
        where = " AND ".join(f'"{key}" = ?' for key in keys)
        yield f"DELETE FROM {table} WHERE {where}", mine, about  # noqa: S608  # a test's own
        for column, value in row.values.items():
            for new, other in wrong(column, value):
                words = f'UPDATE {table} SET "{column}" = {new} WHERE {where}'  # noqa: S608  # as above
                yield words, (other, *mine), about


def wrong(column: str, value: object) -> Iterator[tuple[str, object]]:
    """Yield what a column is set to: more, nothing, the same in another type, and no UTF-8."""
    match value:
        case int():
            yield "?", value + 1000
        case None:
            yield "?", ""
        case _:
            if value not in ("", b""):
                yield "?", b"" if isinstance(value, bytes) else ""
            yield f'CAST(? || "{column}" AS {"TEXT" if isinstance(value, bytes) else "BLOB"})', ""
            yield f'CAST(CAST("{column}" AS BLOB) || ? AS TEXT)', b"\xff"


@in_steps(short=151, long=4)
def test_statements_on_a_copy_of_the_database(made: ModuleType, log: SealedLog, step: int) -> None:
    """What raw SQL does to any column or row is found when the database is read again."""
    count = 0
    for words, values, about in list(commands(log))[::step]:
        path = log.fresh("tampered.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            try:
                connection.execute(words, values)
            except sqlite3.IntegrityError:
                continue
        error = is_found(log, asyncio.run(made.rows_of(path)))
        count += 1
        if " entries " in words or " decisions " in words:
            assert error.index in (about, None), words
    assert count >= (1_000 if step == 4 else 20)


STRUCTURE = (
    "DELETE FROM log",
    "INSERT INTO log SELECT 2, origin, public_key, size, trunk, seen_at FROM log",
    "DELETE FROM entries",
    "DELETE FROM decisions",
    "DELETE FROM conditions",
    "DELETE FROM evidence",
    "DELETE FROM entries WHERE seq >= 40",
    "DELETE FROM entries WHERE kind <> 'decision'",
    "UPDATE entries SET seq = seq + 1000",
    "UPDATE entries SET seq = -seq",
    "UPDATE entries SET checkpoint = NULL, leaf = NULL",
    "UPDATE entries SET checkpoint = (SELECT checkpoint FROM entries WHERE seq = 3) WHERE seq = 4",
    "UPDATE entries SET kind = 'waiver.denied' WHERE kind = 'waiver.approved'",
    "UPDATE log SET seen_at = '2026-11-01T10:00:00.000000Z'",
    "UPDATE log SET origin = '', public_key = '', size = 0, trunk = x''",
    "UPDATE conditions SET due_at = '2036-11-01T10:00:00.000000Z'",
    "UPDATE conditions SET closed_at = due_at",
    "UPDATE conditions SET service = CAST(service AS BLOB)",
    "UPDATE decisions SET effective = 'go', override = 'x' WHERE decision = 'no_go'",
    "UPDATE decisions SET effective = 'no_go', override = '' WHERE override <> ''",
    "UPDATE decisions SET service = service || '-other'",
    "UPDATE decisions SET seq = seq + 1000",
    "UPDATE evidence SET used_at = '2036-11-01T10:00:00.000000Z'",
    "UPDATE evidence SET facts = (SELECT min(facts) FROM evidence)",
    """CREATE TABLE t AS SELECT * FROM decisions LIMIT 1; UPDATE t SET seq = 1000;
    INSERT INTO decisions SELECT * FROM t; DROP TABLE t""",
    """CREATE TABLE t AS SELECT * FROM conditions LIMIT 1; UPDATE t SET service = 'other';
    INSERT INTO conditions SELECT * FROM t; DROP TABLE t""",
)
"""What somebody would do who means to loosen a gate, or to have been better."""


@pytest.mark.parametrize("words", STRUCTURE, ids=range(len(STRUCTURE)))
def test_a_database_is_rearranged(made: ModuleType, log: SealedLog, words: str) -> None:
    """Rows that are gone, moved, made up or made better are found."""
    path = log.fresh("tampered.db")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(words)
        assert connection.total_changes

    is_found(log, asyncio.run(made.rows_of(path)))


def command(*arguments: object) -> int:
    """Run ``director audit verify`` in this process, and return its exit code."""
    before = sys.argv
    sys.argv = ["director", "audit", "verify", *map(str, arguments)]
    try:
        return call(Interruption())
    finally:
        sys.argv = before


def test_the_command_accepts_what_is_whole(
    log: SealedLog, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log itself, by record and by bundle, with its key and its anchor, is whole."""
    anchor = log.path.with_name("anchor")
    bundle = log.path.with_name("log.jsonl")
    held = ("--key", log.key, "--anchor", anchor)

    assert command("--store", log.fresh("whole.db"), *held) == 0
    assert command(bundle, *held) == 0
    out, err = capsys.readouterr()
    assert out.count(": whole\n") == 2
    assert out.count("13 over waivers and overrides, all by the keys that are said") == 2
    assert err == ""


@in_steps(short=601, long=17)
def test_the_command_finds_it(
    log: SealedLog, step: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command exits 1 for a changed record, in one line that names the entry; never whole."""
    count = 0
    for words, values, about in list(commands(log))[::step]:
        path = log.fresh("tampered.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            try:
                connection.execute(words, values)
            except sqlite3.IntegrityError:
                continue
        count += 1
        code = command("--store", path, "--key", log.key)
        out, err = capsys.readouterr()

        assert (code, out) == (1, ""), words
        assert len(err.splitlines()) == 1
        if " entries " in words and (named := re.search(r"entry (\d+):", err)):
            assert int(named[1]) == about
    assert count >= (100 if step == 17 else 3)


@in_steps(short=9_973, long=1_009)
def test_the_command_finds_it_in_a_bundle(
    log: SealedLog, step: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command exits 1 for a changed bundle, in one line; never whole."""
    whole, path = b"".join(log.bundle), log.path.with_name("tampered.jsonl")
    for place in range(0, len(whole), step):
        path.write_bytes(flipped(whole, place))
        code = command(path, "--key", log.key)
        out, err = capsys.readouterr()

        assert (code, out, len(err.splitlines())) == (1, "", 1)
