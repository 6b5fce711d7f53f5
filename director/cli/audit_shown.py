"""What is said of a log that is whole: in text and as JSON."""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Iterator
from typing import Any

from director.audit.note import VerifierKey
from director.audit.verify import Verified
from director.model.audit import Head
from director.model.value import dataclass

_WIDTH = 100

_OWN_KEY = (
    "its own: it shows only that the log agrees with itself, and anybody can make one that does; "
    "compare it with a copy that was kept elsewhere, or give that with --key"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What is said of a log that is whole.

    Attributes:
        verified: What the log shows.
        key: What it was verified with.
        trusted: Whether that key came from elsewhere.
        anchor: The tree that was kept elsewhere; None if none was asked for.
        tables: Whether the tables of a record were held against it, too.
        signatures: How many signatures in it fit; None if nobody could look.
        why: Why nobody could; empty if somebody did.
    """

    verified: Verified
    key: VerifierKey
    trusted: bool
    anchor: Head | None
    tables: bool
    signatures: int | None
    why: str = ""

    def document(self) -> dict[str, Any]:
        """Return it as plain JSON values."""
        head = self.verified.head
        return {
            "whole": True,
            "origin": self.verified.origin,
            "size": head.size,
            "root": base64.b64encode(head.root).decode("ascii"),
            "kinds": dict(self.verified.kinds),
            "evidence": self.verified.evidence,
            "evidence_erased": self.verified.erased,
            "signatures": len(self.verified.signed),
            "signatures_verified": self.signatures,
            "tables_verified": self.tables,
            "last_at": self.verified.last_at,
            "key": str(self.key),
            "key_trusted": self.trusted,
            "anchor_size": None if self.anchor is None else self.anchor.size,
        }

    def lines(self) -> Iterator[str]:
        """Yield it for people."""
        found = self.verified
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in found.kinds) or "none"
        yield f"{found.origin}: whole"
        yield _line("entries", f"{found.head.size:,}: {kinds}")
        if self.tables:
            yield "  tables      say what the entries say"
        yield _line("signatures", self._signatures())
        yield f"  evidence    {found.evidence:,} kept, {found.erased:,} erased"
        yield f"  until       {found.last_at or 'never'}"
        yield f"  root        {base64.b64encode(found.head.root).decode('ascii')}"
        yield f"  key         {self.key}"
        yield _line("", "given with --key" if self.trusted else _OWN_KEY)
        yield f"  anchor      {self._anchor()}"

    def _signatures(self) -> str:
        count = len(self.verified.signed)
        if self.signatures is None:
            return f"{count:,} that nobody looked at: {self.why}"
        return f"{count:,} over waivers and overrides, all by the keys that are said"

    def _anchor(self) -> str:
        if self.anchor is None:
            return "none: what was cut off at the end cannot be told; see --anchor"
        return f"of {self.anchor.size:,} entries, contained"


def _line(name: str, text: str) -> str:
    """Return what is said under *name*, in as many lines as it takes."""
    return textwrap.fill(
        text,
        width=_WIDTH,
        initial_indent=f"  {name:<12}",
        subsequent_indent=" " * 14,
        break_long_words=False,
        break_on_hyphens=False,
    )
