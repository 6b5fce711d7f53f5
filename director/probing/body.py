"""One body, decoded as it arrives and never longer than the cap."""

from __future__ import annotations

import zlib
from typing import Final, Protocol

from director.model.probe import ProbeError, ProbeReason

_GZIP: Final = 16 + zlib.MAX_WBITS
_MOST_MEMBERS: Final = 64
"""How many gzip streams one body may be put together from; each costs time."""

_NAMES: Final = {
    "": "",
    "identity": "",
    "gzip": "gzip",
    "x-gzip": "gzip",
    "deflate": "deflate",
}


class _Inflater(Protocol):
    """What ``zlib.decompressobj`` returns."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class Body:
    """Collects one body; the cap holds after decoding, and before it as well.

    Args:
        encoding: The value of ``Content-Encoding``; empty if there was none.
        cap_bytes: Longest body, in bytes.

    Raises:
        ProbeError: ``body_encoding``, the encoding is none we asked for.
    """

    def __init__(self, encoding: str, cap_bytes: int) -> None:
        name = _NAMES.get(encoding.strip().lower())
        if name is None:
            raise ProbeError(
                ProbeReason.BODY_ENCODING, "the body has an encoding that was not asked for"
            )
        self._encoding = name
        self._cap = cap_bytes
        self._received = 0
        self._members = 0
        self._waiting = b""
        self._inflater: _Inflater | None = None
        self._decoded = bytearray()

    def feed(self, data: bytes) -> None:
        """Take the next piece as it came from the wire.

        Raises:
            ProbeError: ``body_too_large`` or ``body_encoding``.
        """
        self._received += len(data)
        if self._encoding:
            self._inflate(data)
        else:
            self._decoded += data
        # Compressed bytes that decode to nothing must end too.
        if max(len(self._decoded), self._received) > self._cap:
            raise ProbeError(
                ProbeReason.BODY_TOO_LARGE, f"the body is longer than {self._cap} bytes"
            )

    def finish(self) -> bytes:
        """Return the whole decoded body.

        Raises:
            ProbeError: ``body_incomplete``, what was compressed breaks off.
        """
        if self._received and self._encoding and (self._inflater is None or not self._inflater.eof):
            raise ProbeError(ProbeReason.BODY_INCOMPLETE, "the compressed body breaks off")
        return bytes(self._decoded)

    def _inflate(self, data: bytes) -> None:
        data = self._waiting + data
        self._waiting = b""
        while data:
            if self._inflater is None or self._inflater.eof:
                if len(data) < 2:
                    self._waiting = data
                    return
                self._inflater = self._opened(data)
            room = self._cap - len(self._decoded) + 1
            try:
                self._decoded += self._inflater.decompress(data, room)
            except zlib.error:
                raise ProbeError(
                    ProbeReason.BODY_ENCODING, f"the body is not valid {self._encoding}"
                ) from None
            if len(self._decoded) > self._cap:
                return
            data = self._inflater.unused_data

    def _opened(self, head: bytes) -> _Inflater:
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise ProbeError(
                ProbeReason.BODY_ENCODING, f"the body has more than {_MOST_MEMBERS} parts"
            )
        if self._encoding == "gzip":
            return zlib.decompressobj(_GZIP)
        # "deflate" should have a zlib header; some servers send it bare.
        framed = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0
        return zlib.decompressobj(zlib.MAX_WBITS if framed else -zlib.MAX_WBITS)
