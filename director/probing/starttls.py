"""What is said in the open before a TLS handshake: STARTTLS and its like.

Sources: SMTP RFC 3207, IMAP RFC 3501 section 6.2.1, POP3 RFC 2595 section 4, FTP RFC 4217
section 4, PostgreSQL "SSL Session Encryption" (protocol-flow). Anybody on the way can say things
in the open. So nothing that is said before it is asked for is accepted, and least of all what is
appended to the last word before the handshake, to be read after it (CVE-2011-0411,
CVE-2021-23222).
"""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple, TypeAlias

from director.model.answers import StartTls
from director.model.probe import Phase, ProbeError, ProbeReason
from director.probing.timeline import Timeline

_MOST_BYTES: Final = 16_384
_MOST_LINES: Final = 100
"""How much of a dialogue is listened to."""

_REPLY: Final = re.compile(rb"([1-5][0-9][0-9])(?:([ -])(.*))?", re.DOTALL)
_SSL_REQUEST: Final = struct.pack("!ii", 8, 80_877_103)


async def begin(sock: socket.socket, protocol: StartTls, timeline: Timeline | None = None) -> None:
    """Talk to the peer until it waits for a TLS handshake.

    Args:
        sock: Connected, and does not block. Nothing is read from it too far, and it remains open
            for the handshake; it is closed if there cannot be one.
        protocol: What the peer speaks.
        timeline: Where the time goes: the dialogue is billed as ``ttfb``; None for a dialogue
            that is not measured.

    Raises:
        ProbeError: ``starttls_refused``, the peer says no; ``tls_protocol``, it does not speak
            *protocol*, or says more than it was asked.
        OSError: The connection broke.
    """
    if timeline is not None:
        timeline.starttls = protocol
        timeline.enter(Phase.TTFB)
    try:
        dialogue = _Dialogue(sock)
        await _SPEAKERS[protocol](dialogue)
        dialogue.expect_silence()
    except BaseException:
        sock.close()
        raise
    if timeline is not None:
        timeline.enter(Phase.OTHER)


class _Dialogue:
    """Says something and hears the answer, in turns.

    Args:
        sock: Connected, and does not block.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._heard = b""
        self._bytes = 0
        self._lines = 0

    @property
    def own_address(self) -> str:
        """Our own end of the connection, as an address literal of RFC 5321 section 4.1.3."""
        address = str(self._sock.getsockname()[0]).partition("%")[0]
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    async def say(self, command: bytes) -> None:
        """Say *command*, now that it is our turn."""
        self.expect_silence()
        await self._loop.sock_sendall(self._sock, command)

    def expect_silence(self) -> None:
        """Refuse what the peer, or somebody on the way, has said out of turn."""
        if self._heard:
            raise _wrong("said more than it was asked, before TLS protected it")

    async def hear(self) -> bytes:
        """Return everything that has arrived; at least one byte."""
        heard, self._heard = self._heard, b""
        return heard or await self._received()

    async def line(self) -> bytes:
        """Return the next line, without its end."""
        while b"\n" not in self._heard:
            self._heard += await self._received()
        line, _, self._heard = self._heard.partition(b"\n")
        self._lines += 1
        if self._lines > _MOST_LINES:
            raise _wrong("talks without end")
        if not line.endswith(b"\r"):
            raise _wrong("ends a line without a carriage return")
        return line[:-1]

    async def _received(self) -> bytes:
        piece = await self._loop.sock_recv(self._sock, 4096)
        if not piece:
            raise _wrong("hung up before TLS could begin")
        self._bytes += len(piece)
        if self._bytes > _MOST_BYTES:
            raise _wrong("talks without end")
        return piece


class _Reply(NamedTuple):
    """One reply of SMTP or FTP: its code, and the texts of its lines."""

    code: int
    lines: tuple[bytes, ...]


async def _reply(dialogue: _Dialogue, *, free_text: bool = False) -> _Reply:
    """Return the next reply.

    Args:
        dialogue: With the peer.
        free_text: Whether the lines between the first and the last may be anything (RFC 959
            section 4.2); else each has the code (RFC 5321 section 4.2.1).
    """
    match = _REPLY.fullmatch(await dialogue.line())
    if match is None:
        raise _wrong("speaks something else")
    code, lines = match[1], [match[3] or b""]
    while match is None or match[2] == b"-":
        line = await dialogue.line()
        match = _REPLY.fullmatch(line)
        if match is not None and match[1] == code:
            lines.append(match[3] or b"")
        elif free_text:
            match = None
        else:
            raise _wrong("mixes two replies")
    return _Reply(int(code), tuple(lines))


async def _smtp(dialogue: _Dialogue) -> None:
    _require(await _reply(dialogue), 220, "greets")
    await dialogue.say(f"EHLO {dialogue.own_address}\r\n".encode("ascii"))
    offer = _require(await _reply(dialogue), 250, "answers EHLO")
    if not any(line.upper().split()[:1] == [b"STARTTLS"] for line in offer.lines[1:]):
        raise _refused("does not offer STARTTLS")
    await dialogue.say(b"STARTTLS\r\n")
    _require(await _reply(dialogue), 220, "answers STARTTLS")


async def _ftp(dialogue: _Dialogue) -> None:
    _require(await _reply(dialogue, free_text=True), 220, "greets")
    await dialogue.say(b"AUTH TLS\r\n")
    _require(await _reply(dialogue, free_text=True), 234, "answers AUTH TLS")


async def _pop3(dialogue: _Dialogue) -> None:
    await _pop3_ok(dialogue, "greets")
    await dialogue.say(b"STLS\r\n")
    await _pop3_ok(dialogue, "answers STLS")


async def _pop3_ok(dialogue: _Dialogue, doing: str) -> None:
    match (await dialogue.line()).split(b" ")[0]:
        case b"+OK":
            return
        case b"-ERR":
            raise _refused(f"{doing} with -ERR")
        case _:
            raise _wrong("speaks something else")


async def _imap(dialogue: _Dialogue) -> None:
    greeting = (await dialogue.line()).upper().split(b" ")
    if greeting[0] != b"*" or len(greeting) < 2:
        raise _wrong("speaks something else")
    if greeting[1] in {b"BYE", b"PREAUTH"}:
        raise _refused(f"greets with {greeting[1].decode('ascii')}")
    if greeting[1] != b"OK":
        raise _wrong("speaks something else")
    await dialogue.say(b"a1 STARTTLS\r\n")
    while (words := (await dialogue.line()).upper().split(b" "))[0] == b"*":
        pass  # It may tell of other things first.
    match words[:2]:
        case [b"A1", b"OK"]:
            return
        case [b"A1", (b"NO" | b"BAD") as word]:
            raise _refused(f"answers STARTTLS with {word.decode('ascii')}")
        case _:
            raise _wrong("speaks something else")


async def _postgres(dialogue: _Dialogue) -> None:
    await dialogue.say(_SSL_REQUEST)
    match await dialogue.hear():
        case b"S":
            return
        case answer if answer.startswith(b"S"):
            raise _wrong("said more than it was asked, before TLS protected it")
        case b"N":
            raise _refused("answers SSLRequest with N")
        case answer if answer.startswith(b"E"):
            raise _refused("answers SSLRequest with an error")
        case _:
            raise _wrong("speaks something else")


def _require(reply: _Reply, code: int, doing: str) -> _Reply:
    if reply.code != code:
        raise _refused(f"{doing} with {reply.code}")
    return reply


def _refused(what: str) -> ProbeError:
    return ProbeError(ProbeReason.STARTTLS_REFUSED, f"the peer {what}")


def _wrong(what: str) -> ProbeError:
    return ProbeError(ProbeReason.TLS_PROTOCOL, f"the peer {what}")


_Speaker: TypeAlias = Callable[[_Dialogue], Awaitable[None]]

_SPEAKERS: Final[Mapping[StartTls, _Speaker]] = {
    StartTls.SMTP: _smtp,
    StartTls.IMAP: _imap,
    StartTls.POP3: _pop3,
    StartTls.FTP: _ftp,
    StartTls.POSTGRES: _postgres,
}
