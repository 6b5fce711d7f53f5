"""How code of a plugin is run so that it can only hurt itself."""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import FrameType
from typing import Any

from director.errors import PluginError

LONGEST_DETAIL = 300
"""Characters of a detail; what a plugin says beyond that helps nobody."""

_Handler = Callable[[int, FrameType | None], Any]


@contextmanager
def contained(code: str) -> Iterator[None]:
    """Run code of a plugin; whatever it raises becomes a ``PluginError`` with *code*.

    ``SystemExit``, ``KeyboardInterrupt`` and ``CancelledError`` too: this runs in no task that
    anybody could cancel, and a plugin that ends the process would end the review with it. Only
    what the handler of a real SIGINT or SIGTERM raises comes through, even if the plugin caught
    it. What the plugin prints is dropped: stdout carries results and stderr log lines, and
    neither may be mixed with anything else. Bytes that it writes past ``sys.stdout``, straight
    to the file descriptor, are not caught.

    A ``PluginError`` raised inside is already told and comes through as it is.

    Raises:
        PluginError: The plugin's code raised.
    """
    with _signals_noted() as real, redirect_stdout(_nowhere()), redirect_stderr(_nowhere()):
        try:
            yield
        except BaseException as problem:
            if real:
                raise real[0] from None
            if type(problem) is PluginError:
                raise
            raise PluginError(code, summary(problem)) from problem
        if real:
            raise real[0]


def summary(problem: BaseException) -> str:
    """Return what happened in one line: the exception's type and its text."""
    name = type(problem).__name__
    try:
        text = str(problem)
    except BaseException:  # noqa: BLE001  # the text of a plugin's exception is its code, too
        return one_line(f"{name} (unprintable)")
    return one_line(f"{name}: {text}" if text else name)


def one_line(text: str, longest: int = LONGEST_DETAIL) -> str:
    r"""Return *text* on one line, without control and bidi characters, cut to *longest*.

    >>> one_line("first\n  second\x1b")
    'first second�'
    >>> one_line("abcdef", 4)
    'abc…'
    """
    words = " ".join(text[: 4 * longest].split())
    shown = "".join(char if char.isprintable() else "\ufffd" for char in words)
    return shown if len(shown) <= longest else shown[: longest - 1] + "…"


class _Void(io.RawIOBase):
    """Takes every byte and keeps none; holds no descriptor that could leak."""

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:  # noqa: ANN401  # any buffer
        return len(memoryview(data).cast("B"))


def _nowhere() -> io.TextIOWrapper:
    """Return a whole text stream, so that ``.buffer`` and ``.reconfigure`` work on it."""
    return io.TextIOWrapper(
        io.BufferedWriter(_Void()), encoding="utf-8", errors="replace", write_through=True
    )


@contextmanager
def _signals_noted() -> Iterator[list[BaseException]]:
    """Note what handlers of real signals raise, to tell it from what a plugin raises.

    The handlers are put back afterwards, whatever the plugin did to them.
    """
    raised: list[BaseException] = []
    if threading.current_thread() is not threading.main_thread():
        yield raised  # Signals reach the main thread alone.
        return

    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number, handler in handlers.items():
        if callable(handler):
            signal.signal(number, _noting(handler, raised))
    try:
        yield raised
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # None was set from C and cannot be set from here.
                signal.signal(number, handler)


def _noting(handler: _Handler, raised: list[BaseException]) -> _Handler:
    def noting(number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        except BaseException as problem:
            raised.append(problem)
            raise

    return noting
