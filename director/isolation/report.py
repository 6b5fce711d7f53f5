"""What a keeper says at the end of its worker."""

from __future__ import annotations

import struct
from typing import NamedTuple

_FORM = struct.Struct("<?ii")


class Report(NamedTuple):
    """How a worker ended.

    Attributes:
        status: Its exit code, or the number of a signal, negative; None if it had to be killed.
        orphans: How many processes it left.
    """

    status: int | None
    orphans: int

    def bytes(self) -> bytes:
        """Return it as bytes."""
        return _FORM.pack(self.status is not None, self.status or 0, self.orphans)


def report_of(data: bytes) -> Report | None:
    """Return what the *data* of a keeper says, or None if it says nothing."""
    if len(data) != _FORM.size:
        return None
    known, status, orphans = _FORM.unpack(data)
    return Report(status if known else None, orphans)
