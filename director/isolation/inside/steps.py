"""A coroutine whose every step is noted, so that the host knows whose step never ended."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

from director.isolation.marker import Marker

_Given = TypeVar("_Given")


class Steps(Generic[_Given]):
    """Awaits a coroutine and notes, around each step, whose it is.

    Args:
        coroutine: What is awaited.
        marker: Where it is noted.
        number: Whose steps they are.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, _Given], marker: Marker, number: int) -> None:
        self._coroutine = coroutine
        self._marker = marker
        self._number = number

    def __await__(self) -> Generator[Any, Any, _Given]:
        """Drive the coroutine as ``await`` would."""
        steps = self._coroutine.__await__()
        marker, number = self._marker, self._number
        thrown: BaseException | None = None
        while True:
            marker.begin(number)
            try:
                waits_for = steps.send(None) if thrown is None else steps.throw(thrown)
            except StopIteration as stop:
                given: _Given = stop.value
                return given
            finally:
                marker.end()
            thrown = None
            try:
                yield waits_for
            except BaseException as error:  # noqa: BLE001  # the coroutine's to answer
                thrown = error
