"""The program ssh-keygen: asked without a shell, within limits, and nothing of it is left."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

from director.model.value import dataclass

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = "ssh-keygen"

MOST_OUTPUT_BYTES = 64 * 1024

_ENDING_S = 1.0
"""How long a program that was killed is waited for, in seconds."""

_CLEAN = {
    "LC_ALL": "C",
    "PATH": os.defpath,
    # Dates without a zone in a file of allowed signers mean the same on every machine.
    "TZ": "UTC0",
}


class UnavailableError(Exception):
    """The program gave no answer; why, in one line."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How the program ended.

    Attributes:
        code: Its exit code.
        output: What it wrote to standard output.
    """

    code: int
    output: bytes


def located(program: str = PROGRAM) -> str | None:
    """Return where *program* is, or None; relative folders of ``PATH`` are passed over.

    Those would be looked for in the current folder, which may be the one that is judged.
    """
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return shutil.which(program, path=os.pathsep.join(filter(os.path.isabs, folders)))


def _opened(text: Path | None) -> BinaryIO:
    return open(text or os.devnull, "rb")  # noqa: PTH123  # os.devnull is no Path


@dataclass(frozen=True, slots=True)
class SshKeygen:
    """How ssh-keygen is run.

    Attributes:
        program: Its name, or its path.
        attended: Whether a person is there to type a passphrase or to touch a key: then it has
            the terminal, the person's environment, and standard error.
    """

    program: str = PROGRAM
    attended: bool = False

    async def ask(self, *arguments: str, text: Path | None = None) -> Answer:
        """Return what the program answers; when cancelled, it is killed with its children.

        Args:
            arguments: What to ask, without the program's name.
            text: The file that it has for standard input; an empty one if None.

        Raises:
            UnavailableError: It cannot be run, was killed, or says too much.
        """
        path = located(self.program)
        if path is None:
            raise UnavailableError(f"{self.program} is not installed")
        try:
            with _opened(text) as file:
                return await self._run((path, *arguments), file)
        except OSError as error:
            raise UnavailableError(f"{path} cannot be run: {error.strerror}") from error

    async def _run(self, command: tuple[str, ...], text: BinaryIO) -> Answer:
        starting = asyncio.ensure_future(
            asyncio.get_running_loop().subprocess_exec(
                _Listener,
                *command,
                stdin=text,
                stdout=asyncio.subprocess.PIPE,
                stderr=None if self.attended else asyncio.subprocess.DEVNULL,
                env={**os.environ, "LC_ALL": "C"} if self.attended else _CLEAN,
                start_new_session=not self.attended,
            )
        )
        try:
            transport, listener = await asyncio.shield(starting)
            await asyncio.shield(listener.ended)
        finally:
            # One that is still being started has a process already, and may have more by now.
            await asyncio.wait({starting})
            if starting.exception() is None:
                await self._end(*starting.result())
        code = transport.get_returncode()
        if listener.excess:
            raise UnavailableError(f"{command[0]} said more than {MOST_OUTPUT_BYTES // 1024} KiB")
        if code is None or code < 0:
            raise UnavailableError(f"{command[0]} was killed")
        return Answer(code, bytes(listener.output))

    async def _end(self, transport: asyncio.SubprocessTransport, listener: _Listener) -> None:
        """Let nothing of a program go on."""
        if not self.attended:
            # What it may have started is in its session, and goes with it.
            with suppress(ProcessLookupError):
                os.killpg(transport.get_pid(), signal.SIGKILL)
        elif transport.get_returncode() is None:
            transport.kill()
        await asyncio.wait({listener.gone}, timeout=_ENDING_S)
        transport.close()


class _Listener(asyncio.SubprocessProtocol):
    """Takes what a program says, up to a limit."""

    def __init__(self) -> None:
        self.output = bytearray()
        self.excess = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Nothing more of it matters."""
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """It has ended, and its output is closed."""

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002  # only one is open
        """Keep *data*, unless it is too much."""
        if len(self.output) + len(data) > MOST_OUTPUT_BYTES:
            self.excess = True
            self._set(self.ended)
        else:
            self.output += data

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # it is over anyhow
        """Note that it has ended, and that its output is closed."""
        self._set(self.ended)
        self._set(self.gone)

    @staticmethod
    def _set(future: asyncio.Future[None]) -> None:
        if not future.done():
            future.set_result(None)
