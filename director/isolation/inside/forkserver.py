"""A clean process with everything imported that workers need; each is forked from it."""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Callable

from director.isolation.inside.keeper import Ends, keep


def fork_on_request(requests: socket.socket, work: Callable[[Ends], object]) -> None:
    """Start a worker that does *work* for every message on *requests*, until it ends.

    Args:
        requests: A Unix socket that keeps messages apart; each has one byte and, in their order,
            the descriptors of ``Ends``.
        work: What a worker does.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # The kernel reaps keepers.
    gc.collect()
    gc.freeze()  # What is there already stays shared with the children.
    while True:
        data, descriptors, _, _ = socket.recv_fds(requests, 1, len(Ends._fields))
        if not data:
            return
        ends = Ends(*descriptors)
        if os.fork() == 0:
            requests.close()
            keep(ends, work)
        for end in ends:
            os.close(end)
