"""A service that is healthy and cheap to run, for benchmarks: one answer for every request.

Usage: probe_server.py. Listens on a free port of every address of the loopback network. A request
for ``/slow`` is answered after two seconds, everything else at once.
"""

from __future__ import annotations

import asyncio
import gc

from probe_world import orders, say

SLOW_S = 2.0
BODY = b'{"status":"ok"}'
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nConnection: close\r\n\r\n%b" % (len(BODY), BODY)
)


class Service(asyncio.Protocol):
    """Answers as soon as a request's headers are there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._heard = b""

    def data_received(self, data: bytes) -> None:
        """Answer and hang up."""
        self._heard += data
        if b"\r\n\r\n" not in self._heard:
            return
        if self._heard.startswith(b"GET /slow "):
            asyncio.get_running_loop().call_later(SLOW_S, self._answer)
        else:
            self._answer()

    def _answer(self) -> None:
        self._transport.write(ANSWER)
        self._transport.close()


async def main() -> None:
    """Serve until nobody needs it any more."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Service, "0.0.0.0", 0, backlog=4096)  # noqa: S104  # loopback's other addresses
    say(port=server.sockets[0].getsockname()[1])
    async for _ in orders():
        pass
    server.close()


if __name__ == "__main__":
    gc.freeze()
    asyncio.run(main())
