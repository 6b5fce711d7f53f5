"""Statements that are compiled once and run on the driver's own cursor.

SQLAlchemy takes 0.1 ms for each statement, whatever it does; an append has ten of them. What is
run here has texts, whole numbers and bytes alone, which every driver takes and gives as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from sqlalchemy import Connection, Executable
from sqlalchemy.sql.elements import CompilerElement

_Values: TypeAlias = Mapping[str, Any]
_Ready: TypeAlias = tuple[str, Callable[[_Values], Any]]


class Quick:
    """Runs statements in the transaction of *connection*."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor: Any = connection.connection.cursor()
        self._known: dict[tuple[int, int], _Ready] = connection.info.setdefault("quick", {})

    def rows(self, statement: Executable, values: _Values) -> list[tuple[Any, ...]]:
        """Return the rows that *statement* gives, their columns in its order."""
        text, arranged = self._ready(statement, values)
        self._cursor.execute(text, arranged(values))
        found: list[tuple[Any, ...]] = self._cursor.fetchall()
        return found

    def run(self, statement: Executable, rows: Sequence[_Values]) -> None:
        """Run *statement* for each of *rows*, which all have the same names; at least one."""
        text, arranged = self._ready(statement, rows[0])
        if len(rows) == 1:
            self._cursor.execute(text, arranged(rows[0]))
        else:
            self._cursor.executemany(text, [arranged(row) for row in rows])

    def _ready(self, statement: Executable, values: _Values) -> _Ready:
        """Return *statement* as text, and what brings values into the form that it takes."""
        key = id(statement), len(values)  # Each is a constant of a module.
        found = self._known.get(key)
        if found is None:
            assert isinstance(statement, CompilerElement)  # noqa: S101  # for the type checker
            compiled: Any = statement.compile(
                dialect=self._connection.dialect, column_keys=list(values)
            )
            names = compiled.positiontup
            found = self._known[key] = (
                str(compiled),
                _arranged(names) if names is not None else dict,
            )
        return found


def _arranged(names: Sequence[str]) -> Callable[[_Values], Any]:
    """Return what puts values into the order of *names*."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)
