"""Watches what a check does to the process it runs in, and takes it back."""

from __future__ import annotations

import asyncio
import locale
import logging
import os
import signal
import socket
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from io import StringIO
from types import ModuleType, TracebackType
from typing import Any, Self

from director.model.value import dataclass

_MODULES = (
    "asyncio", "builtins", "datetime", "decimal", "hashlib", "http.client", "io", "json",
    "logging", "math", "os", "os.path", "pathlib", "random", "re", "secrets", "shutil", "signal",
    "socket", "ssl", "subprocess", "sys", "threading", "time", "urllib.parse", "urllib.request",
    "uuid",
)  # fmt: skip
"""Modules whose names nobody may exchange."""

_OWN_STATE = frozenset(
    {("sys", "stdout"), ("sys", "stderr"), ("sys", "last_exc"), ("urllib.request", "_opener")}
)
"""Names in them that change by being used, or that are looked at elsewhere."""

_MOST_PRINTED = 200


@dataclass(frozen=True, slots=True)
class _Piece:
    """One thing that belongs to the whole process.

    Attributes:
        name: What people call it.
        read: Returns what it is now.
        restore: Makes it again what it was.
    """

    name: str
    read: Callable[[], Any]
    restore: Callable[[Any], None]


class Watch:
    """Notes what changes while it is entered, and undoes it.

    It looks at the whole process, so nothing else may run in the meantime.
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._before: list[tuple[_Piece, Any]] = []
        self._modules: dict[str, tuple[ModuleType, dict[str, Any]]] = {}
        self._threads: set[threading.Thread] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._said: Callable[[], str] = str
        self.changed: tuple[str, ...] = ()
        """What of the process was changed, for example ``os.environ``."""
        self.printed = ""
        """The beginning of what was written to stdout or stderr."""
        self.left: tuple[str, ...] = ()
        """Threads and tasks that still run."""

    def __enter__(self) -> Self:
        self._before = [(piece, piece.read()) for piece in _PIECES]
        found = {name: sys.modules[name] for name in _MODULES if name in sys.modules}
        self._modules = {name: (module, dict(vars(module))) for name, module in found.items()}
        self._threads = set(threading.enumerate())
        self._tasks = _tasks()
        self._said = self._stack.enter_context(_captured())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.changed = (*self._pieces(), *self._exchanged())
        self.printed = self._said()[:_MOST_PRINTED]
        self._stack.close()
        threads = [f"thread {t.name}" for t in threading.enumerate() if t not in self._threads]
        tasks = [f"task {t.get_name()}" for t in _tasks() - self._tasks if not t.done()]
        self.left = tuple(sorted(threads + tasks))

    def _pieces(self) -> Iterator[str]:
        for piece, before in self._before:
            if piece.read() != before:
                yield piece.name
                with suppress(Exception):  # What cannot be taken back was at least seen.
                    piece.restore(before)

    def _exchanged(self) -> Iterator[str]:
        """Yield each name of a module that is not what it was, and put it back."""
        for name, (module, before) in self._modules.items():
            if sys.modules.get(name) is not module:
                yield f"sys.modules[{name!r}]"
                sys.modules[name] = module
            now = vars(module)
            for key, value in before.items():
                if (name, key) not in _OWN_STATE and now.get(key, _GONE) is not value:
                    yield f"{name}.{key}"
                    setattr(module, key, value)


_GONE = object()


def _tasks() -> set[asyncio.Task[Any]]:
    try:
        return asyncio.all_tasks()
    except RuntimeError:  # Where no loop runs there are none.
        return set()


@contextmanager
def _captured() -> Iterator[Callable[[], str]]:
    """Catch what is written to stdout and stderr, past Python as well."""
    text = StringIO()
    with tempfile.TemporaryFile() as file, ExitStack() as stack:
        for descriptor in (1, 2):
            with suppress(OSError):  # One that is closed catches nothing.
                kept = os.dup(descriptor)
                stack.callback(_put_back, kept, descriptor)
                os.dup2(file.fileno(), descriptor)
        stack.enter_context(redirect_stdout(text))
        stack.enter_context(redirect_stderr(text))

        def said() -> str:
            file.seek(0)
            return text.getvalue() + file.read().decode("utf-8", errors="replace")

        yield said


def _put_back(kept: int, descriptor: int) -> None:
    os.dup2(kept, descriptor)
    os.close(kept)


def _environment(before: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)


def _filters(before: list[Any]) -> None:
    filters: Any = warnings.filters  # A list, which the type checker must not know.
    filters[:] = before


def _signals() -> dict[int, Any]:
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _handle(before: dict[int, Any]) -> None:
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)


def _logging() -> tuple[int, list[logging.Handler]]:
    return logging.root.level, list(logging.root.handlers)


def _log(before: tuple[int, list[logging.Handler]]) -> None:
    logging.root.setLevel(before[0])
    logging.root.handlers[:] = before[1]


def _umask() -> int:
    """Return the mask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _set_umask(before: int) -> None:
    os.umask(before)


def _set_locale(before: str) -> None:
    locale.setlocale(locale.LC_ALL, before)


def _set_path(before: list[str]) -> None:
    sys.path[:] = before


def _policy() -> object:
    return getattr(asyncio.events, "_event_loop_policy", None)


def _set_policy(before: object) -> None:
    asyncio.events._event_loop_policy = before  # type: ignore[attr-defined]  # noqa: SLF001  # asking for it is deprecated


_PIECES = (
    _Piece("os.environ", lambda: dict(os.environ), _environment),
    _Piece("the working folder", os.getcwd, os.chdir),
    _Piece("the umask", _umask, _set_umask),
    _Piece(
        "the locale",
        lambda: locale.setlocale(locale.LC_ALL),
        _set_locale,
    ),
    _Piece("the filters of warnings", lambda: list(warnings.filters), _filters),
    _Piece("the default timeout of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout),
    _Piece("the policy of event loops", _policy, _set_policy),
    _Piece("the handlers of signals", _signals, _handle),
    _Piece("sys.path", lambda: list(sys.path), _set_path),
    _Piece("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
    _Piece("the root logger", _logging, _log),
)
