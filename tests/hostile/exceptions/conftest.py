"""Forces exceptions, and says what came of it.

Where the exception says something about the evaluation, everything else is ready, so that nothing
but the clause keeps the gate shut. Where it says nothing (a broken sink, a reader that left), the
service is not ready, and must stay so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from tests.hostile.conftest import Beside
    from tests.hostile.exceptions.clauses import Clause
    from tests.hostile.exceptions.worlds import Answers, Place

HERE = Path(__file__).parent

OPEN = ("go", "conditional_go", 0)
"""What opens a gate: words of decisions, and an exit code."""


@dataclass(frozen=True)
class Came:
    """What came of a forcing.

    Attributes:
        answers: What the forcing returned.
        opened: Those of them that open a gate.
        missed: The clauses that it stands for and did not enter.
    """

    answers: Answers
    opened: Sequence[object]
    missed: Sequence[str]


Forcing: TypeAlias = Callable[["Place"], Any]
"""Makes the world break in one way; returns answers, or waits for them."""

Table: TypeAlias = Mapping[str, Forcing]
"""By the key of each clause, what forces it."""

Force: TypeAlias = Callable[[Forcing, Table], Came]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that takes a ``forcing`` every one that stands in the table of its file."""
    if "forcing" in metafunc.fixturenames:
        metafunc.parametrize("forcing", dict.fromkeys(metafunc.module.TABLE.values()))


@pytest.fixture(scope="session")
def clauses(beside: Beside) -> ModuleType:
    """What finds the clauses and sees them entered."""
    return beside(HERE / "clauses.py")


@pytest.fixture(scope="session")
def known(clauses: ModuleType) -> dict[str, Clause]:
    """Everything on the road that catches."""
    found: dict[str, Clause] = clauses.clauses()
    return found


@pytest.fixture
def place_of(beside: Beside, clauses: ModuleType, tmp_path: Path) -> Callable[..., Place]:
    """Make a place where those clauses are watched."""

    def make(*watched: Clause) -> Place:
        place: Place = beside(HERE / "worlds.py").Place(tmp_path, clauses.Witness(watched))
        return place

    return make


@pytest.fixture
def place(place_of: Callable[..., Place]) -> Place:
    """A place where nothing is watched."""
    return place_of()


@pytest.fixture
def force(known: dict[str, Clause], place_of: Callable[..., Place]) -> Force:
    """Force, and watch the clauses that the table says it stands for."""

    def act(forcing: Forcing, table: Table) -> Came:
        mine = [known[key] for key, each in table.items() if each is forcing and key in known]
        place = place_of(*mine)
        with place.witness:
            answers = forcing(place)
            if asyncio.iscoroutine(answers):
                answers = asyncio.run(answers)
        return Came(
            answers,
            [answer for answer in answers if answer in OPEN],
            sorted({clause.key for clause in mine} - place.witness.seen),
        )

    return act
