"""Where the fork server begins."""

from __future__ import annotations

import socket
from pkgutil import resolve_name

from director.isolation.inside.forkserver import fork_on_request
from director.isolation.inside.keeper import Ends
from director.isolation.inside.serve import Tools, serve


def main(requests: int, loads: str, judges: str) -> None:
    """Serve requests for workers.

    Args:
        requests: The descriptor that requests come from.
        loads: Who loads a plugin, as ``module:name``; imported here, so that no worker need.
        judges: The class that a worker's probe judges answers with, imported where it is needed.
    """
    load = resolve_name(loads)

    def work(ends: Ends) -> None:
        serve(ends.channel, ends.memory, Tools(load, judges))

    fork_on_request(socket.socket(fileno=requests), work)
