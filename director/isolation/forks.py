"""The host's end of the fork server: started when the first worker is wanted."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from director.errors import PluginError
from director.isolation.marker import Marker, new_memory
from director.model.value import dataclass

_BEGIN = (
    "import json, sys; path, requests, loads, judges = json.loads(sys.argv[1]);"
    " sys.path[:] = path;"
    " from director.isolation.inside.main import main; main(requests, loads, judges)"
)
"""What the fork server is told: to find modules where we do, whatever its environment says."""

ENVIRONMENT = ("LANG", "LC_ALL", "LC_CTYPE", "PATH", "TZ")
"""What a worker keeps of the environment; the rest may hold secrets."""

_LAST_S = 2.0
"""How long the fork server may take to end, in seconds."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Whose work a worker does; both are named as ``module:name`` and found in the worker.

    Attributes:
        loads: Who loads a plugin.
        judges: The class that judges answers of the probe.
    """

    loads: str
    judges: str


@dataclass(frozen=True, slots=True, eq=False)
class Forked:
    """The host's ends of a new worker.

    Attributes:
        channel: Where messages travel.
        report: Where its keeper says how it ended.
        output: What it prints to stdout.
        errors: What it prints to stderr.
        marker: What it is busy with.
        folder: Where it works; its keeper removes it, and we do if there is no keeper any more.
    """

    channel: socket.socket
    report: socket.socket
    output: int
    errors: int
    marker: Marker
    folder: str

    def close(self) -> None:
        """Let go of everything; the keeper kills what still runs."""
        for end in (self.channel, self.report):
            end.close()
        for pipe in (self.output, self.errors):
            os.close(pipe)
        self.marker.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Forks:
    """Makes workers.

    Args:
        parts: Whose work they do.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._server: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None

    def fork(self) -> Forked:
        """Return a new worker, which begins as soon as it can.

        Raises:
            PluginError: No process can be started.
        """
        try:
            return self._fork()
        except OSError as error:
            self.close()
            raise PluginError("no_worker", f"no process can be started for it: {error}") from None

    def _fork(self) -> Forked:
        requests = self._requests or self._start()
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            channel, their_channel = socket.socketpair()
            report, their_report = socket.socketpair()
            for end in (their_channel, their_report):
                theirs.callback(end.close)
            for end in (channel, report):
                ours.callback(end.close)
                end.setblocking(False)
            output, their_output = os.pipe()
            ours.callback(os.close, output)
            theirs.callback(os.close, their_output)
            errors, their_errors = os.pipe()
            ours.callback(os.close, errors)
            theirs.callback(os.close, their_errors)
            memory = new_memory()
            theirs.callback(os.close, memory)
            for pipe in (output, errors):
                os.set_blocking(pipe, False)
            given = (
                their_channel.fileno(), their_output, their_errors, their_report.fileno(), memory,
            )  # fmt: skip
            folder = tempfile.mkdtemp(prefix="director-worker-")
            ours.callback(shutil.rmtree, folder, ignore_errors=True)
            socket.send_fds(requests, [b"\0"], given)
            report.send(os.fsencode(folder) + b"\0")
            forked = Forked(channel, report, output, errors, Marker(memory), folder)
            ours.pop_all()
            return forked

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with theirs:
            number = theirs.fileno()
            told = json.dumps([_path(), number, self._parts.loads, self._parts.judges])
            self._server = subprocess.Popen(  # noqa: S603  # our own interpreter and code
                [sys.executable, "-I", "-X", "utf8", "-c", _BEGIN, told],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[number],
                env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ}
                | {"MALLOC_ARENA_MAX": "2"},  # Else every thread takes 64 MiB of what it may have.
                cwd="/",
                start_new_session=True,
            )
        self._requests = ours
        return ours

    def close(self) -> None:
        """End the fork server; the workers are their keepers' concern."""
        if self._requests is not None:
            self._requests.close()
            self._requests = None
        if self._server is not None:
            try:
                self._server.wait(_LAST_S)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None


def _path() -> Sequence[str]:
    """Return where modules are found, without what depends on the current folder."""
    return [place for place in sys.path if os.path.isabs(place)]  # noqa: PTH117  # they are texts
