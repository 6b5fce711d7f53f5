"""One program, run once and never outlived: by its own children neither."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress

from director.plugin import dataclass
from director_exec.recipe import MARK
from director_exec.strays import descendants, end_group, end_strays

LARGEST_OUTPUT_BYTES = 64 * 1024
"""How much a program may say, on stdout and stderr together."""

GRACE_S = 1.0
"""How long to wait for the end of the output after the program has ended, in seconds."""

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"
    ":/usr/lib/nagios/plugins:/usr/lib64/nagios/plugins:/usr/local/nagios/libexec",
}
"""All that a program sees of ours; programs are looked up in its PATH."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A program that ended by itself.

    Attributes:
        status: Its exit status; minus the number of the signal that ended it.
        stdout: All that it said.
        stderr: All that it complained.
    """

    status: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A program that could not be run to its end, and why."""

    reason: str
    code: str


async def run_program(
    command: Sequence[str], variables: Mapping[str, str], turn: asyncio.Lock
) -> Ended | Broken:
    """Run *command* without a shell, and return what came of it.

    When this returns, or is cancelled, nothing that it started runs any more, as far as
    /proc shows.

    Args:
        command: The program and its arguments.
        variables: What it sees besides ``ENVIRONMENT``.
        turn: Whose turn it is to look through /proc, which would take the loop's time from it
            if many did so at once.
    """
    mark = secrets.token_hex(16)
    listener = _Listener()
    environment = {**ENVIRONMENT, **variables, MARK: mark}
    pid: int | None = None
    transport: asyncio.SubprocessTransport | None = None
    try:
        transport, _ = await asyncio.get_running_loop().subprocess_exec(
            lambda: listener,
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd="/",
            env=environment,
            start_new_session=True,
        )
        pid = transport.get_pid()
        await listener.turn.wait()
    except (OSError, ValueError) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return Broken(f"{command[0]} cannot be started: {why}", "not_started")
    finally:
        await _end(mark, pid, listener, turn)
        if transport is not None:
            transport.close()
    return _came(transport.get_returncode(), listener)


async def _end(mark: str, pid: int | None, listener: _Listener, turn: asyncio.Lock) -> None:
    """End everything that runs, and hear the rest of what was said."""
    known: frozenset[int] = frozenset()
    if pid is not None:
        if not listener.exited:
            known = descendants(pid)  # As long as they have their parent.
        end_group(pid)
    async with turn:
        await asyncio.to_thread(end_strays, f"{MARK}={mark}", known)
    if pid is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(GRACE_S):
                await listener.silence.wait()


def _came(status: int | None, listener: _Listener) -> Ended | Broken:
    if listener.excess:
        limit = f"{LARGEST_OUTPUT_BYTES // 1024} KiB"
        return Broken(f"it said more than {limit}, and was ended", "output_too_large")
    if status is None or not listener.silence.is_set():
        return Broken("it left something that holds its output open", "stray_process")
    return Ended(status, *(data.decode("utf-8", "replace") for data in listener.said.values()))


class _Listener(asyncio.SubprocessProtocol):
    """Hears what a program says, within limits."""

    def __init__(self) -> None:
        self.said = {1: bytearray(), 2: bytearray()}
        self.exited = False
        self.excess = False
        self.turn = asyncio.Event()
        """The program has ended, or should be."""
        self.silence = asyncio.Event()
        """The program has ended, and nobody can say more."""
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Keep what there is room for; what goes beyond is not kept."""
        room = LARGEST_OUTPUT_BYTES - sum(map(len, self.said.values()))
        self.said[fd] += data[:room]
        if len(data) > room:
            self.excess = True
            self.turn.set()

    def pipe_connection_lost(self, fd: int, _error: Exception | None) -> None:
        """Note that nobody can say more there."""
        self._open.discard(fd)
        self._look()

    def process_exited(self) -> None:
        """Note that the program has ended."""
        self.exited = True
        self.turn.set()
        self._look()

    def _look(self) -> None:
        if self.exited and not self._open:
            self.silence.set()


def signal_name(number: int) -> str:
    """Return the name of a signal, for example ``SIGKILL``."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
