"""One thread's connection to a database: opened when first needed, thrown away after an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.pool import NullPool

from director.errors import StoreError
from director.store.trouble import DatabaseTrouble


class UnknownOutcomeError(StoreError):
    """The database was told to commit, and nobody knows whether it did."""


class LostConnectionError(StoreError):
    """The connection was lost before anything was to be committed; another may work."""


class Database(Protocol):
    """A place where the tables are: a file, or a server."""

    @property
    def name(self) -> str:
        """What to call it in a message, without secrets."""
        ...

    @property
    def dialect(self) -> str:
        """What SQLAlchemy calls it, for example ``sqlite``."""
        ...

    @property
    def begin_writing(self) -> tuple[str, ...]:
        """What begins a transaction that nobody else can write beside."""
        ...

    @property
    def begin_reading(self) -> tuple[str, ...]:
        """What begins a transaction that sees one moment."""
        ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What its driver raises, besides what ``DatabaseTrouble`` has."""
        ...

    def connect(self) -> Any:  # noqa: ANN401  # each driver has its own
        """Return a new connection with every setting asserted, which begins nothing by itself."""
        ...

    def check_same(self) -> None:
        """Refuse to go on if it is not what was opened.

        Raises:
            StoreError: It is something else by now.
        """
        ...

    def settle(self, connection: Any) -> None:  # noqa: ANN401  # each driver has its own
        """Put on the disk what *connection* can read, also what nobody was told to be there.

        Raises:
            StoreError: It is not certain that it is there.
        """
        ...

    def trouble(self, doing: str, error: Exception) -> StoreError:
        """Return what to tell about *error*, in one line, and what to do."""
        ...

    def is_lost(self, error: Exception) -> bool:
        """Return whether *error* says that a connection was lost."""
        ...


class Link:
    """A connection to *database* for one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine = create_engine(
            f"{database.dialect}://", creator=database.connect, poolclass=NullPool
        )
        self._connection: Connection | None = None
        self._words: tuple[str, ...] = ()
        event.listen(self._engine, "begin", self._begin)

    @contextmanager
    def transaction(self, doing: str, *, writing: bool = False) -> Iterator[Connection]:
        """Commit what is done inside, or nothing of it.

        Args:
            doing: What is tried, for the message, for example ``written``.
            writing: Whether it writes.

        Raises:
            UnknownOutcomeError: It may have been committed or not.
            LostConnectionError: It was not committed, and may be tried again.
            StoreError: It was not committed, or to another place than the one that was opened.
        """
        database, ending = self._database, False
        self._words = database.begin_writing if writing else database.begin_reading
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            with self._connection.begin():
                yield self._connection
                ending = True
            database.check_same()
        except BaseException as error:
            self.close()
            errors: tuple[type[Exception], ...] = (*DatabaseTrouble, *database.errors)
            if not isinstance(error, errors):
                raise
            told = database.trouble(doing, error)
            if ending and writing:
                raise UnknownOutcomeError(*told.args) from error
            if database.is_lost(error):
                raise LostConnectionError(*told.args) from error
            raise told from error

    def settle(self) -> None:
        """Put on the disk what can be read, also what was committed by who was told it was not.

        Raises:
            StoreError: It is not certain that it is there.
        """
        database = self._database
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            database.settle(self._connection.connection.dbapi_connection)
        except BaseException as error:
            self.close()
            errors: tuple[type[Exception], ...] = (*DatabaseTrouble, *database.errors)
            if not isinstance(error, errors):
                raise
            raise database.trouble("brought to the disk", error) from error

    def close(self) -> None:
        """Let go of the connection; the next transaction opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            # What was acknowledged is in the log already; failing to tidy up loses nothing.
            with suppress(*DatabaseTrouble, *self._database.errors):
                connection.close()

    def _begin(self, connection: Connection) -> None:
        # On the driver's own cursor: SQLAlchemy would take longer than what begins.
        cursor = connection.connection.cursor()
        for words in self._words:
            cursor.execute(words)
        cursor.close()
