"""Read one input file, and nothing that is not a file of UTF-8 text."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import field
from typing import TYPE_CHECKING

from director.errors import Fault, InputError
from director.loading.places import after
from director.model.text import named
from director.model.value import dataclass

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 256 * 1024

_OTHER_MARKS = {
    b"\xff\xfe\0\0": "UTF-32",  # before UTF-16, whose mark it begins with
    b"\0\0\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Source:
    """One input as it was read.

    Attributes:
        name: What to call it in a fault, usually the path as it was given.
        data: Its exact bytes.
        text: The same, decoded, without a byte order mark.
        digest: ``sha256:`` and the hexadecimal SHA-256 of *data*.
    """

    name: str
    data: bytes = field(repr=False)
    text: str = field(repr=False)
    digest: str


def read_source(path: Path, error: type[InputError]) -> Source:
    """Read the regular file at *path*, or a link to one.

    Args:
        path: Which file.
        error: What to raise if it cannot be used.

    Raises:
        InputError: As *error*: there is no such file, it is not a regular file, it is larger
            than 256 KiB, or it is not UTF-8.
    """
    name = named(path)
    try:
        data = _read(path)
    except FileNotFoundError:
        raise _refused(error, name, "must be a file, got nothing: no such file") from None
    except (OSError, ValueError) as cause:
        why = (cause.strerror if isinstance(cause, OSError) else None) or str(cause)
        raise _refused(error, name, f"must be a file that can be read: {why}") from cause
    return accept(data, name, error)


def accept(data: bytes, name: str, error: type[InputError]) -> Source:
    """Take *data* as the bytes of an input.

    Args:
        data: The exact bytes.
        name: What to call them in a fault.
        error: What to raise if they cannot be used.

    Raises:
        InputError: As *error*: more than 256 KiB, or not UTF-8.
    """
    if len(data) > LARGEST_BYTES:
        raise _refused(error, name, f"must be at most {LARGEST_BYTES // 1024} KiB, got more")
    for mark, encoding in _OTHER_MARKS.items():
        if data.startswith(mark):
            raise _refused(error, name, f"must be UTF-8, got {encoding}")
    if (at := data.find(b"\0")) >= 0:
        raise error(_fault(name, data[:at], "must be UTF-8 text, got a NUL byte (U+0000)"))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as cause:
        problem = f"must be UTF-8, got the byte 0x{data[cause.start]:02x}"
        raise error(_fault(name, data[: cause.start], problem)) from None
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    return Source(name, data, text.removeprefix(_BYTE_ORDER_MARK), digest)


def _read(path: Path) -> bytes:
    # A device or a FIFO is not even opened; should the path change hands in between, the open
    # does not wait for a writer, and what was opened is looked at again.
    _demand_regular(path.stat())
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor is no path
        _demand_regular(os.fstat(descriptor))
        return file.read(LARGEST_BYTES + 1)


def _demand_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a directory" if stat.S_ISDIR(status.st_mode) else "a pipe, socket or device"
        raise ValueError(f"it is {kind}")


def _refused(error: type[InputError], name: str, problem: str) -> InputError:
    return error(Fault(name, 0, 0, problem))


def _fault(name: str, before: bytes, problem: str) -> Fault:
    mark = after(before.decode("utf-8", "replace").removeprefix(_BYTE_ORDER_MARK))
    return Fault(name, mark.line, mark.column, problem)
