"""formats.chart: columns of characters."""

from __future__ import annotations

import pytest

from director.formats.chart import ROWS, Bar, chart, row_of


def drawn(*shares: float, plain: bool = False) -> list[str]:
    """Return the rows of a chart, without names."""
    rows = chart([Bar(share, "n") for share in shares], plain=plain)
    assert {name for row in rows for _, name in row} <= {"n"}
    return ["".join(character for character, _ in row) for row in rows]


def test_full_and_empty() -> None:
    """All is every row, nothing is none."""
    assert drawn(1.0, 0.0) == ["█ "] * ROWS


def test_a_part_of_a_row_is_an_eighth_of_it() -> None:
    """A row is a fifth: 90 % is four rows and a half; 2.5 % is the first eighth."""
    assert drawn(0.9, 0.025) == ["▄ ", "█ ", "█ ", "█ ", "█▁"]


def test_plain_has_ascii_alone() -> None:
    """Four levels for a terminal that knows no blocks."""
    rows = drawn(1.0, 0.9, 0.85, 0.0, plain=True)

    assert rows == ["#:. ", *["### "] * 4]
    assert "".join(rows).isascii()


@pytest.mark.parametrize("plain", [True, False])
def test_a_little_is_not_nothing(plain: bool) -> None:
    """A score that rounds to nothing is seen all the same."""
    *above, lowest = drawn(0.0001, 0.0, plain=plain)

    assert set(above) == {"  "}
    assert (lowest[0] != " ", lowest[1]) == (True, " ")


@pytest.mark.parametrize(
    ("share", "row"), [(1.0, 0), (0.9, 0), (0.8, 0), (0.79, 1), (0.7, 1), (0.2, 3), (0.0, 4)]
)
def test_a_threshold_has_a_row(share: float, row: int) -> None:
    """The row that ends above it, counted from the top."""
    assert row_of(share) == row
