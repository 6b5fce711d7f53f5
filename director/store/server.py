"""A PostgreSQL server: named without secrets, connected to with durable settings asserted."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy.exc import DBAPIError

from director.errors import StoreError
from director.model.text import printable
from director.model.value import dataclass
from director.store.link import Link
from director.store.schema import HEAD, REVISIONS

if TYPE_CHECKING:
    from psycopg import Connection

_LOCK = 0x0DEC1DE
"""The advisory lock of who appends; one for each database."""

_CONNECT_S = 5
_STATEMENT_S = 15
"""Longest wait for one statement, also for the lock of another process."""

_SETTINGS = (
    # What the operator or the address says about patience holds.
    (
        f"SELECT set_config('statement_timeout', '{_STATEMENT_S}s', false) "
        "WHERE current_setting('statement_timeout') = '0'"
    ),
    "SET idle_in_transaction_session_timeout = '30s'",
    "SET client_encoding = 'UTF8'",
    # Weaker than that may lose the last commits in a crash; stronger is the operator's choice.
    (
        "SELECT set_config('synchronous_commit', 'on', false) "
        "WHERE current_setting('synchronous_commit') = 'off'"
    ),
)

_ELSEWHERE = "name another database with --store"
_KNOWN = {
    "25006": ("it is a standby, or read-only", "name its primary with --store"),
    "42501": ("we may not do that", "grant the user all rights on the database"),
    "53100": ("its disk is full", "free some space there, then evaluate again"),
    "53300": ("it has no connection left", "raise its max_connections, then evaluate again"),
    "57014": (
        "it did not answer in time, or another process keeps it locked",
        "wait for that process to end, then evaluate again",
    ),
}
_UNREACHABLE = ("it cannot be reached", "start it, or look at the network, then evaluate again")
_SHUT = ("it does not let us in", "look at its address, the user, the password and the database")
_FATAL = "FATAL:"
"""How a server begins that refuses a connection; its state is not passed on then."""

_GONE = ("08", "57P")
"""How the states begin that end a connection: it broke, or the server is being stopped."""


@dataclass(frozen=True, slots=True)
class DatabaseServer:
    """A database on a server.

    Attributes:
        dsn: Where, as libpq has it; it may have a password.
        name: What to call it in a message.
    """

    dsn: str
    name: str

    dialect: ClassVar[str] = "postgresql+psycopg"
    begin_writing: ClassVar[tuple[str, ...]] = (
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
        f"SELECT pg_advisory_xact_lock({_LOCK})",
    )
    begin_reading: ClassVar[tuple[str, ...]] = ("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",)

    @classmethod
    def of(cls, dsn: str) -> DatabaseServer:
        """Return the database at *dsn*.

        Raises:
            StoreError: It is no DSN, or the library for PostgreSQL is not installed.
        """
        try:
            from psycopg import ProgrammingError  # noqa: PLC0415  # an extra
            from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415  # likewise
        except ImportError as error:
            raise StoreError(
                "a record in PostgreSQL needs psycopg; install "
                "production-readiness-director[postgres]"
            ) from error
        try:
            parts = conninfo_to_dict(dsn)
        except ProgrammingError as error:
            # What libpq says may quote the password.
            raise StoreError(
                "the record's address must be postgresql://user@host/database, was something else"
            ) from error
        where = f"{parts.get('host') or ''}" + (f":{parts['port']}" if parts.get("port") else "")
        return cls(dsn, printable(f"postgresql://{where}/{parts.get('dbname') or ''}"))

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""
        from psycopg import Error  # noqa: PLC0415  # an extra

        return (Error,)

    def connect(self) -> Connection[Any]:
        """Return a new connection with every setting made, which begins nothing by itself.

        Raises:
            StoreError: The server cannot keep a durable record.
            psycopg.Error: It refuses.
        """
        import psycopg  # noqa: PLC0415  # an extra

        connection: Connection[Any] = psycopg.connect(
            self.dsn,
            autocommit=True,  # BEGIN and COMMIT are said, never implied
            application_name="director",
            connect_timeout=_CONNECT_S,
        )
        with ExitStack() as stack:
            stack.callback(connection.close)
            for words in _SETTINGS:
                connection.execute(words)
            self._assert(connection, "fsync", "on")
            self._assert(connection, "server_encoding", "UTF8")
            stack.pop_all()
        return connection

    def prepare(self) -> None:
        """Bring the schema up to date; make it where there is none.

        Raises:
            StoreError: A newer Director wrote it, or it cannot be written.
        """
        link = Link(self)
        try:
            with link.transaction("opened") as connection:
                found = _revisions(connection)
            if found == [HEAD]:
                return
            # Alembic costs 130 ms and is needed once in the life of a database.
            from director.store.migrate import upgrade  # noqa: PLC0415

            with link.transaction("brought up to date", writing=True) as connection:
                found = _revisions(connection)  # Another process may have been quicker.
                if found is not None and (len(found) != 1 or found[0] not in REVISIONS):
                    raise StoreError(
                        f"{self.name}: was written by a newer Director (schema "
                        f"{', '.join(found)}, this one knows {HEAD}); upgrade the Director, or "
                        f"{_ELSEWHERE}"
                    )
                upgrade(connection)
        finally:
            link.close()

    def check_same(self) -> None:
        """Let it be: a connection is to one server for as long as it lasts."""

    def trouble(self, doing: str, error: Exception) -> StoreError:
        """Return what to tell about *error*, in one line, and what to do."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = printable(" ".join(str(cause).split()))
        state = getattr(cause, "sqlstate", None) or ""
        known = _KNOWN.get(state)
        if self.is_lost(error):
            known = _SHUT if not state and _FATAL in said else _UNREACHABLE
        if known is None:
            return StoreError(f"{self.name}: the record cannot be {doing}: {said}; {_ELSEWHERE}")
        reason, remedy = known
        return StoreError(f"{self.name}: the record cannot be {doing}: {reason} ({said}); {remedy}")

    def settle(self, _: object) -> None:
        """Do nothing: a server shows no commit before it is on its disk."""

    def is_lost(self, error: Exception) -> bool:
        """Return whether *error* says that a connection was lost, or could not be made."""
        from psycopg import OperationalError  # noqa: PLC0415  # an extra

        cause = error.orig if isinstance(error, DBAPIError) else error
        state: str | None = getattr(cause, "sqlstate", None)
        if state is None:
            return isinstance(cause, OperationalError)
        return state.startswith(_GONE)

    def _assert(self, connection: Connection[Any], setting: str, value: str) -> None:
        row = connection.execute("SELECT current_setting(%s)", (setting,)).fetchone()
        found = row[0] if row else None
        if found != value:
            raise StoreError(
                f"{self.name}: a durable record needs {setting} = {value}, the server has {found}; "
                f"set it, or {_ELSEWHERE}"
            )


def _revisions(connection: Any) -> list[str] | None:  # noqa: ANN401  # SQLAlchemy's
    """Return the revisions of the schema; None if there is none yet."""
    if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar() is None:
        return None
    rows = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    return [str(row[0]) for row in rows]
