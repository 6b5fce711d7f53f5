"""What is said of a log that is whole."""

from __future__ import annotations

import pytest

from director.audit.note import VerifierKey
from director.audit.verify import Verified
from director.cli.audit_shown import Shown
from director.model.audit import Head

KEY = VerifierKey("log", b"k" * 32)
KINDS = tuple((f"{about}.{what}", 1000) for about in ("override", "waiver") for what in "abcdefghi")


@pytest.mark.parametrize("trusted", [True, False])
def test_it_fits_a_terminal(trusted: bool) -> None:
    """However much there is to say, no line is longer than 100 characters and no word is lost."""
    verified = Verified(
        origin="log",
        head=Head(18_000, b"r" * 32),
        kinds=KINDS,
        evidence=0,
        erased=0,
        signed=(),
        last_at="",
    )
    shown = Shown(
        verified=verified,
        key=KEY,
        trusted=trusted,
        anchor=None,
        tables=True,
        signatures=None,
        why="no ssh-keygen",
    )

    lines = "\n".join(shown.lines())

    assert max(map(len, lines.split("\n"))) <= 100
    said = " ".join(lines.split())
    assert "entries 18,000: 1,000 override.a, " in said
    assert "1,000 waiver.i tables say what the entries say" in said
    assert ("give that with --key" in said) is not trusted
