"""The process above a worker: starts it, kills its whole tree, and says how it ended."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from director.isolation.inside.confinement import (
    adopt_orphans,
    bound_processes,
    bound_resources,
    die_with_parent,
    enter_namespace,
)
from director.isolation.inside.sweep import sweep
from director.isolation.report import Report

LAST_S = 0.1
"""How long a worker may take to end after the host hung up, in seconds."""


class Ends(NamedTuple):
    """The descriptors that a worker and its keeper are given.

    Attributes:
        channel: Where messages travel.
        output: Where the worker's stdout goes.
        errors: Where its stderr goes.
        report: Where the keeper says how the worker ended. From the other side comes first the
            worker's folder, ended by a zero; whatever comes then, and the end too, means that the
            worker shall be killed.
        memory: The memory of the marker.
    """

    channel: int
    output: int
    errors: int
    report: int
    memory: int


def keep(ends: Ends, work: Callable[[Ends], object]) -> NoReturn:
    """Start a worker that does *work*, and stay until it and all it started are gone.

    To be called in a child of the fork server; never returns.
    """
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    alone = enter_namespace()
    if alone:
        first = os.fork()
        if first:
            # Nothing may stay open here: who holds an end keeps the others from hearing of it.
            os.closerange(3, max(ends) + 1)
            with contextlib.suppress(BaseException):
                os.waitpid(first, 0)
            os._exit(0)
        bound_processes()
    else:
        adopt_orphans()
    code = 1
    try:
        _watch(ends, work, alone=alone)
        code = 0
    finally:
        os._exit(code)


def _watch(ends: Ends, work: Callable[[Ends], object], *, alone: bool) -> None:
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    folder = _folder(ends.report)
    worker = os.fork()
    if worker == 0:
        _become_worker(ends, work, folder)
    for mine in (ends.channel, ends.output, ends.errors, ends.memory):
        os.close(mine)
    status = _status(ends.report, woken, worker)
    # What is killed now was told to end, unless it ended by itself.
    orphans = sweep(worker, alone=alone)
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # The host may be gone.
        os.write(ends.report, Report(status, orphans).bytes())


def _folder(report: int) -> str:
    """Return the folder that the host made for the worker."""
    name = b""
    while not name.endswith(b"\0"):
        one = os.read(report, 1)
        if not one:
            raise EOFError
        name += one
    return os.fsdecode(name[:-1])


def _status(report: int, woken: socket.socket, worker: int) -> int | None:
    """Wait until *worker* ended, and return how; None if it shall be killed."""
    number = woken.fileno()
    heard: list[int] = [report, number]
    patience_s: float | None = None
    while True:
        ready, _, _ = select.select(heard, [], [], patience_s)
        if number in ready:
            with contextlib.suppress(BlockingIOError):
                woken.recv(4096)
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == worker:
                    return os.waitstatus_to_exitcode(status)
                if pid == 0:
                    break
        if not ready or (report in ready and os.read(report, 1)):
            return None
        if report in ready:
            # The host hung up, perhaps because it saw the channel close, which the kernel does
            # a moment before it says that a process ended.
            heard, patience_s = [number], LAST_S


def _become_worker(ends: Ends, work: Callable[[Ends], object], folder: str) -> NoReturn:
    """Do *work* in a session of its own, with nothing of the host's but its *ends*."""
    code = 70  # EX_SOFTWARE of sysexits: what is left if work itself breaks.
    try:
        os.setsid()
        die_with_parent()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.close(ends.report)
        for pipe, standard in ((ends.output, 1), (ends.errors, 2)):
            os.dup2(pipe, standard)
            os.close(pipe)
        for end in range(3, max(ends) + 16):
            if end not in (ends.channel, ends.memory):
                with contextlib.suppress(OSError):
                    os.close(end)
        os.environ.update(HOME=folder, TMPDIR=folder)  # The rest was sorted out before.
        os.umask(0o077)
        os.chdir(folder)
        bound_resources()
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text file
        work(ends)
        code = 0
    finally:
        os._exit(code)
