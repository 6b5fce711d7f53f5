"""What attacks on the override share, and the good ones: a stage, whose log is verified at the end.

Everything meets the real ``ssh-keygen``, real files and a real SQLite record. After each test the
log is verified by the command: it must be whole, unless the attack wrote into the record itself.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from director.cli.commands import call
from director.cli.interruption import Interruption

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside
    from tests.hostile.stage import Stage

STAGE = Path(__file__).parents[1] / "stage.py"


@dataclass
class Log:
    """What must come out when the log is verified at the end."""

    exit: int = 0


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    """Verify every record of the test with the command, when all is over."""
    expected = Log()
    yield expected
    before = sys.argv
    for path in sorted(tmp_path.glob("*.db")):
        sys.argv = ["director", "audit", "verify", "--store", str(path)]
        try:
            assert call(Interruption()) == expected.exit
        finally:
            sys.argv = before


@pytest.fixture
async def stage(beside: Beside, tmp_path: Path, log: Log) -> AsyncIterator[Stage]:  # noqa: ARG001  # it ends last
    """Return a service that is NO_GO for the lack of a security review, and was decided on."""
    made: Stage = beside(STAGE).make_stage(tmp_path)
    await made.evaluate()
    yield made
    await made.close()
