"""The tables at one moment, page by page, while others go on writing."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from typing import TypeAlias

from director.errors import StoreError
from director.model.audit import TableRow
from director.store.lane import Lane
from director.store.link import Database, Link
from director.store.table_rows import table_rows

_Page: TypeAlias = tuple[TableRow, ...]


async def snapshot(database: Database, patience_s: float) -> AsyncGenerator[_Page]:
    """Yield every row of every table, in the order of ``Store.table_rows``.

    All pages are of one transaction, on a connection and a thread of their own.

    Args:
        database: Where.
        patience_s: Longest wait for a page, in seconds.

    Raises:
        StoreError: The record cannot be read.
    """
    link = Link(database)
    pages = _pages(link)

    def turned(turns: Sequence[None]) -> list[_Page | StoreError]:
        try:
            return [next(pages, ()) for _ in turns]
        except StoreError as error:
            return [error for _ in turns]

    lane: Lane[None, _Page] = Lane("store-snapshot", turned, pages.close, patience_s)
    try:
        while page := await lane.ask(None):
            yield page
    finally:
        await lane.close()


def _pages(link: Link) -> Generator[_Page]:
    try:
        with link.transaction("read") as connection:
            yield from table_rows(connection)
    finally:
        link.close()
