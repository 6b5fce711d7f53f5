"""Which evidence a log says there is, and which there is."""

from __future__ import annotations

import re
from hashlib import sha256

from director.audit.rows import Blob
from director.audit.tampered import TamperedError
from director.model.text import named
from director.model.value import dataclass

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Use:
    """Evidence that decisions rest on.

    Attributes:
        index: The first entry that names it.
        used_at: The last moment of a decision that rests on it; empty once it was erased.
    """

    index: int
    used_at: str


class Shelf:
    """Follows evidence from entry to entry, and then looks at what is kept of it.

    What retention erased is told by the log: each time it says before which moment. So evidence
    that somebody else took away is missed.
    """

    def __init__(self) -> None:
        self._uses: dict[bytes, Use] = {}
        self._kept: set[bytes] = set()
        self._last = ""

    def use(self, index: int, digest: object, at: object) -> None:
        """Note that the decision at *index*, of the moment *at*, rests on evidence.

        Raises:
            TamperedError: It names none.
        """
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise TamperedError(index, "the evidence that it names is none")
        raw = _raw(digest)
        found = self._uses.get(raw)
        if found is None:
            self._uses[raw] = Use(index, str(at))
        elif found.used_at < str(at):
            self._uses[raw] = Use(found.index, str(at))

    def erase(self, before: object) -> None:
        """Note that everything was erased that no decision since *before* rests on."""
        if isinstance(before, str) and _INSTANT.fullmatch(before):
            old = [raw for raw, use in self._uses.items() if use.used_at < before]
            for raw in old:
                self._uses[raw] = Use(self._uses[raw].index, "")

    def keep(self, blob: Blob) -> Use:
        """Look at evidence that is kept, sorted by digest, and return what it is for.

        Raises:
            TamperedError: It is not what its name says, no entry names it, or it is not sorted.
        """
        if blob.digest != f"sha256:{sha256(blob.body).hexdigest()}":
            problem = f"evidence {named(blob.digest)} is not what its name says"
            found = self._uses.get(_raw(blob.digest)) if _DIGEST.fullmatch(blob.digest) else None
            raise TamperedError(found.index if found else None, problem)
        raw = _raw(blob.digest)
        use = self._uses.get(raw)
        if use is None:
            raise TamperedError(None, f"evidence {blob.digest} is named by no entry")
        if blob.digest <= self._last:
            raise TamperedError(use.index, f"evidence {blob.digest} is there twice, or not sorted")
        self._last = blob.digest
        self._kept.add(raw)
        return use

    def end(self) -> tuple[int, int]:
        """Return how many pieces of evidence are kept, and how many were erased.

        Raises:
            TamperedError: One is gone, and the log does not say that it was erased.
        """
        gone = [(use.index, raw) for raw, use in self._uses.items() if use.used_at]
        for index, raw in sorted(gone):
            if raw not in self._kept:
                problem = f"its evidence sha256:{raw.hex()} is gone, and no entry says why"
                raise TamperedError(index, problem)
        return len(self._kept), len(self._uses) - len(self._kept)


def _raw(digest: str) -> bytes:
    return bytes.fromhex(digest.removeprefix("sha256:"))
