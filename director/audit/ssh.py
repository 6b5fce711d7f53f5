"""Proofs by SSH signatures: the real ssh-keygen judges, over the operator's own files."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import WeakValueDictionary

from director.audit.ssh_bench import Bench, Listing
from director.audit.ssh_judge import Judge
from director.audit.ssh_keygen import PROGRAM, SshKeygen, UnavailableError
from director.audit.sshsig import Envelope, opened
from director.model.proof import NotProven, Proof
from director.model.signers import Signers, exposure
from director.model.text import named
from director.model.value import dataclass

DEADLINE_S = 10.0
"""How long one proof may take, in seconds."""

LARGEST_BYTES = 1024 * 1024
"""The largest text that is signed, and the largest file of keys."""

_MOST_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class _Question:
    """What is to be proven, and by which files.

    Attributes:
        namespace: What the signature must have been made for.
        text: What was signed.
        envelope: The signature.
        minute: The minute during which the key must be valid, in UTC.
        listing: Whose key is whose.
    """

    namespace: str
    text: bytes
    envelope: Envelope
    minute: datetime
    listing: Listing

    @property
    def digest(self) -> bytes:
        """Tells it from every other question."""
        revoked = self.listing.revoked
        parts = (
            self.namespace.encode(), self.text, self.envelope.armor.encode(),
            self.minute.isoformat().encode(), self.listing.allowed,
            b"-" if revoked is None else b"+" + revoked,
        )  # fmt: skip
        return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


class SshProver:
    """Says who signed, by the operator's signers file.

    The key must be valid during the whole minute that is asked about. The same question about
    the same files is put to ssh-keygen once.

    Args:
        signers: Whose key is whose.
        program: What to run for ssh-keygen.
        deadline_s: How long one proof may take, in seconds.
    """

    def __init__(
        self, signers: Signers, *, program: str = PROGRAM, deadline_s: float = DEADLINE_S
    ) -> None:
        self._signers = signers
        self._keygen = SshKeygen(program)
        self._deadline_s = deadline_s
        self._kept: dict[bytes, Proof] = {}
        self._asking: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    async def prove(self, namespace: str, text: str, armor: str, at: datetime) -> Proof:
        """Return whose signature *armor* over *text* is, or why it proves nothing.

        Args:
            namespace: What the signature must have been made for.
            text: What was signed, to the byte in UTF-8.
            armor: The signature, an ``SSH SIGNATURE`` block.
            at: The moment at which the key must be valid, aware.
        """
        minute = at.astimezone(UTC).replace(second=0, microsecond=0)
        signed, envelope = _encoded(text), _examined(namespace, armor)
        if isinstance(envelope, NotProven):
            return envelope
        if isinstance(signed, NotProven):
            return signed
        try:
            async with asyncio.timeout(self._deadline_s):
                listing = await asyncio.to_thread(_listing, self._signers)
                return await self._once(_Question(namespace, signed, envelope, minute, listing))
        except TimeoutError:
            reason = f"{self._keygen.program} gave no answer within {self._deadline_s:g} s"
            return NotProven("unavailable", reason)
        except (UnavailableError, OSError) as error:
            return NotProven("unavailable", named(error))

    async def _once(self, question: _Question) -> Proof:
        """Return the answer to *question*, which is asked only if it never was before."""
        digest = question.digest
        async with self._asking.setdefault(digest, asyncio.Lock()):
            if digest not in self._kept:
                proof = await self._asked(question)
                while len(self._kept) >= _MOST_KEPT:
                    del self._kept[next(iter(self._kept))]
                self._kept[digest] = proof
            return self._kept[digest]

    async def _asked(self, question: _Question) -> Proof:
        with TemporaryDirectory(prefix="director-proof-") as folder:
            bench = Bench(self._keygen, Path(folder), question.namespace)
            bench.lay(question.text, question.envelope.armor)
            judge = Judge(
                bench, question.envelope, question.listing, self._signers, question.minute
            )
            return await judge.proof()


def _encoded(text: str) -> bytes | NotProven:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        return NotProven("malformed", "what was signed must be UTF-8")
    if len(data) > LARGEST_BYTES:
        told = f"what was signed must be at most {LARGEST_BYTES // 1024} KiB"
        return NotProven("malformed", told)
    return data


def _examined(namespace: str, armor: str) -> Envelope | NotProven:
    """Return what *armor* says of itself, or why nobody need be asked about it."""
    if not armor or armor.isspace():
        return NotProven("no_signature", "there is no signature")
    try:
        envelope = opened(armor)
    except ValueError as error:
        return NotProven("malformed", f"the signature {error}")
    if envelope.namespace != namespace:
        made_for = named(envelope.namespace)
        told = f"the signature was made for {made_for}, and must be for {namespace}"
        return NotProven("wrong_namespace", told)
    if not envelope.touched:
        told = "the signature was made without a touch of the hardware key"
        return NotProven("bad_signature", told)
    return envelope


def _listing(signers: Signers) -> Listing:
    """Return whose key is whose; the files are read anew, so that what was revoked is seen.

    Raises:
        UnavailableError: A file cannot be read, or others could change it.
    """
    revoked = None if signers.revoked_keys is None else _read(Path(signers.revoked_keys))
    return Listing(_read(Path(signers.allowed_signers)), revoked)


def _read(path: Path) -> bytes:
    try:
        # A FIFO has no writer to wait for, and is refused as soon as it was opened.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:  # noqa: PTH123  # a descriptor is no path
            status = os.fstat(descriptor)
            data = file.read(LARGEST_BYTES + 1) if stat.S_ISREG(status.st_mode) else None
    except OSError as error:
        raise UnavailableError(f"{named(path)} cannot be read: {error.strerror}") from error
    if data is None:
        raise UnavailableError(f"{named(path)} must be a file, got something else")
    if problem := exposure(status.st_mode, status.st_uid, os.geteuid()):
        raise UnavailableError(f"{named(path)} {problem}")
    if len(data) > LARGEST_BYTES:
        raise UnavailableError(f"{named(path)} must be at most {LARGEST_BYTES // 1024} KiB")
    return data
