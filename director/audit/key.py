"""The file of the private key: PKCS #8 in PEM (RFC 8410), for its owner alone.

The 48 bytes that RFC 8410 gives an Ed25519 key are written and read here: the library's reader of
all kinds of keys would more than double what its import costs every recorded evaluation.
"""

from __future__ import annotations

import base64
import os
import re
import stat
from pathlib import Path

from director.audit.disk import make_folder, sync_folder, write_new
from director.audit.ed25519 import KEY_BYTES, PrivateKey
from director.errors import StoreError
from director.model.text import named

_HEAD = bytes.fromhex("302e020100300506032b657004220420")
"""What is before the seed: a sequence of the version 0, the kind of key, and 32 octets."""

_PEM = re.compile(
    rb"\s*-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----\s*"
)
_LARGEST_BYTES = 16 * 1024
_ELSEWHERE = "name another file with --audit-key"


def make_key(path: Path) -> PrivateKey:
    """Return the key in the file at *path*, made with its folders if there is none.

    Raises:
        StoreError: It cannot be made, or what is there cannot be used.
    """
    try:
        make_folder(path.parent)
        if os.path.lexists(path):
            sync_folder(path.parent)  # Whoever made it may not have come so far.
        else:
            write_new(path, _pem(PrivateKey.generate()))
    except (OSError, ValueError) as error:
        reason = _reason(error)
        raise StoreError(
            f"{named(path)}: the audit key cannot be made: {reason}; {_ELSEWHERE}"
        ) from error
    return read_key(path)


def read_key(path: Path) -> PrivateKey:
    """Return the key in the file at *path*.

    Raises:
        StoreError: There is none, it is not an Ed25519 key, or somebody else may know or change
            it.
    """
    name = named(path)
    try:
        data = _guarded(path, name)
    except FileNotFoundError as error:
        raise StoreError(
            f"{name}: the audit key is missing, and the audit log goes on with no other; put it "
            "back from a copy, or name the file it is in with --audit-key"
        ) from error
    except (OSError, ValueError) as error:
        reason = _reason(error)
        raise StoreError(f"{name}: the audit key cannot be read: {reason}; {_ELSEWHERE}") from error
    seed = _seed(data)
    if seed is None:
        raise StoreError(
            f"{name}: the audit key must be an Ed25519 private key without a passphrase (PKCS #8 "
            f"in PEM), was something else; put it back from a copy, or {_ELSEWHERE}"
        )
    return PrivateKey(seed)


def _guarded(path: Path, name: str) -> bytes:
    """Return what the file holds, if it is safe where it is.

    It is judged by what was opened, so nothing can be put in its place in between.
    """
    # A FIFO has no writer to wait for, and is refused as soon as it was opened.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    try:
        _check(os.fstat(descriptor), name)
        link = path.lstat()
        if link.st_uid != os.geteuid():
            raise StoreError(_foreign(name, link.st_uid))
        return os.read(descriptor, _LARGEST_BYTES + 1)
    finally:
        os.close(descriptor)


def _check(found: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        was = "a folder" if stat.S_ISDIR(found.st_mode) else "something else"
        raise StoreError(f"{name}: the audit key must be a plain file, was {was}; {_ELSEWHERE}")
    if found.st_uid != os.geteuid():
        raise StoreError(_foreign(name, found.st_uid))
    if mode := stat.S_IMODE(found.st_mode) & (stat.S_IRWXG | stat.S_IRWXO):
        whole = stat.S_IMODE(found.st_mode)
        may = "read" if mode & (stat.S_IRGRP | stat.S_IROTH) else "write or run"
        raise StoreError(
            f"{name}: the audit key must be for its owner alone, others may {may} it (mode "
            f"{whole:04o}); run chmod 600 on it if nobody has, else begin a new record"
        )


def _foreign(name: str, owner: int) -> str:
    return (
        f"{name}: the audit key must belong to who runs the Director (user {os.geteuid()}), "
        f"belongs to user {owner}; change its owner, or {_ELSEWHERE}"
    )


def _reason(error: OSError | ValueError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _pem(key: PrivateKey) -> bytes:
    encoded = base64.b64encode(_HEAD + key.seed)
    return b"-----BEGIN PRIVATE KEY-----\n" + encoded + b"\n-----END PRIVATE KEY-----\n"


def _seed(data: bytes) -> bytes | None:
    """Return the seed in a file of a key, or None if it is no such file."""
    match = _PEM.fullmatch(data)
    if match is None or len(data) > _LARGEST_BYTES:
        return None
    try:
        decoded = base64.b64decode(b"".join(match[1].split()), validate=True)
    except ValueError:
        return None
    seed = decoded.removeprefix(_HEAD)
    return seed if decoded.startswith(_HEAD) and len(seed) == KEY_BYTES else None
