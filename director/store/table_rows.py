"""Every row of the tables as it stands there, for who holds it against what was sealed.

What is read may have been written by anybody: nothing here takes a column for what it is said to
be. Rows come from the driver as they are, without the types of the schema.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table

from director.model.audit import TableRow
from director.store.schema import conditions, decisions, entries, evidence, log

PAGE = 256
"""How many rows are read at a time."""

_LARGEST_FACTS_BYTES = 64 * 2**20
"""Facts that are larger when unpacked are none of ours."""

_ANY_TEXT = partial(str, encoding="utf-8", errors="surrogateescape")


def table_rows(connection: Connection) -> Iterator[tuple[TableRow, ...]]:
    """Yield every row of every table, in the order of ``Store.table_rows``.

    Args:
        connection: In a transaction that sees one moment; it must serve nothing else.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        driver.text_factory = _ANY_TEXT
        plain = ""
    else:
        plain = ' COLLATE "C"'  # Byte by byte, as SQLite does.
    yield from _table(connection, log, "id")
    yield from _entries(connection)
    for page in _table(connection, evidence, f"digest{plain}"):
        yield tuple(map(_unpacked, page))
    yield from _table(connection, conditions, f'service{plain}, environment{plain}, "check"{plain}')


def _entries(connection: Connection) -> Iterator[tuple[TableRow, ...]]:
    """Yield each entry with the row of decisions in its place, then rows that have no entry."""
    both = f"SELECT {_columns(entries)}, {_columns(decisions)} FROM entries"  # noqa: S608  # of our schema's names alone
    both += " LEFT JOIN decisions ON decisions.seq = entries.seq ORDER BY entries.seq"
    parted, place = len(entries.columns), decisions.columns.keys().index("seq")
    for page in _pages(connection, both):
        found = []
        for row in page:
            found.append(_row(entries, row[:parted]))
            if row[parted + place] is not None:
                found.append(_row(decisions, row[parted:]))
        yield tuple(found)
    alone = f"SELECT {_columns(decisions)} FROM decisions LEFT JOIN entries"  # noqa: S608  # as above
    alone += " ON entries.seq = decisions.seq WHERE entries.seq IS NULL ORDER BY decisions.seq"
    for page in _pages(connection, alone):
        yield tuple(_row(decisions, row) for row in page)


def _table(connection: Connection, table: Table, order: str) -> Iterator[tuple[TableRow, ...]]:
    asked = f"SELECT {_columns(table)} FROM {table.name} ORDER BY {order}"  # noqa: S608  # as above
    for page in _pages(connection, asked):
        yield tuple(_row(table, row) for row in page)


def _pages(connection: Connection, asked: str) -> Iterator[list[tuple[Any, ...]]]:
    """Yield what is asked for, never all of it at once."""
    options = {"stream_results": True, "yield_per": PAGE}
    with connection.exec_driver_sql(asked, execution_options=options) as found:
        for page in found.partitions():
            yield [tuple(row) for row in page]


def _columns(table: Table) -> str:
    return ", ".join(f'{table.name}."{name}"' for name in table.columns.keys())  # noqa: SIM118  # no dict


def _row(table: Table, values: tuple[Any, ...]) -> TableRow:
    return TableRow(table.name, dict(zip(table.columns.keys(), values, strict=True)))


def _unpacked(row: TableRow) -> TableRow:
    return TableRow(row.table, {**row.values, "facts": _facts(row.values["facts"])})


def _facts(packed: object) -> bytes | None:
    """Return the facts in *packed*, if it is what one packer wrote, and nothing besides."""
    if not isinstance(packed, bytes):
        return None
    unpacker = zlib.decompressobj()
    try:
        facts = unpacker.decompress(packed, _LARGEST_FACTS_BYTES)
    except zlib.error:
        return None
    return facts if unpacker.eof and not unpacker.unused_data else None
